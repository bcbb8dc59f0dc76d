package policy

type bundleView struct {
	Path           string `json:"path"`
	Kind           string `json:"kind"`
	ID             string `json:"id"`
	Version        string `json:"version"`
	Build          string `json:"build"`
	MinOS          string `json:"min_os"`
	ExtensionPoint string `json:"extension_point"`
}

type executableView struct {
	Path   string      `json:"path"`
	Bundle string      `json:"bundle"`
	Slices []sliceView `json:"slices"`
}

type sliceView struct {
	Arch      string   `json:"arch"`
	Platform  string   `json:"platform"`
	MinOS     string   `json:"min_os"`
	SDK       string   `json:"sdk"`
	Encrypted bool     `json:"encrypted"`
	Signed    bool     `json:"signed"`
	Libraries []string `json:"libraries"`
}

type entitlementView struct {
	Bundle string `json:"bundle"`
	Key    string `json:"key"`
	Value  string `json:"value"`
}

type transportView struct {
	AllowsArbitraryLoads    bool     `json:"allows_arbitrary_loads"`
	AllowsArbitraryInWeb    bool     `json:"allows_arbitrary_loads_in_web_content"`
	AllowsArbitraryForMedia bool     `json:"allows_arbitrary_loads_for_media"`
	AllowsLocalNetworking   bool     `json:"allows_local_networking"`
	InsecureDomains         []string `json:"insecure_domains"`
}

type privacyView struct {
	Path            string          `json:"path"`
	Bundle          string          `json:"bundle"`
	Tracking        bool            `json:"tracking"`
	TrackingDomains []string        `json:"tracking_domains"`
	CollectedTypes  []collectedView `json:"collected_types"`
	AccessedAPIs    []accessedView  `json:"accessed_apis"`
}

type collectedView struct {
	Type     string   `json:"type"`
	Linked   bool     `json:"linked"`
	Tracking bool     `json:"tracking"`
	Purposes []string `json:"purposes"`
}

type accessedView struct {
	Category string   `json:"category"`
	Reasons  []string `json:"reasons"`
}
