package policy

import "heyan/rules/box"

// Parameters are what the built-in checks can be told. The JSON names are those
// of the policy file.
type Parameters struct {
	// MissingTick is the severity of a missing tick, by how sure the box is.
	MissingTick MissingTick `json:"missing_tick"`
	// ReadAppData says what the box 读取应用数据 stands for.
	ReadAppData ReadAppData `json:"read_app_data"`
	// AcceptedBoxes says, for facts whose recommended box is the key, which ticks
	// of those that the catalogue accepts do. The recommended box always does.
	AcceptedBoxes map[box.Box][]box.Box `json:"accepted_boxes,omitempty"`
	// OtherSuffices: 其它 alone is enough wherever the catalogue accepts it.
	OtherSuffices bool `json:"other_suffices"`
	// NameMatch says how names are compared.
	NameMatch NameMatch `json:"name_match"`
	// VersionTrailingZero forgives 3.2 for 3.2.0, VersionWithBuild 3.2.0(320) for 3.2.0.
	VersionTrailingZero bool `json:"version_trailing_zero"`
	VersionWithBuild    bool `json:"version_with_build"`
	// RequiredFields are optional fields of the form that must be filed, and the
	// severity where one is not.
	RequiredFields map[string]Severity `json:"required_fields,omitempty"`
	// Preinstalled: every app is taken for preinstalled, whatever its filing says.
	Preinstalled bool `json:"preinstalled"`
}

// MissingTick are severities by the catalogue's confidence; PurposeString is the
// most that a certain purpose string of an iOS app leads to, since it says what
// may be asked and not what is.
type MissingTick struct {
	Certain       Severity `json:"certain"`
	Conventional  Severity `json:"conventional"`
	Debatable     Severity `json:"debatable"`
	PurposeString Severity `json:"purpose_string"`
}

// ReadAppData is a reading of the box 读取应用数据.
type ReadAppData string

// Either: storage, photos and activity may be ticked there or under 其它. AppsOnly:
// the box is for the data of other apps alone. Storage: what may be ticked there must be.
const (
	ReadAppDataEither   ReadAppData = "either"
	ReadAppDataAppsOnly ReadAppData = "apps-only"
	ReadAppDataStorage  ReadAppData = "storage"
)

// NameMatch is a way to compare names.
type NameMatch string

// Similar names are equal whatever the blanks, punctuation, case and suffixes of
// platform and role; exact ones letter by letter.
const (
	NameSimilar NameMatch = "similar"
	NameExact   NameMatch = "exact"
)

func defaultParameters() Parameters {
	return Parameters{
		MissingTick:         MissingTick{Certain: Block, Conventional: Review, Debatable: Advise, PurposeString: Review},
		ReadAppData:         ReadAppDataEither,
		OtherSuffices:       true,
		NameMatch:           NameSimilar,
		VersionTrailingZero: true,
		VersionWithBuild:    true,
	}
}
