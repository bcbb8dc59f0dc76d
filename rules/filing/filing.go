// Package filing is the model of what a provider files: the form's fields as far
// as a package can answer to them, read from YAML or JSON, in the form's Chinese
// words or in English ids.
package filing

import "heyan/rules/box"

// Kind of filing.
type Kind string

// 提供者备案, and 自研自用 (filed with the user's own filing).
const (
	KindProvider Kind = "provider"
	KindSelfUse  Kind = "self-use"
)

// Round says whether the app was filed before.
type Round string

// 首次备案, 变更备案.
const (
	RoundFirst  Round = "first"
	RoundChange Round = "change"
)

// Platform of the package.
type Platform string

// 安卓, IOS.
const (
	PlatformAndroid Platform = "android"
	PlatformIOS     Platform = "ios"
)

// Scope says what one list of boxes stands for.
type Scope string

// ScopePlatform: for this platform's package alone. ScopeShared: one list filed
// for the Android and the iOS package together.
const (
	ScopePlatform Scope = "platform"
	ScopeShared   Scope = "shared"
)

// Feature is one of 是否具有以下功能.
type Feature string

// 论坛, 收费, 直播, 中小学学科培训.
const (
	FeatureForum    Feature = "forum"
	FeaturePayment  Feature = "payment"
	FeatureLive     Feature = "live"
	FeatureTutoring Feature = "tutoring"
)

// Filing is one filed form. A starred field that was not filed is empty (nil for
// Permissions); Parse keeps it so, and the judgement says "not filed".
type Filing struct {
	Kind      Kind     `json:"kind"`  // default provider
	Round     Round    `json:"round"` // default first
	Platform  Platform `json:"platform,omitempty"`
	AppName   string   `json:"app_name,omitempty"`
	ShortName string   `json:"short_name,omitempty"`
	Provider  string   `json:"provider,omitempty"` // who files it, an organisation's name
	Version   string   `json:"version,omitempty"`
	MD5       string   `json:"md5,omitempty"`
	// Permissions are the ticked boxes in the form's order without repeats: nil
	// where the field is absent, empty where none is ticked.
	Permissions []box.Box `json:"permissions,omitzero"`
	// PermissionsText is the free text some forms have instead of boxes.
	PermissionsText     string    `json:"permissions_text,omitempty"`
	PermissionScope     Scope     `json:"permission_scope"` // default platform
	Features            []Feature `json:"features,omitempty"`
	PackageID           string    `json:"package_id,omitempty"`
	CertificateDigest   string    `json:"certificate_digest,omitempty"`
	PublicKey           string    `json:"public_key,omitempty"`
	SecurityCertificate string    `json:"security_certificate,omitempty"`
	FilingNumber        string    `json:"filing_number,omitempty"`
	Preinstalled        bool      `json:"preinstalled,omitempty"`
}
