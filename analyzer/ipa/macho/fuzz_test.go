package macho_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/ipa/macho"
	"heyan/analyzer/ipa/machotest"
)

// FuzzMachO: no panic, limits kept, the same outcome twice and whether the
// signatures are read on the way or afterwards.
func FuzzMachO(f *testing.F) {
	values := map[string]any{"a": true}
	full := machotest.Slice{
		Libraries: []string{"/usr/lib/libSystem.B.dylib"}, Encrypted: true,
		Signature: &machotest.Signature{Identifier: "id", Team: "TEAM", Entitlements: machotest.Plist(values), EntitlementsDER: machotest.DER(values)},
	}
	f.Add(full.Bytes())
	f.Add(machotest.Slice{Imports: []string{"_stat", "_a", "_fstat"}, Exports: []string{"_main"}, Signature: full.Signature}.Bytes())
	f.Add(machotest.Slice{CPU: machotest.CPUARM, Imports: []string{"_OBJC_CLASS_$_NSUserDefaults", "_stat"}}.Bytes())
	f.Add(machotest.Slice{Commands: [][]byte{symtab(32, 40, 700, 90)}}.Bytes())
	f.Add(machotest.Slice{CPU: machotest.CPUARM, VersionMin: machotest.CommandVersionMinIOS}.Bytes())
	f.Add(machotest.Fat{Slices: []machotest.Slice{{}, full}}.Bytes())
	f.Add(machotest.Fat{Slices: []machotest.Slice{full}, Wide: true}.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		first := outcome(t, data, macho.Read)
		if diff := cmp.Diff(first, outcome(t, data, macho.ReadSigned)); diff != "" {
			t.Errorf("two readings differ:\n%s", diff)
		}
	})
}

// outcome is everything the package says of data.
func outcome(t *testing.T, data []byte, read func(io.ReaderAt, int64) (*macho.File, error)) []string {
	t.Helper()
	f, err := read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return []string{err.Error()}
	}
	if len(f.Slices) == 0 || len(f.Slices) > 32 || len(f.Anomalies) > 200 {
		t.Errorf("%d slices, %d anomalies", len(f.Slices), len(f.Anomalies))
	}
	out := []string{fmt.Sprint(f.Fat, f.Anomalies)}
	for _, s := range f.Slices {
		names, err := s.Imports(wanted).Found()
		out = append(out, fmt.Sprint(names, err))
		if again, errAgain := passing(data[s.Offset:s.Offset+s.Size], s); !slices.Equal(names, again) || fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Errorf("imports %q, %v and in passing %q, %v", names, err, again, errAgain)
		}
		sig, err := s.CodeSignature()
		out = append(out, fmt.Sprintf("%+v %d %d %+v %v", s.Facts, s.Offset, s.Size, sig, err))
		if s.Offset+s.Size > int64(len(data)) || sig != nil && len(sig.Entitlements)+len(sig.EntitlementsDER) > len(data) {
			t.Errorf("more than there is: %s", out[len(out)-1])
		}
	}
	return out
}

// passing are the imports found while the slice passes by in small pieces.
func passing(data []byte, s *macho.Slice) ([]string, error) {
	i := s.Imports(wanted)
	for piece := range slices.Chunk(data, 61) {
		_, _ = i.Write(piece)
	}
	return i.Found()
}
