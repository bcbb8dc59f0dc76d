package policy

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"heyan/rules/box"
	"heyan/rules/checks"
)

// Difference is one thing that two policies have differently. Absent stands for
// what one of them has not.
type Difference struct {
	Key, A, B string
}

// Absent is the value of what is not there.
const Absent = "-"

// byConfidence is the value of a box's missing tick where the policy does not set it.
const byConfidence = "missing_tick"

// Diff lists what differs: severities in the order of the checks, then parameters,
// then rules.
func Diff(a, b *Policy) []Difference {
	var list []Difference
	add := func(key, was, is string) {
		if was != is {
			list = append(list, Difference{key, cmp.Or(was, Absent), cmp.Or(is, Absent)})
		}
	}
	for _, c := range checks.All() {
		for _, key := range severityKeys(c) {
			add("severity."+key, a.shown(key), b.shown(key))
		}
	}
	compare := func(was, is map[string]string) {
		for _, key := range slices.Sorted(maps.Keys(union(was, is))) {
			add(key, was[key], is[key])
		}
	}
	compare(flat("parameters", a.Params()), flat("parameters", b.Params()))
	compare(a.summaries(b), b.summaries(a))
	return list
}

// severityKeys are a check and its endings that have a severity.
func severityKeys(c checks.Check) []string {
	keys := []string{c.ID}
	for _, r := range c.Reasons {
		if r.Outcome == "fail" || r.Outcome == unknowable {
			keys = append(keys, c.ID+"/"+r.ID)
		}
	}
	return keys
}

// shown is the severity under a key; that of a check as a whole is told only
// where it is off.
func (p *Policy) shown(key string) string {
	id, reason, isReason := strings.Cut(key, "/")
	if !isReason {
		if p.Off(id) {
			return string(Off)
		}
		return "on"
	}
	if b, isBox := boxOf(id); isBox && reason == missingTick {
		return p.missingShown(b)
	}
	c, _ := checks.Get(id)
	r, _ := c.Reason(reason)
	return string(p.Severity(id, reason, Severity(r.Severity)))
}

func (p *Policy) missingShown(b box.Box) string {
	if s, ok := p.MissingTick(b); ok {
		return string(s)
	}
	return byConfidence
}

// flat is the JSON of a struct, its values by their path under the prefix.
func flat(prefix string, value any) map[string]string {
	data, err := json.Marshal(value)
	if err != nil {
		panic("policy: a struct of strings did not marshal: " + err.Error())
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		panic("policy: " + err.Error())
	}
	out := map[string]string{}
	flatten(out, prefix, tree)
	return out
}

func flatten(out map[string]string, path string, value any) {
	if m, ok := value.(map[string]any); ok {
		for key, below := range m {
			flatten(out, path+"."+key, below)
		}
		return
	}
	if text, ok := value.(string); ok {
		out[path] = strings.Join(strings.Fields(text), " ")
		return
	}
	data, err := json.Marshal(value)
	if err != nil {
		panic("policy: a JSON value did not marshal: " + err.Error())
	}
	out[path] = string(data)
}

// summaries are the rules: in full where the other policy has one of the same id,
// else in a line.
func (p *Policy) summaries(other *Policy) map[string]string {
	out := map[string]string{}
	for _, r := range p.Rules() {
		if slices.ContainsFunc(other.Rules(), func(o *Rule) bool { return o.ID == r.ID }) {
			maps.Copy(out, flat("rules."+r.ID, r.source))
		} else {
			out["rules."+r.ID] = string(r.Severity) + ": " + strings.Join(strings.Fields(r.FailIf), " ")
		}
	}
	return out
}

// union are the keys of both.
func union(a, b map[string]string) map[string]bool {
	keys := map[string]bool{}
	for key := range a {
		keys[key] = true
	}
	for key := range b {
		keys[key] = true
	}
	return keys
}
