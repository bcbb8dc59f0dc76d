package rules

import "testing"

func TestVerdict(t *testing.T) {
	t.Parallel()
	c := func(o Outcome, s Severity) Check { return Check{Outcome: o, Severity: s} }
	tests := []struct {
		name string
		list []Check
		want Verdict
	}{
		{"nothing", nil, Pass},
		{"all pass", []Check{c(OutcomePass, SeverityBlock), c(OutcomePass, SeverityReview)}, Pass},
		{"skipped", []Check{c(OutcomeSkipped, SeverityBlock), c(OutcomeSkipped, SeverityReview)}, Pass},
		{"advice fails", []Check{c(OutcomeFail, SeverityAdvise), c(OutcomeFail, SeverityInfo)}, Pass},
		{"advice unknown", []Check{c(OutcomeUnknown, SeverityAdvise), c(OutcomeUnknown, SeverityInfo)}, Pass},
		{"block fails", []Check{c(OutcomeFail, SeverityBlock)}, Return},
		{"review fails", []Check{c(OutcomeFail, SeverityReview)}, Review},
		{"block unknown", []Check{c(OutcomeUnknown, SeverityBlock)}, Review},
		{"review unknown", []Check{c(OutcomeUnknown, SeverityReview)}, Review},
		{"block fails behind review", []Check{c(OutcomeFail, SeverityReview), c(OutcomeUnknown, SeverityBlock), c(OutcomeFail, SeverityBlock)}, Return},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := verdict(tt.list); got != tt.want {
				t.Errorf("verdict %s, want %s", got, tt.want)
			}
		})
	}
}
