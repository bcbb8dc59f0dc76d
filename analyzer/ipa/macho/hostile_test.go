package macho_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"

	"heyan/analyzer/ipa/macho"
	"heyan/analyzer/ipa/machotest"
)

// Offsets in a 64-bit header.
const (
	atCommandCount = 16
	atCommandBytes = 20
	atFirstCommand = 32
)

func put(data []byte, at int, v uint32) []byte {
	binary.LittleEndian.PutUint32(data[at:], v)
	return data
}

func two(lie func([]machotest.FatEntry) []machotest.FatEntry) []byte {
	return machotest.Fat{Wide: true, Slices: []machotest.Slice{{}, {Subtype: 2}}, Lie: lie}.Bytes()
}

// TestRefused: files that are nothing but an error, and that cost nothing.
func TestRefused(t *testing.T) {
	t.Parallel()
	plain := func() []byte { return machotest.Slice{}.Bytes() }
	many := make([][]byte, 4097)
	for i := range many {
		many[i] = []byte{0x2b, 0, 0, 0, 8, 0, 0, 0}
	}
	signature := []byte{0x1d, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	tests := []struct {
		name string
		data []byte
		want error
		text string
	}{
		{"empty", nil, macho.ErrNotMachO, "0 bytes"},
		{"text", []byte(strings.Repeat("text ", 10)), macho.ErrNotMachO, "begins with"},
		{"static library", []byte("!<arch>\n#1/20           0           0"), macho.ErrNotMachO, "begins with"},
		{"Java class", append([]byte{0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52}, make([]byte, 100)...), macho.ErrMalformed, "52 slices"},
		{"cut header", plain()[:30], macho.ErrMalformed, "beyond the end"},
		{"cut commands", plain()[:100], macho.ErrMalformed, "beyond the end"},
		{"2^32 commands", put(plain(), atCommandCount, 1<<32-1), macho.ErrMalformed, "4294967295 load commands"},
		{"2^32 bytes of commands", put(plain(), atCommandBytes, 1<<32-1), macho.ErrMalformed, "4294967295 bytes"},
		{"4097 commands", machotest.Slice{Commands: many}.Bytes(), macho.ErrMalformed, "load commands"},
		{"more commands than bytes", put(plain(), atCommandCount, 9), macho.ErrMalformed, "beyond their end"},
		{"command of no size", put(plain(), atFirstCommand+4, 0), macho.ErrMalformed, "0 bytes"},
		{"command of 2^32 bytes", put(plain(), atFirstCommand+4, 1<<32-1), macho.ErrMalformed, "4294967295 bytes"},
		{"segment without fields", machotest.Slice{Commands: [][]byte{{0x19, 0, 0, 0, 8, 0, 0, 0}}}.Bytes(), macho.ErrMalformed, "segment"},
		{"uuid without fields", machotest.Slice{Commands: [][]byte{{0x1b, 0, 0, 0, 8, 0, 0, 0}}}.Bytes(), macho.ErrMalformed, "uuid"},
		{"encryption without fields", machotest.Slice{Commands: [][]byte{{0x2c, 0, 0, 0, 8, 0, 0, 0}}}.Bytes(), macho.ErrMalformed, "encryption"},
		{"version without fields", machotest.Slice{Commands: [][]byte{{0x25, 0, 0, 0, 8, 0, 0, 0}}}.Bytes(), macho.ErrMalformed, "version"},
		{"build version without fields", machotest.Slice{Commands: [][]byte{{0x32, 0, 0, 0, 8, 0, 0, 0}}}.Bytes(), macho.ErrMalformed, "build version"},
		{"signature without fields", machotest.Slice{Commands: [][]byte{{0x1d, 0, 0, 0, 8, 0, 0, 0}}}.Bytes(), macho.ErrMalformed, "signature"},
		{"library without fields", machotest.Slice{Commands: [][]byte{{0xc, 0, 0, 0, 8, 0, 0, 0}}}.Bytes(), macho.ErrMalformed, "library"},
		{"library name outside", machotest.Slice{Commands: [][]byte{put(machotest.Dylib("x"), 8, 1<<32-1)}}.Bytes(), macho.ErrMalformed, "library name"},
		{"library name in the head", machotest.Slice{Commands: [][]byte{put(machotest.Dylib("x"), 8, 4)}}.Bytes(), macho.ErrMalformed, "library name"},
		{"two signatures", machotest.Slice{Commands: [][]byte{signature, signature}}.Bytes(), macho.ErrMalformed, "two code signatures"},
		{"fat without slices", machotest.Fat{}.Bytes(), macho.ErrMalformed, "0 slices"},
		{"fat with 33 slices", machotest.Fat{Slices: make([]machotest.Slice, 33)}.Bytes(), macho.ErrMalformed, "33 slices"},
		{"fat with 2^32 slices", machotest.Fat{Count: 1<<32 - 1}.Bytes(), macho.ErrMalformed, "4294967295 slices"},
		{"fat table cut", machotest.Fat{Slices: make([]machotest.Slice, 4)}.Bytes()[:60], macho.ErrMalformed, "beyond the end"},
		{"slices overlap", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[1].Offset = e[0].Offset + 1; return e }), macho.ErrMalformed, "overlaps"},
		{"slices are one", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[1].Offset = e[0].Offset; return e }), macho.ErrMalformed, "overlaps"},
		{"slice over the header", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[0].Offset = 0; return e }), macho.ErrMalformed, "overlaps"},
		{"slice beyond the end", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[1].Size++; return e }), macho.ErrMalformed, "beyond the end"},
		{"slice of 2^64", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[1].Size = 1<<64 - 1; return e }), macho.ErrMalformed, "slice of"},
		{"slice at 2^63", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[1].Offset = 1 << 63; return e }), macho.ErrMalformed, "slice of"},
		{"slice at 2^61", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[1].Offset, e[1].Size = 1<<61, 1<<61; return e }), macho.ErrMalformed, "beyond the end"},
		{"no slice is Mach-O", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[0].Offset++; e[0].Size--; return e[:1] }), macho.ErrNotMachO, "begins with"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := macho.Read(bytes.NewReader(tt.data), int64(len(tt.data)))
			if f != nil || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %+v, %v", f, err)
			}
		})
	}
}

// TestAnomalies: files that are read as far as they can be.
func TestAnomalies(t *testing.T) {
	t.Parallel()
	library := machotest.Dylib("/" + strings.Repeat("x", 1000))
	libraries := make([][]byte, 400)
	for i := range libraries {
		libraries[i] = library
	}
	cut := machotest.Slice{Code: 5000}.Bytes()
	tests := []struct {
		name   string
		data   []byte
		code   string
		slices int
	}{
		{"slice that is none", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[0].Offset++; e[0].Size--; return e }), macho.CodeSlice, 1},
		{"slice too short for a header", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[1].Size = 5; return e }), macho.CodeSlice, 1},
		{"slice of another type", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[1].CPU = machotest.CPUX86_64; return e }), macho.CodeSliceType, 2},
		{"slice of another subtype", two(func(e []machotest.FatEntry) []machotest.FatEntry { e[1].Subtype = 0; return e }), macho.CodeSliceType, 2},
		{"same slice twice", machotest.Fat{Slices: make([]machotest.Slice, 2)}.Bytes(), macho.CodeSliceTwice, 2},
		{"two platforms", machotest.Slice{Platform: 7, Commands: [][]byte{{0x32, 0, 0, 0, 24, 0, 0, 0, 2, 0, 0, 0, 0, 0, 13, 0, 0, 0, 17, 0, 0, 0, 0, 0}}}.Bytes(), macho.CodePlatforms, 1},
		{"cut short", cut[:len(cut)-1], macho.CodeSegment, 1},
		{"endless names", machotest.Slice{Commands: libraries}.Bytes(), macho.CodeLibraries, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := read(t, tt.data)
			if len(f.Slices) != tt.slices || len(f.Anomalies) != 1 || f.Anomalies[0].Code != tt.code || f.Anomalies[0].Where == "" {
				t.Errorf("got %d slices, %+v", len(f.Slices), f.Anomalies)
			}
			kept := 0
			for _, name := range f.Slices[0].Facts.Libraries {
				kept += len(name)
			}
			if kept > 256<<10 {
				t.Errorf("kept %d bytes of names", kept)
			}
		})
	}
}

// TestBrokenSignatures: the slice stays, its signature is an error.
func TestBrokenSignatures(t *testing.T) {
	t.Parallel()
	be := binary.BigEndian.PutUint32
	twice := machotest.Blob{Slot: machotest.SlotEntitlements, Magic: machotest.MagicEntitlements}
	tests := []struct {
		name string
		sig  machotest.Signature
		cut  int
		text string
	}{
		{"cut short", machotest.Signature{}, 1, "beyond the end"},
		{"cut to nothing", machotest.Signature{}, 100_000, "beyond the end"},
		{"other magic", machotest.Signature{Lie: func(b []byte) { b[3]++ }}, 0, "begins with"},
		{"longer than its place", machotest.Signature{Lie: func(b []byte) { be(b[4:], uint32(len(b)+1)) }}, 0, "beyond the end"},
		{"shorter than its head", machotest.Signature{Lie: func(b []byte) { be(b[4:], 5) }}, 0, "beyond the end"},
		{"65 blobs", machotest.Signature{Lie: func(b []byte) { be(b[8:], 65) }}, 0, "65 blobs"},
		{"2^32 blobs", machotest.Signature{Lie: func(b []byte) { be(b[8:], 1<<32-1) }}, 0, "4294967295 blobs"},
		{"blob at 2^32", machotest.Signature{Lie: func(b []byte) { be(b[16:], 1<<32-1) }}, 0, "beyond the end"},
		{"blob of 2^32", machotest.Signature{Lie: func(b []byte) { be(b[binary.BigEndian.Uint32(b[16:])+4:], 1<<32-1) }}, 0, "beyond the end"},
		{"blob without a head", machotest.Signature{Lie: func(b []byte) { be(b[binary.BigEndian.Uint32(b[16:])+4:], 7) }}, 0, "blob of 7"},
		{"short directory", machotest.Signature{Lie: func(b []byte) { be(b[binary.BigEndian.Uint32(b[16:])+4:], 43) }}, 0, "directory of 43"},
		{"identifier outside", machotest.Signature{Lie: func(b []byte) { be(b[binary.BigEndian.Uint32(b[16:])+20:], 1<<31) }}, 0, "text at"},
		{"team outside", machotest.Signature{Lie: func(b []byte) { be(b[binary.BigEndian.Uint32(b[16:])+48:], 1<<31) }}, 0, "text at"},
		{"directory of another magic", machotest.Signature{Lie: func(b []byte) { b[binary.BigEndian.Uint32(b[16:])]++ }}, 0, "slot 0x0 has a blob"},
		{"entitlements twice", machotest.Signature{Extra: []machotest.Blob{twice, twice}}, 0, "twice"},
		{"entitlements of another magic", machotest.Signature{Extra: []machotest.Blob{{Slot: 5, Magic: 0xfade7172}}}, 0, "slot 5 has a blob"},
		{"endless entitlements", machotest.Signature{Entitlements: make([]byte, 300<<10)}, 0, "entitlements of"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			data := machotest.Slice{Signature: &tt.sig}.Bytes()
			data = data[:max(len(data)-tt.cut, 4096)]
			f, err := macho.ReadSigned(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			sig, err := f.Slices[0].CodeSignature()
			if sig != nil || !errors.Is(err, macho.ErrMalformed) || !strings.Contains(err.Error(), tt.text) || !f.Slices[0].Facts.Signed {
				t.Errorf("got %+v, %v", sig, err)
			}
		})
	}
}

// TestMedium: the reader's own failure is told as such.
func TestMedium(t *testing.T) {
	t.Parallel()
	data := machotest.Fat{Slices: []machotest.Slice{{Signature: &machotest.Signature{}}}}.Bytes()
	for _, cut := range []int{0, 4, 20, 4100, 4200, 8200, len(data) - 4096} {
		_, err := macho.ReadSigned(bytes.NewReader(data[:cut]), int64(len(data)))
		if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, macho.ErrMalformed) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}
