package seal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/ipa/machotest"
	"heyan/analyzer/ipa/seal"
)

// FuzzParse: no CodeResources panics, and comparing gives the same twice.
func FuzzParse(f *testing.F) {
	f.Add(machotest.Plist(map[string]any{
		"files":  map[string]any{"a": []byte("12345678901234567890")},
		"files2": map[string]any{"a": map[string]any{"hash2": make([]byte, 32)}, "b": map[string]any{"symlink": "a"}, "F.framework": map[string]any{"cdhash": make([]byte, 20)}},
		"rules":  map[string]any{"^.*": true},
		"rules2": map[string]any{"^.*": true, "^a$": map[string]any{"omit": true, "weight": 20.0}, "(": map[string]any{"nested": true, "weight": 10}},
	}))
	f.Add([]byte("<plist><dict><key>files</key><dict/></dict></plist>"))
	files := []seal.File{{Path: "a", SHA256: make([]byte, 32)}, {Path: "b", Link: true, Target: "a"}, {Path: "F.framework/F"}, {Path: "_CodeSignature/CodeResources"}}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := seal.Parse(data)
		if err != nil {
			return
		}
		b := seal.Bundle{Executable: "x", Files: files, NestedCode: func(string) ([]byte, bool) { return make([]byte, 20), true }}
		one, two := s.Compare(b), s.Compare(b)
		if diff := cmp.Diff(one, two); diff != "" {
			t.Errorf("not the same twice:\n%s", diff)
		}
	})
}
