package rules_test

import (
	"fmt"
	"path"
	"strings"

	"heyan/rules"
	"heyan/rules/box"
)

// The lines of a want:
//
//	verdict pass|return|review
//	check ID OUTCOME [SEVERITY] [REASON]       ID may be a pattern: some check that matches it ended so;
//	                                           * stands for any severity
//	box ID OUTCOME
//	reading NAME effective|ineffective [CATEGORY]
//	implied NAME BY                            the reading NAME is implied by BY
//	nearest NAME REAL                          the reading NAME is taken for a misspelt REAL
//	evidence|filed|actual|message|remedy ID TEXT   the check's field (in Chinese) contains TEXT
//	others quiet                               no check besides those listed is fail or unknown at block or review
//	refused TEXT                               instead of all others: filing.Parse refuses it with an error that contains TEXT
//
// Only what is listed is compared; a verdict is always listed.

// gotLines says what came out in the words of the wanted lines, so that the two
// can be compared line by line.
func gotLines(want []string, j rules.Judgement) []string {
	got := make([]string, 0, len(want))
	hasVerdict := false
	for _, line := range want {
		words := strings.Fields(line)
		hasVerdict = hasVerdict || words[0] == "verdict"
		got = append(got, gotLine(line, words, want, j))
	}
	if !hasVerdict {
		got = append(got, "verdict "+string(j.Verdict))
	}
	return got
}

func gotLine(line string, words, want []string, j rules.Judgement) string {
	if len(words) < 2 {
		return "not understood: " + line
	}
	switch words[0] {
	case "verdict":
		return "verdict " + string(j.Verdict)
	case "check":
		return gotCheck(line, words, j)
	case "box":
		for _, c := range j.Categories {
			if string(c.ID) == words[1] {
				return "box " + words[1] + " " + string(c.Outcome)
			}
		}
		return "box " + words[1] + " is not there"
	case "reading", "implied", "nearest":
		return gotReading(line, words, j)
	case "evidence", "filed", "actual", "message", "remedy":
		return gotText(line, words, j)
	case "others":
		return gotOthers(want, j)
	case "refused":
		return "filing.Parse accepted it"
	}
	return "not understood: " + line
}

func gotCheck(line string, words []string, j rules.Judgement) string {
	var some []string
	for _, c := range j.Checks {
		if ok, _ := path.Match(words[1], c.ID); !ok {
			continue
		}
		all := []string{"check", c.ID, string(c.Outcome), string(c.Severity), c.Reason}
		if matches(words[2:], all[2:]) {
			return line
		}
		some = append(some, strings.Join(all, " "))
	}
	if len(some) == 0 {
		return "check " + words[1] + " is not there"
	}
	return strings.Join(some, "\n")
}

// matches reports whether each wanted word is "*" or the one in its place.
func matches(want, have []string) bool {
	for i, word := range want {
		if i >= len(have) || word != "*" && word != have[i] {
			return false
		}
	}
	return true
}

func gotReading(line string, words []string, j rules.Judgement) string {
	var some []string
	for _, r := range j.Permissions {
		if r.Name != words[1] {
			continue
		}
		got := []string{words[0], r.Name}
		switch words[0] {
		case "reading":
			effective := "ineffective"
			if r.Effective {
				effective = "effective"
			}
			got = append(got, effective, string(r.Category))[:len(words)]
		case "implied":
			got = append(got, r.ImpliedBy)
		case "nearest":
			got = append(got, r.Nearest)
		}
		if strings.Join(got, " ") == line {
			return line
		}
		some = append(some, strings.Join(got, " "))
	}
	if len(some) == 0 {
		return words[0] + " " + words[1] + " is not there"
	}
	return strings.Join(some, "\n")
}

func gotText(line string, words []string, j rules.Judgement) string {
	text := strings.Join(words[2:], " ")
	for _, c := range j.Checks {
		if c.ID != words[1] {
			continue
		}
		have := map[string]string{"evidence": strings.Join(c.Evidence, "\n"), "filed": c.Filed, "actual": c.Actual,
			"message": c.Message.ZH, "remedy": c.Remedy.ZH}[words[0]]
		if strings.Contains(have, text) {
			return line
		}
		return words[0] + " " + c.ID + " is " + fmt.Sprintf("%q", have)
	}
	return words[0] + ": no check " + words[1]
}

func gotOthers(want []string, j rules.Judgement) string {
	named := map[string]bool{}
	for _, line := range want {
		if words := strings.Fields(line); words[0] == "check" && len(words) > 1 {
			named[words[1]] = true
		}
	}
	var loud []string
	for _, c := range j.Checks {
		if !named[c.ID] && counts(c) {
			loud = append(loud, describe(c))
		}
	}
	if len(loud) > 0 {
		return "others: " + strings.Join(loud, "; ")
	}
	return "others quiet"
}

// counts reports whether the check takes part in the verdict.
func counts(c rules.Check) bool {
	open := c.Outcome == rules.OutcomeFail || c.Outcome == rules.OutcomeUnknown
	return open && (c.Severity == rules.SeverityBlock || c.Severity == rules.SeverityReview)
}

func describe(c rules.Check) string {
	return fmt.Sprintf("%s %s %s %s (filed %q, actual %q)", c.ID, c.Outcome, c.Severity, c.Reason, c.Filed, c.Actual)
}

func notPassed(j rules.Judgement) string {
	var b strings.Builder
	for _, c := range j.Checks {
		if c.Outcome != rules.OutcomePass {
			fmt.Fprintf(&b, "  %s\n", describe(c))
		}
	}
	return b.String()
}

// brokenPromises lists what no judgement may be, whatever the case.
func brokenPromises(j rules.Judgement) []string {
	var out []string
	if want := verdictOf(j.Checks); j.Verdict != want {
		out = append(out, fmt.Sprintf("the verdict is %s, by its checks it is %s", j.Verdict, want))
	}
	byID := map[string]rules.Check{}
	for _, c := range j.Checks {
		if _, twice := byID[c.ID]; twice {
			out = append(out, "two checks "+c.ID)
		}
		byID[c.ID] = c
		if c.Message.ZH == "" || c.Message.EN == "" || c.Reason == "" {
			out = append(out, c.ID+": no reason, or no message in both languages")
		}
		if c.Outcome == rules.OutcomeFail && counts(c) && (c.Remedy.ZH == "" || c.Remedy.EN == "") {
			out = append(out, c.ID+" "+c.Reason+": counts and says no remedy")
		}
	}
	if len(j.Categories) != len(box.All) {
		return append(out, fmt.Sprintf("%d boxes, the form has %d", len(j.Categories), len(box.All)))
	}
	for i, c := range j.Categories {
		if c.ID != box.All[i] {
			out = append(out, fmt.Sprintf("box %d is %s, on the form it is %s", i, c.ID, box.All[i]))
		}
		if check, ok := byID["permissions."+string(c.ID)]; ok && check.Outcome != c.Outcome {
			out = append(out, fmt.Sprintf("box %s is %s, its check is %s", c.ID, c.Outcome, check.Outcome))
		}
	}
	return out
}

// verdictOf is the rule of the verdict, said again.
func verdictOf(checks []rules.Check) rules.Verdict {
	verdict := rules.Pass
	for _, c := range checks {
		switch {
		case c.Outcome == rules.OutcomeFail && c.Severity == rules.SeverityBlock:
			return rules.Return
		case counts(c):
			verdict = rules.Review
		}
	}
	return verdict
}
