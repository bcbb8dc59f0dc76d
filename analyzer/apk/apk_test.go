package apk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer"
	"heyan/analyzer/apk"
	"heyan/analyzer/apk/apktest"
	"heyan/analyzer/facts"
)

// E, A and the like keep the manifests below readable.
var (
	E = apktest.E
	A = apktest.A
)

const (
	appName   = apktest.Ref(0x7f010000)
	iconRef   = apktest.Ref(0x7f020000)
	layerRef  = apktest.Ref(0x7f020001)
	configRef = apktest.Ref(0x7f030000)
	serviceID = apktest.Ref(0x7f030001)
	colourRef = apktest.Ref(0x7f040000)
)

func manifestFile(parts ...any) apktest.File {
	return apktest.File{Name: "AndroidManifest.xml", Data: apktest.Doc(apktest.Manifest(parts...)), Deflate: true}
}

func ordinary() apktest.File { return manifestFile(E("application")) }

func analyze(t testing.TB, data []byte) *facts.Facts {
	t.Helper()
	f := &facts.Facts{}
	err := apk.New().Analyze(t.Context(), analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}, f)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func hasAnomaly(f *facts.Facts, code string) bool {
	return slices.ContainsFunc(f.Anomalies, func(a facts.Anomaly) bool { return a.Code == code })
}

// TestManifestStatus: a manifest that can't be read is never an empty one.
func TestManifestStatus(t *testing.T) {
	t.Parallel()
	good := ordinary()
	named := func(data []byte) apktest.File { return apktest.File{Name: "AndroidManifest.xml", Data: data} }
	for name, test := range map[string]struct {
		files  []apktest.File
		status facts.Status
		detail string
	}{
		"ordinary":   {[]apktest.File{good}, facts.StatusOK, ""},
		"missing":    {[]apktest.File{{Name: "classes.dex"}}, facts.StatusFailed, "there is no AndroidManifest.xml"},
		"duplicate":  {[]apktest.File{named(nil), good}, facts.StatusFailed, "2 entries"},
		"plain text": {[]apktest.File{named([]byte("<manifest package='a.b'/>"))}, facts.StatusFailed, "plain text"},
		"protobuf":   {[]apktest.File{named([]byte("\x0a\x90\x10\x0a\x3a\x0a\x07android"))}, facts.StatusFailed, "protocol buffer"},
		"encrypted":  {[]apktest.File{named(bytes.Repeat([]byte{0x9c, 0x55, 0x71}, 500))}, facts.StatusFailed, "malformed"},
		"empty":      {[]apktest.File{named(nil)}, facts.StatusFailed, "0 bytes"},
		"cut":        {[]apktest.File{named(good.Data[:len(good.Data)-30])}, facts.StatusFailed, "malformed"},
		"too large":  {[]apktest.File{{Name: "AndroidManifest.xml", Data: make([]byte, 17<<20), Deflate: true}}, facts.StatusFailed, "limit"},
		"guessed": {[]apktest.File{named(apktest.XML{NoResourceMap: true}.Bytes(apktest.Manifest(E("application"))))},
			facts.StatusPartial, "no resource id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := analyze(t, apktest.APK(test.files...))
			a := f.Analyzer(facts.AnalyzerManifest)
			if a.Status != test.status || !strings.Contains(a.Detail, test.detail) {
				t.Errorf("manifest %+v, want %s with %q", a, test.status, test.detail)
			}
			if f.Permissions == nil {
				t.Error("permissions are null")
			}
		})
	}
}

// TestBrokenArchive: every reader says that it had nothing to read.
func TestBrokenArchive(t *testing.T) {
	t.Parallel()
	whole := apktest.APK(ordinary())
	for _, data := range [][]byte{nil, []byte("PK\x03\x04"), whole[:len(whole)-30]} {
		f := analyze(t, data)
		for _, name := range []string{facts.AnalyzerArchive, facts.AnalyzerManifest, facts.AnalyzerResources, facts.AnalyzerText} {
			if a := f.Analyzer(name); a == nil || a.Status != facts.StatusFailed {
				t.Errorf("%d bytes: %s is %+v", len(data), name, a)
			}
		}
		if f.Signature.Status != facts.SignatureUnknown {
			t.Errorf("%d bytes: signature %s", len(data), f.Signature.Status)
		}
	}
}

func png(width, height byte) []byte {
	return append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00"), width, 0, 0, 0, height, 8, 6, 0, 0, 0)
}

// full is an app that uses everything that is looked up in resources.
func full() []byte {
	table := (&apktest.Table{}).
		Set(uint32(appName), apktest.Config{}, "App").
		Set(uint32(appName), apktest.Config{Language: "zh"}, "应用").
		Set(uint32(appName), apktest.Config{Language: "en"}, "The App").
		Set(uint32(iconRef), apktest.Config{Density: 160}, "res/a.png").
		Set(uint32(iconRef), apktest.Config{Density: 640}, "res/b.bin").
		Set(uint32(iconRef), apktest.Config{Density: 0xfffe, SDK: 26}, "res/c.xml").
		Set(uint32(layerRef), apktest.Config{Density: 480}, "res/d.png").
		Set(uint32(configRef), apktest.Config{}, "res/net.xml").
		Set(uint32(serviceID), apktest.Config{}, "res/acc.xml").
		Set(uint32(colourRef), apktest.Config{}, "教APP备3100012号")
	return apktest.APK(
		manifestFile(E("application", A("label", appName), A("icon", iconRef), A("networkSecurityConfig", configRef),
			E("activity", A("name", ".Main"), A("label", "Start"), E("intent-filter",
				E("action", A("name", "android.intent.action.MAIN")), E("category", A("name", "android.intent.category.LAUNCHER")))),
			E("service", A("name", ".S"), A("permission", "android.permission.BIND_ACCESSIBILITY_SERVICE"),
				E("meta-data", A("name", "android.accessibilityservice"), A("resource", serviceID))))),
		apktest.File{Name: "resources.arsc", Data: table.Bytes()},
		apktest.File{Name: "res/a.png", Data: png(48, 48)},
		apktest.File{Name: "res/b.bin", Data: png(192, 192), Deflate: true},
		apktest.File{Name: "res/c.xml", Data: apktest.Doc(E("adaptive-icon",
			E("background", A("drawable", "#ff0000")), E("foreground", A("drawable", layerRef))))},
		apktest.File{Name: "res/net.xml", Data: apktest.Doc(E("network-security-config",
			E("base-config", apktest.P("cleartextTrafficPermitted", true),
				E("trust-anchors", E("certificates", apktest.P("src", "user")))),
			E("domain-config", apktest.P("cleartextTrafficPermitted", "true"), E("domain", "A.example"),
				E("domain-config", E("domain", "b.example"), E("pin-set", E("pin", "x")))),
			E("domain-config", E("domain", "c.example"), E("trust-anchors", E("certificates", apktest.P("src", "user")))),
			E("debug-overrides", E("trust-anchors", E("certificates", apktest.P("src", "user"))))))},
		apktest.File{Name: "res/acc.xml", Data: apktest.Doc(E("accessibility-service", A("canRetrieveWindowContent", true)))},
		apktest.File{Name: "lib/arm64-v8a/libx.so", Data: []byte("\x7fELF")},
		apktest.File{Name: "lib/armeabi/liby.so", Data: []byte("\x7fELF")},
		apktest.File{Name: "lib/readme"},
	)
}

func TestResources(t *testing.T) {
	t.Parallel()
	f := analyze(t, full())
	for _, name := range []string{facts.AnalyzerArchive, facts.AnalyzerManifest, facts.AnalyzerResources, facts.AnalyzerText} {
		if !f.OK(name) {
			t.Errorf("%+v", f.Analyzer(name))
		}
	}
	if f.App.Icon == nil || len(f.App.Icon.SHA256) != 64 {
		t.Fatalf("icon %+v", f.App.Icon)
	}
	f.App.Icon.SHA256 = ""
	yes := true
	want := &facts.Facts{
		App: facts.App{
			ID: "com.example.app", Version: "1.2.3", Build: "7",
			Name: "应用", Names: map[string]string{"default": "App", "en": "The App", "zh": "应用"}, LauncherName: "Start",
			NetworkSecurityConfig: "res/net.xml",
			Icon: &facts.Icon{
				Path: "res/b.bin", Kind: "png", Width: 192, Height: 192,
				Adaptive: "res/c.xml", Foreground: "res/d.png", Background: "#ff0000",
			},
		},
		Network: &facts.Network{
			Path: "res/net.xml", CleartextPermitted: &yes, TrustsUser: true, DebugOverrides: true,
			CleartextDomains: []string{"b.example", "a.example"}, TrustUserDomains: []string{"c.example"},
			PinnedDomains: []string{"b.example"},
		},
		NativeABIs:    []string{"arm64-v8a", "armeabi"},
		FilingNumbers: []facts.FilingNumber{{Number: "教APP备3100012号", Where: "resources.arsc"}},
	}
	got := &facts.Facts{App: f.App, Network: f.Network, NativeABIs: f.NativeABIs, FilingNumbers: f.FilingNumbers}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	meta := f.Components[1].MetaData
	if diff := cmp.Diff(facts.MetaData{Name: "canRetrieveWindowContent", Value: "true"}, meta[len(meta)-1]); diff != "" {
		t.Errorf("accessibility (-want +got):\n%s", diff)
	}
	if !slices.ContainsFunc(f.Unexamined, func(u facts.Unexamined) bool { return u.Check == "code" }) {
		t.Errorf("unexamined: %+v", f.Unexamined)
	}
}

// TestSameTwice: equal bytes give equal facts, although parts run side by side.
func TestSameTwice(t *testing.T) {
	t.Parallel()
	data := full()
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

func TestFilingNumbers(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"plain":       "备案号：教APP备3100012号。",
		"small":       "教app备3100012号",
		"full-width":  "教ＡＰＰ备３１０００１２号",
		"blanks":      "教 APP 备　3100012 号",
		"javascript":  `"\u6559APP\u59073100012\u53f7"`,
		"html":        "&#25945;APP&#22791;3100012&#21495;",
		"html hex":    "&#x6559;APP&#x5907;3100012&#x53f7;",
		"traditional": "教APP備3100012號",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pad := strings.Repeat("x", 64<<10-9) // over the border of a window
			f := analyze(t, apktest.APK(ordinary(), apktest.File{Name: "assets/apps/x/www/a.js", Data: []byte(pad + text), Deflate: true}))
			want := []facts.FilingNumber{{Number: "教APP备3100012号", Where: "assets/apps/x/www/a.js"}}
			if diff := cmp.Diff(want, f.FilingNumbers); diff != "" {
				t.Errorf("numbers (-want +got):\n%s", diff)
			}
		})
	}
	for _, text := range []string{"教APP备310001号", "教APP备31000123号", "教APP备3100012", "粤ICP备3100012号", "教APP备310001x号"} {
		f := analyze(t, apktest.APK(ordinary(), apktest.File{Name: "assets/a.txt", Data: []byte(text)}))
		if len(f.FilingNumbers) > 0 {
			t.Errorf("%q gives %+v", text, f.FilingNumbers)
		}
	}
}

// TestTextLimits: what is left out is said.
func TestTextLimits(t *testing.T) {
	t.Parallel()
	f := analyze(t, apktest.APK(ordinary(), apktest.File{Name: "assets/big.txt", Data: make([]byte, 2<<20), Deflate: true}))
	if !slices.ContainsFunc(f.Unexamined, func(u facts.Unexamined) bool {
		return u.Code == facts.UnexaminedOverLimit && strings.HasPrefix(u.Why, "1 text files")
	}) {
		t.Errorf("unexamined: %+v", f.Unexamined)
	}
}

// TestOtherReaders: what other readers can't read or read differently.
func TestOtherReaders(t *testing.T) {
	t.Parallel()
	permission := E("uses-permission", A("name", "a.B"))
	other := permission.Attrs[0]
	other.ID = 0x01010001
	for name, test := range map[string]struct {
		opt     apktest.XML
		root    *apktest.Element
		status  facts.Status
		anomaly string
	}{
		"garbled names": {apktest.XML{Garble: "foo"}, apktest.Manifest(permission, E("application")), facts.StatusOK, "reader-difference-androidbinary"},
		// The name is right and the id is another attribute's: Android sees no
		// permission, a reader that goes by names sees one.
		"wrong id": {apktest.XML{}, apktest.Manifest(E("uses-permission", other), E("application")), facts.StatusPartial, "reader-difference-androidbinary"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := analyze(t, apktest.APK(apktest.File{Name: "AndroidManifest.xml", Data: test.opt.Bytes(test.root)}))
			if a := f.Analyzer(facts.AnalyzerManifest); a.Status != test.status {
				t.Errorf("manifest %+v", a)
			}
			if !hasAnomaly(f, test.anomaly) {
				t.Errorf("anomalies %+v", f.Anomalies)
			}
		})
	}
}

// TestWithoutTable: references lead nowhere, and that is said.
func TestWithoutTable(t *testing.T) {
	t.Parallel()
	f := analyze(t, apktest.APK(manifestFile(E("application", A("label", appName), A("debuggable", apktest.Ref(0x7f050000))))))
	if a := f.Analyzer(facts.AnalyzerManifest); a.Status != facts.StatusPartial {
		t.Errorf("manifest %+v", a)
	}
	if a := f.Analyzer(facts.AnalyzerResources); a.Status != facts.StatusPartial {
		t.Errorf("resources %+v", a)
	}
}

// TestHostileTables: damaged tables cost no more than their own answers.
func TestHostileTables(t *testing.T) {
	t.Parallel()
	loop := (&apktest.Table{}).Set(uint32(appName), apktest.Config{}, iconRef).Set(uint32(iconRef), apktest.Config{}, appName).Bytes()
	man := manifestFile(E("application", A("label", appName), A("icon", iconRef), A("networkSecurityConfig", configRef)))
	for n := range loop {
		f := analyze(t, apktest.APK(man, apktest.File{Name: "resources.arsc", Data: loop[:n]}))
		if f.OK(facts.AnalyzerResources) {
			t.Errorf("cut to %d bytes: resources are ok", n)
		}
		if f.App.ID != "com.example.app" {
			t.Errorf("cut to %d bytes: id %q", n, f.App.ID)
		}
	}
}

func FuzzNetworkConfig(f *testing.F) {
	root := E("network-security-config", E("base-config", apktest.P("cleartextTrafficPermitted", true)),
		E("domain-config", E("domain", "a"), E("domain-config", E("domain", "b"), E("trust-anchors", E("certificates", apktest.P("src", "user"))))))
	f.Add(apktest.Doc(root))
	f.Add(apktest.XML{UTF16: true}.Bytes(root))
	man := manifestFile(E("application", A("networkSecurityConfig", configRef)))
	table := (&apktest.Table{}).Set(uint32(configRef), apktest.Config{}, "n.xml").Bytes()
	f.Fuzz(func(t *testing.T, data []byte) {
		pack := apktest.APK(man, apktest.File{Name: "resources.arsc", Data: table}, apktest.File{Name: "n.xml", Data: data})
		first, second := analyze(t, pack), analyze(t, pack)
		if diff := cmp.Diff(first.Network, second.Network); diff != "" {
			t.Errorf("two readings differ:\n%s", diff)
		}
		if hasAnomaly(first, "reader-panic") {
			t.Errorf("panic: %+v", first.Anomalies)
		}
	})
}

func BenchmarkAnalyze(b *testing.B) {
	var parts []any
	for i := range 60 {
		parts = append(parts, E("uses-permission", A("name", fmt.Sprintf("android.permission.P%d", i))))
	}
	application := E("application")
	for i := range 200 {
		application.Children = append(application.Children, E("activity", A("name", fmt.Sprintf("com.example.Activity%d", i)), A("exported", false)))
	}
	data := apktest.APK(manifestFile(append(parts, application)...))
	b.ReportAllocs()
	for b.Loop() {
		analyze(b, data)
	}
}

// TestZipTricks: what the archive makes doubtful, the manifest is too.
func TestZipTricks(t *testing.T) {
	t.Parallel()
	stored := apktest.File{Name: "AndroidManifest.xml", Data: apktest.Doc(apktest.Manifest(E("uses-permission", A("name", "a.B")), E("application")))}
	deflated := stored
	deflated.Deflate = true
	// patch changes two bytes of the first central directory record.
	patch := func(file apktest.File, at int, value uint16) []byte {
		data := apktest.APK(file)
		record := bytes.Index(data, []byte("PK\x01\x02"))
		data[record+at], data[record+at+1] = byte(value), byte(value>>8)
		return data
	}
	for name, test := range map[string]struct {
		data   []byte
		status facts.Status
		want   int
	}{
		"bogus method, stored":   {patch(stored, 10, 0x4242), facts.StatusPartial, 1},
		"bogus method, deflated": {patch(deflated, 10, 0x4242), facts.StatusFailed, 0},
		"encryption bit":         {patch(stored, 8, 1), facts.StatusOK, 1},
		"wrong crc":              {patch(deflated, 16, 0x4242), facts.StatusPartial, 1},
		"two manifests":          {apktest.APK(ordinary(), stored), facts.StatusFailed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := analyze(t, test.data)
			if a := f.Analyzer(facts.AnalyzerManifest); a.Status != test.status {
				t.Errorf("manifest %+v, want %s; %+v", a, test.status, f.Anomalies)
			}
			if len(f.Permissions) != test.want {
				t.Errorf("%d permissions, want %d", len(f.Permissions), test.want)
			}
		})
	}
}

// faulty fails from an offset on, as a medium does.
type faulty struct {
	data []byte
	from int64
}

func (r faulty) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > r.from && off < int64(len(r.data))-64 {
		return 0, errMedium
	}
	return bytes.NewReader(r.data).ReadAt(b, off)
}

var errMedium = errors.New("the medium failed")

// TestMedium: a fault of the medium is an error, never a fact of the package.
func TestMedium(t *testing.T) {
	t.Parallel()
	data := full()
	for from := int64(0); from < int64(len(data))/2; from += 97 {
		f := &facts.Facts{}
		err := apk.New().Analyze(t.Context(), analyzer.Input{Package: faulty{data, from}, Size: int64(len(data))}, f)
		if !errors.Is(err, errMedium) {
			t.Errorf("from %d: error = %v", from, err)
		}
	}
}

// TestCancelled: an ended context ends the analysis.
func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data := full()
	err := apk.New().Analyze(ctx, analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}, &facts.Facts{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

// TestHostileReferences: a manifest full of references costs a bounded time.
func TestHostileReferences(t *testing.T) {
	t.Parallel()
	table := &apktest.Table{}
	for n := range uint32(60) {
		table.Set(0x7f010000+n, apktest.Config{SDK: uint16(n)}, apktest.Ref(0x7f010000+(n+1)%60))
	}
	application := E("application", A("label", apktest.Ref(0x7f010000)), A("icon", apktest.Ref(0x7f010000)))
	for n := range 10_000 {
		application.Children = append(application.Children, E("activity", A("name", apktest.Ref(0x7f010000+n))))
	}
	f := analyze(t, apktest.APK(manifestFile(application), apktest.File{Name: "resources.arsc", Data: table.Bytes()}))
	if f.OK(facts.AnalyzerManifest) || f.OK(facts.AnalyzerResources) {
		t.Errorf("%+v", f.Analyzers)
	}
}
