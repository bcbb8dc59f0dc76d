package policy

// What a rule sees. The types are those of the published documents
// (heyan.facts/1, the filing, heyan.report/1) with the same field names, and hold
// lists and plain values alone: a map would be walked in no certain order, a
// pointer would make an absent value an error. A flag that a package may leave
// unsaid is the text "true", "false" or "".

type factsView struct {
	Analyzers             []analyzerView    `json:"analyzers"`
	File                  fileView          `json:"file"`
	Format                string            `json:"format"`
	FormatDetail          string            `json:"format_detail"`
	App                   appView           `json:"app"`
	Permissions           []permissionView  `json:"permissions"`
	PermissionDefinitions []definitionView  `json:"permission_definitions"`
	Queries               []queryView       `json:"queries"`
	Features              []featureView     `json:"features"`
	Components            []componentView   `json:"components"`
	MetaData              []metaDataView    `json:"meta_data"`
	Network               networkView       `json:"network"`
	NativeABIs            []string          `json:"native_abis"`
	Bundles               []bundleView      `json:"bundles"`
	Executables           []executableView  `json:"executables"`
	Entitlements          []entitlementView `json:"entitlements"`
	TransportSecurity     transportView     `json:"transport_security"`
	PrivacyManifests      []privacyView     `json:"privacy_manifests"`
	URLSchemes            []string          `json:"url_schemes"`
	Signature             signatureView     `json:"signature"`
	FilingNumbers         []numberView      `json:"filing_numbers"`
	Anomalies             []anomalyView     `json:"anomalies"`
	Unexamined            []unexaminedView  `json:"unexamined"`
}

type analyzerView struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Status  string `json:"status"`
	Detail  string `json:"detail"`
}

type fileView struct {
	Size   int64  `json:"size"`
	MD5    string `json:"md5"`
	SHA256 string `json:"sha256"`
}

// textView is one text of a map by locale.
type textView struct {
	Locale string `json:"locale"`
	Text   string `json:"text"`
}

type appView struct {
	ID               string     `json:"id"`
	Name             string     `json:"name"`
	Names            []textView `json:"names"`
	LauncherName     string     `json:"launcher_name"`
	Version          string     `json:"version"`
	Build            string     `json:"build"`
	MinOS            string     `json:"min_os"`
	TargetOS         string     `json:"target_os"`
	MaxOS            string     `json:"max_os"`
	MinAPI           int        `json:"min_api"`    // Android: min_os as a number, 0 where it is none
	TargetAPI        int        `json:"target_api"` // likewise
	Debuggable       bool       `json:"debuggable"`
	TestOnly         bool       `json:"test_only"`
	AllowBackup      string     `json:"allow_backup"`
	UsesCleartext    string     `json:"uses_cleartext_traffic"`
	HasCode          string     `json:"has_code"`
	NetworkConfig    string     `json:"network_security_config"`
	LegacyStorage    bool       `json:"request_legacy_external_storage"`
	ApplicationClass string     `json:"application_class"`
	SharedUserID     string     `json:"shared_user_id"`
	CoreApp          bool       `json:"core_app"`
	Split            string     `json:"split"`
	InstallLocation  string     `json:"install_location"`
	SupportedOSNames []string   `json:"supported_platforms"`
}

type permissionView struct {
	Name      string     `json:"name"`
	Source    string     `json:"source"`
	Where     string     `json:"where"`
	MinOS     string     `json:"min_os"`
	MaxOS     string     `json:"max_os"`
	Flags     []string   `json:"flags"`
	Component string     `json:"component"`
	Purpose   []textView `json:"purpose"`
}

type definitionView struct {
	Kind            string `json:"kind"`
	Name            string `json:"name"`
	ProtectionLevel string `json:"protection_level"`
	Group           string `json:"group"`
}

type queryView struct {
	Package  string     `json:"package"`
	Provider string     `json:"provider"`
	Intent   filterView `json:"intent"`
}

type filterView struct {
	Actions    []string `json:"actions"`
	Categories []string `json:"categories"`
	Schemes    []string `json:"schemes"`
	Hosts      []string `json:"hosts"`
	MimeTypes  []string `json:"mime_types"`
}

type featureView struct {
	Name     string `json:"name"`
	Required bool   `json:"required"`
}

type componentView struct {
	Kind            string         `json:"kind"`
	Name            string         `json:"name"`
	Exported        string         `json:"exported"`
	Enabled         bool           `json:"enabled"`
	Permission      string         `json:"permission"`
	ReadPermission  string         `json:"read_permission"`
	WritePermission string         `json:"write_permission"`
	Authorities     string         `json:"authorities"`
	ServiceType     []string       `json:"foreground_service_type"`
	IntentFilters   []filterView   `json:"intent_filters"`
	MetaData        []metaDataView `json:"meta_data"`
	Where           string         `json:"where"`
}

type metaDataView struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type networkView struct {
	Path               string   `json:"path"`
	CleartextPermitted string   `json:"cleartext_permitted"`
	CleartextDomains   []string `json:"cleartext_domains"`
	TrustsUser         bool     `json:"trusts_user"`
	TrustUserDomains   []string `json:"trust_user_domains"`
	PinnedDomains      []string `json:"pinned_domains"`
}
