package ipa_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"heyan/analyzer/archive/archivetest"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/ipatest"
	"heyan/analyzer/ipa/machotest"

	"github.com/google/go-cmp/cmp"
)

const infoPath = ipatest.Folder + "/Info.plist"

// bomb is a binary property list of 147 bytes that unfolds to 10^8 objects.
func bomb() []byte {
	out := []byte("bplist00")
	var table []byte
	for n := range 8 {
		table = append(table, byte(len(out)))
		out = append(append(out, 0xaa), bytes.Repeat([]byte{byte(n + 1)}, 10)...)
	}
	table = append(table, byte(len(out)))
	out = append(out, 0x51, 'a')
	at := uint64(len(out))
	out = append(append(out, table...), 0, 0, 0, 0, 0, 0, 1, 1)
	for _, n := range []uint64{9, 0, at} {
		out = binary.BigEndian.AppendUint64(out, n)
	}
	return out
}

// minimal is the smallest app without its Info.plist, to which a test adds one.
func withoutInfo() *archivetest.Builder {
	b := ipatest.Minimal()
	b.Info = nil
	z := b.Archive()
	z.Deflate(ipatest.Folder+"/Classroom", ipatest.Executable(nil))
	return z
}

func info(data []byte) []byte {
	z := withoutInfo()
	z.Deflate(infoPath, data)
	return z.Bytes()
}

func with(add func(*archivetest.Builder)) []byte {
	z := ipatest.App().Archive()
	add(z)
	return z.Bytes()
}

func plain() []byte { return machotest.Plist(ipatest.Minimal().Info) }

func executable(data []byte) []byte {
	b := ipatest.Minimal()
	b.Executable = data
	return b.Bytes()
}

// TestHostile: each package has a clear outcome in the readers it concerns, and
// none in the others.
func TestHostile(t *testing.T) {
	t.Parallel()
	twoApps := func() []byte {
		z := ipatest.Minimal().Archive()
		z.Deflate("Payload/Other.app/Info.plist", plain())
		return z.Bytes()
	}
	all := func(detail string) map[string]string {
		return map[string]string{"ipa/bundle": detail, "ipa/strings": detail, "ipa/macho": detail, "ipa/profile": detail, "ipa/privacy": detail, "ipa/text": detail, "ipa/signature": detail}
	}
	cut := ipatest.Executable(ipatest.Entitlements(false))
	for name, test := range map[string]struct {
		data  []byte
		notOK map[string]string // part of the detail by reader
		codes []string
	}{
		"bomb":                  {info(bomb()), map[string]string{"ipa/bundle": "shared ones counted each time"}, []string{"info-plist-unreadable"}},
		"deep XML":              {info([]byte("<plist>" + strings.Repeat("<array>", 100_000))), map[string]string{"ipa/bundle": "nested too deep"}, []string{"info-plist-unreadable"}},
		"entities":              {info([]byte(`<!DOCTYPE plist [<!ENTITY a "b">]><plist><dict/></plist>`)), map[string]string{"ipa/bundle": "does not end"}, []string{"info-plist-unreadable"}},
		"empty Info.plist":      {info([]byte{}), map[string]string{"ipa/bundle": "has no CFBundleIdentifier"}, []string{"info-plist-missing"}},
		"Info.plist of a list":  {info([]byte("<plist><array/></plist>")), map[string]string{"ipa/bundle": "no dictionary"}, []string{"info-plist-unreadable"}},
		"Info.plist too long":   {info(make([]byte, 5<<20)), map[string]string{"ipa/bundle": "at most 2097152 are read"}, []string{"info-plist-unreadable"}},
		"Info.plist twice":      {with(func(z *archivetest.Builder) { z.Deflate(infoPath, plain()) }), map[string]string{"ipa/bundle": "several entries have this name"}, []string{"zip-ambiguous-duplicate-name", "info-plist-unreadable"}},
		"Info.plist, two cases": {with(func(z *archivetest.Builder) { z.Deflate(ipatest.Folder+"/info.plist", plain()) }), nil, []string{"zip-ambiguous-case"}},
		"a key twice":           {info(bytes.Replace(plain(), []byte("<dict>"), []byte("<dict><key>CFBundleName</key><string>x</string>"), 1)), map[string]string{"ipa/bundle": "stands twice"}, []string{"plist-duplicate-key"}},
		"symbolic link": {func() []byte {
			z := withoutInfo()
			z.Store(infoPath, []byte("../../etc/passwd")).Mode = 0o120777
			return z.Bytes()
		}(), map[string]string{"ipa/bundle": "symbolic link"}, []string{"info-plist-unreadable"}},
		"wrong checksum": {func() []byte {
			z := withoutInfo()
			z.Store(infoPath, plain()).Both(func(h *archivetest.Header) { h.CRC32++ })
			return z.Bytes()
		}(), map[string]string{"ipa/bundle": "crc-32", "ipa/text": "1 files"}, []string{"zip-invalid-content-crc"}},
		"two apps":           {twoApps(), all("2 apps in Payload/"), []string{"format-ambiguous"}},
		"an app folder more": {with(func(z *archivetest.Builder) { z.Store("Payload/Other.app/x", nil) }), nil, []string{"payload-extra-app"}},
		"__MACOSX":           {with(func(z *archivetest.Builder) { z.Store("__MACOSX/"+ipatest.Folder+"/._Info.plist", []byte("x")) }), nil, []string{"format-foreign-files"}},
		"names that climb": {with(func(z *archivetest.Builder) {
			z.Deflate(ipatest.Folder+"/../Other.app/Info.plist", plain())
			z.Deflate(ipatest.Folder+"/PlugIns/../X.appex/Info.plist", plain())
			z.Deflate("../../etc/passwd", nil)
		}), nil, []string{"zip-odd-name-traversal"}},
		"executable that climbs": {app(map[string]any{"CFBundleExecutable": "../../x"}).Bytes(), map[string]string{"ipa/macho": "leaves the bundle", "ipa/signature": "own executable"}, []string{"executable-name"}},
		"executable missing":     {executable(nil), map[string]string{"ipa/macho": "no such file", "ipa/signature": "own executable"}, []string{"executable-missing"}},
		"executable of text":     {executable([]byte("#!/bin/sh\necho this is no Mach-O file")), map[string]string{"ipa/macho": "not a Mach-O file", "ipa/signature": "own executable"}, []string{"executable-unreadable"}},
		"executable cut":         {executable(cut[:len(cut)/2]), map[string]string{"ipa/macho": "Classroom"}, nil},
		"unsigned":               {executable(machotest.Slice{}.Bytes()), nil, []string{"executable-unsigned"}},
		"signature that lies": {executable(machotest.Slice{Signature: &machotest.Signature{Entitlements: []byte("x"), Lie: func(b []byte) { binary.BigEndian.PutUint32(b[8:], 1<<31) }}}.Bytes()),
			map[string]string{"ipa/macho": "code signature can't be read"}, []string{"code-signature-unreadable"}},
		"entitlements of a bomb": {executable(machotest.Slice{Signature: &machotest.Signature{Entitlements: bomb()}}.Bytes()), map[string]string{"ipa/macho": "entitlements can't be read"}, nil},
		"fat header that lies":   {executable(machotest.Fat{Slices: []machotest.Slice{{}, {}}, Count: 1 << 31}.Bytes()), map[string]string{"ipa/macho": "slices", "ipa/signature": "own executable"}, []string{"executable-unreadable"}},
		"profile of text":        {func() []byte { b := ipatest.Minimal(); b.Profile = []byte("no CMS"); return b.Bytes() }(), map[string]string{"ipa/profile": ""}, []string{"profile-unreadable"}},
		"strings of text": {with(func(z *archivetest.Builder) {
			z.Deflate(ipatest.Folder+"/de.lproj/InfoPlist.strings", []byte("\"a\" = "))
		}), map[string]string{"ipa/strings": "de.lproj"}, []string{"strings-unreadable"}},
		"strings for no language": {with(func(z *archivetest.Builder) { z.Deflate(ipatest.Folder+"/x!.lproj/InfoPlist.strings", []byte("a=b;")) }), nil, []string{"strings-locale"}},
		"strings for a language twice": {with(func(z *archivetest.Builder) {
			z.Deflate(ipatest.Folder+"/English.lproj/InfoPlist.strings", []byte("a=b;"))
		}), nil, []string{"strings-locale"}},
		"strings of a bomb":        {with(func(z *archivetest.Builder) { z.Deflate(ipatest.Folder+"/de.lproj/InfoPlist.strings", bomb()) }), map[string]string{"ipa/strings": "too many objects"}, []string{"strings-unreadable"}},
		"privacy manifest of text": {with(func(z *archivetest.Builder) { z.Deflate(ipatest.Folder+"/x/PrivacyInfo.xcprivacy", []byte("{{{")) }), map[string]string{"ipa/privacy": "PrivacyInfo"}, []string{"privacy-unreadable"}},
		"appex without Info.plist": {with(func(z *archivetest.Builder) { z.Store(ipatest.Folder+"/PlugIns/X.appex/x", nil) }), map[string]string{"ipa/bundle": "there is no Info.plist", "ipa/macho": "no such file"}, nil},
		"icon that is none": {func() []byte {
			b := ipatest.Minimal()
			b.Files = []ipatest.File{{Path: "Icon.png", Data: []byte("x")}}
			return b.Bytes()
		}(), nil, []string{"icon-unreadable"}},
		"icon name that climbs": {app(map[string]any{"CFBundleIconFiles": []string{"../../x", "/etc/passwd"}}).Bytes(), nil, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := analyze(t, test.data)
			if f.Format != facts.FormatIPA {
				t.Fatalf("format %s: %s", f.Format, f.FormatDetail)
			}
			got := notOK(f)
			for reader, detail := range got {
				if want, ok := test.notOK[reader]; !ok || !strings.Contains(detail, want) {
					t.Errorf("%s is %q, want %q", reader, detail, want)
				}
			}
			if len(got) != len(test.notOK) {
				t.Errorf("readers not ok: %v, want %v", got, test.notOK)
			}
			if diff := cmp.Diff(test.codes, codes(f)); test.codes != nil && diff != "" {
				t.Errorf("anomalies (-want +got):\n%s", diff)
			}
			if a := f.Analyzer(facts.AnalyzerBundle); a.Status == facts.StatusFailed && (len(f.Permissions) > 0 && test.codes[0] == "info-plist-unreadable" && f.Permissions[0].Where == infoPath) {
				t.Errorf("a list that can't be read gives %+v", f.Permissions)
			}
		})
	}
}

// TestMany: ten thousand of everything are cut off, said, and cheap.
func TestMany(t *testing.T) {
	t.Parallel()
	const n = 10_000
	for name, test := range map[string]struct {
		add    func(z *archivetest.Builder, n int)
		reader string
		detail string
	}{
		"languages": {func(z *archivetest.Builder, n int) {
			z.Store(fmt.Sprintf("%s/a%c%c-%04d.lproj/InfoPlist.strings", ipatest.Folder, 'a'+n%26, 'a'+n/26%26, n), []byte("NSCameraUsageDescription = \"To scan\";"))
		}, facts.AnalyzerStrings, "9746 strings files beyond the limits"},
		"extensions": {func(z *archivetest.Builder, n int) {
			z.Store(fmt.Sprintf("%s/PlugIns/%d.appex/Info.plist", ipatest.Folder, n), plain())
		}, facts.AnalyzerBundle, "more than 1000 bundles"},
		"privacy manifests": {func(z *archivetest.Builder, n int) {
			z.Store(fmt.Sprintf("%s/%d/PrivacyInfo.xcprivacy", ipatest.Folder, n), []byte("<plist><dict/></plist>"))
		}, facts.AnalyzerPrivacy, "beyond the first 500"},
		"libraries": {func(z *archivetest.Builder, n int) {
			z.Store(fmt.Sprintf("%s/%d.dylib", ipatest.Folder, n), []byte("x"))
		}, facts.AnalyzerArchive, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			z := ipatest.App().Archive()
			for i := range n {
				test.add(z, i)
			}
			f := analyze(t, z.Bytes())
			if a := f.Analyzer(test.reader); !strings.Contains(a.Detail, test.detail) {
				t.Errorf("%+v", a)
			}
			if len(f.Anomalies) > 300 {
				t.Errorf("%d anomalies", len(f.Anomalies))
			}
		})
	}
}

// TestLongLists: lists in an Info.plist are cut, and said to be.
func TestLongLists(t *testing.T) {
	t.Parallel()
	var schemes []any
	purposes := map[string]any{}
	for n := range 5000 {
		schemes = append(schemes, fmt.Sprintf("s%d", n))
		purposes[fmt.Sprintf("N%dUsageDescription", n)] = "To test the limit"
	}
	f := analyze(t, app(map[string]any{"LSApplicationQueriesSchemes": schemes}).Bytes())
	if n := len(f.Permissions); n != 1000 || f.OK(facts.AnalyzerBundle) {
		t.Errorf("%d schemes, %v", n, notOK(f))
	}
	f = analyze(t, app(purposes).Bytes())
	if n := len(f.Permissions); n != 1000 || f.OK(facts.AnalyzerBundle) {
		t.Errorf("%d purpose strings, %v", n, notOK(f))
	}
}

func FuzzIPA(f *testing.F) {
	f.Add(ipatest.App().Bytes())
	f.Add(ipatest.Minimal().Bytes())
	f.Add(info(bomb()))
	f.Add(with(func(z *archivetest.Builder) { z.Deflate(infoPath, plain()) }))
	stored := &archivetest.Builder{}
	stored.Store(infoPath, plain())
	stored.Store(ipatest.Folder+"/Classroom", ipatest.Executable(ipatest.Entitlements(true)))
	stored.Store(ipatest.Folder+"/zh-Hans.lproj/InfoPlist.strings", []byte("\"NSCameraUsageDescription\" = \"教\";"))
	stored.Store(ipatest.Folder+"/PrivacyInfo.xcprivacy", machotest.Plist(ipatest.Privacy()))
	f.Add(stored.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		first := analyze(t, data)
		if diff := cmp.Diff(first, analyze(t, data)); diff != "" {
			t.Errorf("two readings differ:\n%s", diff)
		}
		if first.Format == facts.FormatIPA && first.Analyzer(facts.AnalyzerBundle) == nil {
			t.Error("the bundle reader did not say how far it came")
		}
	})
}

func BenchmarkAnalyze(b *testing.B) {
	data := ipatest.App().Bytes()
	b.ReportAllocs()
	for b.Loop() {
		analyze(b, data)
	}
}
