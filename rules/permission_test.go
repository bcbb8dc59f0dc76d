package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/catalogue"
)

// apk is an ordinary package that declares the permissions.
func apk(minOS, targetOS string, list ...facts.Permission) *facts.Facts {
	return &facts.Facts{
		Format:    facts.FormatAPK,
		Analyzers: []facts.Analyzer{{Name: facts.AnalyzerManifest, Status: facts.StatusOK}},
		App:       facts.App{ID: "cn.example.app", MinOS: minOS, TargetOS: targetOS}, Permissions: list,
	}
}

func ipaFrom(minOS, purpose string) *facts.Facts {
	f := ipa(from(facts.SourcePurposeString, purpose))
	f.App.MinOS = minOS
	return f
}

func ipa(list ...facts.Permission) *facts.Facts {
	return &facts.Facts{Format: facts.FormatIPA, Analyzers: []facts.Analyzer{{Name: facts.AnalyzerBundle, Status: facts.StatusOK}, {Name: facts.AnalyzerMachO, Status: facts.StatusOK}}, Permissions: list}
}

func uses(name string) facts.Permission {
	return facts.Permission{Name: name, Source: facts.SourceUsesPermission, Where: "AndroidManifest.xml:3"}
}

func usesUntil(name, maxOS string) facts.Permission {
	p := uses(name)
	p.MaxOS = maxOS
	return p
}

func from(source facts.Source, name string) facts.Permission {
	return facts.Permission{Name: name, Source: source, Where: "x"}
}

// brief is what a test says of a reading.
type brief struct {
	Name, Level, Strength string
	Effective             bool
	Category              box.Box
}

func briefly(r Reading) brief { return brief{r.Name, r.Level, r.Strength, r.Effective, r.Category} }

func TestReadOne(t *testing.T) {
	t.Parallel()
	const p = "android.permission."
	sdk23 := from(facts.SourceUsesPermissionSDK23, p+"CAMERA")
	sdkM := from(facts.SourceUsesPermissionSDKM, p+"CAMERA")
	sdkM.MaxOS = "22"
	late := uses(p + "CAMERA")
	late.MinOS = "38"
	half := ipa(from(facts.SourcePurposeString, "NSHealthShareUsageDescription"))
	half.Analyzers[1].Status = facts.StatusPartial
	tests := []struct {
		name  string
		facts *facts.Facts
		sys   bool
		want  brief
	}{
		{"dangerous", apk("21", "34", uses(p+"CAMERA")), false, brief{p + "CAMERA", "dangerous", "declares", true, box.Camera}},
		{"normal", apk("21", "34", uses(p+"INTERNET")), false, brief{p + "INTERNET", "normal", "none", true, box.None}},
		{"normal yet meant", apk("21", "34", uses(p+"QUERY_ALL_PACKAGES")), false, brief{p + "QUERY_ALL_PACKAGES", "normal", "declares", true, box.InstalledApps}},
		{"inert since 23 yet meant", apk("23", "34", uses("com.android.browser.permission.READ_HISTORY_BOOKMARKS")), false,
			brief{"com.android.browser.permission.READ_HISTORY_BOOKMARKS", "normal", "declares", true, box.BrowserHistory}},
		{"WRITE_SMS", apk("26", "34", uses(p+"WRITE_SMS")), false, brief{p + "WRITE_SMS", "normal", "declares", true, box.SMS}},
		{"special access", apk("26", "34", uses(p+"SYSTEM_ALERT_WINDOW")), false, brief{p + "SYSTEM_ALERT_WINDOW", "appop", "declares", true, box.Other}},
		{"signature", apk("26", "34", uses(p+"READ_PRIVILEGED_PHONE_STATE")), false, brief{p + "READ_PRIVILEGED_PHONE_STATE", "signature", "ineffective", false, box.Phone}},
		{"signature, preinstalled", apk("26", "34", uses(p+"READ_PRIVILEGED_PHONE_STATE")), true, brief{p + "READ_PRIVILEGED_PHONE_STATE", "signature", "ineffective", true, box.Phone}},
		{"system camera", apk("26", "34", uses(p+"SYSTEM_CAMERA")), false, brief{p + "SYSTEM_CAMERA", "signature", "ineffective", false, box.Camera}},
		{"dangerous on old systems", apk("15", "34", uses(p+"READ_LOGS")), false, brief{p + "READ_LOGS", "signature", "declares", true, box.ReadAppData}},
		{"old systems left behind", apk("16", "34", uses(p+"READ_LOGS")), false, brief{p + "READ_LOGS", "signature", "ineffective", false, box.ReadAppData}},
		{"GET_TASKS on old systems", apk("20", "34", uses(p+"GET_TASKS")), false, brief{p + "GET_TASKS", "normal", "declares", true, box.InstalledApps}},
		{"GET_TASKS", apk("21", "34", uses(p+"GET_TASKS")), false, brief{p + "GET_TASKS", "normal", "hint", true, box.None}},
		{"max below min", apk("21", "34", usesUntil(p+"CAMERA", "18")), false, brief{p + "CAMERA", "dangerous", "ineffective", false, box.Camera}},
		{"max below min, preinstalled", apk("21", "34", usesUntil(p+"CAMERA", "18")), true, brief{p + "CAMERA", "dangerous", "ineffective", false, box.Camera}},
		{"max equals min", apk("21", "34", usesUntil(p+"CAMERA", "21")), false, brief{p + "CAMERA", "dangerous", "declares", true, box.Camera}},
		{"min missing is 1", apk("", "34", usesUntil(p+"CAMERA", "3")), false, brief{p + "CAMERA", "dangerous", "declares", true, box.Camera}},
		{"before it was there", apk("21", "34", usesUntil(p+"POST_NOTIFICATIONS", "32")), false, brief{p + "POST_NOTIFICATIONS", "dangerous", "ineffective", false, box.Other}},
		{"sdk-23", apk("16", "34", sdk23), false, brief{p + "CAMERA", "dangerous", "declares", true, box.Camera}},
		{"sdk-m that ends before", apk("16", "34", sdkM), false, brief{p + "CAMERA", "dangerous", "ineffective", false, box.Camera}},
		{"minSdkVersion is not heeded before 33", apk("21", "34", late), false, brief{p + "CAMERA", "dangerous", "declares", true, box.Camera}},
		{"minSdkVersion after all systems", apk("33", "34", late), false, brief{p + "CAMERA", "dangerous", "ineffective", false, box.Camera}},
		{"code name", apk("Tiramisu", "34", usesUntil(p+"CAMERA", "28")), false, brief{p + "CAMERA", "dangerous", "ineffective", false, box.Camera}},
		{"background location alone", apk("21", "34", uses(p+"ACCESS_BACKGROUND_LOCATION")), false, brief{p + "ACCESS_BACKGROUND_LOCATION", "dangerous", "ineffective", false, box.Location}},
		{"not a permission", apk("21", "34", uses(p+"RECEIVE_USER_PRESENT")), false, brief{p + "RECEIVE_USER_PRESENT", "", "none", false, box.None}},
		{"vendor switch", apk("21", "34", uses(p+"SEND_MMS")), false, brief{p + "SEND_MMS", "", "declares", true, box.SendMMS}},
		{"named after the app", apk("21", "34", uses("cn.example.app.permission.JPUSH_MESSAGE")), false, brief{"cn.example.app.permission.JPUSH_MESSAGE", "signature", "none", true, box.None}},
		{"own namespace", apk("21", "34", uses("cn.example.app.CAMERA")), false, brief{"cn.example.app.CAMERA", "", "none", true, box.None}},
		{"unknown", apk("21", "34", uses("com.other.permission.CAMERA")), false, brief{"com.other.permission.CAMERA", "", "none", false, box.None}},
		{"misspelt", apk("21", "34", uses(p+"CAMERAA")), false, brief{p + "CAMERAA", "", "ineffective", false, box.Camera}},
		{"guarded component", apk("21", "34", from(facts.SourceComponent, p+"BIND_ACCESSIBILITY_SERVICE")), false, brief{p + "BIND_ACCESSIBILITY_SERVICE", "", "component", true, box.Other}},
		{"asked for instead", apk("21", "34", uses(p+"BIND_ACCESSIBILITY_SERVICE")), false, brief{p + "BIND_ACCESSIBILITY_SERVICE", "signature", "ineffective", false, box.Other}},
		{"other bound component", apk("21", "34", from(facts.SourceComponent, p+"BIND_JOB_SERVICE")), false, brief{p + "BIND_JOB_SERVICE", "", "none", true, box.None}},
		{"launcher query", apk("30", "34", from(facts.SourceQueries, "intent:android.intent.action.MAIN")), false, brief{"intent:android.intent.action.MAIN", "", "supports", true, box.InstalledApps}},
		{"named package", apk("30", "34", from(facts.SourceQueries, "package:com.tencent.mm")), false, brief{"package:com.tencent.mm", "", "hint", true, box.InstalledApps}},
		{"other query", apk("30", "34", from(facts.SourceQueries, "intent:android.intent.action.VIEW")), false, brief{"intent:android.intent.action.VIEW", "", "none", true, box.None}},

		{"purpose string", ipa(from(facts.SourcePurposeString, "NSCameraUsageDescription")), false, brief{"NSCameraUsageDescription", "", "declares", true, box.Camera}},
		{"without its entitlement", ipa(from(facts.SourcePurposeString, "NSHealthShareUsageDescription")), false, brief{"NSHealthShareUsageDescription", "", "hint", false, box.Other}},
		{"when entitlements were not read", half, false, brief{"NSHealthShareUsageDescription", "", "declares", true, box.Other}},
		{"always beside when in use", ipa(from(facts.SourcePurposeString, "NSLocationAlwaysAndWhenInUseUsageDescription"), from(facts.SourcePurposeString, "NSLocationWhenInUseUsageDescription")), false,
			brief{"NSLocationAlwaysAndWhenInUseUsageDescription", "", "declares", true, box.Location}},
		{"always without when in use", ipa(from(facts.SourcePurposeString, "NSLocationAlwaysAndWhenInUseUsageDescription")), false,
			brief{"NSLocationAlwaysAndWhenInUseUsageDescription", "", "hint", false, box.Location}},
		{"old always key", ipaFrom("10.3", "NSLocationAlwaysUsageDescription"), false, brief{"NSLocationAlwaysUsageDescription", "", "declares", true, box.Location}},
		{"old always key, read no more", ipaFrom("11.0", "NSLocationAlwaysUsageDescription"), false, brief{"NSLocationAlwaysUsageDescription", "", "hint", false, box.Location}},
		{"first key", ipaFrom("7.0", "NSLocationUsageDescription"), false, brief{"NSLocationUsageDescription", "", "declares", true, box.Location}},
		{"first key, read no more", ipaFrom("8.0", "NSLocationUsageDescription"), false, brief{"NSLocationUsageDescription", "", "hint", false, box.Location}},
		{"entitlement", ipa(from(facts.SourceEntitlement, "com.apple.developer.siri")), false, brief{"com.apple.developer.siri", "", "hint", true, box.Other}},
		{"background mode", ipa(from(facts.SourceBackgroundMode, "location")), false, brief{"location", "", "supports", true, box.Location}},
		{"scheme", ipa(from(facts.SourceQueryScheme, "weixin")), false, brief{"weixin", "", "hint", true, box.InstalledApps}},
		{"extension point", ipa(from(facts.SourceInfoKey, "NSExtensionPointIdentifier=com.apple.keyboard-service")), false,
			brief{"NSExtensionPointIdentifier=com.apple.keyboard-service", "", "supports", true, box.Other}},
		{"key with a value", ipa(from(facts.SourceInfoKey, "UIFileSharingEnabled=true")), false, brief{"UIFileSharingEnabled=true", "", "none", true, box.None}},
		{"unknown key", ipa(from(facts.SourceInfoKey, "XYZ")), false, brief{"XYZ", "", "none", false, box.None}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ReadPermissions(tt.facts, tt.sys)
			if len(got) == 0 {
				t.Fatal("no reading")
			}
			if diff := cmp.Diff(tt.want, briefly(got[0])); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got[0].Reason.ZH == "" || got[0].Reason.EN == "" {
				t.Errorf("no reason: %+v", got[0])
			}
		})
	}
}

func TestReadBeside(t *testing.T) {
	t.Parallel()
	const p = "android.permission."
	effective := func(f *facts.Facts, name string) (got bool) {
		for _, r := range ReadPermissions(f, false) {
			got = got || r.Name == name && r.Effective && r.Declared
		}
		return got
	}
	background := p + "ACCESS_BACKGROUND_LOCATION"
	if !effective(apk("21", "34", uses(background), uses(p+"ACCESS_COARSE_LOCATION")), background) {
		t.Error("background location beside a foreground one has no effect")
	}
	if effective(apk("21", "34", uses(background), usesUntil(p+"ACCESS_COARSE_LOCATION", "28")), background) {
		t.Error("background location has an effect though the foreground one ends before it begins")
	}
	health := from(facts.SourcePurposeString, "NSHealthShareUsageDescription")
	if !effective(ipa(health, from(facts.SourceEntitlement, "com.apple.developer.healthkit")), health.Name) {
		t.Error("HealthKit's purpose string beside its entitlement has no effect")
	}
	unread := ipa(health)
	unread.Analyzers[1].Status = facts.StatusFailed
	if !effective(unread, health.Name) {
		t.Error("an entitlement is missing though the executables were not read")
	}
}

// A package can't make a platform permission its own by defining it again.
func TestOwnDefinition(t *testing.T) {
	t.Parallel()
	f := apk("21", "34", uses("android.permission.CAMERA"), uses("com.other.MINE"))
	f.PermissionDefinitions = []facts.PermissionDefinition{{Kind: "permission", Name: "android.permission.CAMERA"}, {Kind: "permission", Name: "com.other.MINE"}}
	got := ReadPermissions(f, false)
	if got[0].Category != box.Camera || got[1].Reason != reasonOwn {
		t.Errorf("readings %+v", got[:2])
	}
}

func TestNeverForLocation(t *testing.T) {
	t.Parallel()
	p := uses("android.permission.BLUETOOTH_SCAN")
	got := ReadPermissions(apk("31", "34", p), false)[0].Acceptable
	if diff := cmp.Diff([]box.Box{box.Other, box.Location}, got); diff != "" {
		t.Errorf("without the flag (-want +got):\n%s", diff)
	}
	p.Flags = []string{"neverForLocation"}
	got = ReadPermissions(apk("31", "34", p), false)[0].Acceptable
	if diff := cmp.Diff([]box.Box{box.Other}, got); diff != "" {
		t.Errorf("with the flag (-want +got):\n%s", diff)
	}
	if e, _ := catalogue.Lookup(catalogue.KindPermission, p.Name); len(e.Acceptable) != 2 {
		t.Error("the catalogue was changed")
	}
}

func TestNearestIsBounded(t *testing.T) {
	t.Parallel()
	r := newReader(apk("21", "34"), false)
	for i := range 2 * maxNearestLookups {
		r.near("android.permission.READ_SM" + string(rune('A'+i%26)) + string(rune('A'+i/26)))
	}
	if len(r.nearest) > maxNearestLookups {
		t.Errorf("%d names were looked for", len(r.nearest))
	}
}

// TestManifestFacts holds that every manifest fact of the catalogue is read from
// somewhere, and the others say where they are covered.
func TestManifestFacts(t *testing.T) {
	t.Parallel()
	filter := func(actions ...string) []facts.IntentFilter {
		return []facts.IntentFilter{{Actions: actions, MimeTypes: []string{mmsType}}}
	}
	f := apk("21", "29")
	f.App.SharedUserID, f.App.RequestLegacyExternalStorage = "cn.example", true
	f.Components = []facts.Component{
		{Kind: "receiver", IntentFilters: filter("android.provider.Telephony.SMS_RECEIVED", "android.provider.Telephony.WAP_PUSH_DELIVER", "android.intent.action.PHONE_STATE", "android.intent.action.NEW_OUTGOING_CALL", "android.intent.action.PACKAGE_ADDED")},
		{Kind: "service", Permission: respondPermission, IntentFilters: filter(respondAction)},
		{Kind: "service", Permission: vpnPermission, ForegroundServiceType: []string{"location", "camera", "microphone", "dataSync"}},
		{Kind: "service", Permission: "android.permission.BIND_ACCESSIBILITY_SERVICE", MetaData: []facts.MetaData{{Name: windowContent, Value: "true"}}},
		{Kind: "activity", IntentFilters: []facts.IntentFilter{{Schemes: []string{"mmsto"}}}},
	}
	f.Features = []facts.Feature{{Name: "android.hardware.camera.front"}, {Name: "android.hardware.microphone"}, {Name: "android.hardware.location"}, {Name: "android.hardware.telephony"}, {Name: "android.hardware.cameras"}}
	f.Queries = []facts.Query{{Package: "com.tencent.mm"}, {Intent: &facts.IntentFilter{Actions: []string{"*"}}}}
	seen := map[Text]bool{}
	for _, r := range ReadPermissions(f, false) {
		seen[r.Reason] = true
	}
	for e := range catalogue.All() {
		if e.Kind == catalogue.KindManifest && e.CoveredBy == "" && !seen[Text(e.Reason)] {
			t.Errorf("nothing reads %s", e.Name)
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	f := apk("21", "29", uses("android.permission.WRITE_EXTERNAL_STORAGE"), from(facts.SourceQueries, "package:b"), uses("android.permission.CAMERA"), uses("android.permission.CAMERA"))
	f.App.SharedUserID = "x"
	var got []string
	for _, r := range ReadPermissions(f, false) {
		got = append(got, r.Source+" "+r.Name)
	}
	want := []string{
		"uses-permission android.permission.WRITE_EXTERNAL_STORAGE", "queries package:b", "uses-permission android.permission.CAMERA", "uses-permission android.permission.CAMERA",
		"manifest sharedUserId=x", "uses-sdk targetSdkVersion=29",
		"implied android.permission.READ_EXTERNAL_STORAGE",
		"implied android.permission.READ_MEDIA_AUDIO", "implied android.permission.READ_MEDIA_VIDEO", "implied android.permission.READ_MEDIA_IMAGES",
		"implied android.permission.READ_MEDIA_VISUAL_USER_SELECTED", "implied android.permission.POST_NOTIFICATIONS",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	f := apk("", "", uses("android.permission.CAMERA"))
	f.Analyzers[0].Status = facts.StatusFailed
	if got := ReadPermissions(f, false); len(got) != 1 {
		t.Errorf("%d readings of a manifest that was not read, want the one that was declared", len(got))
	}
}
