package rules

import (
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/catalogue"
	"heyan/rules/filing"
	"heyan/rules/policy"
)

// box is the check of one box. What was read proves a missing tick, and a tick
// that something accounts for; only what was not seen leaves a doubt.
func (m *matrix) box(b box.Box) Check {
	c := m.known(b)
	switch {
	case m.state == facts.StatusOK:
		return c
	case m.state == facts.StatusFailed:
		return m.unknown(b, "manifest-unreadable", c)
	case slices.Contains(proved[:], c.Reason):
		return c
	}
	return m.unknown(b, "manifest-partial", c)
}

// proved are the reasons that a part of the manifest is enough for.
var proved = [...]string{"declared", "explained", "under-declared", "acceptable-only", "system-effective", "not-filed", "by-sibling"}

// unknown is the check of a box where what decides it may not have been read.
func (m *matrix) unknown(b box.Box, reason string, would Check) Check {
	c := m.check(b, reason, nil, nil)
	if m.state == facts.StatusPartial {
		c.Severity = SeverityReview
		if would.Outcome == OutcomeFail {
			c.Severity = would.Severity
		}
	}
	return c
}

// known is the check as if everything was read.
func (m *matrix) known(b box.Box) Check {
	if m.ticked[b] {
		return m.tickedBox(b)
	}
	var missing, elsewhere, system []demand
	for _, d := range m.demands {
		switch {
		case d.Category != b || d.satisfied:
		case d.system && !d.elsewhere:
			system = append(system, d)
		case d.system:
		case d.elsewhere:
			elsewhere = append(elsewhere, d)
		default:
			missing = append(missing, d)
		}
	}
	switch {
	case !m.filed && len(missing) > 0:
		return m.check(b, "not-filed", missing, nil)
	case !m.filed:
		return m.check(b, "not-needed", nil, nil)
	case len(missing) > 0:
		return m.missing(b, missing, elsewhere, system)
	case len(elsewhere) > 0 && strongest(elsewhere, m.milder) != SeverityInfo && !m.outranked(elsewhere, system):
		c := m.check(b, "acceptable-only", elsewhere, nil)
		c.Severity = strongest(elsewhere, m.milder)
		return c
	case len(system) > 0:
		return m.check(b, "system-effective", system, nil)
	}
	for _, d := range m.demands {
		if d.Category == b {
			return m.check(b, "accepted-elsewhere", m.ofBox(b), nil)
		}
	}
	return m.check(b, "not-needed", nil, nil)
}

// outranked reports whether the system's own permissions weigh more than facts
// that are ticked in another acceptable box.
func (m *matrix) outranked(elsewhere, system []demand) bool {
	return len(system) > 0 && strongest(elsewhere, m.milder) == SeverityAdvise
}

// missing is the check of a box that is not ticked though facts ask for it.
func (m *matrix) missing(b box.Box, missing, elsewhere, system []demand) Check {
	c := m.check(b, "under-declared", missing, nil)
	c.Severity = strongest(missing, m.full)
	for _, s := range []Severity{strongest(elsewhere, m.milder), strongest(system, bySystem)} {
		if rank(s) > rank(c.Severity) {
			c.Severity = s
		}
	}
	if m.doubtful && c.Severity == SeverityBlock {
		c.Severity = SeverityReview
	}
	return c
}

// tickedBox is the check of a ticked box: something must account for the tick.
func (m *matrix) tickedBox(b box.Box) Check {
	if own := m.ofBox(b); len(own) > 0 {
		return m.check(b, "declared", own, nil)
	}
	if by := m.explained[b]; len(by) > 0 {
		return m.check(b, "explained", nil, by)
	}
	switch {
	case m.filing.PermissionScope == filing.ScopeShared:
		return m.sharedTick(b)
	case !m.android && impossible(b):
		return m.check(b, "impossible", nil, nil)
	}
	return m.check(b, "over-declared", nil, nil)
}

// sharedTick is the check of a tick on a list for both platforms that this
// package does not account for: the other one may, and only where that was read
// in full does neither.
func (m *matrix) sharedTick(b box.Box) Check {
	by := m.sibling.explained[b]
	switch {
	case len(by) > 0:
		return m.check(b, "by-sibling", nil, by)
	case m.sibling.whole:
		return m.check(b, "neither", nil, nil)
	}
	return m.check(b, "maybe-sibling", nil, nil)
}

// ofBox are the demands whose recommended box it is.
func (m *matrix) ofBox(b box.Box) []demand {
	var list []demand
	for _, d := range m.demands {
		if d.Category == b {
			list = append(list, d)
		}
	}
	return list
}

// impossible reports whether no iOS package can account for a tick of the box.
func impossible(b box.Box) bool {
	for e := range catalogue.All() {
		if e.Kind == catalogue.KindPlatformRule && e.Strength == catalogue.Impossible && e.Box == b {
			return true
		}
	}
	return false
}

// check fills in the check of a box with what led to it.
func (m *matrix) check(b box.Box, reason string, demands []demand, by []*Reading) Check {
	filed := "[ ]"
	switch {
	case !m.filed:
		filed = ""
	case m.ticked[b]:
		filed = "[x]"
	}
	for _, d := range demands {
		by = append(slices.Clip(by), d.all...)
	}
	names := namesOf(by)
	zh, en := m.tickedFor(demands)
	a := args{"filed": filed, "actual": shown(names), "permissions": names}
	a.both("ticked", zh, en).both("evidence", chinese.sample(by), english.sample(by))
	return newCheck("permissions."+string(b), reason, a).with(capped(evidence(by, english))...)
}

// tickedFor names the ticked boxes that are accepted in place of the recommended one.
func (m *matrix) tickedFor(demands []demand) (zh, en string) {
	var inZH, inEN []string
	for _, b := range box.All {
		if m.ticked[b] && slices.ContainsFunc(demands, func(d demand) bool { return slices.Contains(d.Acceptable, b) }) {
			zh, en := b.Label()
			inZH, inEN = append(inZH, "「"+zh+"」"), append(inEN, "「"+zh+"」 ("+en+")")
		}
	}
	return strings.Join(inZH, ""), strings.Join(inEN, ", ")
}

// full is the severity of a fact none of whose boxes is ticked.
func (m *matrix) full(d demand) Severity {
	if s, ok := m.policy.MissingTick(d.Category); ok {
		return Severity(s)
	}
	by := m.policy.Params().MissingTick
	switch catalogue.Confidence(d.Confidence) {
	case catalogue.Certain:
		s := Severity(by.Certain)
		if most := Severity(by.PurposeString); d.Source == string(facts.SourcePurposeString) && rank(most) < rank(s) {
			return most // what may be asked, not what is
		}
		return s
	case catalogue.Conventional:
		return Severity(by.Conventional)
	}
	return Severity(by.Debatable)
}

// milder is the severity where another acceptable box is ticked: one step less.
func (m *matrix) milder(d demand) Severity { return Severity(policy.Severity(m.full(d)).Milder()) }

// bySystem is the severity of a power only a system app has.
func bySystem(demand) Severity { return SeverityReview }

func strongest(list []demand, severity func(demand) Severity) Severity {
	worst := SeverityInfo
	for _, d := range list {
		if s := severity(d); rank(s) > rank(worst) {
			worst = s
		}
	}
	return worst
}

func rank(s Severity) int {
	return slices.Index([]Severity{SeverityInfo, SeverityAdvise, SeverityReview, SeverityBlock}, s)
}
