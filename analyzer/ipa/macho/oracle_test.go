package macho_test

import (
	"bytes"
	"debug/macho"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	own "heyan/analyzer/ipa/macho"
	"heyan/analyzer/ipa/machotest"
)

// seen is what both readers tell of a slice.
type seen struct {
	CPU       string
	Type      uint32
	Libraries []string
	Imports   []string
	Size      int64
}

// oracleNames are those asked for.
const oracleNames = " _stat _fstat _lstat _statfs _mach_absolute_time _OBJC_CLASS_$_NSUserDefaults _NSFileModificationDate _NSFileSystemFreeSize "

// oracle reads with the standard library, which knows little-endian 32-bit
// offsets alone.
func oracle(t *testing.T, data []byte) []seen {
	t.Helper()
	if fat, err := macho.NewFatFile(bytes.NewReader(data)); err == nil {
		var out []seen
		for _, a := range fat.Arches {
			out = append(out, slice(t, a.File, int64(a.Size)))
		}
		return out
	}
	f, err := macho.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("standard library: %v", err)
	}
	return []seen{slice(t, f, int64(len(data)))}
}

func slice(t *testing.T, f *macho.File, size int64) seen {
	t.Helper()
	libraries, err := f.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	// The standard library looks at LC_LOAD_DYLIB alone.
	for _, l := range f.Loads {
		raw := l.Raw()
		if cmd := f.ByteOrder.Uint32(raw); cmd == 0x80000018 || cmd == 0x8000001f || cmd == 0x20 || cmd == 0x80000023 {
			name := raw[f.ByteOrder.Uint32(raw[8:]):]
			libraries = append(libraries, string(name[:bytes.IndexByte(name, 0)]))
		}
	}
	symbols, err := f.ImportedSymbols()
	if err != nil {
		symbols = nil // no symbol table
	}
	symbols = slices.DeleteFunc(symbols, func(name string) bool { return !strings.Contains(oracleNames, " "+name+" ") })
	return seen{f.Cpu.String(), uint32(f.Type), libraries, symbols, size}
}

// compare holds our reading of data against the standard library's.
func compare(t *testing.T, data []byte, f *own.File) {
	t.Helper()
	names := map[string]string{
		"arm64": "CpuArm64", "arm64e": "CpuArm64", "armv7": "CpuArm", "armv7k": "CpuArm", "armv7s": "CpuArm", "i386": "Cpu386", "x86_64": "CpuAmd64",
	}
	var got []seen
	for _, s := range f.Slices {
		found, err := s.Imports(own.NewNames(strings.Fields(oracleNames)...)).Found()
		if err != nil {
			t.Errorf("imports: %v", err)
		}
		got = append(got, seen{names[s.Facts.Arch], s.FileType, s.Facts.Libraries, found, s.Size})
	}
	sorted := cmp.Transformer("set", func(list []string) map[string]int {
		set := map[string]int{}
		for _, s := range list {
			set[s]++
		}
		return set
	})
	if diff := cmp.Diff(oracle(t, data), got, sorted); diff != "" {
		t.Errorf("standard library (-) and we (+):\n%s", diff)
	}
}

func TestOracle(t *testing.T) {
	t.Parallel()
	sig := &machotest.Signature{Identifier: "a"}
	for _, data := range [][]byte{
		machotest.Slice{Libraries: []string{"/usr/lib/libobjc.A.dylib"}, Imports: []string{"_stat", "_open", "_lstat"}, Exports: []string{"_fstat"}, Signature: sig}.Bytes(),
		machotest.Slice{CPU: machotest.CPUX86, FileType: 6}.Bytes(),
		machotest.Fat{Slices: []machotest.Slice{{Signature: sig}, {CPU: machotest.CPUARM, Subtype: 9, Libraries: []string{"/a", "/b"}}}}.Bytes(),
	} {
		compare(t, data, read(t, data))
	}
}
