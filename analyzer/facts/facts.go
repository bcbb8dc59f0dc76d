// Package facts holds what the analyzers saw in a package: plain, versioned
// JSON structs, without opinions. Everything here depends on the bytes of the
// package and the versions of the analyzers alone, so facts can be cached by
// SHA-256 and judged again and again.
//
// The JSON field names are a public contract (docs/schemas/facts-1.json): add
// fields, never rename them. Lists keep the order of the package, maps are
// written sorted by encoding/json, so equal packages give equal bytes.
package facts

// Schema names the version of this contract.
const Schema = "heyan.facts/1"

// Facts is everything seen in one package.
type Facts struct {
	Schema string `json:"schema"`
	// Analyzers says which readers ran and how far each came. A part whose
	// reader did not end with StatusOK is not to be read as complete.
	Analyzers []Analyzer `json:"analyzers"`
	File      File       `json:"file"`
	Format    Format     `json:"format"`
	// FormatDetail is English text: what else it is, or what is missing.
	FormatDetail string `json:"format_detail,omitempty"`

	App                   App                    `json:"app"`
	Permissions           []Permission           `json:"permissions"`
	PermissionDefinitions []PermissionDefinition `json:"permission_definitions,omitempty"`
	Queries               []Query                `json:"queries,omitempty"`
	Features              []Feature              `json:"features,omitempty"`
	Components            []Component            `json:"components,omitempty"`
	MetaData              []MetaData             `json:"meta_data,omitempty"`
	Network               *Network               `json:"network,omitempty"`
	NativeABIs            []string               `json:"native_abis,omitempty"`
	Bundles               []Bundle               `json:"bundles,omitempty"`
	Executables           []Executable           `json:"executables,omitempty"`
	Entitlements          []Entitlement          `json:"entitlements,omitempty"`
	TransportSecurity     *TransportSecurity     `json:"transport_security,omitempty"`
	PrivacyManifests      []PrivacyManifest      `json:"privacy_manifests,omitempty"`
	URLSchemes            []string               `json:"url_schemes,omitempty"`
	Signature             Signature              `json:"signature"`
	FilingNumbers         []FilingNumber         `json:"filing_numbers,omitempty"`

	Anomalies  []Anomaly    `json:"anomalies"`
	Unexamined []Unexamined `json:"unexamined"`
}

// File identifies the bytes. Digests are lower-case hex.
type File struct {
	Size   int64  `json:"size"`
	MD5    string `json:"md5"`
	SHA256 string `json:"sha256"`
	SHA1   string `json:"sha1,omitempty"`
	SM3    string `json:"sm3,omitempty"`
}

// Format is what the bytes are, decided by content and never by file name.
type Format string

// The formats told apart. Only FormatAPK and FormatIPA can be filed.
const (
	FormatAPK     Format = "apk"
	FormatIPA     Format = "ipa"
	FormatAAB     Format = "aab"     // Android App Bundle: BundleConfig.pb, base/manifest/AndroidManifest.xml
	FormatAPKS    Format = "apks"    // bundletool set: toc.pb, splits/*.apk
	FormatXAPK    Format = "xapk"    // several APKs with manifest.json (APKPure) or base.apk + split_*.apk
	FormatHAP     Format = "hap"     // HarmonyOS: module.json or config.json; also .app with *.hap inside
	FormatZIP     Format = "zip"     // a readable ZIP that is none of the above
	FormatBroken  Format = "broken"  // has ZIP or APK markers but can't be read as one
	FormatUnknown Format = "unknown" // not a ZIP at all
	FormatEmpty   Format = "empty"   // 0 bytes
	// FormatUndetermined: the reader was stopped before it could tell (see
	// AnalyzerInspection). Nothing is known of the package but its digests.
	FormatUndetermined Format = "undetermined"
)

// Status of one reader.
type Status string

// A reader ends ok, partial (something was recovered by guessing, skipped or
// cut off) or failed (nothing it says may be relied on).
const (
	StatusOK      Status = "ok"
	StatusPartial Status = "partial"
	StatusFailed  Status = "failed"
)

// Names of the readers, as they stand in Facts.Analyzers.
const (
	// AnalyzerInspection stands there alone, failed, where the inspection as a
	// whole was stopped by a limit of time or memory.
	AnalyzerInspection = "inspection"
	AnalyzerArchive    = "archive"
	AnalyzerManifest   = "apk/manifest"
	AnalyzerResources  = "apk/resources"
	AnalyzerSignature  = "apk/signature"
	AnalyzerText       = "apk/text"      // filing numbers in resources and small text assets
	AnalyzerBundle     = "ipa/bundle"    // Info.plist of the app and its nested bundles
	AnalyzerStrings    = "ipa/strings"   // *.lproj/InfoPlist.strings
	AnalyzerMachO      = "ipa/macho"     // executables, entitlements
	AnalyzerProfile    = "ipa/profile"   // embedded.mobileprovision
	AnalyzerPrivacy    = "ipa/privacy"   // PrivacyInfo.xcprivacy
	AnalyzerIPAText    = "ipa/text"      // filing numbers in strings files and small texts
	AnalyzerIPASigning = "ipa/signature" // code signatures, seals and profile, verified
)

// Analyzer is one reader's name, version and how far it came.
type Analyzer struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Status  Status `json:"status"`
	// Detail says, in English and for a person, why the status is not ok.
	Detail string `json:"detail,omitempty"`
}

// Analyzer returns the entry of the named reader, or nil where it did not run.
func (f *Facts) Analyzer(name string) *Analyzer {
	for i := range f.Analyzers {
		if f.Analyzers[i].Name == name {
			return &f.Analyzers[i]
		}
	}
	return nil
}

// OK reports whether the named reader ran and read everything.
func (f *Facts) OK(name string) bool {
	a := f.Analyzer(name)
	return a != nil && a.Status == StatusOK
}

// Anomaly is something odd that was seen. Code is stable; Detail is English
// text for a person and Where a path, an offset or an element.
type Anomaly struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Where  string `json:"where,omitempty"`
}

// Unexamined names a check that was not or not fully made, and why: Code for a
// program, Why in English for a person.
type Unexamined struct {
	Check string `json:"check"`
	Code  string `json:"code"`
	Why   string `json:"why"`
}

// Codes of Unexamined.
const (
	UnexaminedCode      = "code-use"        // SDKs, and what the code uses
	UnexaminedCodeRest  = "code-use-rest"   // ipa: the same, beyond what the imports and the frameworks tell
	UnexaminedBinary    = "text-only"       // a search that looked at text alone
	UnexaminedOverLimit = "text-over-limit" // text left out for its size or number
	UnexaminedAssets    = "asset-catalog"   // ipa: images in Assets.car
	UnexaminedStopped   = "stopped"         // the inspection was stopped
)

// FilingNumber is a 教APP备 number found in the package.
type FilingNumber struct {
	Number string `json:"number"`
	Where  string `json:"where"`
}
