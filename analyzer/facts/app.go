package facts

// App is the identity of the app and what its manifest says of the whole.
type App struct {
	// ID is the package attribute of the manifest, or CFBundleIdentifier.
	ID string `json:"id"`
	// Name is the label a Chinese user sees: zh-Hans-CN, zh-CN, zh-Hans, zh, default.
	Name string `json:"name"`
	// Names has every locale's label by BCP 47 tag, and "default".
	Names map[string]string `json:"names,omitempty"`
	// LauncherName is the launcher activity's own label where it differs from Name.
	LauncherName string `json:"launcher_name,omitempty"`
	// Version is versionName or CFBundleShortVersionString, Build versionCode
	// (with versionCodeMajor: the 64-bit number) or CFBundleVersion.
	Version string `json:"version"`
	Build   string `json:"build"`
	// MinOS, TargetOS and MaxOS are as declared: an API level ("23"), a code
	// name ("Tiramisu"), an iOS version ("13.0"), or empty where not declared.
	MinOS     string `json:"min_os,omitempty"`
	TargetOS  string `json:"target_os,omitempty"`
	MaxOS     string `json:"max_os,omitempty"`
	CompileOS string `json:"compile_os,omitempty"`

	Debuggable bool `json:"debuggable,omitempty"`
	TestOnly   bool `json:"test_only,omitempty"`
	// AllowBackup, UsesCleartext and HasCode are nil where not declared.
	AllowBackup                   *bool  `json:"allow_backup,omitempty"`
	FullBackupContent             string `json:"full_backup_content,omitempty"`
	DataExtractionRules           string `json:"data_extraction_rules,omitempty"`
	UsesCleartext                 *bool  `json:"uses_cleartext_traffic,omitempty"`
	NetworkSecurityConfig         string `json:"network_security_config,omitempty"`
	RequestLegacyExternalStorage  bool   `json:"request_legacy_external_storage,omitempty"`
	PreserveLegacyExternalStorage bool   `json:"preserve_legacy_external_storage,omitempty"`
	HasCode                       *bool  `json:"has_code,omitempty"`
	ExtractNativeLibs             *bool  `json:"extract_native_libs,omitempty"`
	ApplicationClass              string `json:"application_class,omitempty"`
	SharedUserID                  string `json:"shared_user_id,omitempty"`
	CoreApp                       bool   `json:"core_app,omitempty"`
	// Split and the following say that this is one part of an app, not the whole.
	Split            string   `json:"split,omitempty"`
	ConfigForSplit   string   `json:"config_for_split,omitempty"`
	IsFeatureSplit   bool     `json:"is_feature_split,omitempty"`
	IsSplitRequired  bool     `json:"is_split_required,omitempty"`
	RequiredSplits   []string `json:"required_split_types,omitempty"`
	InstallLocation  string   `json:"install_location,omitempty"`
	Icon             *Icon    `json:"icon,omitempty"`
	SupportedOSNames []string `json:"supported_platforms,omitempty"` // iOS: CFBundleSupportedPlatforms
}

// Icon is the launcher icon: where it is and what it is, not its pixels.
type Icon struct {
	Path string `json:"path"`
	// Kind is png, webp, jpeg, adaptive (an adaptive-icon XML, with Foreground and
	// Background), vector or xml (another drawable), or unknown.
	Kind   string `json:"kind"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	// Adaptive is the adaptive-icon XML, also where Path is an image for older systems.
	Adaptive   string `json:"adaptive,omitempty"`
	Foreground string `json:"foreground,omitempty"`
	Background string `json:"background,omitempty"`
	Monochrome string `json:"monochrome,omitempty"`
}

// Component is an activity, activity-alias, service, receiver or provider.
type Component struct {
	Kind string `json:"kind"`
	Name string `json:"name"` // full class name
	// Exported is what the manifest says, nil where it says nothing.
	Exported *bool `json:"exported,omitempty"`
	// Enabled is false only where the manifest says so.
	Enabled               bool           `json:"enabled"`
	Permission            string         `json:"permission,omitempty"` // its own, or the application's
	ReadPermission        string         `json:"read_permission,omitempty"`
	WritePermission       string         `json:"write_permission,omitempty"`
	Authorities           string         `json:"authorities,omitempty"`
	TargetActivity        string         `json:"target_activity,omitempty"`
	ForegroundServiceType []string       `json:"foreground_service_type,omitempty"`
	IntentFilters         []IntentFilter `json:"intent_filters,omitempty"`
	MetaData              []MetaData     `json:"meta_data,omitempty"`
	Where                 string         `json:"where"`
}

// IntentFilter is one <intent-filter> or <intent>.
type IntentFilter struct {
	Actions    []string `json:"actions,omitempty"`
	Categories []string `json:"categories,omitempty"`
	Schemes    []string `json:"schemes,omitempty"`
	Hosts      []string `json:"hosts,omitempty"`
	MimeTypes  []string `json:"mime_types,omitempty"`
}

// MetaData is one <meta-data>; Value is the resolved text where there is one.
type MetaData struct {
	Name     string `json:"name"`
	Value    string `json:"value,omitempty"`
	Resource string `json:"resource,omitempty"`
}

// Feature is a uses-feature element.
type Feature struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
}

// Query is one child of <queries>.
type Query struct {
	Package  string        `json:"package,omitempty"`
	Provider string        `json:"provider,omitempty"`
	Intent   *IntentFilter `json:"intent,omitempty"`
	Where    string        `json:"where"`
}

// Network is the network security configuration, as far as it was declared.
type Network struct {
	Path string `json:"path"`
	// CleartextPermitted is the base-config's value, nil where not said.
	CleartextPermitted *bool `json:"cleartext_permitted,omitempty"`
	// CleartextDomains and TrustUserDomains are those of domain-config elements.
	CleartextDomains []string `json:"cleartext_domains,omitempty"`
	// TrustsUser: the base-config (not debug-overrides) trusts user-added CAs.
	TrustsUser       bool     `json:"trusts_user,omitempty"`
	TrustUserDomains []string `json:"trust_user_domains,omitempty"`
	DebugOverrides   bool     `json:"debug_overrides,omitempty"`
	PinnedDomains    []string `json:"pinned_domains,omitempty"`
}
