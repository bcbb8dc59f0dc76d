package catalogue

import "heyan/rules/box"

// Role is what a word does in free text.
type Role uint8

// The roles. RoleBox names a box, or box.None for what the form has none for.
const (
	RoleBox         Role = iota
	RoleNegation         // turns its clause round
	RoleFiller           // carries no meaning of its own
	RolePurpose          // from here a purpose is told
	RoleTurn             // begins a new clause
	RoleAffirmation      // a filler that carries a claim
)

// Word is one word of the free text and what it does.
type Word struct {
	Text string // lower case, half width
	Role Role
	Box  box.Box
}

// Words are all words, the longest first, so that the first that fits is the one.
func Words() []Word { return words }
