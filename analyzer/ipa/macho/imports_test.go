package macho_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/ipa/macho"
	"heyan/analyzer/ipa/machotest"
)

var wanted = macho.NewNames("_stat", "_fstat", "_OBJC_CLASS_$_NSUserDefaults")

// imports are what every slice of data imports, read when all has passed by.
func imports(t *testing.T, data []byte) [][]string {
	t.Helper()
	var out [][]string
	for _, s := range read(t, data).Slices {
		names, err := s.Imports(wanted).Found()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, names)
	}
	return out
}

func TestImports(t *testing.T) {
	t.Parallel()
	many := make([]string, 9000)
	for i := range many {
		many[i] = fmt.Sprintf("_import%d", i)
	}
	tests := map[string]struct {
		slice machotest.Slice
		want  []string
	}{
		"no symbol table":     {machotest.Slice{}, nil},
		"exports alone":       {machotest.Slice{Exports: []string{"_stat"}}, nil},
		"one":                 {machotest.Slice{Imports: []string{"_stat"}}, []string{"_stat"}},
		"longer and shorter":  {machotest.Slice{Imports: []string{"_stat64", "_sta", "__stat", "stat", "_stat\x00"}}, []string{"_stat"}},
		"encrypted":           {machotest.Slice{Encrypted: true, Imports: []string{"_fstat"}}, []string{"_fstat"}},
		"signed, 32 bits":     {machotest.Slice{CPU: machotest.CPUARM, Imports: []string{"_a", "_OBJC_CLASS_$_NSUserDefaults"}, Signature: &machotest.Signature{}}, []string{"_OBJC_CLASS_$_NSUserDefaults"}},
		"twice, out of order": {machotest.Slice{Imports: []string{"_stat", "_fstat", "_stat"}, Exports: []string{"_main"}}, []string{"_fstat", "_stat"}},
		"among many":          {machotest.Slice{Imports: slices.Concat(many, []string{"_stat"}, many)}, []string{"_stat"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := test.slice.Bytes()
			if diff := cmp.Diff([][]string{test.want}, imports(t, data)); diff != "" {
				t.Error(diff)
			}
			// Whatever the pieces in which it passes by.
			s := read(t, data).Slices[0]
			for _, size := range []int{1, 7, 4096, len(data) - 3} {
				i := s.Imports(wanted)
				if _, err := io.CopyBuffer(i, iotest.OneByteReader(bytes.NewReader(data[:min(size, len(data))])), make([]byte, 1)); err != nil {
					t.Fatal(err)
				}
				for piece := range slices.Chunk(data[min(size, len(data)):], size) {
					_, _ = i.Write(piece)
				}
				if got, err := i.Found(); err != nil || !slices.Equal(got, test.want) {
					t.Errorf("in pieces of %d: %q, %v", size, got, err)
				}
			}
		})
	}
}

func TestImportsOfFat(t *testing.T) {
	t.Parallel()
	data := machotest.Fat{Slices: []machotest.Slice{{Imports: []string{"_stat"}}, {CPU: machotest.CPUARM, Subtype: 9, Imports: []string{"_fstat"}}}}.Bytes()
	if diff := cmp.Diff([][]string{{"_stat"}, {"_fstat"}}, imports(t, data)); diff != "" {
		t.Error(diff)
	}
}

// symtab is an LC_SYMTAB command.
func symtab(fields ...uint32) []byte { return machotest.Command(2, fields...) }

func TestImportsHostile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		command []byte
		want    string
	}{
		"beyond the end":         {symtab(4096, 1<<31, 4096, 10), "beyond the end"},
		"names beyond the end":   {symtab(0, 1, 4000, 1<<31), "beyond the end"},
		"names before":           {symtab(64, 1, 0, 16), "before the end of the symbols"},
		"names inside":           {symtab(0, 16, 64, 1024), "before the end of the symbols"},
		"no names":               {symtab(0, 1, 16, 0), "without names"},
		"name beyond its table":  {symtab(4096, 1, 4112, 16), "name at 16909060 of 16"},
		"two tables":             {symtab(0, 0, 0, 0), "two symbol tables"},
		"more than are kept":     {symtab(1<<16, 1<<18, 5<<20, 16), "more than 131072 imports"},
		"no symbols, nor a name": {symtab(1<<31, 0, 1<<31, 1<<31), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			commands := [][]byte{test.command}
			if test.want == "two symbol tables" {
				commands = append(commands, test.command)
			}
			data := machotest.Slice{Commands: commands, Code: 6 << 20}.Bytes()
			for at := 4096; at < 5<<20; at += 16 { // undefined symbols, the first of a name far away
				data[at+4] = 1
				binary.LittleEndian.PutUint32(data[at:], uint32(at-4096))
			}
			copy(data[4096:], []byte{4, 3, 2, 1})
			s := read(t, data).Slices[0]
			got, err := s.Imports(wanted).Found()
			if test.want == "" {
				if err != nil || len(got) > 0 {
					t.Errorf("%q, %v", got, err)
				}
				return
			}
			if !errors.Is(err, macho.ErrMalformed) || !strings.Contains(fmt.Sprint(err), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// TestImportsCut: a medium that ends early is no fault of the file.
func TestImportsCut(t *testing.T) {
	t.Parallel()
	data := machotest.Slice{Imports: []string{"_stat"}}.Bytes()
	f, err := macho.Read(bytes.NewReader(data[:4100]), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Slices[0].Imports(wanted).Found(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q, %v", got, err)
	}
}
