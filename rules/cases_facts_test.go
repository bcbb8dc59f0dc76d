package rules_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"heyan/analyzer/facts"
)

// caseFacts are the facts of an ordinary package, with the case's laid over them.
func caseFacts(t *testing.T, c testCase) *facts.Facts {
	t.Helper()
	f := defaultFacts(t)
	if data, ok := c.files["info.txt"]; ok {
		asIPA(f)
		f.Permissions = infoDeclarations(t, data)
	}
	if data, ok := c.files["manifest.xml"]; ok {
		readManifest(t, data, f)
	}
	if kind := lines(c.files["signed.txt"]); len(kind) > 0 {
		if f.Format != facts.FormatIPA {
			asIPA(f)
		}
		signAs(t, f, facts.CodeKind(kind[0]))
	}
	if data, ok := c.files["facts.json"]; ok {
		var over facts.Facts
		if err := json.Unmarshal(data, &over); err != nil {
			t.Fatalf("facts.json: %v", err)
		}
		if over.Format == facts.FormatIPA && f.Format != facts.FormatIPA {
			asIPA(f)
		}
		overlay(t, f, data)
		if p := f.Signature.Profile; f.Format == facts.FormatIPA && p != nil && over.Signature.Kind == "" && f.Signature.Status == facts.SignatureValid {
			f.Signature.Kind = profileKinds[p.Kind]
		}
	}
	for _, line := range lines(c.files["findings.txt"]) {
		addFinding(t, f, line)
	}
	for _, line := range lines(c.files["analyzers.txt"]) {
		name, status, _ := strings.Cut(line, " ")
		a := f.Analyzer(name)
		if a == nil {
			t.Fatalf("analyzers.txt: no reader %q", name)
		}
		a.Status, a.Detail = facts.Status(status), "as the case says"
	}
	return f
}

// defaultFacts: a released package without any permission.
func defaultFacts(t *testing.T) *facts.Facts {
	t.Helper()
	cert := defaultCertificate(t)
	return &facts.Facts{
		Schema: facts.Schema,
		Analyzers: okAnalyzers(facts.AnalyzerArchive, facts.AnalyzerManifest, facts.AnalyzerResources,
			facts.AnalyzerSignature, facts.AnalyzerText),
		File: facts.File{
			Size:   4_200_000,
			MD5:    "b05c4d9fbb4f5c7fe3189b32ad53848b",
			SHA256: "09a9d148ee43dc1ddcb56f6a66903e57bbf7f34e91d9654d1a7a451d1bd57492",
		},
		Format: facts.FormatAPK,
		App: facts.App{
			ID: "cn.example.xuetang", Name: "示例学堂", Version: "3.2.1", Build: "321", MinOS: "24", TargetOS: "34",
			Names: map[string]string{"default": "示例学堂", "en": "Shili Classroom"},
		},
		Permissions: []facts.Permission{},
		Signature: facts.Signature{
			Status: facts.SignatureValid, Schemes: []string{"v2", "v3"}, Present: []string{"v2", "v3"},
			Signers: []facts.Certificate{cert},
			Ranges: []facts.SignatureRange{
				{MinAPI: 24, MaxAPI: 27, Scheme: "v2", Status: facts.SignatureValid, Signers: []string{cert.SHA256}},
				{MinAPI: 28, Scheme: "v3", Status: facts.SignatureValid, Signers: []string{cert.SHA256}},
			},
		},
		Anomalies:  []facts.Anomaly{},
		Unexamined: []facts.Unexamined{},
	}
}

// asIPA turns the default facts into those of an ordinary iOS package: exported
// for the App Store, validly signed by the only certificate of its profile.
func asIPA(f *facts.Facts) {
	const app = "Payload/Xuetang.app"
	f.Format = facts.FormatIPA
	f.Analyzers = okAnalyzers(facts.AnalyzerArchive, facts.AnalyzerBundle, facts.AnalyzerStrings,
		facts.AnalyzerMachO, facts.AnalyzerProfile, facts.AnalyzerPrivacy, facts.AnalyzerIPAText, facts.AnalyzerIPASigning)
	f.App.MinOS, f.App.TargetOS, f.App.CompileOS = "13.0", "", "17.2"
	f.App.SupportedOSNames = []string{"iPhoneOS"}
	f.Bundles = []facts.Bundle{{Path: app, Kind: "app", ID: f.App.ID, Version: f.App.Version, Build: f.App.Build,
		MinOS: "13.0", Executable: app + "/Xuetang"}}
	f.Executables = []facts.Executable{{Path: app + "/Xuetang", Bundle: app,
		Slices:             []facts.Slice{{Arch: "arm64", Platform: "ios", MinOS: "13.0", SDK: "17.2", Signed: true}},
		RequiredReasonAPIs: []facts.RequiredReasonAPI{}}}
	f.Entitlements = []facts.Entitlement{{Bundle: app, Key: "get-task-allow", Value: "false"}}
	f.PrivacyManifests = []facts.PrivacyManifest{{Path: app + "/PrivacyInfo.xcprivacy", Bundle: app}}
	atSigning := true
	f.Signature = facts.Signature{Status: facts.SignatureValid, Kind: facts.KindStoreUpload, Signers: f.Signature.Signers,
		Code: []facts.CodeSignature{{Bundle: app, Path: app + "/Xuetang", Slice: "arm64", Kind: facts.KindStoreUpload,
			Status: facts.SignatureValid, Identifier: f.App.ID, TeamID: "AB12CD34EF", Signer: f.Signature.Signers[0].SHA256,
			Role: "apple-distribution", SigningTime: "2026-02-20T03:00:00Z", Pages: 40}},
		Seals:    []facts.Seal{{Bundle: app, Version: 2, Status: facts.SignatureValid, Files: 12}},
		Validity: &facts.Validity{AtSigning: &atSigning, Until: "2027-01-05T02:00:00Z"},
		Profile: &facts.Profile{Status: facts.SignatureValid, Kind: "store", Name: "示例学堂 App Store", TeamID: "AB12CD34EF", TeamName: "示例教育科技有限公司",
			AppID: "AB12CD34EF." + f.App.ID, Platforms: []string{"iOS"}, Created: "2026-01-05T02:00:00Z",
			Expires: "2027-01-05T02:00:00Z", Certificates: f.Signature.Signers,
		}}
}

func okAnalyzers(names ...string) []facts.Analyzer {
	var out []facts.Analyzer
	for _, name := range names {
		out = append(out, facts.Analyzer{Name: name, Version: "1", Status: facts.StatusOK})
	}
	return out
}

func defaultCertificate(t *testing.T) facts.Certificate {
	t.Helper()
	data, err := os.ReadFile(casesDir + "/default-certificate.json")
	if err != nil {
		t.Fatal(err)
	}
	var cert facts.Certificate
	overlay(t, &cert, data)
	return cert
}

// infoDeclarations reads lines such as "purpose-string NSCameraUsageDescription"
// or "entitlement aps-environment".
func infoDeclarations(t *testing.T, data []byte) []facts.Permission {
	t.Helper()
	out := []facts.Permission{}
	for _, line := range lines(data) {
		source, name, ok := strings.Cut(line, " ")
		if !ok {
			t.Fatalf("info.txt: want %q, have %q", "SOURCE NAME", line)
		}
		p := facts.Permission{Name: name, Source: facts.Source(source), Where: "Payload/Xuetang.app/Info.plist"}
		switch p.Source {
		case facts.SourcePurposeString:
			p.Purpose = map[string]string{"default": "用于课堂功能"}
		case facts.SourceEntitlement:
			p.Where = "Payload/Xuetang.app/Xuetang"
		case facts.SourceBackgroundMode, facts.SourceQueryScheme, facts.SourceInfoKey:
		default:
			t.Fatalf("info.txt: unknown source %q", source)
		}
		out = append(out, p)
	}
	return out
}

// overlay lays JSON over *v: objects merge, everything else replaces. A signer
// that is given in part is completed from the default certificate.
func overlay[T any](t *testing.T, v *T, over []byte) {
	t.Helper()
	var base, top map[string]any
	unmarshal(t, mustJSON(t, v), &base)
	unmarshal(t, over, &top)
	merged := merge(base, top)
	if signature, ok := merged["signature"].(map[string]any); ok {
		completeSigners(t, signature)
	}
	var fresh T
	d := json.NewDecoder(bytes.NewReader(mustJSON(t, merged)))
	d.DisallowUnknownFields()
	if err := d.Decode(&fresh); err != nil {
		t.Fatalf("laying %s over: %v", over, err)
	}
	*v = fresh
}

func completeSigners(t *testing.T, signature map[string]any) {
	t.Helper()
	signers, _ := signature["signers"].([]any)
	for i, s := range signers {
		var whole map[string]any
		unmarshal(t, mustJSON(t, defaultCertificate(t)), &whole)
		signers[i] = merge(whole, s.(map[string]any))
	}
}

func unmarshal(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
}

func merge(base, over map[string]any) map[string]any {
	out := maps.Clone(base)
	if out == nil {
		out = map[string]any{}
	}
	for key, value := range over {
		below, isObject := out[key].(map[string]any)
		above, also := value.(map[string]any)
		if isObject && also {
			value = merge(below, above)
		}
		out[key] = value
	}
	return out
}
