package rules

import (
	"heyan/analyzer/facts"
	"heyan/rules/filing"
)

const iosApp = "Payload/Example.app"

// onIOS is a package exported for the App Store and validly signed, then changed by
// the edits.
func onIOS(edits ...func(*Input)) func(*Input) {
	return func(in *Input) {
		asIPA(in)
		f := in.Facts
		f.App.MinOS, f.App.TargetOS, f.App.SupportedOSNames = "13.0", "", []string{"iPhoneOS"}
		f.Bundles = []facts.Bundle{{Path: iosApp, Kind: "app", ID: f.App.ID, Executable: iosApp + "/Example"}}
		f.Executables = []facts.Executable{{Path: iosApp + "/Example", Bundle: iosApp, Slices: []facts.Slice{{Arch: "arm64", Platform: "ios", Signed: true}}, RequiredReasonAPIs: []facts.RequiredReasonAPI{}}}
		f.PrivacyManifests = []facts.PrivacyManifest{{Path: iosApp + "/PrivacyInfo.xcprivacy", Bundle: iosApp}}
		f.Signature = facts.Signature{Status: facts.SignatureValid, Kind: facts.KindStoreUpload, Signers: []facts.Certificate{signer("a")},
			Code: []facts.CodeSignature{{Bundle: iosApp, Path: iosApp + "/Example", Slice: "arm64", Kind: facts.KindStoreUpload, Status: facts.SignatureValid,
				TeamID: "AB12CD34EF", SigningTime: "2026-02-20T03:00:00Z"}},
			Seals:    []facts.Seal{{Bundle: iosApp, Version: 2, Status: facts.SignatureValid}},
			Validity: &facts.Validity{AtSigning: new(true), Until: "2027-01-05T02:00:00Z"},
			Profile: &facts.Profile{Status: facts.SignatureValid, Kind: profileStore, TeamID: "AB12CD34EF", AppID: "AB12CD34EF.cn.example.app",
				Expires: "2027-01-05T02:00:00Z", Certificates: []facts.Certificate{signer("a")}}}
		for _, edit := range edits {
			edit(in)
		}
	}
}

func ownUse(in *Input) { in.Filing.Kind = filing.KindSelfUse }

func profileOf(kind, expires string) func(*Input) {
	return func(in *Input) { in.Facts.Signature.Profile.Kind, in.Facts.Signature.Profile.Expires = kind, expires }
}

func noProfile(in *Input) { in.Facts.Signature.Profile = nil }

func mainSlice(list ...facts.Slice) func(*Input) {
	return func(in *Input) { in.Facts.Executables[0].Slices = list }
}

func library(list ...facts.Slice) func(*Input) {
	return func(in *Input) {
		in.Facts.Executables = append(in.Facts.Executables, facts.Executable{Path: iosApp + "/Frameworks/A.framework/A", Bundle: iosApp + "/Frameworks/A.framework", Slices: list, RequiredReasonAPIs: []facts.RequiredReasonAPI{}})
	}
}

func purpose(name, where string, texts map[string]string) func(*Input) {
	return func(in *Input) {
		in.Facts.Permissions = append(in.Facts.Permissions, facts.Permission{Name: name, Source: facts.SourcePurposeString, Where: where, Purpose: texts})
	}
}

func systemFramework(name string) string {
	return "/System/Library/Frameworks/" + name + ".framework/" + name
}

func links(name string) func(*Input) {
	return func(in *Input) { in.Facts.Executables[0].Slices[0].Libraries = []string{systemFramework(name)} }
}

func transport(t facts.TransportSecurity) func(*Input) {
	return func(in *Input) { in.Facts.TransportSecurity = &t }
}

var (
	phoneSlice = facts.Slice{Arch: "arm64", Platform: "ios", Signed: true}
	macSlice   = facts.Slice{Arch: "x86_64", Platform: "ios-simulator"}
	oldMac     = facts.Slice{Arch: "i386"}
	useCamera  = map[string]string{"default": "用于拍照上传作业"}
)

var iosTests = []checkTest{
	{"release.debuggable", "release", "ios", onIOS()},
	{"release.debuggable", "get-task-allow", "", onIOS(app(func(a *facts.App) { a.Debuggable = true }))},
	{"release.debuggable", "get-task-allow", "of an extension", onIOS(func(in *Input) {
		in.Facts.Entitlements = []facts.Entitlement{{Bundle: iosApp + "/PlugIns/X.appex", Key: "get-task-allow", Value: "true"}}
	})},
	{"release.debuggable", "get-task-allow", "seen in half", onIOS(app(func(a *facts.App) { a.Debuggable = true }), unread(facts.AnalyzerMachO))},
	{"release.debuggable", "get-task-allow-self-use", "", onIOS(ownUse, app(func(a *facts.App) { a.Debuggable = true }))},
	{"release.debuggable", "entitlements-unreadable", "", onIOS(unread(facts.AnalyzerMachO))},

	{"release.simulator", "device", "", onIOS()},
	{"release.simulator", "device", "both named, code for devices", onIOS(app(func(a *facts.App) { a.SupportedOSNames = []string{simulatorOS, deviceOS} }))},
	{"release.simulator", "simulator", "Info.plist", onIOS(app(func(a *facts.App) { a.SupportedOSNames = []string{simulatorOS} }))},
	{"release.simulator", "simulator", "code", onIOS(mainSlice(macSlice, facts.Slice{Arch: "arm64", Platform: "ios-simulator"}))},
	{"release.simulator", "simulator", "old code without a platform", onIOS(mainSlice(oldMac))},
	{"release.simulator", "simulator", "a Mac's processor under another name", onIOS(mainSlice(facts.Slice{Arch: "x86_64", Platform: "ios", Signed: true}))},
	{"release.simulator", "leftover-slices", "", onIOS(mainSlice(phoneSlice, macSlice))},
	{"release.simulator", "leftover-slices", "of a library", onIOS(library(phoneSlice, oldMac))},
	{"release.simulator", "executable-unreadable", "", onIOS(func(in *Input) { in.Facts.Executables = nil }, unread(facts.AnalyzerMachO))},
	{"release.simulator", "manifest-unreadable", "", onIOS(unread(facts.AnalyzerBundle))},
	{"platform", "other-system", "code", onIOS(mainSlice(facts.Slice{Arch: "arm64", Platform: "tvos", Signed: true}))},
	{"platform", "other-system", "Info.plist", onIOS(func(in *Input) { in.Facts.Executables = nil; in.Facts.App.SupportedOSNames = []string{"AppleTVOS"} })},

	{"purpose-strings", "none", "", onIOS()},
	{"purpose-strings", "none", "macOS alone", onIOS(purpose("NSDesktopFolderUsageDescription", iosApp+"/Info.plist", nil))},
	{"purpose-strings", "complete", "", onIOS(purpose("NSCameraUsageDescription", iosApp+"/Info.plist", useCamera))},
	{"purpose-strings", "complete", "Chinese in a strings file", onIOS(purpose("NSCameraUsageDescription", iosApp+"/Info.plist", map[string]string{"default": "Take photos of homework", "zh-Hans": "拍作业"}))},
	{"purpose-strings", "nested-only", "", onIOS(purpose("NSCameraUsageDescription", iosApp+"/PlugIns/X.appex/Info.plist", useCamera))},
	{"purpose-strings", "empty", "", onIOS(purpose("NSCameraUsageDescription", iosApp+"/Info.plist", map[string]string{"default": " \u200b. "}))},
	{"purpose-strings", "empty", "no text", onIOS(purpose("NSCameraUsageDescription", iosApp+"/Info.plist", nil))},
	{"purpose-strings", "empty", "Chinese alone", onIOS(purpose("NSCameraUsageDescription", iosApp+"/Info.plist", map[string]string{"default": "Camera for homework", "zh-Hans": ""}))},
	{"purpose-strings", "empty-elsewhere", "", onIOS(purpose("NSCameraUsageDescription", iosApp+"/Info.plist", map[string]string{"default": "", "zh-Hans": "拍作业"}))},
	{"purpose-strings", "no-chinese", "", onIOS(purpose("NSCameraUsageDescription", iosApp+"/Info.plist", map[string]string{"default": "To photograph homework"}))},
	{"purpose-strings", "undeclared", "", onIOS(withAnomalies("purpose-undeclared"))},
	{"purpose-strings", "placeholder", "", onIOS(withAnomalies("purpose-placeholder"))},
	{"purpose-strings", "texts-unreadable", "", onIOS(unread(facts.AnalyzerStrings))},
	{"purpose-strings", "manifest-unreadable", "", onIOS(unread(facts.AnalyzerBundle))},

	{"purpose-strings.frameworks", "complete", "", onIOS()},
	{"purpose-strings.frameworks", "complete", "one of two keys", onIOS(links("HealthKit"), purpose("NSHealthUpdateUsageDescription", iosApp+"/Info.plist", useCamera))},
	{"purpose-strings.frameworks", "missing", "AlarmKit", onIOS(links("AlarmKit"))},
	{"purpose-strings.frameworks", "complete", "what serves without asking", onIOS(links("AVFoundation"))},
	{"purpose-strings.frameworks", "complete", "its own framework of that name", onIOS(func(in *Input) {
		in.Facts.Executables[0].Slices[0].Libraries = []string{"@rpath/Speech.framework/Speech"}
	})},
	{"purpose-strings.frameworks", "complete", "of an extension", onIOS(func(in *Input) {
		in.Facts.Bundles = append(in.Facts.Bundles, facts.Bundle{Path: iosApp + "/PlugIns/X.appex", Kind: "appex"})
		in.Facts.Executables = append(in.Facts.Executables, facts.Executable{Path: iosApp + "/PlugIns/X.appex/X", Slices: []facts.Slice{{Libraries: []string{systemFramework("Speech")}}}})
	})},
	{"purpose-strings.frameworks", "missing", "", onIOS(links("CoreBluetooth"))},
	{"purpose-strings.frameworks", "missing", "seen in half", onIOS(links("CoreBluetooth"), unread(facts.AnalyzerMachO))},
	{"purpose-strings.frameworks", "executable-unreadable", "", onIOS(unread(facts.AnalyzerMachO))},
	{"purpose-strings.frameworks", "manifest-unreadable", "", onIOS(unread(facts.AnalyzerBundle))},

	{"security.cleartext", "ats-enforced", "", onIOS()},
	{"security.cleartext", "ats-enforced", "exceptions that allow nothing", onIOS(transport(facts.TransportSecurity{}))},
	{"security.cleartext", "ats-arbitrary", "", onIOS(transport(facts.TransportSecurity{AllowsArbitraryLoads: true}))},
	{"security.cleartext", "ats-arbitrary", "narrower, on old versions", onIOS(app(func(a *facts.App) { a.MinOS = "9.0" }), transport(facts.TransportSecurity{AllowsArbitraryLoads: true, AllowsLocalNetworking: true}))},
	{"security.cleartext", "ats-local", "narrower, on new versions", onIOS(transport(facts.TransportSecurity{AllowsArbitraryLoads: true, AllowsLocalNetworking: true}))},
	{"security.cleartext", "ats-local", "", onIOS(transport(facts.TransportSecurity{InsecureDomains: []string{"localhost", "127.0.0.1", "printer.local"}}))},
	{"security.cleartext", "ats-media", "web", onIOS(transport(facts.TransportSecurity{AllowsArbitraryInWeb: true}))},
	{"security.cleartext", "ats-media", "media", onIOS(transport(facts.TransportSecurity{AllowsArbitraryForMedia: true}))},
	{"security.cleartext", "ats-domains", "", onIOS(transport(facts.TransportSecurity{InsecureDomains: []string{"example.cn"}}))},
	{"security.cleartext", "manifest-unreadable", "ios", onIOS(unread(facts.AnalyzerBundle))},

	{"security.privacy-manifest", "present", "", onIOS()},
	{"security.privacy-manifest", "missing", "", onIOS(imports(0), noManifest)},
	{"security.privacy-manifest", "missing", "seen in half", onIOS(imports(0), noManifest, unread(facts.AnalyzerMachO))},
	{"security.privacy-manifest", "not-needed", "", onIOS(noManifest)},
	{"security.privacy-manifest", "not-needed", "a library's code", onIOS(noManifest, library(phoneSlice), imports(1))},
	{"security.privacy-manifest", "executable-unreadable", "", onIOS(noManifest, unread(facts.AnalyzerMachO))},
	{"security.privacy-manifest", "executable-unreadable", "imports", onIOS(noManifest, withAnomalies("macho-imports"))},
	{"security.privacy-manifest", "executable-unreadable", "imports not looked at", onIOS(noManifest, olderFacts)},
	{"security.privacy-manifest", "present", "in a bundle of resources", onIOS(imports(0), manifestAt(iosApp+"/A_Privacy.bundle"), nested("A_Privacy.bundle", "bundle", ""))},
	{"security.privacy-manifest", "sdks-only", "of an extension", onIOS(imports(0), manifestAt(iosApp+"/PlugIns/X.appex"), nested("PlugIns/X.appex", "appex", "cn.example.app.x"))},
	{"security.privacy-manifest", "sdks-only", "", onIOS(imports(0), manifestAt(iosApp+"/Frameworks/A.framework"))},
	{"security.privacy-manifest", "unknown-values", "category", onIOS(gives("FileTimestamp", "C617.1"))},
	{"security.privacy-manifest", "unknown-values", "reason of another category", onIOS(gives(stamps, "CA92.1"))},
	{"security.privacy-manifest", "present", "values", onIOS(gives(stamps, "C617.1", "3B52.1"))},
	{"security.privacy-manifest", "tracking", "", onIOS(func(in *Input) { in.Facts.PrivacyManifests[0].Tracking = true }, unread(facts.AnalyzerPrivacy))},
	{"security.privacy-manifest", "malformed", "", onIOS(withAnomalies("privacy-unknown-key"))},
	{"security.privacy-manifest", "unreadable", "", onIOS(unread(facts.AnalyzerPrivacy))},
	{"security.privacy-manifest", "manifest-unreadable", "", onIOS(unread(facts.AnalyzerBundle))},
	{"security.required-reasons", "none", "", onIOS()},
	{"security.required-reasons", "declared", "", onIOS(imports(0), gives(stamps, "C617.1"))},
	{"security.required-reasons", "undeclared", "", onIOS(imports(0))},
	{"security.required-reasons", "undeclared", "seen in half", onIOS(imports(0), unread(facts.AnalyzerMachO))},
	{"security.required-reasons", "undeclared", "without a reason", onIOS(imports(0), gives(stamps))},
	{"security.required-reasons", "undeclared", "a reason of another category", onIOS(imports(0), gives(stamps, "CA92.1"))},
	{"security.required-reasons", "undeclared", "a library is not the app's", onIOS(library(phoneSlice), imports(1), gives(stamps, "C617.1"))},
	{"security.required-reasons", "declared", "a library's own", onIOS(library(phoneSlice), imports(1), gives(stamps, "C617.1"), manifestAt(iosApp+"/Frameworks/A.framework"))},
	{"security.required-reasons", "declared", "in a bundle of resources", onIOS(imports(0), gives(stamps, "C617.1"), manifestAt(iosApp+"/A_Privacy.bundle"), nested("A_Privacy.bundle", "bundle", ""))},
	{"security.required-reasons", "undeclared", "in a framework's bundle of resources", onIOS(imports(0), gives(stamps, "C617.1"), manifestAt(iosApp+"/Frameworks/A.framework/A.bundle"),
		nested("Frameworks/A.framework/A.bundle", "bundle", ""), nested("Frameworks/A.framework", "framework", "cn.example.a"))},
	{"security.required-reasons", "declared", "either category of a symbol", onIOS(lists, gives(spaces, "E174.1"))},
	{"security.required-reasons", "undeclared", "neither category of a symbol", onIOS(lists)},
	{"security.required-reasons", "none", "Apple's own framework", onIOS(library(phoneSlice), imports(1), nested("Frameworks/A.framework", "framework", "com.apple.XCTest"))},
	{"security.required-reasons", "none", "Swift's library", onIOS(imports(0), func(in *Input) { in.Facts.Executables[0].Path = iosApp + "/Frameworks/libswiftCore.dylib" })},
	{"security.required-reasons", "unreadable", "", onIOS(imports(0), unread(facts.AnalyzerPrivacy))},
	{"security.required-reasons", "executable-unreadable", "", onIOS(unread(facts.AnalyzerMachO))},
	{"security.required-reasons", "executable-unreadable", "imports", onIOS(imports(0), gives(stamps, "C617.1"), withAnomalies("macho-imports"))},
	{"security.required-reasons", "executable-unreadable", "imports not looked at", onIOS(olderFacts)},
	{"security.required-reasons", "executable-unreadable", "imports of a library not looked at", onIOS(library(phoneSlice), imports(0), gives(stamps, "C617.1"), func(in *Input) { in.Facts.Executables[1].RequiredReasonAPIs = nil })},
	{"security.required-reasons", "manifest-unreadable", "", onIOS(unread(facts.AnalyzerBundle))},
	{"security.listed-sdks", "none", "", onIOS()},
	{"security.listed-sdks", "none", "another framework", onIOS(nested("Frameworks/Kit.framework", "framework", "cn.example.kit"))},
	{"security.listed-sdks", "none", "a bundle of that name", onIOS(nested("Flutter.bundle", "bundle", "io.flutter"))},
	{"security.listed-sdks", "missing", "", onIOS(nested("Frameworks/Flutter.framework", "framework", "io.flutter.flutter"))},
	{"security.listed-sdks", "missing", "under another name", onIOS(nested("Frameworks/absl.framework", "framework", "org.cocoapods.absl"))},
	{"security.listed-sdks", "complete", "", onIOS(nested("Frameworks/Flutter.framework", "framework", "io.flutter.flutter"), manifestAt(iosApp+"/Frameworks/Flutter.framework"))},
	{"security.listed-sdks", "complete", "in its bundle of resources", onIOS(nested("Frameworks/Lottie.framework", "framework", "com.airbnb.lottie"),
		nested("Frameworks/Lottie.framework/Privacy.bundle", "bundle", ""), manifestAt(iosApp+"/Frameworks/Lottie.framework/Privacy.bundle"))},
	{"security.listed-sdks", "unreadable", "", onIOS(unread(facts.AnalyzerPrivacy))},
	{"security.listed-sdks", "manifest-unreadable", "", onIOS(unread(facts.AnalyzerBundle))},
	{"security.purchaser-data", "none", "", onIOS()},
	{"security.purchaser-data", "left", "", onIOS(withAnomalies("store-purchaser-metadata"))},
	{"security.purchaser-data", "manifest-unreadable", "", onIOS(unread(facts.AnalyzerBundle))},
	{"structure", "clean", "what other checks speak of", onIOS(withAnomalies("purpose-empty", "store-sc-info", "executable-unsigned", "strings-lenient", "privacy-type", "macho-imports"))},
	{"structure", "clean", "imports, in half-read code", onIOS(withAnomalies("macho-imports"), unread(facts.AnalyzerMachO))},
	{"structure", "odd", "of a bundle of resources", onIOS(withAnomalies("info-plist-unreadable"))},
	{"structure", "invalid", "of the app", onIOS(withAnomalies("info-plist-missing"), unread(facts.AnalyzerBundle))},
	{"structure", "invalid", "executable", onIOS(withAnomalies("executable-missing"), unread(facts.AnalyzerMachO))},
	{"structure", "ambiguous", "entitlements", onIOS(withAnomalies("entitlements-differ"))},
	{"version", "equal", "another reader failed", onIOS(unread(facts.AnalyzerPrivacy))},
}

// Days around the one that is judged by, 2026-03-02.
const (
	ended = "2026-03-01T15:59:59Z" // 23:59:59 of the day before, in China
	ends  = "2026-03-01T16:00:00Z" // midnight of the day
)

var iosProfileTests = []checkTest{
	{"release.profile", "store", "", onIOS()},
	{"release.profile", "store", "own use", onIOS(ownUse)},
	{"release.profile", "store", "another prefix than the team", onIOS(func(in *Input) { in.Facts.Signature.Profile.AppID = "ZZ.cn.example.*" })},
	{"release.profile", "store-copy", "", onIOS(fromStore)},
	{"release.profile", "self-use", "enterprise", onIOS(ownUse, profileOf(profileEnterprise, ends))},
	{"release.profile", "self-use", "ad hoc", onIOS(ownUse, profileOf(profileAdHoc, ends))},
	{"release.profile", "simulator", "", onIOS(noProfile, mainSlice(macSlice))},
	{"release.profile", "development", "", onIOS(profileOf(profileDevelopment, ends))},
	{"release.profile", "development", "and expired", onIOS(profileOf(profileDevelopment, ended))},
	{"release.profile", "development-self-use", "", onIOS(ownUse, profileOf(profileDevelopment, ends))},
	{"release.profile", "ad-hoc", "", onIOS(profileOf(profileAdHoc, ends))},
	{"release.profile", "enterprise", "", onIOS(profileOf(profileEnterprise, ends))},
	{"release.profile", "expired", "", onIOS(profileOf(profileEnterprise, ended))},
	{"release.profile", "expired-self-use", "", onIOS(ownUse, profileOf(profileAdHoc, ended))},
	{"release.profile", "expired-store", "", onIOS(profileOf(profileStore, ended))},
	{"release.profile", "expired-store", "own use", onIOS(ownUse, profileOf(profileStore, ended))},
	{"release.profile", "other-app", "", onIOS(func(in *Input) { in.Facts.Signature.Profile.AppID = "AB12CD34EF.cn.example.other" })},
	{"release.profile", "other-app", "wildcard", onIOS(func(in *Input) { in.Facts.Signature.Profile.AppID = "AB12CD34EF.com.*" })},
	{"release.profile", "store-decrypted", "", onIOS(fromStore, kind(facts.KindStoreDecrypted, facts.SignatureInvalid))},
	{"release.profile", "store-altered", "", onIOS(noProfile, kind(facts.KindBroken, facts.SignatureInvalid), withAnomalies("store-sc-info"))},
	{"release.profile", "invalid", "", onIOS(func(in *Input) {
		p := in.Facts.Signature.Profile
		p.Status, p.Findings = facts.SignatureInvalid, []facts.Finding{{Code: "profile-not-apple", Apple: "0xe8008015", Fatal: true}}
	})},
	{"release.profile", "no-profile", "", onIOS(noProfile)},
	{"release.profile", "unknown-kind", "", onIOS(profileOf("unknown", ends))},
	{"release.profile", "unknown-kind", "no expiry", onIOS(profileOf(profileStore, ""))},
	{"release.profile", "unreadable", "", onIOS(noProfile, unread(facts.AnalyzerProfile))},
	{"release.profile", "unreadable", "signature", onIOS(noProfile, unread(facts.AnalyzerIPASigning))},
	{"release.profile", "unreadable", "executable", onIOS(noProfile, unread(facts.AnalyzerMachO))},
}
