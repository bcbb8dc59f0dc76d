package rules

// verdict is the advice that the checks lead to: Return where one that blocks
// failed; else Review where one for review failed, or one of either kind could
// not be told; else Pass. There is no score.
func verdict(list []Check) Verdict {
	v := Pass
	for _, c := range list {
		switch {
		case c.Outcome == OutcomeFail && c.Severity == SeverityBlock:
			return Return
		case c.Severity != SeverityBlock && c.Severity != SeverityReview:
		case c.Outcome == OutcomeFail, c.Outcome == OutcomeUnknown:
			v = Review
		}
	}
	return v
}
