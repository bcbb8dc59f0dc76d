package facts

// Source is the kind of declaration a permission comes from.
type Source string

// The declarations that can give an app a power.
const (
	SourceUsesPermission      Source = "uses-permission"
	SourceUsesPermissionSDK23 Source = "uses-permission-sdk-23"
	SourceUsesPermissionSDKM  Source = "uses-permission-sdk-m"
	// SourceComponent: an own component is guarded by a BIND_* permission, so the
	// system binds to it; Name is that permission, Component the class.
	SourceComponent Source = "component"
	// SourceQueries: a <queries> intent or package list; Name is "intent:ACTION",
	// "package:ID" or "provider:AUTHORITY".
	SourceQueries        Source = "queries"
	SourcePurposeString  Source = "purpose-string"
	SourceEntitlement    Source = "entitlement"
	SourceBackgroundMode Source = "background-mode"
	SourceQueryScheme    Source = "query-scheme"
	// SourceInfoKey: another Info.plist key that matters, "KEY" or "KEY=VALUE".
	SourceInfoKey Source = "info-key"
)

// Permission is one declaration, as declared and in order; duplicates stay.
type Permission struct {
	Name   string `json:"name"`
	Source Source `json:"source"`
	// Where is "AndroidManifest.xml:LINE", or the path of a plist.
	Where string `json:"where"`
	// MinOS and MaxOS are minSdkVersion and maxSdkVersion of the element.
	MinOS string `json:"min_os,omitempty"`
	MaxOS string `json:"max_os,omitempty"`
	// Flags are usesPermissionFlags by name (neverForLocation), unknown bits as hex.
	Flags              []string `json:"flags,omitempty"`
	RequiredFeature    []string `json:"required_feature,omitempty"`
	RequiredNotFeature []string `json:"required_not_feature,omitempty"`
	// Component is the class that is guarded (SourceComponent).
	Component string `json:"component,omitempty"`
	// Purpose is the purpose string by locale, and "default".
	Purpose map[string]string `json:"purpose,omitempty"`
}

// PermissionDefinition is a <permission>, <permission-tree> or
// <permission-group> the app defines itself: a definition, not a request.
type PermissionDefinition struct {
	Kind            string `json:"kind"`
	Name            string `json:"name"`
	ProtectionLevel string `json:"protection_level,omitempty"`
	Group           string `json:"group,omitempty"`
	Where           string `json:"where"`
}
