package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"heyan/rules/box"
	table "heyan/rules/catalogue"
)

var (
	kinds = []table.Kind{table.KindPermission, table.KindComponent, table.KindManifest, table.KindCode, table.KindPlatformRule,
		table.KindPurposeString, table.KindEntitlement, table.KindBackgroundMode, table.KindInfoKey, table.KindTransportSecurity,
		table.KindPrivacyManifest, table.KindPrivacyType, table.KindPrivacyPurpose, table.KindPrivacyAPI}
	strengths = []table.Strength{table.Declares, table.Enables, table.Component, table.Supports, table.Hint, table.Explains,
		table.Ineffective, table.Impossible, table.None}
	confidences = []table.Confidence{table.Certain, table.Conventional, table.Debatable}
	levelNames  = []table.Level{table.Normal, table.Dangerous, table.Signature, table.Internal, table.LevelUnknown, table.LevelUndefined}
)

// check reports everything wrong with the data.
func check(c *catalogue) error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.Version == "" || c.NewestAPI < 30 {
		add("catalogue.yaml: version or newest_api is missing")
	}
	seen, names, usedReasons, usedSources := map[string]string{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range c.facts {
		id := f.Kind + " " + f.Name
		if at, twice := seen[id]; twice {
			add("%s: %s stands in %s already", f.file, id, at)
		}
		seen[id], names[f.Name], usedReasons[f.Reason.name] = f.file, true, true
		for _, s := range f.Source {
			usedSources[s] = true
		}
	}
	for _, f := range c.facts {
		for _, err := range checkFact(c, f, names) {
			add("%s: %s: %w", f.file, f.Name, err)
		}
	}
	for id, t := range c.reasons {
		if t.ZH == "" || t.EN == "" || t.name != "" {
			add("reason %q must be said in zh and en", id)
		}
		if !usedReasons[id] {
			add("reason %q is used by no fact", id)
		}
	}
	for i, s := range c.splits {
		for _, n := range slices.Concat(s.Has, s.Gets) {
			if _, ok := seen["permission "+n]; !ok {
				add("implied.yaml: %q is no permission of the catalogue", n)
			}
		}
		if len(s.Gets) == 0 || len(s.Has) == 0 && s.TargetBelow == 0 {
			add("implied.yaml: rule %d gives nothing or always", i+1)
		}
		problems = append(problems, checkSources(c, "implied.yaml", s.Source, usedSources)...)
	}
	problems = append(problems, checkSources(c, "synonyms.yaml", c.words.Source, usedSources)...)
	problems = append(problems, checkWords(c.words)...)
	for _, id := range slices.Sorted(maps.Keys(c.sources)) {
		if !usedSources[id] || c.sources[id] == "" {
			add("sources.yaml: %q is empty or used nowhere", id)
		}
	}
	slices.SortFunc(problems, byText)
	return errors.Join(problems...)
}

func checkFact(c *catalogue, f fact, names map[string]bool) []error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if f.Name == "" || f.Name != strings.TrimSpace(f.Name) {
		add("name is empty or has blanks about it")
	}
	if !slices.Contains(kinds, table.Kind(f.Kind)) {
		add("kind %q is unknown", f.Kind)
	}
	if !slices.Contains(strengths, table.Strength(f.Strength)) {
		add("strength %q is unknown", f.Strength)
	}
	if !slices.Contains(confidences, table.Confidence(f.Confidence)) {
		add("confidence %q is unknown", f.Confidence)
	}
	problems = append(problems, checkBoxes(f)...)
	if f.Kind == string(table.KindPermission) && (len(f.Levels) == 0 || f.Origin == "") {
		add("a permission needs levels and an origin")
	}
	for api, l := range f.Levels {
		if api < 1 || api > c.NewestAPI || !slices.Contains(levelNames, table.Level(l)) {
			add("level %d: %s is unknown", api, l)
		}
	}
	needsPlatform := f.Kind == string(table.KindCode) || f.Kind == string(table.KindPlatformRule)
	if needsPlatform != (f.Platform == "android" || f.Platform == "ios") {
		add("platform %q: it is said of code facts and platform rules alone", f.Platform)
	}
	for _, n := range append(slices.Clone(f.Needs), f.CoveredBy) {
		if n != "" && !names[n] {
			add("%q is not in the catalogue", n)
		}
	}
	if r := f.Reason; r.name == "" && (r.ZH == "" || r.EN == "") {
		add("reason must be said in zh and en, or named")
	} else if _, ok := c.reasons[r.name]; r.name != "" && !ok {
		add("reason %q is not defined", r.name)
	}
	return append(problems, checkSources(c, f.file, f.Source, map[string]bool{})...)
}

func checkBoxes(f fact) []error {
	var problems []error
	for i, b := range append([]string{f.Box}, f.Accept...) {
		if box.Box(b) != box.None && box.Box(b).Index() < 0 {
			problems = append(problems, fmt.Errorf("box %q is unknown", b))
		}
		if i > 0 && slices.Contains(f.Accept[:i-1], b) {
			problems = append(problems, fmt.Errorf("box %q is accepted twice", b))
		}
	}
	impossible := f.Strength == string(table.Impossible)
	if impossible != (len(f.Accept) == 0) || !impossible && !slices.Contains(f.Accept, f.Box) {
		problems = append(problems, errors.New("accept must have box, and be empty where a tick is impossible"))
	}
	if f.Below != nil && (f.Below.API < 2 || !slices.Contains(f.Accept, f.Below.Box)) {
		problems = append(problems, errors.New("below needs an api and one of the accepted boxes"))
	}
	if table.Strength(f.Strength).Demands() && slices.Contains(f.Accept, string(box.None)) {
		problems = append(problems, errors.New("a fact that demands a tick can't accept none"))
	}
	return problems
}

func checkSources(c *catalogue, where string, ids []string, used map[string]bool) []error {
	var problems []error
	if len(ids) == 0 {
		problems = append(problems, fmt.Errorf("%s: source is missing", where))
	}
	for _, id := range ids {
		used[id] = true
		if _, ok := c.sources[id]; !ok {
			problems = append(problems, fmt.Errorf("%s: source %q is not in sources.yaml", where, id))
		}
	}
	return problems
}
