package ipa_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heyan/analyzer"
	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa"
	"heyan/analyzer/ipa/ipatest"

	"github.com/google/go-cmp/cmp"
)

// analyze does what an inspection does: it tells the format and, where that is
// IPA, runs the analyzer.
func analyze(tb testing.TB, data []byte) *facts.Facts {
	tb.Helper()
	src := bytes.NewReader(data)
	_, d, err := archive.Identify(src, src.Size(), archive.Limits{})
	if err != nil {
		tb.Fatal(err)
	}
	f := &facts.Facts{Format: d.Format, FormatDetail: d.Detail, Anomalies: d.Anomalies}
	if d.Format != facts.FormatIPA {
		return f
	}
	if err := ipa.New().Analyze(tb.Context(), analyzer.Input{Package: src, Size: src.Size()}, f); err != nil {
		tb.Fatal(err)
	}
	return f
}

// notOK are the readers that did not end ok, with their details.
func notOK(f *facts.Facts) map[string]string {
	out := map[string]string{}
	for _, a := range f.Analyzers {
		if a.Status != facts.StatusOK {
			out[a.Name] = string(a.Status) + ": " + a.Detail
		}
	}
	return out
}

func codes(f *facts.Facts) []string {
	out := []string{}
	for _, a := range f.Anomalies {
		if !slices.Contains(out, a.Code) {
			out = append(out, a.Code)
		}
	}
	return out
}

// brief is a permission in one line.
func brief(f *facts.Facts) []string {
	var out []string
	for _, p := range f.Permissions {
		out = append(out, string(p.Source)+" "+p.Name+" "+strings.TrimPrefix(p.Where, ipatest.Folder+"/"))
	}
	return out
}

func TestApp(t *testing.T) {
	t.Parallel()
	f := analyze(t, ipatest.App().Bytes())
	if bad := notOK(f); len(bad) > 0 || len(f.Anomalies) > 0 {
		t.Errorf("%v, %+v", bad, f.Anomalies)
	}
	icon := f.App.Icon
	if icon == nil || icon.Path != ipatest.Folder+"/AppIcon60x60@2x.png" || icon.Kind != "crushed-png" || icon.Width != 120 || len(icon.SHA256) != 64 {
		t.Errorf("icon %+v", icon)
	}
	f.App.Icon = nil
	want := facts.App{
		ID: ipatest.ID, Name: "课堂", Names: map[string]string{"default": "Classroom", "en": "Classroom", "zh-Hans": "课堂"},
		Version: ipatest.Version, Build: ipatest.Build, MinOS: "13.0", SupportedOSNames: []string{"iPhoneOS"},
	}
	if diff := cmp.Diff(want, f.App); diff != "" {
		t.Errorf("app (-want +got):\n%s", diff)
	}
	permissions := []string{
		"purpose-string NSCameraUsageDescription Info.plist",
		"purpose-string NSLocationWhenInUseUsageDescription Info.plist",
		"purpose-string NSMicrophoneUsageDescription Info.plist",
		"background-mode audio Info.plist",
		"query-scheme weixin Info.plist",
		"info-key NSExceptionDomains Info.plist",
		"info-key NSExtensionPointIdentifier=com.apple.share-services PlugIns/Share.appex/Info.plist",
		"entitlement keychain-access-groups Classroom",
		"info-key NSPrivacyAccessedAPICategoryUserDefaults PrivacyInfo.xcprivacy",
		"info-key NSPrivacyCollectedDataTypeName PrivacyInfo.xcprivacy",
	}
	if diff := cmp.Diff(permissions, brief(f)); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
	purpose := map[string]string{"default": "To scan the code of a class", "en": "To scan the code of a class", "zh-Hans": "用于扫描班级二维码"}
	if diff := cmp.Diff(purpose, f.Permissions[0].Purpose); diff != "" {
		t.Errorf("purpose (-want +got):\n%s", diff)
	}
	var bundles []string
	for _, b := range f.Bundles {
		bundles = append(bundles, b.Kind+" "+b.ID+" "+b.Version+" "+b.Build+" "+b.MinOS+" "+b.ExtensionPoint+" "+strings.TrimPrefix(b.Executable, ipatest.Folder))
	}
	wantBundles := []string{
		"app cn.example.classroom 1.2.3 45 13.0  /Classroom",
		"framework cn.example.kit 1.2.3 45 13.0  /Frameworks/Kit.framework/Kit",
		"appex cn.example.classroom.share 1.2.3 45 13.0 com.apple.share-services /PlugIns/Share.appex/Extension",
		"watch cn.example.classroom.watchkitapp 1.2.3 45 7.0  /Watch/Watch.app/Watch",
	}
	if diff := cmp.Diff(wantBundles, bundles); diff != "" {
		t.Errorf("bundles (-want +got):\n%s", diff)
	}
	if len(f.Executables) != 4 || f.Executables[0].Path != ipatest.Folder+"/Classroom" || f.Executables[3].Slices[0].Platform != "watchos" {
		t.Errorf("executables %+v", f.Executables)
	}
	if diff := cmp.Diff(&facts.TransportSecurity{InsecureDomains: []string{"example.cn"}}, f.TransportSecurity); diff != "" {
		t.Errorf("transport security (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"classroom"}, f.URLSchemes); diff != "" {
		t.Errorf("schemes (-want +got):\n%s", diff)
	}
	if p := f.Signature.Profile; p == nil || p.Kind != "store" || f.Signature.Kind != facts.KindBroken { // its message is none
		t.Errorf("signature %+v", f.Signature)
	}
	if len(f.Entitlements) != 4 || len(f.PrivacyManifests) != 2 || f.PrivacyManifests[1].Bundle != ipatest.Folder+"/Frameworks/Kit.framework" {
		t.Errorf("entitlements %+v, privacy %+v", f.Entitlements, f.PrivacyManifests)
	}
}

// TestFixture: a package by Apple's format from clang and lld.
func TestFixture(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "ipa", "school.ipa"))
	if err != nil {
		t.Fatal(err)
	}
	f := analyze(t, data)
	if bad := notOK(f); len(bad) > 0 || len(f.Anomalies) > 0 {
		t.Errorf("%v, %+v", bad, f.Anomalies)
	}
	got := []string{f.App.ID, f.App.Name, f.App.Names["en"], f.App.Version, f.App.Build, f.App.Icon.Kind, f.Executables[0].Slices[0].Arch, f.Signature.Profile.Kind}
	want := []string{"cn.example.chenguang", "晨光课堂", "Morning Light Classroom", "2.3.1", "20301", "crushed-png", "arm64", "store"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if len(f.Permissions) != 10 || len(f.Bundles) != 4 || len(f.PrivacyManifests) != 2 {
		t.Errorf("%q, %+v, %+v", brief(f), f.Bundles, f.PrivacyManifests)
	}
}

// TestSameTwice: equal bytes give equal facts, although parts run side by side.
func TestSameTwice(t *testing.T) {
	t.Parallel()
	data := ipatest.App().Bytes()
	first, err := json.Marshal(analyze(t, data))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := json.Marshal(analyze(t, data))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Fatalf("facts differ:\n%s\n%s", first, again)
		}
	}
}

type failing struct{ *bytes.Reader }

var errMedium = errors.New("disk gone")

func (f failing) ReadAt(b []byte, off int64) (int, error) {
	if off < 2000 && len(b) > 30 {
		return 0, errMedium
	}
	return f.Reader.ReadAt(b, off)
}

// TestMedium: a failing disk and an ended context are errors, not facts.
func TestMedium(t *testing.T) {
	t.Parallel()
	data := ipatest.App().Bytes()
	in := analyzer.Input{Package: failing{bytes.NewReader(data)}, Size: int64(len(data))}
	if err := ipa.New().Analyze(t.Context(), in, &facts.Facts{}); !errors.Is(err, errMedium) {
		t.Errorf("failing medium: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in.Package = bytes.NewReader(data)
	if err := ipa.New().Analyze(ctx, in, &facts.Facts{}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}

func app(info map[string]any) ipatest.Bundle {
	b := ipatest.Minimal()
	b.Info = ipatest.With(b.Info, info)
	return b
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		info    map[string]any
		strings map[string]map[string]string
		want    map[string]string
		shown   string
	}{
		"display name": {map[string]any{"CFBundleDisplayName": "Shown"}, nil, map[string]string{"default": "Shown"}, "Shown"},
		"name":         {nil, nil, map[string]string{"default": "Classroom"}, "Classroom"},
		"simplified Chinese before Chinese": {nil, map[string]map[string]string{"zh": {"CFBundleName": "甲"}, "zh_hans": {"CFBundleDisplayName": "乙"}, "zh-Hant": {"CFBundleDisplayName": "丙"}},
			map[string]string{"default": "Classroom", "zh": "甲", "zh-Hans": "乙", "zh-Hant": "丙"}, "乙"},
		"zh_CN, old names, region": {nil, map[string]map[string]string{"zh_CN": {"CFBundleDisplayName": "甲"}, "English": {"CFBundleName": "E"}, "pt-br": {"CFBundleName": "P"}},
			map[string]string{"default": "Classroom", "zh-CN": "甲", "en": "E", "pt-BR": "P"}, "甲"},
		"a plain name changes no display name": {map[string]any{"CFBundleDisplayName": "Shown"}, map[string]map[string]string{"zh-Hans": {"CFBundleName": "甲"}}, map[string]string{"default": "Shown"}, "Shown"},
		"for one device alone":                 {map[string]any{"CFBundleName": nil, "CFBundleDisplayName~ipad": "Pad"}, nil, map[string]string{"default": "Pad"}, "Pad"},
		"the development region's":             {map[string]any{"CFBundleDevelopmentRegion": "zh_CN"}, map[string]map[string]string{"Base": {"CFBundleDisplayName": "甲"}}, map[string]string{"default": "Classroom", "zh-CN": "甲"}, "甲"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := app(test.info)
			b.Strings = test.strings
			f := analyze(t, b.Bytes())
			if diff := cmp.Diff(test.want, f.App.Names); diff != "" || f.App.Name != test.shown {
				t.Errorf("%q, names (-want +got):\n%s", f.App.Name, diff)
			}
		})
	}
}

func TestPurposes(t *testing.T) {
	t.Parallel()
	const key = "NSCameraUsageDescription"
	for name, test := range map[string]struct {
		info    map[string]any
		strings map[string]map[string]string
		want    []string // purpose strings
		codes   []string
	}{
		"good":                 {map[string]any{key: "用于扫描班级二维码"}, nil, []string{key}, []string{}},
		"empty":                {map[string]any{key: ""}, nil, []string{key}, []string{"purpose-empty"}},
		"blank and invisible":  {map[string]any{key: " \u3000\u200b\n"}, nil, []string{key}, []string{"purpose-empty"}},
		"signs":                {map[string]any{key: "...。"}, nil, []string{key}, []string{"purpose-empty"}},
		"todo":                 {map[string]any{key: "TODO: write"}, nil, []string{key}, []string{"purpose-placeholder"}},
		"the key":              {map[string]any{key: key}, nil, []string{key}, []string{"purpose-placeholder"}},
		"xxx":                  {map[string]any{key: "xxx"}, nil, []string{key}, []string{"purpose-placeholder"}},
		"number":               {map[string]any{key: "123"}, nil, []string{key}, []string{"purpose-placeholder"}},
		"test":                 {map[string]any{key: "“测试”"}, nil, []string{key}, []string{"purpose-placeholder"}},
		"noun":                 {map[string]any{key: "Camera."}, nil, []string{key}, []string{"purpose-placeholder"}},
		"empty in a language":  {map[string]any{key: "To scan the code"}, map[string]map[string]string{"zh-Hans": {key: ""}}, []string{key}, []string{"purpose-empty"}},
		"only in a language":   {nil, map[string]map[string]string{"zh-Hans": {key: "用于扫描"}}, nil, []string{"purpose-undeclared"}},
		"for one device alone": {map[string]any{key + "~ipad": "To scan the code"}, nil, []string{key}, []string{}},
		"no text":              {map[string]any{key: 7}, nil, []string{key}, []string{"purpose-type"}},
		"unknown key":          {map[string]any{"NSTelepathyUsageDescription": "To read the mind"}, nil, []string{"NSTelepathyUsageDescription"}, []string{}},
		"key that says no":     {map[string]any{"NSWidgetWantsLocation": false, "NSLocationDefaultAccuracyReduced": true}, nil, []string{"NSLocationDefaultAccuracyReduced"}, []string{}},
		"dictionary": {map[string]any{"NSLocationTemporaryUsageDescriptionDictionary": map[string]any{"a": "To find a school", "b": ""}}, nil,
			[]string{"NSLocationTemporaryUsageDescriptionDictionary"}, []string{"purpose-empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := app(test.info)
			b.Strings = test.strings
			f := analyze(t, b.Bytes())
			var got []string
			for _, p := range f.Permissions {
				if p.Source == facts.SourcePurposeString {
					got = append(got, p.Name)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("purpose strings (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.codes, codes(f)); diff != "" {
				t.Errorf("anomalies (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNestedPurposes: the purpose strings of programs count, those of frameworks
// and resource bundles do not.
func TestNestedPurposes(t *testing.T) {
	t.Parallel()
	b := ipatest.Minimal()
	const key = "NSMicrophoneUsageDescription"
	for _, path := range []string{"PlugIns/A.appex", "Watch/W.app", "AppClips/C.app", "Frameworks/F.framework", "R.bundle", "Odd/O.app", "Watch/W.app/PlugIns/X.appex"} {
		nested := ipatest.Minimal()
		nested.Path = path
		nested.Info = ipatest.With(nested.Info, map[string]any{key: "To read aloud"})
		b.Nested = append(b.Nested, nested)
	}
	f := analyze(t, b.Bytes())
	var got []string
	for _, p := range f.Permissions {
		got = append(got, strings.TrimPrefix(strings.TrimSuffix(p.Where, "/Info.plist"), ipatest.Folder+"/"))
	}
	want := []string{"AppClips/C.app", "PlugIns/A.appex", "Watch/W.app", "Watch/W.app/PlugIns/X.appex"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("purpose strings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"bundle-misplaced"}, codes(f)); diff != "" {
		t.Errorf("anomalies (-want +got):\n%s", diff)
	}
}

func TestFilingNumbers(t *testing.T) {
	t.Parallel()
	const number = "教APP备3100012号"
	b := app(map[string]any{"X": number})
	b.Strings = map[string]map[string]string{"zh-Hans": {"X": number}}
	b.Files = []ipatest.File{
		{Path: "Pandora/apps/H5/www/index.html", Data: []byte(number)}, {Path: "www/a.js", Data: []byte(`"\u6559APP\u59073100012\u53f7"`)},
		{Path: "photo.png", Data: []byte(number)},
	}
	var got []string
	f := analyze(t, b.Bytes())
	for _, n := range f.FilingNumbers {
		got = append(got, n.Number+" "+strings.TrimPrefix(n.Where, ipatest.Folder+"/"))
	}
	want := []string{number + " Pandora/apps/H5/www/index.html", number + " Info.plist", number + " zh-Hans.lproj/InfoPlist.strings", number + " www/a.js"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

// TestStore: what shows a bought copy is named, and nothing of it printed.
func TestStore(t *testing.T) {
	t.Parallel()
	b := ipatest.Minimal()
	b.Files = []ipatest.File{{Path: "SC_Info/Classroom.sinf", Data: []byte("buyer@example.com")}}
	z := b.Archive()
	z.Deflate("iTunesMetadata.plist", []byte("<plist><dict><key>apple-id</key><string>buyer@example.com</string></dict></plist>"))
	f := analyze(t, z.Bytes())
	if diff := cmp.Diff([]string{"store-sc-info", "store-purchaser-metadata"}, codes(f)); diff != "" {
		t.Errorf("anomalies (-want +got):\n%s", diff)
	}
	if out, err := json.Marshal(f); err != nil || bytes.Contains(out, []byte("buyer@")) {
		t.Errorf("the buyer is named: %s, %v", out, err)
	}
}
