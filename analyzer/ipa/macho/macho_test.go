package macho_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/macho"
	"heyan/analyzer/ipa/machotest"
)

func read(t *testing.T, data []byte) *macho.File {
	t.Helper()
	f, err := macho.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSliceFacts(t *testing.T) {
	t.Parallel()
	uuid := [16]byte{0x5B, 0x3F, 0xE1, 0x3E, 0xB7, 0x6D, 0x37, 0x89, 0x93, 0x8B, 0x9B, 0x3B, 0x3E, 0x86, 0xF7, 0xE6}
	const none = "00000000-0000-0000-0000-000000000000"
	tests := []struct {
		name  string
		slice machotest.Slice
		want  facts.Slice
	}{
		{"plain", machotest.Slice{}, facts.Slice{Arch: "arm64", Platform: "ios", UUID: none}},
		{"full", machotest.Slice{
			MinOS: machotest.Version(13, 0, 0), SDK: machotest.Version(17, 2, 1), UUID: uuid,
			Libraries: []string{"/usr/lib/libSystem.B.dylib", "@rpath/Kit.framework/Kit"}, Encrypted: true,
			Signature: &machotest.Signature{Identifier: "a"},
		}, facts.Slice{
			Arch: "arm64", Platform: "ios", MinOS: "13.0", SDK: "17.2.1", UUID: "5B3FE13E-B76D-3789-938B-9B3B3E86F7E6",
			Libraries: []string{"/usr/lib/libSystem.B.dylib", "@rpath/Kit.framework/Kit"}, Encrypted: true, Signed: true,
		}},
		{"encryptable only", machotest.Slice{Encryptable: true}, facts.Slice{Arch: "arm64", Platform: "ios", UUID: none}},
		{"arm64e", machotest.Slice{Subtype: 0x80000002}, facts.Slice{Arch: "arm64e", Platform: "ios", UUID: none}},
		{"armv7, 32 bits", machotest.Slice{CPU: machotest.CPUARM, Subtype: 9, VersionMin: machotest.CommandVersionMinIOS, MinOS: machotest.Version(8, 0, 0), Encrypted: true},
			facts.Slice{Arch: "armv7", Platform: "ios", MinOS: "8.0", UUID: none, Encrypted: true}},
		{"armv7s", machotest.Slice{CPU: machotest.CPUARM, Subtype: 11, NoVersion: true}, facts.Slice{Arch: "armv7s", UUID: none}},
		{"watch", machotest.Slice{CPU: machotest.CPUARM, Subtype: 12, VersionMin: machotest.CommandVersionMinWatch}, facts.Slice{Arch: "armv7k", Platform: "watchos", UUID: none}},
		{"watch, arm64_32", machotest.Slice{CPU: machotest.CPUARM64_32, Subtype: 1, Platform: machotest.PlatformWatchOS}, facts.Slice{Arch: "arm64_32", Platform: "watchos", UUID: none}},
		{"simulator by platform", machotest.Slice{Platform: machotest.PlatformIOSSimulator}, facts.Slice{Arch: "arm64", Platform: "ios-simulator", UUID: none}},
		{"simulator by processor", machotest.Slice{CPU: machotest.CPUX86_64, Subtype: 3, VersionMin: machotest.CommandVersionMinIOS}, facts.Slice{Arch: "x86_64", Platform: "ios-simulator", UUID: none}},
		{"old simulator", machotest.Slice{CPU: machotest.CPUX86, Subtype: 3, VersionMin: machotest.CommandVersionMinIOS}, facts.Slice{Arch: "i386", Platform: "ios-simulator", UUID: none}},
		{"mac", machotest.Slice{CPU: machotest.CPUX86_64, Subtype: 8, Platform: machotest.PlatformMacOS}, facts.Slice{Arch: "x86_64h", Platform: "macos", UUID: none}},
		{"unknown", machotest.Slice{CPU: 0x01000099, Platform: 99}, facts.Slice{Arch: "cpu-0x1000099", Platform: "platform-99", UUID: none}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := read(t, tt.slice.Bytes())
			if len(f.Slices) != 1 || f.Fat || len(f.Anomalies) != 0 {
				t.Fatalf("read %+v", f)
			}
			if diff := cmp.Diff(tt.want, f.Slices[0].Facts); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFat(t *testing.T) {
	t.Parallel()
	for _, wide := range []bool{false, true} {
		data := machotest.Fat{Wide: wide, Slices: []machotest.Slice{
			{CPU: machotest.CPUARM, Subtype: 9, Signature: &machotest.Signature{Identifier: "first"}},
			{Signature: &machotest.Signature{Identifier: "second"}},
		}, Lie: func(e []machotest.FatEntry) []machotest.FatEntry {
			e[0], e[1] = e[1], e[0] // the table need not be in the order of the file
			return e
		}}.Bytes()
		for name, reader := range map[string]func(*bytes.Reader) (*macho.File, error){
			"Read":       func(r *bytes.Reader) (*macho.File, error) { return macho.Read(r, r.Size()) },
			"ReadSigned": func(r *bytes.Reader) (*macho.File, error) { return macho.ReadSigned(r, r.Size()) },
		} {
			f, err := reader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range f.Slices {
				sig, err := s.CodeSignature()
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, s.Facts.Arch, sig.Directories[0].Identifier)
			}
			if diff := cmp.Diff([]string{"arm64", "second", "armv7", "first"}, got); diff != "" || !f.Fat || f.Anomalies != nil {
				t.Errorf("%s, wide %t: %+v (-want +got):\n%s", name, wide, f, diff)
			}
		}
	}
}

// TestForward: reading slices with signatures never goes back, so it is cheap
// on a compressed stream.
func TestForward(t *testing.T) {
	t.Parallel()
	sign := &machotest.Signature{Identifier: "id", Team: "TEAM", Entitlements: []byte("<dict/>"), EntitlementsDER: []byte{0x31, 0}}
	data := machotest.Fat{Slices: []machotest.Slice{{Code: 1 << 20, Signature: sign}, {Subtype: 2, Code: 1 << 20, Signature: sign}}}.Bytes()
	watch := &watcher{data: data}
	if _, err := macho.ReadSigned(watch, int64(len(data))); err != nil {
		t.Fatal(err)
	}
	const page = 64 << 10 // what archive.ReaderAt keeps at least four of
	if watch.back > page {
		t.Errorf("went back by %d bytes", watch.back)
	}
}

// watcher notes the longest way back.
type watcher struct {
	data      []byte
	end, back int64
}

func (w *watcher) ReadAt(p []byte, off int64) (int, error) {
	w.back = max(w.back, w.end-off)
	w.end = off + int64(len(p))
	return bytes.NewReader(w.data).ReadAt(p, off)
}

func TestCodeSignature(t *testing.T) {
	t.Parallel()
	values := map[string]any{"get-task-allow": true}
	data := machotest.Slice{Signature: &machotest.Signature{
		Identifier: "cn.example.app", Team: "ABCDE12345", Flags: 0x10000,
		Entitlements: machotest.Plist(values), EntitlementsDER: machotest.DER(values), CMS: []byte("signed"),
	}}.Bytes()
	sig, err := read(t, data).Slices[0].CodeSignature()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range sig.Blobs {
		if got := data[b.Offset : b.Offset+4]; !bytes.Equal(got, []byte{byte(b.Magic >> 24), byte(b.Magic >> 16), byte(b.Magic >> 8), byte(b.Magic)}) {
			t.Errorf("blob of slot %#x is not at %d: %x", b.Slot, b.Offset, got)
		}
	}
	sig.Blobs = nil
	want := &macho.CodeSignature{
		Directories: []macho.CodeDirectory{{
			Version: 0x20400, Flags: 0x10000, Identifier: "cn.example.app", TeamID: "ABCDE12345", HashType: 2, CodeLimit: 4096,
		}},
		Entitlements:    machotest.Plist(values),
		EntitlementsDER: machotest.DER(values),
		CMS:             true,
	}
	if diff := cmp.Diff(want, sig); diff != "" {
		t.Errorf("signature (-want +got):\n%s", diff)
	}
}

func TestAdHocAndUnsigned(t *testing.T) {
	t.Parallel()
	sig, err := read(t, machotest.Slice{Signature: &machotest.Signature{Identifier: "a", Flags: 2}}.Bytes()).Slices[0].CodeSignature()
	if err != nil || sig.CMS || !sig.Directories[0].AdHoc() {
		t.Errorf("ad hoc: %+v, %v", sig, err)
	}
	s := read(t, machotest.Slice{}.Bytes()).Slices[0]
	if _, err := s.CodeSignature(); !errors.Is(err, macho.ErrUnsigned) || s.Facts.Signed {
		t.Errorf("unsigned: %v", err)
	}
}
