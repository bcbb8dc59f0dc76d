package rules

import (
	"slices"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/policy"
)

// readingsOf are the package's readings as the policy takes the boxes.
func readingsOf(in Input, f *facts.Facts) []Reading {
	p := in.Policy.Params()
	list := ReadPermissions(f, in.Filing.Preinstalled || p.Preinstalled)
	for i := range list {
		r := &list[i]
		switch takes := slices.Contains(r.Acceptable, box.ReadAppData); {
		case p.ReadAppData == policy.ReadAppDataAppsOnly && takes && r.Category != box.ReadAppData:
			r.Acceptable = only(r.Acceptable, func(b box.Box) bool { return b != box.ReadAppData })
		case p.ReadAppData == policy.ReadAppDataStorage && takes && r.Category == box.Other:
			r.Category, r.Acceptable = box.ReadAppData, []box.Box{box.ReadAppData}
		}
		if accepted, ok := p.AcceptedBoxes[r.Category]; ok {
			r.Acceptable = only(r.Acceptable, func(b box.Box) bool { return b == box.None || slices.Contains(accepted, b) })
		}
	}
	return list
}

// only are the boxes that are kept; the catalogue's own list is left as it is.
func only(list []box.Box, keep func(box.Box) bool) []box.Box {
	return slices.DeleteFunc(slices.Clone(list), func(b box.Box) bool { return !keep(b) })
}

// applyPolicy gives the checks, and the rows of the boxes, the severities that the
// policy sets, switches off what it does without, and requires what it requires.
func applyPolicy(in Input, list []Check, categories []Category) []Check {
	p := in.Policy
	if p == nil {
		return list
	}
	for i, c := range list {
		switch field, severity, required := p.RequiredField(c.ID); {
		case c.Reason == "not-a-package":
		case p.Off(c.ID):
			list[i] = switchedOff(c)
			setOutcome(categories, c.ID, OutcomeSkipped)
		case required && c.Reason == "not-filed" && c.Outcome == OutcomeSkipped:
			list[i] = missingField(c, Text(field), Severity(severity))
		default:
			list[i].Severity = Severity(p.Severity(c.ID, c.Reason, policy.Severity(c.Severity)))
		}
	}
	return list
}

// switchedOff is a check that the policy does without: what was found stays, and
// says nothing.
func switchedOff(c Check) Check {
	c.Outcome, c.Severity, c.Reason, c.Remedy = OutcomeSkipped, SeverityInfo, "switched-off", Text{}
	c.Message = Text{ZH: "按所用的政策，本项不核验", EN: "By the policy in use this is not checked"}
	return c
}

// missingField is the check of an optional field that the policy requires.
func missingField(c Check, field Text, severity Severity) Check {
	c.Outcome, c.Severity, c.Reason = OutcomeFail, severity, "required"
	a := args{"field": field.ZH, "id": field.EN, "actual": c.Actual}
	c.Message.ZH = fillOne("没有填报“{field}”，所用的政策要求填报", "zh", a)
	c.Message.EN = fillOne("{field} ({id}) is not filed; the policy in use requires it", "en", a)
	c.Remedy.ZH = fillOne("请填报“{field}”", "zh", a)
	c.Remedy.EN = fillOne("File {field}", "en", a)
	if c.Actual != "" {
		c.Remedy.ZH += fillOne("，安装包里是 {actual}", "zh", a)
		c.Remedy.EN += fillOne("; the package has {actual}", "en", a)
	}
	return c
}

func setOutcome(categories []Category, check string, o Outcome) {
	for i := range categories {
		if "permissions."+string(categories[i].ID) == check {
			categories[i].Outcome = o
		}
	}
}

// Name is what the check is called: a rule of the policy brings its own title.
func (c Check) Name() Text {
	if c.Title != (Text{}) {
		return c.Title
	}
	return Title(c.ID)
}
