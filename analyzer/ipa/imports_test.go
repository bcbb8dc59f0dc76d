package ipa_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/ipatest"
	"heyan/analyzer/ipa/machotest"
)

// TestRequiredReasonAPIs: what any slice imports is told of the executable, signed
// or not, encrypted or not.
func TestRequiredReasonAPIs(t *testing.T) {
	t.Parallel()
	const category = "NSPrivacyAccessedAPICategory"
	defaults := facts.RequiredReasonAPI{Category: category + "UserDefaults", Symbols: []string{"_OBJC_CLASS_$_NSUserDefaults"}}
	stamp := facts.RequiredReasonAPI{Category: category + "FileTimestamp", Symbols: []string{"_stat"}}
	signature := &machotest.Signature{Identifier: ipatest.ID}
	for name, test := range map[string]struct {
		executable []byte
		want       []facts.RequiredReasonAPI
		anomalies  []string
	}{
		"none":      {machotest.Slice{Imports: []string{"_open"}, Signature: signature}.Bytes(), []facts.RequiredReasonAPI{}, nil},
		"signed":    {machotest.Slice{Imports: []string{"_open", "_stat"}, Signature: signature}.Bytes(), []facts.RequiredReasonAPI{stamp}, nil},
		"encrypted": {machotest.Slice{Encrypted: true, Imports: []string{"_stat"}, Signature: signature}.Bytes(), []facts.RequiredReasonAPI{stamp}, nil},
		"unsigned":  {machotest.Slice{Imports: []string{"_stat"}, Code: 3 << 20}.Bytes(), []facts.RequiredReasonAPI{stamp}, []string{"executable-unsigned"}},
		"of any slice": {machotest.Fat{Slices: []machotest.Slice{
			{Imports: []string{"_OBJC_CLASS_$_NSUserDefaults"}, Signature: signature},
			{CPU: machotest.CPUARM, Subtype: 9, Imports: []string{"_stat", "_OBJC_CLASS_$_NSUserDefaults"}, Signature: signature},
		}}.Bytes(), []facts.RequiredReasonAPI{stamp, defaults}, nil},
		"malformed": {machotest.Slice{Commands: [][]byte{machotest.Command(0x2, 64, 1, 32, 8)}, Signature: signature}.Bytes(), nil, []string{"macho-imports"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := ipatest.Minimal()
			app.Executable = test.executable
			f := analyze(t, app.Bytes())
			if diff := cmp.Diff(test.want, f.Executables[0].RequiredReasonAPIs); diff != "" {
				t.Error(diff)
			}
			if !f.OK(facts.AnalyzerMachO) {
				t.Errorf("not read: %+v", f.Analyzer(facts.AnalyzerMachO))
			}
			for _, code := range []string{"macho-imports", "executable-damaged", "executable-unreadable"} {
				if got, want := slices.Contains(codes(f), code), slices.Contains(test.anomalies, code); got != want {
					t.Errorf("%s: %v, want %v", code, got, want)
				}
			}
		})
	}
}
