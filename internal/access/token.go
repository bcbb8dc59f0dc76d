// Package access says who is calling: it makes bearer tokens, recognises them, and
// lets administrators manage organisations and their tokens.
//
// # Tokens
//
// A token is "heyan_" and 256 random bits in base 32. It is shown once, when it is
// made; the records keep its SHA-256 alone. With that much randomness a plain hash
// is enough: there is nothing to guess.
//
// # Who may do what
//
// The scope admin is the administrator of the whole service, not of an
// organisation: it sees every organisation and makes, disables and equips them. A
// token with the scope review manages the tokens of its own organisation: it lists
// and revokes them, and makes new ones that have no scope it lacks itself, never
// admin. Tokens with submit and read alone, which are kept in other systems, make no
// tokens, so that a leaked one cannot outlive its revocation. Every token may revoke
// itself. What belongs to another organisation is not found.
//
// # The first administrator
//
// Bootstrap makes the first organisation and its administrator's token, once in the
// life of the database, however many processes start at once. An operator who lost
// the token makes another one with `heyan token create`, beside the database.
package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

// Prefix is how every token begins, so that scanners for leaked secrets know it.
const Prefix = "heyan_"

const (
	secretBytes = 32
	digits      = "abcdefghijklmnopqrstuvwxyz234567"
	secretChars = (secretBytes*8 + 4) / 5
)

// NewSecret returns a new token as its holder sees it.
func NewSecret() string {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	return Prefix + base32.NewEncoding(digits).WithPadding(base32.NoPadding).EncodeToString(b[:])
}

// Hash is what the records keep of a token: its SHA-256, hex.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// wellFormed reports whether s can be a token. The form is public and says nothing
// of any token; what cannot be one is not looked up.
func wellFormed(s string) bool {
	rest, ok := strings.CutPrefix(s, Prefix)
	if !ok || len(rest) != secretChars {
		return false
	}
	for _, c := range []byte(rest) {
		if strings.IndexByte(digits, c) < 0 {
			return false
		}
	}
	return true
}
