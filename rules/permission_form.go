package rules

import (
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/catalogue"
)

// Need says how firmly a box is advised.
type Need string

// Must: a fact of the package asks for the tick. May: a fact would only account
// for it, and the provider knows whether it is meant.
const (
	Must Need = "must"
	May  Need = "may"
)

// BoxAdvice is one box worth a thought when the form is filled in.
type BoxAdvice struct {
	Box  box.Box `json:"id"`
	Need Need    `json:"need"`
	// Names are what leads to it, in the order of the package.
	Names  []string `json:"names"`
	Reason Text     `json:"reason"`
}

// FormBoxes advises which boxes to tick for a package, in the order of the form.
// Ticking exactly those with Must passes every check of the boxes.
func FormBoxes(_ *facts.Facts, readings []Reading) []BoxAdvice {
	var list []BoxAdvice
	for _, b := range box.All {
		must := adviceOf(b, Must, readings, func(r *Reading) bool { return r.Category == b && demandsTick(r) })
		may := adviceOf(b, May, readings, func(r *Reading) bool { return slices.Contains(r.Acceptable, b) && accounts(r) })
		switch {
		case len(must.Names) > 0:
			list = append(list, must)
		case len(may.Names) > 0:
			list = append(list, may)
		}
	}
	return list
}

// accounts reports whether a reading says something for a tick of its own: a
// permission without effect, an implied one, a filter on devices or the target
// alone says too little.
func accounts(r *Reading) bool {
	if !r.Effective || !r.Declared || r.Source == "uses-sdk" || r.Source == "uses-feature" {
		return false
	}
	return r.Strength != string(catalogue.Ineffective) && r.Strength != string(catalogue.None)
}

func adviceOf(b box.Box, need Need, readings []Reading, counts func(*Reading) bool) BoxAdvice {
	var found, zh, en names
	for i := range readings {
		r := &readings[i]
		if !counts(r) {
			continue
		}
		found.add(r.Name)
		if len(zh.list) < maxNames {
			zh.add(r.Reason.ZH)
			en.add(r.Reason.EN)
		}
	}
	return BoxAdvice{Box: b, Need: need, Names: found.list, Reason: Text{ZH: strings.Join(zh.list, ""), EN: strings.Join(en.list, " ")}}
}
