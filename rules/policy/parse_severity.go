package policy

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"heyan/rules/box"
	"heyan/rules/checks"
)

var severityWords = []string{string(Block), string(Review), string(Advise), string(Info)}

// severity reads the section of that name, and applies it from the general to
// the particular, in whatever order it was written.
func (r *reader) severity(n *yaml.Node) {
	var list []setting
	r.each(n, func(key, value *yaml.Node) {
		if s, ok := r.setting(key, value); ok && r.distinct(list, s) {
			list = append(list, s)
		}
	})
	slices.SortStableFunc(list, func(a, b setting) int { return cmp.Compare(a.weight(), b.weight()) })
	for _, s := range list {
		r.policy.apply(s)
	}
}

// distinct refuses one setting in two spellings.
func (r *reader) distinct(list []setting, s setting) bool {
	for _, other := range list {
		if other.reason == s.reason && slices.Equal(other.checks, s.checks) {
			r.add(s.line, s.key, say("%q 与第 %d 行的 %q 是同一项", "%q is the same as line %d, %q", clip(s.key), other.line, clip(other.key)))
			return false
		}
	}
	return true
}

func (r *reader) setting(key, value *yaml.Node) (setting, bool) {
	id, reason, _ := strings.Cut(key.Value, "/")
	s := setting{reason: reason, line: key.Line, key: key.Value, checks: checksNamed(id)}
	if len(s.checks) == 0 {
		r.add(key.Line, key.Value, say("没有 %q 这个核验项或方框", "there is no check or box %q", clip(id)).accepting(checkKeys()))
		return s, false
	}
	if strings.Contains(key.Value, "/") && !r.reason(s) {
		return s, false
	}
	word, ok := r.oneOf(value, key.Value, append([]string{string(Off)}, severityWords...))
	s.severity = Severity(word)
	return s, ok && r.allowed(s)
}

// checksNamed are the ids of the checks that a key means.
func checksNamed(id string) []string {
	if id == everyBox {
		list := make([]string, 0, len(box.All))
		for _, b := range box.All {
			list = append(list, boxPrefix+string(b))
		}
		return list
	}
	if b, ok := boxNamed(id); ok {
		return []string{boxPrefix + string(b)}
	}
	if _, ok := checks.Get(id); ok {
		return []string{id}
	}
	return nil
}

// boxNamed takes a box's id or the form's word.
func boxNamed(word string) (box.Box, bool) {
	for _, b := range box.All {
		if zh, _ := b.Label(); word == string(b) || word == zh {
			return b, true
		}
	}
	return "", false
}

// reason refuses an ending that the check has not, or that leads nowhere.
func (r *reader) reason(s setting) bool {
	c, _ := checks.Get(s.checks[0])
	var words []string
	for _, known := range c.Reasons {
		if known.Outcome == "fail" || known.Outcome == unknowable {
			words = append(words, known.ID)
		}
	}
	if slices.Contains(words, s.reason) {
		return true
	}
	m := say("%q 没有 %q 这种结果", "%q has no ending %q", c.ID, clip(s.reason))
	if _, known := c.Reason(s.reason); known {
		m = say("%q 的结果 %q 是通过或跳过，没有轻重之分", "the ending %[2]q of %[1]q is a pass or a skip and has no severity", c.ID, s.reason)
	}
	r.add(s.line, s.key, m.accepting(words))
	return false
}

// allowed refuses what would hide that a package could not be read.
func (r *reader) allowed(s setting) bool {
	id := s.checks[0]
	switch {
	case id == formatCheck:
		r.add(s.line, s.key, say("format 的轻重不能更改：不是安装包就没有别的可核", "the severity of format can't be changed: without a package there is nothing else to judge"))
	case s.severity == Off && s.reason != "":
		r.add(s.line, s.key, say("off 只能用于整个核验项；单个结果请用 info", "off is for a whole check; for one ending use info"))
	case s.severity == Off && len(s.checks) > 1:
		r.add(s.line, s.key, say("13 个方框不能一次全部关闭，请逐个写明", "the 13 boxes can't go off at once; name them one by one"))
	case s.severity == Off && neverOff(id):
		r.add(s.line, s.key, say("%q 不能关闭：关闭后读不出的安装包会被当作通过", "%q can't be off: a package that could not be read would pass for one that is right", id))
	case s.reason != "" && s.severity != Off:
		return r.aboveFloor(s)
	default:
		return r.wholeAboveFloor(s)
	}
	return false
}

func (r *reader) aboveFloor(s setting) bool {
	c, _ := checks.Get(s.checks[0])
	reason, _ := c.Reason(s.reason)
	least := floor(c.ID, reason)
	if rank(s.severity) >= rank(least) {
		return true
	}
	r.add(s.line, s.key, say("%q 至少是 %s：说明没有读出，或不是报备的那个安装包", "%q is at least %s: it says that something was not read, or that this is not the package that was filed", clip(s.key), least))
	return false
}

// wholeAboveFloor refuses a check's severity that none of its failures may have.
// Endings that could not be told keep their floor in silence.
func (r *reader) wholeAboveFloor(s setting) bool {
	if s.severity == Off || len(floors[s.checks[0]]) == 0 || floors[s.checks[0]][0] != "" || rank(s.severity) >= rank(Review) {
		return true
	}
	r.add(s.line, s.key, say("%q 至少是 %s：它说明这是不是报备的那个安装包", "%q is at least %s: it says whether this is the package that was filed", clip(s.key), Review))
	return false
}
