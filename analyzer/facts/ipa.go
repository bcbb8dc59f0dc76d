package facts

// Bundle is a bundle of an IPA: the app itself first, then every one nested in it.
type Bundle struct {
	// Path is the bundle's folder inside the archive ("Payload/App.app/PlugIns/X.appex").
	Path string `json:"path"`
	// Kind is app, appex, watch, app-clip, framework, dylib (a loose library) or bundle.
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Version string `json:"version"` // CFBundleShortVersionString
	Build   string `json:"build,omitempty"`
	MinOS   string `json:"min_os,omitempty"`
	// ExtensionPoint is NSExtensionPointIdentifier of an appex.
	ExtensionPoint string `json:"extension_point,omitempty"`
	Executable     string `json:"executable,omitempty"` // path inside the archive
}

// Executable is one Mach-O file of an IPA.
type Executable struct {
	Path   string  `json:"path"`
	Bundle string  `json:"bundle"` // path of the bundle it belongs to
	Slices []Slice `json:"slices"`
	// RequiredReasonAPIs are the interfaces for which Apple asks a reason that it
	// imports, by category: empty where it imports none, absent where its imports
	// were not read.
	RequiredReasonAPIs []RequiredReasonAPI `json:"required_reason_apis,omitzero"`
}

// RequiredReasonAPI is what an executable imports of one category of interfaces.
type RequiredReasonAPI struct {
	Category string   `json:"category"` // NSPrivacyAccessedAPICategoryUserDefaults
	Symbols  []string `json:"symbols"`  // as imported, sorted
}

// Slice is one architecture of a Mach-O file.
type Slice struct {
	Arch string `json:"arch"` // arm64, arm64e, armv7, armv7s, armv7k, arm64_32, x86_64, i386
	// Platform is ios, ios-simulator, watchos, watchos-simulator, tvos, macos,
	// maccatalyst, visionos …, or empty where nothing says it.
	Platform string `json:"platform,omitempty"`
	MinOS    string `json:"min_os,omitempty"`
	SDK      string `json:"sdk,omitempty"`
	UUID     string `json:"uuid,omitempty"`
	// Encrypted: LC_ENCRYPTION_INFO with cryptid 1 (a copy from the App Store).
	Encrypted bool `json:"encrypted,omitempty"`
	// Signed: there is a code signature, verified or not.
	Signed    bool     `json:"signed"`
	Libraries []string `json:"libraries,omitempty"` // linked frameworks and dylibs, as named
}

// Entitlement is one entitlement of an executable's code signature.
type Entitlement struct {
	Bundle string `json:"bundle"`
	Key    string `json:"key"`
	// Value is the value as compact JSON: true, "text", ["a","b"].
	Value string `json:"value"`
}

// Profile is embedded.mobileprovision of the app.
type Profile struct {
	// Status is of its own CMS signature, up to Apple's root; unknown where it was
	// not verified.
	Status SignatureStatus `json:"status,omitempty"`
	// Findings are of the profile alone and of it against the code.
	Findings []Finding `json:"findings,omitempty"`
	// Kind is development, ad-hoc, enterprise, store or unknown.
	Kind           string        `json:"kind"`
	Name           string        `json:"name"`
	UUID           string        `json:"uuid,omitempty"`
	TeamID         string        `json:"team_id,omitempty"`
	TeamName       string        `json:"team_name,omitempty"`
	AppID          string        `json:"app_id,omitempty"` // application-identifier of its entitlements
	Platforms      []string      `json:"platforms,omitempty"`
	Created        string        `json:"created,omitempty"` // RFC 3339, UTC
	Expires        string        `json:"expires,omitempty"`
	Devices        int           `json:"devices,omitempty"` // how many are named; never which
	GetTaskAllow   bool          `json:"get_task_allow,omitempty"`
	Certificates   []Certificate `json:"certificates,omitempty"`
	TimeToLive     int           `json:"time_to_live_days,omitempty"`
	XcodeManaged   bool          `json:"xcode_managed,omitempty"`
	LocalProvision bool          `json:"local_provision,omitempty"`
}

// TransportSecurity is NSAppTransportSecurity of the app.
type TransportSecurity struct {
	AllowsArbitraryLoads    bool     `json:"allows_arbitrary_loads,omitempty"`
	AllowsArbitraryInWeb    bool     `json:"allows_arbitrary_loads_in_web_content,omitempty"`
	AllowsArbitraryForMedia bool     `json:"allows_arbitrary_loads_for_media,omitempty"`
	AllowsLocalNetworking   bool     `json:"allows_local_networking,omitempty"`
	InsecureDomains         []string `json:"insecure_domains,omitempty"` // exception domains that allow HTTP
}

// PrivacyManifest is one PrivacyInfo.xcprivacy.
type PrivacyManifest struct {
	Path            string              `json:"path"`
	Bundle          string              `json:"bundle"`
	Tracking        bool                `json:"tracking,omitempty"`
	TrackingDomains []string            `json:"tracking_domains,omitempty"`
	CollectedTypes  []CollectedDataType `json:"collected_types,omitempty"`
	AccessedAPIs    []AccessedAPI       `json:"accessed_apis,omitempty"`
}

// CollectedDataType is one entry of NSPrivacyCollectedDataTypes.
type CollectedDataType struct {
	Type     string   `json:"type"`
	Linked   bool     `json:"linked,omitempty"`
	Tracking bool     `json:"tracking,omitempty"`
	Purposes []string `json:"purposes,omitempty"`
}

// AccessedAPI is one entry of NSPrivacyAccessedAPITypes.
type AccessedAPI struct {
	Category string   `json:"category"`
	Reasons  []string `json:"reasons,omitempty"`
}
