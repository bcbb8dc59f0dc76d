package ipatest

import (
	"maps"

	"heyan/analyzer/ipa/machotest"
)

// What the sample app is called.
const (
	ID      = "cn.example.classroom"
	Team    = "TEST123456"
	Folder  = "Payload/Classroom.app"
	Version = "1.2.3"
	Build   = "45"
)

// Minimal is the smallest app that is one: Info.plist and a signed executable.
func Minimal() Bundle {
	return Bundle{Path: Folder, Info: info("Classroom", ID, "APPL"), Executable: Executable(nil)}
}

// App has everything: two languages, a profile, an icon, a privacy manifest, an
// extension, a watch app with its own extension, and a framework.
func App() Bundle {
	app := Minimal()
	app.Info = With(app.Info, map[string]any{
		"CFBundleDisplayName":                 "Classroom",
		"CFBundleIcons":                       map[string]any{"CFBundlePrimaryIcon": map[string]any{"CFBundleIconFiles": []string{"AppIcon60x60"}}},
		"NSCameraUsageDescription":            "To scan the code of a class",
		"NSMicrophoneUsageDescription":        "To read aloud",
		"NSLocationWhenInUseUsageDescription": "To find a school near you",
		"UIBackgroundModes":                   []string{"audio"},
		"LSApplicationQueriesSchemes":         []string{"weixin"},
		"NSAppTransportSecurity":              map[string]any{"NSExceptionDomains": map[string]any{"example.cn": map[string]any{"NSExceptionAllowsInsecureHTTPLoads": true}}},
		"CFBundleURLTypes":                    []any{map[string]any{"CFBundleURLSchemes": []string{"classroom"}}},
	})
	values := Entitlements(false)
	app.Executable = Executable(values)
	app.Strings = map[string]map[string]string{
		"en":      {"CFBundleDisplayName": "Classroom", "NSCameraUsageDescription": "To scan the code of a class"},
		"zh-Hans": {"CFBundleDisplayName": "课堂", "NSCameraUsageDescription": "用于扫描班级二维码", "NSMicrophoneUsageDescription": "用于朗读作业", "NSLocationWhenInUseUsageDescription": "用于查找附近的学校"},
	}
	app.Privacy = Privacy()
	app.Profile = Profile(ProfileValues("store"))
	app.Files = []File{{"AppIcon60x60@2x.png", Icon(120, true)}, {"notice.png", Icon(8, false)}}
	app.Nested = []Bundle{extension("PlugIns/Share.appex", ".share"), watch(), framework()}
	return app
}

func extension(path, suffix string) Bundle {
	return Bundle{
		Path: path,
		Info: With(info("Extension", ID+suffix, "XPC!"), map[string]any{
			"NSExtension": map[string]any{"NSExtensionPointIdentifier": "com.apple.share-services"},
		}),
		Executable: Executable(nil),
	}
}

func watch() Bundle {
	const id = ID + ".watchkitapp"
	return Bundle{
		Path: "Watch/Watch.app",
		Info: With(info("Watch", id, "APPL"), map[string]any{"WKCompanionAppBundleIdentifier": ID, "MinimumOSVersion": "7.0"}),
		Executable: machotest.Slice{
			CPU: machotest.CPUARM64_32, Subtype: 1, Platform: machotest.PlatformWatchOS, MinOS: machotest.Version(7, 0, 0),
			Signature: &machotest.Signature{Identifier: id, Team: Team},
		}.Bytes(),
	}
}

func framework() Bundle {
	const id = "cn.example.kit"
	return Bundle{
		Path: "Frameworks/Kit.framework",
		Info: info("Kit", id, "FMWK"),
		Executable: machotest.Slice{
			FileType: 6, MinOS: machotest.Version(13, 0, 0), Libraries: []string{"/usr/lib/libSystem.B.dylib"},
			Signature: &machotest.Signature{Identifier: id, Team: Team},
		}.Bytes(),
		Privacy: Privacy(),
	}
}

// info is an Info.plist of the sample.
func info(name, id, kind string) map[string]any {
	return map[string]any{
		"CFBundleExecutable":         name,
		"CFBundleIdentifier":         id,
		"CFBundleName":               name,
		"CFBundlePackageType":        kind,
		"CFBundleShortVersionString": Version,
		"CFBundleVersion":            Build,
		"CFBundleSupportedPlatforms": []string{"iPhoneOS"},
		"CFBundleDevelopmentRegion":  "en",
		"MinimumOSVersion":           "13.0",
		"UIDeviceFamily":             []any{1, 2},
	}
}

// With is a copy of m with changes; a nil value takes the key away.
func With(m, changes map[string]any) map[string]any {
	out := maps.Clone(m)
	for key, value := range changes {
		if value == nil {
			delete(out, key)
			continue
		}
		out[key] = value
	}
	return out
}

// Entitlements are those of the sample app.
func Entitlements(debug bool) map[string]any {
	return map[string]any{
		"application-identifier":              Team + "." + ID,
		"com.apple.developer.team-identifier": Team,
		"get-task-allow":                      debug,
		"keychain-access-groups":              []string{Team + "." + ID},
	}
}

// Executable is the sample's executable with these entitlements in both forms.
func Executable(entitlements map[string]any) []byte {
	sig := &machotest.Signature{Identifier: ID, Team: Team, CMS: []byte("not verified here")}
	if entitlements != nil {
		sig.Entitlements, sig.EntitlementsDER = machotest.Plist(entitlements), machotest.DER(entitlements)
	}
	return machotest.Slice{
		MinOS: machotest.Version(13, 0, 0), SDK: machotest.Version(17, 2, 0), Encryptable: true, Signature: sig,
		Libraries: []string{
			"/System/Library/Frameworks/UIKit.framework/UIKit", "/System/Library/Frameworks/AVFoundation.framework/AVFoundation",
			"/usr/lib/libSystem.B.dylib", "@rpath/Kit.framework/Kit",
		},
	}.Bytes()
}

// Privacy is a privacy manifest.
func Privacy() map[string]any {
	return map[string]any{
		"NSPrivacyTracking":        false,
		"NSPrivacyTrackingDomains": []string{},
		"NSPrivacyCollectedDataTypes": []any{map[string]any{
			"NSPrivacyCollectedDataType":         "NSPrivacyCollectedDataTypeName",
			"NSPrivacyCollectedDataTypeLinked":   true,
			"NSPrivacyCollectedDataTypeTracking": false,
			"NSPrivacyCollectedDataTypePurposes": []string{"NSPrivacyCollectedDataTypePurposeAppFunctionality"},
		}},
		"NSPrivacyAccessedAPITypes": []any{map[string]any{
			"NSPrivacyAccessedAPIType":        "NSPrivacyAccessedAPICategoryUserDefaults",
			"NSPrivacyAccessedAPITypeReasons": []string{"CA92.1"},
		}},
	}
}
