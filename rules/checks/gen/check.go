package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

var (
	outcomes   = []string{"pass", "fail", "unknown", "skipped"}
	severities = []string{"block", "review", "advise", "info"}
	platforms  = []string{"", "android", "ios"}
	// readable is what a check can be made from; without a word of it, from
	// whatever the package holds.
	readable = []string{"file", "package", "manifest", "resources", "signature"}

	idForm      = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.([a-z][a-z0-9_-]*|\{box\}))?$`)
	reasonForm  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	placeholder = regexp.MustCompile(`\{[^{}]*\}`)
	argForm     = regexp.MustCompile(`^\{[a-z][a-z0-9_]*\}$`)
)

// boxWords are filled in for every box when the tables are made.
var boxWords = []string{"{box}", "{box_zh}", "{box_en}"}

// verify reports everything wrong with one file.
func verify(c check) error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if !idForm.MatchString(c.ID) {
		add("id %q is not of the form word or word.word", c.ID)
	}
	if c.ForEach != "" && c.ForEach != "box" {
		add("for_each is %q: only box is known", c.ForEach)
	}
	if !slices.Contains(severities, c.Severity) {
		add("severity %q is none of %v", c.Severity, severities)
	}
	if !slices.Contains(platforms, c.Platform) {
		add("platform %q is none of %v", c.Platform, platforms)
	}
	for _, r := range c.Reads {
		if !slices.Contains(readable, r) {
			add("reads %q, which is none of %v", r, readable)
		}
	}
	for name, t := range map[string]text{"title": c.Title, "what": c.What, "why": c.Why} {
		if t.ZH == "" || t.EN == "" {
			add("%s must be said in zh and en", name)
		}
	}
	if len(c.Source) == 0 {
		add("source is missing")
	}
	if len(c.Reasons) == 0 {
		add("reasons are missing")
	}
	for _, id := range c.order {
		for _, err := range verifyReason(c.Reasons[id], c.ForEach != "") {
			add("reason %q: %w", id, err)
		}
		if !reasonForm.MatchString(id) {
			add("reason %q is not a lower-case word", id)
		}
	}
	return errors.Join(problems...)
}

func verifyReason(r reason, forEach bool) []error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if !slices.Contains(outcomes, r.Outcome) {
		add("outcome %q is none of %v", r.Outcome, outcomes)
	}
	if r.Severity != "" && !slices.Contains(severities, r.Severity) {
		add("severity %q is none of %v", r.Severity, severities)
	}
	if r.Message.ZH == "" || r.Message.EN == "" {
		add("message must be said in zh and en")
	}
	silent := r.Remedy == text{}
	demanded := r.Outcome == "fail" || r.Outcome == "unknown"
	if (demanded || !silent) && (r.Remedy.ZH == "" || r.Remedy.EN == "") {
		add("remedy must be said in zh and en")
	}
	for name, t := range map[string]text{"message": r.Message, "remedy": r.Remedy} {
		if err := samePlaceholders(t, forEach); err != nil {
			add("%s: %w", name, err)
		}
	}
	return problems
}

// samePlaceholders checks that both languages show the same values.
func samePlaceholders(t text, forEach bool) error {
	zh, err := placeholders(t.ZH, forEach)
	if err != nil {
		return err
	}
	en, err := placeholders(t.EN, forEach)
	if err != nil {
		return err
	}
	if !slices.Equal(zh, en) {
		return fmt.Errorf("zh shows %v and en %v", zh, en)
	}
	return nil
}

// placeholders lists the values a sentence shows, sorted, each once.
func placeholders(s string, forEach bool) ([]string, error) {
	var found []string
	for _, p := range placeholder.FindAllString(s, -1) {
		if forEach && slices.Contains(boxWords, p) {
			continue
		}
		if !argForm.MatchString(p) {
			return nil, fmt.Errorf("placeholder %q is not a lower-case word", p)
		}
		found = append(found, p)
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}
