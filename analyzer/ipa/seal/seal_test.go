package seal_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/machotest"
	"heyan/analyzer/ipa/seal"
)

func one(s string) []byte { sum := sha1.Sum([]byte(s)); return sum[:] }
func two(s string) []byte { sum := sha256.Sum256([]byte(s)); return sum[:] }

func omit(weight any) map[string]any { return map[string]any{"omit": true, "weight": weight} }

// result is a comparison in short.
type result struct {
	Altered, Missing, Added, Findings []string
}

func compare(t *testing.T, resources map[string]any, b seal.Bundle) result {
	t.Helper()
	s, err := seal.Parse(machotest.Plist(resources))
	if err != nil {
		t.Fatal(err)
	}
	got := s.Compare(b)
	r := result{Altered: got.Altered, Missing: got.Missing, Added: got.Added}
	bad := false
	for _, f := range got.Findings {
		r.Findings = append(r.Findings, f.Code)
		bad = bad || f.Fatal
	}
	if bad != (got.Status == facts.SignatureInvalid) {
		t.Errorf("status %s with %+v", got.Status, got.Findings)
	}
	return r
}

func TestCompare(t *testing.T) {
	t.Parallel()
	all := map[string]any{"^.*": true}
	file := func(path, content string) seal.File {
		return seal.File{Path: path, SHA1: one(content), SHA256: two(content)}
	}
	sealed := func(files2, rules2 map[string]any) map[string]any {
		return map[string]any{"files": map[string]any{}, "rules": all, "files2": files2, "rules2": rules2}
	}
	tests := map[string]struct {
		resources map[string]any
		bundle    seal.Bundle
		want      result
	}{
		"whole": {sealed(map[string]any{"a": map[string]any{"hash": one("A"), "hash2": two("A")}}, all),
			seal.Bundle{Executable: "App", Files: []seal.File{file("a", "A"), file("App", "code"), file("_CodeSignature/CodeResources", "x"), file("SC_Info/App.sinf", "x")}}, result{}},
		"bare digest": {sealed(map[string]any{"a": one("A")}, all), seal.Bundle{Files: []seal.File{file("a", "A")}}, result{}},
		"altered by SHA-256 alone": {sealed(map[string]any{"a": map[string]any{"hash": one("B"), "hash2": two("A")}}, all),
			seal.Bundle{Files: []seal.File{file("a", "B")}}, result{Altered: []string{"a"}, Findings: []string{"resource-altered"}}},
		"unread": {sealed(map[string]any{"a": one("A")}, all), seal.Bundle{Files: []seal.File{{Path: "a"}}}, result{Altered: []string{"a"}, Findings: []string{"resource-altered"}}},
		"missing, optional or not": {sealed(map[string]any{"a": one("A"), "zh.lproj/b": map[string]any{"hash": one("B"), "optional": true}}, all),
			seal.Bundle{}, result{Missing: []string{"a"}, Findings: []string{"resource-missing"}}},
		"added":                      {sealed(nil, all), seal.Bundle{Files: []seal.File{file("b", "B")}}, result{Added: []string{"b"}, Findings: []string{"resource-added"}}},
		"omitted":                    {sealed(nil, map[string]any{"^.*": true, `^Info\.plist$`: omit(20)}), seal.Bundle{Files: []seal.File{file("Info.plist", "B")}}, result{}},
		"a tie is the omission's":    {sealed(nil, map[string]any{"^": map[string]any{"weight": 20}, `^Info\.plist$`: omit(20)}), seal.Bundle{Files: []seal.File{file("Info.plist", "B")}}, result{}},
		"an integer for a weight":    {sealed(nil, map[string]any{"^.*": map[string]any{"weight": 10000}, `^PkgInfo$`: omit(20)}), seal.Bundle{Files: []seal.File{file("PkgInfo", "B")}}, result{Added: []string{"PkgInfo"}, Findings: []string{"resource-added"}}},
		"a rule that hides code":     {sealed(nil, map[string]any{"^.*": true, `^Frameworks/`: omit(3000)}), seal.Bundle{Files: []seal.File{file("Frameworks/X", "B")}}, result{Findings: []string{"seal-rule-omits"}}},
		"a rule that is none":        {sealed(nil, map[string]any{"^.*": true, `(`: true}), seal.Bundle{}, result{Findings: []string{"seal-rule-invalid"}}},
		"a link":                     {sealed(map[string]any{"l": map[string]any{"symlink": "a"}}, all), seal.Bundle{Files: []seal.File{{Path: "l", Link: true, Target: "a"}}}, result{}},
		"a link elsewhere":           {sealed(map[string]any{"l": map[string]any{"symlink": "a"}}, all), seal.Bundle{Files: []seal.File{{Path: "l", Link: true, Target: "b"}}}, result{Altered: []string{"l"}, Findings: []string{"resource-altered"}}},
		"a file for a link":          {sealed(map[string]any{"l": map[string]any{"symlink": "a"}}, all), seal.Bundle{Files: []seal.File{file("l", "a")}}, result{Altered: []string{"l"}, Findings: []string{"resource-altered"}}},
		"a link for a file":          {sealed(map[string]any{"a": one("A")}, all), seal.Bundle{Files: []seal.File{{Path: "a", SHA1: one("A"), Link: true}}}, result{Altered: []string{"a"}, Findings: []string{"resource-altered"}}},
		"nested code":                {sealed(map[string]any{"F/K.framework": map[string]any{"cdhash": make([]byte, 20)}}, all), seal.Bundle{Files: []seal.File{file("F/K.framework/K", "x")}, NestedCode: code(make([]byte, 20))}, result{}},
		"nested code of another":     {sealed(map[string]any{"F/K.framework": map[string]any{"cdhash": make([]byte, 20)}}, all), seal.Bundle{NestedCode: code([]byte("01234567890123456789"))}, result{Altered: []string{"F/K.framework"}, Findings: []string{"resource-altered"}}},
		"version 1 alone":            {map[string]any{"files": map[string]any{"a": one("A")}, "rules": all}, seal.Bundle{Files: []seal.File{file("a", "A")}}, result{Findings: []string{"seal-version-1"}}},
		"version 1 beside version 2": {map[string]any{"files": map[string]any{"a": one("B")}, "rules": all, "files2": map[string]any{"a": map[string]any{"hash2": two("A")}}, "rules2": all}, seal.Bundle{Files: []seal.File{file("a", "A")}}, result{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, compare(t, tt.resources, tt.bundle)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func code(cdhash []byte) func(string) ([]byte, bool) {
	return func(string) ([]byte, bool) { return cdhash, true }
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"empty":          nil,
		"a list":         []byte("<plist><array/></plist>"),
		"no files":       machotest.Plist(map[string]any{"rules": map[string]any{}}),
		"a number":       machotest.Plist(map[string]any{"files": map[string]any{"a": 1}}),
		"no digest":      machotest.Plist(map[string]any{"files": map[string]any{"a": map[string]any{"optional": true}}}),
		"a rule of text": machotest.Plist(map[string]any{"files": map[string]any{}, "rules": map[string]any{"^": "x"}}),
	} {
		if _, err := seal.Parse(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
