package sig

import (
	"errors"
	"slices"

	"heyan/analyzer/facts"
)

// plan finds the ranges in which platforms act alike, and what content digests
// verifying them all takes, so that the content is read once.
func (v *verifier) plan() ([]window, error) {
	trial := v.newRun(v.minSDK, v.maxSDK)
	if err := v.trial(trial); err != nil {
		return nil, err
	}
	windows := v.windows(v.breakpoints(trial))
	for _, w := range windows {
		r := v.newRun(w.min, w.max)
		r.device = true
		if err := v.trial(r); err != nil {
			return nil, err
		}
	}
	return windows, nil
}

// trial makes a planning run; that it has no answer is found out again later.
func (v *verifier) trial(r *run) error {
	r.planning = true
	_, _, err := v.try(r)
	return err
}

// breakpoints are levels at which the answer may change.
func (v *verifier) breakpoints(r *run) []int {
	levels := []int{apiNougat, apiOreo, apiPie, apiTiramisu}
	if v.minSDK < apiNougat || len(r.schemes()) == 0 {
		levels = append(levels, apiGingerbread, apiJellyBean2, apiKitKat, apiLollipop, apiLollipop+1)
	}
	for _, s := range r.schemes() {
		if s.name == schemeV2 {
			continue
		}
		for _, g := range s.signers {
			levels = append(levels, g.minSDK)
			if g.maxSDK < apiOpen {
				levels = append(levels, g.maxSDK+1)
			}
		}
	}
	if xml, err := v.androidManifest(); err == nil {
		if target, err := v.targetSDK(xml); err == nil && target >= apiR {
			levels = append(levels, target)
		}
	}
	return levels
}

// Bounds of the ranges, of which a package can state one a signer, and of the
// findings told of each.
const (
	maxWindows       = 32
	maxRangeProblems = 10
)

func (v *verifier) windows(levels []int) []window {
	slices.Sort(levels)
	var out []window
	start := v.minSDK
	for _, level := range slices.Compact(levels) {
		if level <= start || level > v.maxSDK || len(out) == maxWindows-1 {
			continue
		}
		out = append(out, window{min: start, max: level - 1})
		start = level
	}
	return append(out, window{min: start, max: v.maxSDK})
}

// runWindows verifies for each window and joins neighbours with the same answer.
func (v *verifier) runWindows(windows []window) ([]window, error) {
	var out []window
	for _, w := range windows {
		w, err := v.runWindow(w)
		if err != nil {
			return nil, err
		}
		if n := len(out); n > 0 && sameAnswer(out[n-1].facts(), w.facts()) {
			// Once more over both, for the levels that problems speak of.
			joined, err := v.runWindow(window{min: out[n-1].min, max: w.max})
			if err != nil {
				return nil, err
			}
			if sameAnswer(joined.facts(), w.facts()) {
				out[n-1] = joined
				continue
			}
		}
		out = append(out, w)
	}
	return out, nil
}

func (v *verifier) runWindow(w window) (window, error) {
	r := v.newRun(w.min, w.max)
	r.device = true
	var err error
	w.run, w.err, err = v.try(r)
	return w, err
}

func sameAnswer(a, b facts.SignatureRange) bool {
	sameCode := func(p, q facts.SignatureProblem) bool { return p.Code == q.Code && p.Scheme == q.Scheme }
	return a.Scheme == b.Scheme && a.Status == b.Status && slices.Equal(a.Signers, b.Signers) && slices.EqualFunc(a.Problems, b.Problems, sameCode)
}

func (w window) facts() facts.SignatureRange {
	out := facts.SignatureRange{MinAPI: w.min, Scheme: w.run.scheme()}
	if w.max < apiOpen {
		out.MaxAPI = w.max
	}
	var none *unanswered
	switch {
	case errors.As(w.err, &none):
		out.Status = facts.SignatureUnknown
		out.Problems = []facts.SignatureProblem{{Code: none.code, Detail: none.detail}}
	case w.run.verified && w.run.v31 != nil && w.run.v31.contentDiffers:
		out.Status = facts.SignatureInvalid
		out.Problems = []facts.SignatureProblem{contentDiffers()}
	case w.run.verified:
		out.Status = facts.SignatureValid
		out.Signers = w.run.signersAt(w.min)
	case out.Scheme == "":
		out.Status = facts.SignatureUnsigned
	default:
		out.Status = facts.SignatureInvalid
		out.Problems, _ = w.run.lists()
		out.Problems = out.Problems[:min(len(out.Problems), maxRangeProblems)]
	}
	return out
}

// scheme is the one a platform of the run's range goes by; none if there is no
// trace of any.
func (r *run) scheme() string {
	switch {
	case r.v31 != nil:
		return schemeV31
	case r.v3 != nil:
		return schemeV3
	case r.v2 != nil:
		return schemeV2
	}
	if r.jarPresent() {
		return schemeV1
	}
	return ""
}

// signersAt are the digests of the certificates a platform of a level sees.
func (r *run) signersAt(level int) []string {
	var out []string
	switch r.scheme() {
	case schemeV31:
		return []string{r.v31.at(level).certs[0].SHA256()}
	case schemeV3:
		return []string{r.v3.at(level).certs[0].SHA256()}
	case schemeV2:
		for _, s := range r.v2.signers {
			out = append(out, s.certs[0].SHA256())
		}
	default:
		for _, s := range r.v1.signers {
			out = append(out, s.chain[0].SHA256())
		}
	}
	return out
}
