package seal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// KeysPath is where a server publishes its public keys.
const KeysPath = "/.well-known/heyan-report-keys.json"

const (
	// MaxKeySet is the size of the largest key set that is read.
	MaxKeySet = 1 << 20
	maxKeys   = 1000
)

// JWKS is a set of public keys (RFC 7517).
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// JWK is an Ed25519 public key (RFC 8037). Its id is its thumbprint (RFC 7638), so a
// key has one id wherever it is made or restored.
type JWK struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	KeyID     string `json:"kid"`
	X         string `json:"x"` // base64url, unpadded
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
}

const (
	keyType   = "OKP"
	algorithm = "EdDSA"
	use       = "sig"
)

// NewJWK describes a public key.
func NewJWK(public ed25519.PublicKey) JWK {
	return JWK{Type: keyType, Curve: Algorithm, KeyID: KeyID(public), Use: use, Algorithm: algorithm,
		X: base64.RawURLEncoding.EncodeToString(public)}
}

// KeyID is a key's JWK thumbprint.
func KeyID(public ed25519.PublicKey) string {
	x := base64.RawURLEncoding.EncodeToString(public)
	sum := sha256.Sum256([]byte(`{"crv":"` + Algorithm + `","kty":"` + keyType + `","x":"` + x + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// ParseJWKS reads a key set. Keys of other kinds are passed over; an Ed25519 key that
// is damaged, or whose id is not its thumbprint, is an error, and so is a set that
// has none.
func ParseJWKS(data []byte) (Keys, error) {
	var set JWKS
	if len(data) > MaxKeySet {
		return nil, fmt.Errorf("read a key set: it is over %d bytes", MaxKeySet)
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("read a key set: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("read a key set: it has over %d keys", maxKeys)
	}
	keys := Keys{}
	for _, k := range set.Keys {
		if k.Type != keyType || k.Curve != Algorithm {
			continue
		}
		x, err := base64.RawURLEncoding.Strict().DecodeString(k.X)
		if err != nil || len(x) != ed25519.PublicKeySize || KeyID(x) != k.KeyID {
			return nil, fmt.Errorf("read a key set: the key %q is damaged", clip([]byte(k.KeyID)))
		}
		keys[k.KeyID] = x
	}
	if len(keys) == 0 {
		return nil, errors.New("read a key set: there is no Ed25519 key in it")
	}
	return keys, nil
}
