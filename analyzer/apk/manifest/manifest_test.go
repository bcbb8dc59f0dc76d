package manifest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/apk/apktest"
	"heyan/analyzer/apk/axml"
	"heyan/analyzer/apk/manifest"
	"heyan/analyzer/apk/restype"
	"heyan/analyzer/facts"
)

// E, A and the like keep the manifests below readable.
var (
	E   = apktest.E
	A   = apktest.A
	P   = apktest.P
	app = apktest.Manifest
)

// table is a Resolver with fixed answers.
type table map[uint32]any

func (t table) Resolve(ref uint32) (v restype.Value, text string, varies, ok bool) {
	switch x := t[ref].(type) {
	case string:
		return restype.Value{Type: restype.ValueString}, x, false, true
	case int:
		return restype.Value{Type: restype.ValueIntDec, Data: uint32(x)}, "", false, true
	case bool:
		if x {
			return restype.Value{Type: restype.ValueIntBoolean, Data: 0xffffffff}, "", true, true
		}
		return restype.Value{Type: restype.ValueIntBoolean}, "", false, true
	}
	return restype.Value{}, "", false, false
}

var resources = table{0x7f010001: "from resources", 0x7f010002: true, 0x7f010003: 42, 0x7f010004: "1.5-r"}

func read(t *testing.T, opt apktest.XML, root *apktest.Element) (*facts.Facts, *manifest.Result) {
	t.Helper()
	f := &facts.Facts{}
	result, err := manifest.Read(opt.Bytes(root), resources, axml.Limits{}, f)
	if err != nil {
		t.Fatal(err)
	}
	return f, result
}

func permission(name string, attrs ...any) *apktest.Element {
	return E("uses-permission", append([]any{A("name", name)}, attrs...)...)
}

// TestPermissions: all elements that ask for a power, in the order of the file.
func TestPermissions(t *testing.T) {
	t.Parallel()
	root := app(
		permission("a.CAMERA"),
		permission("a.CAMERA"),
		permission("  a.RAW "),
		permission("a.OLD", A("maxSdkVersion", 18), A("minSdkVersion", 9)),
		permission("a.SCAN", A("usesPermissionFlags", 0x10001)),
		permission("a.FEATURE", A("requiredFeature", "f.one"), A("requiredNotFeature", "f.two"),
			E("required-feature", A("name", "f.three")), E("required-not-feature", A("name", "f.four"))),
		E("uses-permission-sdk-23", A("name", "a.NEW"), A("maxSdkVersion", 30)),
		E("uses-permission-sdk-m", A("name", "a.M")),
		E("uses-permission"),
		E("queries", E("package", A("name", "com.other")), E("unknown", E("package", A("name", "com.deeper"))), E("provider", A("authorities", "one;two")),
			E("intent", E("action", A("name", "x.VIEW")), E("data", A("scheme", "https"), A("host", "h"), A("mimeType", "a/b"))),
			E("intent", E("data", A("scheme", "tel")))),
		E("application",
			E("service", A("name", ".Bound"), A("permission", "android.permission.BIND_VPN_SERVICE"))),
	)
	f, result := read(t, apktest.XML{}, root)
	want := []facts.Permission{
		{Name: "a.CAMERA", Source: "uses-permission"},
		{Name: "a.CAMERA", Source: "uses-permission"},
		{Name: "  a.RAW ", Source: "uses-permission"},
		{Name: "a.OLD", Source: "uses-permission", MinOS: "9", MaxOS: "18"},
		{Name: "a.SCAN", Source: "uses-permission", Flags: []string{"neverForLocation", "0x1"}},
		{Name: "a.FEATURE", Source: "uses-permission", RequiredFeature: []string{"f.one", "f.three"}, RequiredNotFeature: []string{"f.two", "f.four"}},
		{Name: "a.NEW", Source: "uses-permission-sdk-23", MaxOS: "30"},
		{Name: "a.M", Source: "uses-permission-sdk-m"},
		{Name: "package:com.other", Source: "queries"},
		{Name: "package:com.deeper", Source: "queries"},
		{Name: "provider:one", Source: "queries"},
		{Name: "provider:two", Source: "queries"},
		{Name: "intent:x.VIEW", Source: "queries"},
		{Name: "intent:*", Source: "queries"},
		{Name: "android.permission.BIND_VPN_SERVICE", Source: "component", Component: "com.example.app.Bound"},
	}
	got := f.Permissions
	for i := range got {
		if !strings.HasPrefix(got[i].Where, "AndroidManifest.xml:") {
			t.Errorf("where = %q", got[i].Where)
		}
		got[i].Where = ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
	if len(result.Guesses) > 0 {
		t.Errorf("guesses: %q", result.Guesses)
	}
	wantQuery := facts.IntentFilter{Actions: []string{"x.VIEW"}, Schemes: []string{"https"}, Hosts: []string{"h"}, MimeTypes: []string{"a/b"}}
	if diff := cmp.Diff(&wantQuery, f.Queries[4].Intent); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
}

// TestTricks: elements and attributes that readers see differently.
func TestTricks(t *testing.T) {
	t.Parallel()
	decoy := permission("a.DECOY")
	application := E("application")
	for name, test := range map[string]struct {
		opt     apktest.XML
		root    *apktest.Element
		want    []string
		guessed bool
		anomaly string
	}{
		"garbled names": {opt: apktest.XML{Garble: "foo"}, root: app(permission("a.B"), application), want: []string{"a.B"}},
		"no resource map": {opt: apktest.XML{NoResourceMap: true}, root: app(permission("a.B"), application),
			want: []string{"a.B"}, guessed: true, anomaly: "manifest-attribute-without-id"},
		"below application": {root: app(E("application", decoy)), anomaly: "manifest-misplaced-element"},
		"below a permission": {root: app(permission("a.B", decoy), application), want: []string{"a.B"},
			anomaly: "manifest-misplaced-element"},
		"below an unknown element": {root: app(E("foo", decoy), application)},
		"below uses-feature": {root: app(E("uses-feature", A("name", "f"), decoy), application),
			want: []string{"a.DECOY"}, guessed: true, anomaly: "manifest-nested-element"},
		"below supports-screens": {root: app(E("supports-screens", decoy), application),
			want: []string{"a.DECOY"}, guessed: true, anomaly: "manifest-nested-element"},
		"second application": {root: app(application, E("application", A("debuggable", true))), anomaly: "manifest-second-application"},
		"in a second application": {root: app(application, E("application", decoy)),
			want: []string{"a.DECOY"}, guessed: true, anomaly: "manifest-nested-element"},
		"second root": {opt: apktest.XML{Roots: []*apktest.Element{app(decoy)}}, root: app(permission("a.B"), application),
			want: []string{"a.B"}, anomaly: "manifest-second-root"},
		"elements in a namespace": {opt: apktest.XML{ElementNS: "urn:x"}, root: app(permission("a.B"), application),
			want: []string{"a.B"}, anomaly: "manifest-element-namespace"},
		"surplus end tag": {opt: apktest.XML{SurplusEnd: true}, root: app(permission("a.B"), decoy, application),
			want: []string{"a.B"}, anomaly: "manifest-second-root"},
		"name by reference": {root: app(permission("a.B"), E("uses-permission", A("name", apktest.Ref(0x7f010001))), application),
			want: []string{"a.B", "from resources"}, guessed: true, anomaly: "manifest-permission-name-type"},
		"hidden name": {opt: apktest.XML{KeepOrder: true}, root: app(E("uses-permission", A("maxSdkVersion", 9), A("name", "a.B")), application),
			want: []string{"a.B"}, guessed: true, anomaly: "manifest-attribute-order"},
		"no package": {root: E("manifest", permission("a.B"), application), want: []string{"a.B"}, guessed: true, anomaly: "manifest-no-package"},
		"unterminated": {opt: apktest.XML{Unterminated: true}, root: app(permission("a.B"), application),
			want: []string{"a.B"}, guessed: true, anomaly: "manifest-string-damaged"},
		"empty name":     {root: app(permission(""), application), anomaly: "manifest-permission-without-name"},
		"no application": {root: app(permission("a.B")), want: []string{"a.B"}, anomaly: "manifest-no-application"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, result := read(t, test.opt, test.root)
			var got []string
			for _, p := range f.Permissions {
				got = append(got, p.Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("permissions (-want +got):\n%s", diff)
			}
			if guessed := len(result.Guesses) > 0; guessed != test.guessed {
				t.Errorf("guesses = %q, want some: %v", result.Guesses, test.guessed)
			}
			found := test.anomaly == ""
			for _, a := range result.Anomalies {
				found = found || a.Code == test.anomaly
			}
			if !found {
				t.Errorf("anomalies = %+v, want %s", result.Anomalies, test.anomaly)
			}
			if f.App.Debuggable {
				t.Error("debuggable was taken from the wrong element")
			}
		})
	}
}

func TestApp(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, test := range map[string]struct {
		root *apktest.Element
		want facts.App
	}{
		"plain": {
			app(E("uses-sdk", A("minSdkVersion", restype.Value{Type: restype.ValueIntHex, Data: 21}), A("targetSdkVersion", "Tiramisu")), E("application")),
			facts.App{ID: "com.example.app", Version: "1.2.3", Build: "7", MinOS: "21", TargetOS: "Tiramisu"},
		},
		"last uses-sdk": {
			app(E("uses-sdk", A("minSdkVersion", 30)), E("uses-sdk", A("targetSdkVersion", 28)), E("application")),
			facts.App{ID: "com.example.app", Version: "1.2.3", Build: "7", TargetOS: "28"},
		},
		"numbers": {
			E("manifest", P("package", "a.b"), P("coreApp", "true"), P("split", "config.xx"), A("versionCode", -1), A("versionCodeMajor", 1),
				A("versionName", restype.Value{Type: restype.ValueFloat, Data: 0x3f8ccccd}), A("installLocation", 2),
				A("sharedUserId", "s.u"), A("isSplitRequired", true), A("requiredSplitTypes", "base__abi, base__density"),
				A("compileSdkVersion", 34), E("application")),
			facts.App{ID: "a.b", Version: "1.1", Build: "8589934591", CoreApp: true, Split: "config.xx", InstallLocation: "preferExternal",
				SharedUserID: "s.u", IsSplitRequired: true, RequiredSplits: []string{"base__abi", "base__density"}, CompileOS: "34"},
		},
		"references": {
			E("manifest", P("package", "a.b"), A("versionCode", apktest.Ref(0x7f010003)), A("versionName", apktest.Ref(0x7f010004)),
				E("application", A("debuggable", apktest.Ref(0x7f010002)), A("allowBackup", apktest.Ref(0)))),
			facts.App{ID: "a.b", Version: "1.5-r", Build: "42", Debuggable: true},
		},
		"flags": {
			app(E("application", A("name", "App"), A("debuggable", "true"), A("testOnly", 1), A("allowBackup", false),
				A("usesCleartextTraffic", true), A("hasCode", "no"), A("fullBackupContent", false), A("extractNativeLibs", true),
				A("dataExtractionRules", apktest.Ref(0x7f010001)), A("requestLegacyExternalStorage", true))),
			facts.App{ID: "com.example.app", Version: "1.2.3", Build: "7", ApplicationClass: "com.example.app.App", Debuggable: true,
				TestOnly: true, AllowBackup: &no, UsesCleartext: &yes, HasCode: &no, FullBackupContent: "false",
				ExtractNativeLibs: &yes, DataExtractionRules: "from resources", RequestLegacyExternalStorage: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, result := read(t, apktest.XML{}, test.root)
			if diff := cmp.Diff(test.want, f.App); diff != "" {
				t.Errorf("app (-want +got):\n%s", diff)
			}
			if len(result.Guesses) > 0 {
				t.Errorf("guesses: %q", result.Guesses)
			}
		})
	}
}

// TestUnresolved: a flag that can't be resolved is not false.
func TestUnresolved(t *testing.T) {
	t.Parallel()
	_, result := read(t, apktest.XML{}, app(E("application", A("debuggable", apktest.Ref(0x7f0100ff)))))
	if len(result.Guesses) != 1 || !strings.Contains(result.Guesses[0], "debuggable=@0x7f0100ff") {
		t.Errorf("guesses = %q", result.Guesses)
	}
}

func TestComponents(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	filter := func(parts ...any) *apktest.Element { return E("intent-filter", parts...) }
	launcher := filter(E("action", A("name", "android.intent.action.MAIN")), E("category", A("name", "android.intent.category.LAUNCHER")))
	f, result := read(t, apktest.XML{}, app(E("application",
		A("permission", "app.PERM"), A("label", "App"), A("icon", apktest.Ref(0x7f020000)),
		E("meta-data", A("name", "m"), A("value", 5)),
		E("meta-data", A("name", "gone"), A("resource", apktest.Ref(0x7f0f0000))),
		E("activity", A("name", ".Main"), A("exported", true), A("label", "Start"), launcher,
			filter(E("action", A("name", "v")), E("data", A("scheme", "s"), A("host", "h")))),
		E("activity-alias", A("name", "Alias"), A("targetActivity", ".Main")),
		E("service", A("name", "x.Y"), A("permission", ""), A("exported", false), A("foregroundServiceType", 0x40000009)),
		E("service", A("name", ".A"), A("permission", "android.permission.BIND_ACCESSIBILITY_SERVICE"), A("enabled", false),
			E("meta-data", A("name", "android.accessibilityservice"), A("resource", apktest.Ref(0x7f010001)))),
		E("provider", A("name", ".P"), A("authorities", "a;b"), A("readPermission", "r"), A("writePermission", "w")),
		E("receiver", A("name", ".R")),
	)))
	want := []facts.Component{
		{Kind: "activity", Name: "com.example.app.Main", Exported: &yes, Enabled: true, Permission: "app.PERM", IntentFilters: []facts.IntentFilter{
			{Actions: []string{"android.intent.action.MAIN"}, Categories: []string{"android.intent.category.LAUNCHER"}},
			{Actions: []string{"v"}, Schemes: []string{"s"}, Hosts: []string{"h"}},
		}},
		{Kind: "activity-alias", Name: "com.example.app.Alias", Enabled: true, TargetActivity: "com.example.app.Main"},
		{Kind: "service", Name: "x.Y", Exported: &no, Enabled: true, ForegroundServiceType: []string{"dataSync", "location", "specialUse"}},
		{Kind: "service", Name: "com.example.app.A", Permission: "android.permission.BIND_ACCESSIBILITY_SERVICE",
			MetaData: []facts.MetaData{{Name: "android.accessibilityservice", Resource: "from resources"}}},
		{Kind: "provider", Name: "com.example.app.P", Enabled: true, Permission: "app.PERM", Authorities: "a;b", ReadPermission: "r", WritePermission: "w"},
		{Kind: "receiver", Name: "com.example.app.R", Enabled: true, Permission: "app.PERM"},
	}
	for i := range f.Components {
		f.Components[i].Where = ""
	}
	if diff := cmp.Diff(want, f.Components); diff != "" {
		t.Errorf("components (-want +got):\n%s", diff)
	}
	wantMeta := []facts.MetaData{{Name: "m", Value: "5"}, {Name: "gone", Resource: "@0x7f0f0000"}}
	if diff := cmp.Diff(wantMeta, f.MetaData); diff != "" {
		t.Errorf("meta-data (-want +got):\n%s", diff)
	}
	wantResult := manifest.Result{
		Label: manifest.Text{Text: "App"}, LauncherLabel: manifest.Text{Text: "Start"}, Icon: 0x7f020000,
		Accessibility: []manifest.Description{{Component: 3, Ref: 0x7f010001}},
	}
	if diff := cmp.Diff(wantResult, *result); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	f, _ := read(t, apktest.XML{}, app(
		E("permission", A("name", "p"), A("protectionLevel", 0x12), A("permissionGroup", "g")),
		E("permission-tree", A("name", "t")),
		E("permission-group", A("name", "g")),
		E("uses-feature", A("name", "f"), A("required", false)),
		E("uses-feature", A("name", "g")),
		E("application")))
	for i := range f.PermissionDefinitions {
		f.PermissionDefinitions[i].Where = ""
	}
	want := []facts.PermissionDefinition{
		{Kind: "permission", Name: "p", ProtectionLevel: "signature|privileged", Group: "g"},
		{Kind: "permission-tree", Name: "t"},
		{Kind: "permission-group", Name: "g"},
	}
	if diff := cmp.Diff(want, f.PermissionDefinitions); diff != "" {
		t.Errorf("definitions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]facts.Feature{{Name: "f"}, {Name: "g", Required: true}}, f.Features); diff != "" {
		t.Errorf("features (-want +got):\n%s", diff)
	}
}

func TestNoManifest(t *testing.T) {
	t.Parallel()
	_, err := manifest.Read(apktest.Doc(E("resources")), resources, axml.Limits{}, &facts.Facts{})
	if !errors.Is(err, manifest.ErrNoManifest) {
		t.Errorf("error = %v", err)
	}
}

func TestTooMany(t *testing.T) {
	t.Parallel()
	root := app()
	for range 31_000 {
		root.Children = append(root.Children, permission("a.B"))
	}
	_, err := manifest.Read(apktest.Doc(root), resources, axml.Limits{}, &facts.Facts{})
	if !errors.Is(err, manifest.ErrTooMany) {
		t.Errorf("error = %v", err)
	}
}

// TestTruncated: a manifest cut anywhere fails or is a guess.
func TestTruncated(t *testing.T) {
	t.Parallel()
	whole := apktest.Doc(app(permission("a.B"), permission("c.D"), E("application", E("service", A("name", ".S")))))
	for n := range whole {
		result, err := manifest.Read(whole[:n:n], resources, axml.Limits{}, &facts.Facts{})
		if err == nil && len(result.Guesses) == 0 {
			t.Errorf("cut to %d of %d bytes: no error and no guess", n, len(whole))
		}
	}
}

// FuzzManifest: no panic, the same facts twice, and not out of proportion.
func FuzzManifest(f *testing.F) {
	root := app(permission("a.B", A("maxSdkVersion", 9), E("required-feature", A("name", "f"))),
		E("uses-sdk", A("minSdkVersion", 9)), E("uses-feature", A("name", "g"), permission("c.D")),
		E("queries", E("intent", E("action", A("name", "v"))), E("package", A("name", "q"))),
		E("application", A("label", apktest.Ref(0x7f010001)), A("debuggable", apktest.Ref(0x7f010002)),
			E("service", A("name", ".S"), A("permission", "x.BIND_Y"), E("intent-filter", E("data", A("host", "h"))), E("meta-data", A("name", "m")))))
	for _, opt := range []apktest.XML{{}, {UTF16: true}, {Garble: "x"}, {NoResourceMap: true}, {KeepOrder: true}, {Roots: []*apktest.Element{root}}} {
		f.Add(opt.Bytes(root))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got [2]*facts.Facts
		var results [2]*manifest.Result
		for i := range got {
			got[i] = &facts.Facts{}
			results[i], _ = manifest.Read(data, resources, axml.Limits{}, got[i])
		}
		if !reflect.DeepEqual(got[0], got[1]) || !reflect.DeepEqual(results[0], results[1]) {
			t.Error("two readings differ")
		}
		if out, err := json.Marshal(got[0]); err != nil || len(out) > 256*len(data)+64<<10 {
			t.Errorf("%d bytes of facts from %d: %v", len(out), len(data), err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	root := app()
	for n := range 60 {
		root.Children = append(root.Children, permission(fmt.Sprintf("android.permission.P%d", n)))
	}
	application := E("application", A("label", "App"))
	for n := range 200 {
		application.Children = append(application.Children, E("activity", A("name", fmt.Sprintf("com.example.A%d", n)), A("exported", false),
			E("intent-filter", E("action", A("name", "com.example.ACTION")))))
	}
	root.Children = append(root.Children, application)
	data := apktest.Doc(root)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := manifest.Read(data, resources, axml.Limits{}, &facts.Facts{}); err != nil {
			b.Fatal(err)
		}
	}
}
