// Package catalogue holds what is known of every permission, key and manifest
// fact: its level on each Android version, which of the form's boxes answers to
// it, how surely, why, and where that is known from.
//
// The facts are the YAML files under data, one row a fact; go generate checks
// them and compiles them into sorted tables, so that starting up costs nothing
// and a look-up is a binary search. What it returns is shared and must not be
// changed. It is safe for concurrent use.
package catalogue

import (
	"iter"

	"heyan/rules/box"
)

//go:generate go run ./gen

// Kind is the kind of fact a name belongs to. One name can stand under two
// kinds: BIND_VPN_SERVICE asked for is nothing, guarding an own service it is a power.
type Kind string

// The kinds of facts.
const (
	KindPermission        Kind = "permission"     // uses-permission
	KindComponent         Kind = "component"      // guards an own component
	KindManifest          Kind = "manifest"       // another fact of the Android manifest
	KindCode              Kind = "code"           // a fact of the code
	KindPlatformRule      Kind = "platform-rule"  // a fact of the platform itself
	KindPurposeString     Kind = "purpose-string" // Info.plist from here on
	KindEntitlement       Kind = "entitlement"
	KindBackgroundMode    Kind = "background-mode"
	KindInfoKey           Kind = "info-key"
	KindTransportSecurity Kind = "transport-security"
	KindPrivacyManifest   Kind = "privacy-manifest"
	KindPrivacyType       Kind = "privacy-type"
	KindPrivacyPurpose    Kind = "privacy-purpose"
	KindPrivacyAPI        Kind = "privacy-api"
)

// Strength is how much a fact says about a box.
type Strength string

// Declares, Enables and Component demand a tick; Supports, Hint and Explains only
// account for one; Ineffective has no effect in an app from a store; Impossible
// says that no package can account for a tick; None says nothing.
const (
	Declares    Strength = "declares"
	Enables     Strength = "enables"
	Component   Strength = "component"
	Supports    Strength = "supports"
	Hint        Strength = "hint"
	Explains    Strength = "explains"
	Ineffective Strength = "ineffective"
	Impossible  Strength = "impossible"
	None        Strength = "none"
)

// Demands reports whether a fact of this strength asks for a tick.
func (s Strength) Demands() bool { return s == Declares || s == Enables || s == Component }

// Confidence is how sure it is that the box is the right one.
type Confidence string

// The confidences, surest first.
const (
	Certain      Confidence = "certain"
	Conventional Confidence = "conventional"
	Debatable    Confidence = "debatable"
)

// Text is a sentence for people in both languages.
type Text struct{ ZH, EN string }

// Entry is one fact.
type Entry struct {
	Kind Kind
	Name string
	// Box is the recommended box, or box.None; Acceptable are all boxes that do,
	// the likeliest first. box.None among them says that no tick does too.
	Box        box.Box
	Acceptable []box.Box
	Strength   Strength
	Confidence Confidence

	// Levels, LastAPI, Flags, Group and Origin are those of a permission.
	Levels  Levels
	LastAPI int    // the last API level that has it, 0 where it was not removed
	Flags   string // protection flags, "privileged|appop"
	Group   string // runtime group of today: PHONE, STORAGE, …
	Origin  string // aosp, mainline, launcher, oem-huawei, …

	// Since and Deprecated are iOS versions, of a key.
	Since, Deprecated string
	// Platform is "android" or "ios".
	Platform string
	// Needs names facts one of which must stand beside this one, or it is inert.
	Needs []string
	// NeverForLocation: the flag of that name takes box.Location from Acceptable.
	NeverForLocation bool
	// BelowAPI: in an app that runs below this API level the fact demands a tick
	// of BelowBox, or of another real box of Acceptable.
	BelowAPI int
	BelowBox box.Box
	// CoveredBy names the permission or component this fact is read from.
	CoveredBy string

	Reason Text
	// Source are ids that Source explains.
	Source []string
}

// Lookup returns the entry of the name, which is taken as it stands.
func Lookup(kind Kind, name string) (Entry, bool) {
	for _, s := range shards {
		if s.kind != kind || s.rows[len(s.rows)-1].name < name {
			continue
		}
		if i, ok := find(s.rows, name); ok {
			return entry(kind, &s.rows[i]), true
		}
		return Entry{}, false
	}
	return Entry{}, false
}

// All yields every entry, sorted by name within its kind.
func All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for _, s := range shards {
			for i := range s.rows {
				if !yield(entry(s.kind, &s.rows[i])) {
					return
				}
			}
		}
	}
}

// Version names the edition of the facts.
func Version() string { return version }

// Digest is the SHA-256 of the data files, as "sha256:…".
func Digest() string { return digest }

// NewestAPI is the newest Android API level the facts reach to.
func NewestAPI() int { return newestAPI }

// Source says where the facts that name the id come from, or "".
func Source(id string) string {
	for _, s := range sources {
		if s.id == id {
			return s.where
		}
	}
	return ""
}
