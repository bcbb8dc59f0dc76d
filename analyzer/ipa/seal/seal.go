// Package seal compares a bundle's files with its _CodeSignature/CodeResources:
// which were altered, are missing, or were added after the bundle was signed.
//
// It promises: rules and files are bounded, regular expressions run in linear
// time, equal inputs give equal results, and a file that no rule speaks of is
// never passed over in silence. That CodeResources itself is the signed one is
// for package codesign to say (special slot 3).
//
// Sources: Security OSX/libsecurity_codesigning (resources.cpp, StaticCode.cpp,
// bundlediskrep.cpp).
package seal

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"

	"heyan/analyzer/ipa/plist"
)

// ErrMalformed is behind every error of Parse.
var ErrMalformed = errors.New("malformed CodeResources")

// MaxSize bounds a CodeResources; an app with 50,000 files has some 15 MB.
const MaxSize = 32 << 20

// Limits of its contents.
const (
	maxRules   = 1000
	maxPattern = 1000
	maxObjects = 1_000_000 // about 100,000 files
)

// Seal is a parsed CodeResources.
type Seal struct {
	// Version is 2 where there are files2 and rules2, by which systems go then, or 1.
	Version int
	rules   []rule
	files   map[string]entry
	// bad are the patterns that are no regular expressions.
	bad []string
}

// rule says of the paths its pattern is found in what the seal does with them.
type rule struct {
	pattern      string
	re           *regexp.Regexp
	weight       float64
	omit, nested bool
	optional     bool
	custom       bool // leaves out what Apple's tools do not
}

// entry is what was sealed of one path.
type entry struct {
	sha1, sha256 []byte
	optional     bool
	symlink      string
	link         bool
	cdhash       []byte // of nested code
	nested       bool
}

// Parse reads a CodeResources.
func Parse(data []byte) (*Seal, error) {
	if len(data) > MaxSize {
		return nil, malformed("%d bytes", len(data))
	}
	root, err := plist.Decode(data, plist.Limits{Bytes: MaxSize, Objects: maxObjects})
	if err != nil {
		return nil, malformed("%v", err)
	}
	dict, ok := root.(map[string]any)
	if !ok {
		return nil, malformed("no dictionary")
	}
	s := &Seal{Version: 2, files: map[string]entry{}}
	files, two := dict["files2"].(map[string]any)
	rules, _ := dict["rules2"].(map[string]any)
	if !two || rules == nil {
		s.Version = 1
		if files, ok = dict["files"].(map[string]any); !ok {
			return nil, malformed("no files")
		}
		rules, _ = dict["rules"].(map[string]any)
	}
	if err := s.readRules(rules); err != nil {
		return nil, err
	}
	for path, value := range files {
		e, err := readEntry(value)
		if err != nil {
			return nil, malformed("%q: %v", path, err)
		}
		s.files[path] = e
	}
	return s, nil
}

func (s *Seal) readRules(rules map[string]any) error {
	if len(rules) > maxRules {
		return malformed("%d rules", len(rules))
	}
	for pattern, value := range rules {
		r := rule{pattern: pattern, weight: 1}
		switch v := value.(type) {
		case bool:
			r.omit = !v
		case map[string]any:
			r.omit, _ = v["omit"].(bool)
			r.optional, _ = v["optional"].(bool)
			r.nested, _ = v["nested"].(bool)
			if w, ok := number(v["weight"]); ok {
				r.weight = w
			}
		default:
			return malformed("rule %q", pattern)
		}
		re, err := compile(pattern)
		if err != nil {
			s.bad = append(s.bad, pattern)
			continue
		}
		r.re, r.custom = re, r.omit && !standardOmission(pattern)
		s.rules = append(s.rules, r)
	}
	return nil
}

// compile makes a pattern of regcomp(3), extended. Go's syntax holds all that
// Apple's tools write.
func compile(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, malformed("a pattern of %d bytes", len(pattern))
	}
	return regexp.CompilePOSIX(pattern)
}

// number is a weight: a real, or an integer (the App Store writes 10000).
func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, !math.IsNaN(n)
	case int64:
		return float64(n), true
	case uint64:
		return float64(n), true
	}
	return 0, false
}

// standardOmission: Apple's own tools leave these out.
func standardOmission(pattern string) bool {
	switch pattern {
	case `^(.*/)?\.DS_Store$`, `^.*\.lproj/locversion.plist$`, `^.*\.lproj/locversion\.plist$`, `^Info\.plist$`, `^PkgInfo$`,
		`Info.plist`, `ResourceRules.plist`: // Xcode up to 5
		return true
	}
	return false
}

func readEntry(value any) (e entry, err error) {
	switch v := value.(type) {
	case []byte:
		e.sha1 = v
	case map[string]any:
		e.sha1, _ = v["hash"].([]byte)
		e.sha256, _ = v["hash2"].([]byte)
		e.cdhash, e.nested = v["cdhash"].([]byte)
		e.optional, _ = v["optional"].(bool)
		e.symlink, e.link = v["symlink"].(string)
	default:
		return e, errors.New("neither a digest nor a dictionary")
	}
	if e.sha1 == nil && e.sha256 == nil && !e.link && !e.nested {
		return e, errors.New("no digest")
	}
	return e, nil
}

// Needs says which digests comparing a path takes; neither for one that is not
// sealed by them.
func (s *Seal) Needs(path string) (sha1, sha256 bool) {
	e := s.files[path]
	return e.sha1 != nil && e.sha256 == nil, e.sha256 != nil
}

// decide finds the rule that counts for a path: the heaviest; of several equal ones
// one that omits, since old tools give "^" the weight of their omissions.
func (s *Seal) decide(path string) (found rule, ok bool) {
	for _, r := range s.rules {
		heavier := !ok || r.weight > found.weight || r.weight == found.weight && r.omit && !found.omit
		if heavier && r.re.MatchString(path) {
			found, ok = r, true
		}
	}
	return found, ok
}

// excluded are the paths that a seal never speaks of: the signature itself, and
// what the store adds to a copy it sells.
func excluded(path, executable string) bool {
	return path == executable || path == "CodeResources" ||
		strings.HasPrefix(path, "_CodeSignature/") || strings.HasPrefix(path, "_MASReceipt/") || strings.HasPrefix(path, "SC_Info/")
}

func malformed(text string, args ...any) error {
	return fmt.Errorf("%w: "+text, append([]any{ErrMalformed}, args...)...)
}
