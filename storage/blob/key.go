package blob

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
)

// ErrKey: not a key that NewKey makes. Every store refuses it before anything else,
// so that no string can name a file outside the store.
var ErrKey = errors.New("not an object key")

// A key is two letters, a slash, and thirty letters that begin with the two:
//
//	k3/k3v7q2m4x6z5hbtwd3u5l2s7yagf4p
//
// The letters are those of base32 in lower case: safe in every file system, also
// where case does not count, and in every S3 server. The first two spread objects
// over 1,024 folders, and keys sort as their folders do.
const (
	keyAlphabet = "abcdefghijklmnopqrstuvwxyz234567"
	keyLetters  = 30
	fanLetters  = 2
	keyLen      = fanLetters + 1 + keyLetters
)

// NewKey mints a key: 150 random bits, so that no two are alike and none is guessed.
func NewKey() string {
	var random [keyLetters]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the process instead
	for i, b := range random {
		random[i] = keyAlphabet[b&31]
	}
	return string(random[:fanLetters]) + "/" + string(random[:])
}

// CheckKey returns an error wrapping ErrKey unless NewKey could have made the key.
func CheckKey(key string) error {
	if len(key) != keyLen || key[fanLetters] != '/' || key[:fanLetters] != key[fanLetters+1:2*fanLetters+1] {
		return fmt.Errorf("%w: %q", ErrKey, clip(key))
	}
	for i := fanLetters + 1; i < len(key); i++ {
		if strings.IndexByte(keyAlphabet, key[i]) < 0 {
			return fmt.Errorf("%w: %q", ErrKey, clip(key))
		}
	}
	return nil
}

// clip keeps a hostile key from filling the log.
func clip(key string) string {
	if len(key) > 2*keyLen {
		return key[:2*keyLen] + "…"
	}
	return key
}
