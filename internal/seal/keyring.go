package seal

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"heyan/storage/record"
)

// fresh is how long the active key is used without asking the records: after a
// rotation another process goes on signing with the old key for at most that long.
// Such a report verifies: a retired key stays in the key set.
const fresh = time.Minute

// Keyring signs with the active key of the records. Methods may be called
// concurrently.
type Keyring struct {
	records record.Keys
	now     func() time.Time

	mu      sync.Mutex
	active  record.SigningKey
	checked time.Time
}

// Open returns the keyring of the records and makes the first key where there is
// none: however many processes start, there is one. now may be nil.
func Open(ctx context.Context, records record.Keys, now func() time.Time) (*Keyring, error) {
	if now == nil {
		now = time.Now
	}
	k := &Keyring{records: records, now: now}
	if _, err := k.current(ctx); err != nil {
		return nil, err
	}
	return k, nil
}

// Sign signs a report and returns the key's id and the signature. ErrNotReport is a
// report that has no canonical form: to try again would not help.
func (k *Keyring) Sign(ctx context.Context, report []byte) (keyID string, signature []byte, err error) {
	m, err := Message(report)
	if err != nil {
		return "", nil, fmt.Errorf("sign a report: %w", err)
	}
	key, err := k.current(ctx)
	if err != nil {
		return "", nil, err
	}
	return key.ID, ed25519.Sign(key.Private, m), nil
}

// Signer is Sign within ctx, as workers take it.
func (k *Keyring) Signer(ctx context.Context) func(report []byte) (keyID string, signature []byte, err error) {
	return func(report []byte) (string, []byte, error) { return k.Sign(ctx, report) }
}

// Rotate retires the active key and makes a new one, whose id it returns.
func (k *Keyring) Rotate(ctx context.Context) (string, error) {
	key, err := newKey(k.now())
	if err != nil {
		return "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.records.RotateKey(ctx, key, k.now()); err != nil {
		return "", fmt.Errorf("rotate the signing key: %w", err)
	}
	k.checked = time.Time{} // another process may have rotated too
	return key.ID, nil
}

// PublicKeys returns all keys that ever signed, newest first, as a server publishes
// them.
func (k *Keyring) PublicKeys(ctx context.Context) (JWKS, error) {
	list, err := k.records.PublicKeys(ctx)
	if err != nil {
		return JWKS{}, fmt.Errorf("read the public keys: %w", err)
	}
	set := JWKS{Keys: make([]JWK, 0, len(list))}
	for _, key := range list {
		set.Keys = append(set.Keys, NewJWK(key.Public))
	}
	return set, nil
}

// current returns the active key, as it was at most fresh ago. Where the records
// cannot be reached the key that is known is used on: nothing signed with it could be
// kept anyway before they are back.
func (k *Keyring) current(ctx context.Context) (record.SigningKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if d := now.Sub(k.checked); !k.checked.IsZero() && d >= 0 && d < fresh {
		return k.active, nil
	}
	offered, err := newKey(now)
	if err != nil {
		return record.SigningKey{}, err
	}
	active, err := k.records.EnsureKey(ctx, offered)
	if err != nil {
		if k.active.ID != "" {
			return k.active, nil
		}
		return record.SigningKey{}, fmt.Errorf("open the signing key: %w", err)
	}
	if err := check(active); err != nil {
		return record.SigningKey{}, err
	}
	k.active, k.checked = active, now
	return active, nil
}

func newKey(now time.Time) (record.SigningKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return record.SigningKey{}, fmt.Errorf("make a signing key: %w", err)
	}
	return record.SigningKey{ID: KeyID(public), Public: public, Private: private, Created: now}, nil
}

// check refuses a key that came back damaged before anything is signed with it.
func check(key record.SigningKey) error {
	if len(key.Private) != ed25519.PrivateKeySize || len(key.Public) != ed25519.PublicKeySize {
		return errors.New("the signing key in the records has another size")
	}
	derived := ed25519.NewKeyFromSeed(ed25519.PrivateKey(key.Private).Seed())
	if !bytes.Equal(derived, key.Private) || !bytes.Equal(derived[ed25519.SeedSize:], key.Public) || KeyID(key.Public) != key.ID {
		return errors.New("the signing key in the records is damaged: its parts do not belong together")
	}
	return nil
}
