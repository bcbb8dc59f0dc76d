package seal_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"heyan/internal/seal"
	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

func openStore(t *testing.T) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(t.Context(), sqlstore.Config{Path: filepath.Join(t.TempDir(), "heyan.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// clock is a clock that the test moves.
type clock struct{ micros atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.micros.Store(time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC).UnixMicro())
	return c
}

func (c *clock) now() time.Time       { return time.UnixMicro(c.micros.Load()).UTC() }
func (c *clock) pass(d time.Duration) { c.micros.Add(d.Microseconds()) }

// sealed signs the report with a keyring and returns it with the key's id.
func sealed(t *testing.T, k *seal.Keyring) (report []byte, keyID string) {
	t.Helper()
	id, sig, err := k.Signer(t.Context())([]byte(tricky))
	if err != nil {
		t.Fatal(err)
	}
	out, err := seal.Attach([]byte(tricky), id, sig)
	if err != nil {
		t.Fatal(err)
	}
	return out, id
}

// published are the keys as a client gets them.
func published(t *testing.T, k *seal.Keyring) seal.Keys {
	t.Helper()
	set, err := k.PublicKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), `"d"`) {
		t.Fatalf("private keys are published: %s", data)
	}
	keys, err := seal.ParseJWKS(data)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestOneKeyForAllProcesses(t *testing.T) {
	t.Parallel()
	store, c := openStore(t), newClock()
	ids := make(chan string, 8)
	var group sync.WaitGroup
	for range cap(ids) {
		group.Go(func() {
			k, err := seal.Open(t.Context(), store, c.now)
			if err != nil {
				t.Error(err)
				return
			}
			id, _, err := k.Sign(t.Context(), []byte(tricky))
			if err != nil {
				t.Error(err)
			}
			ids <- id
		})
	}
	group.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		if id != first {
			t.Errorf("keys %q and %q", first, id)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	store, c := openStore(t), newClock()
	here, err := seal.Open(t.Context(), store, c.now)
	if err != nil {
		t.Fatal(err)
	}
	there, err := seal.Open(t.Context(), store, c.now)
	if err != nil {
		t.Fatal(err)
	}
	before, old := sealed(t, here)
	id, err := here.Rotate(t.Context())
	if err != nil || id == old {
		t.Fatal(id, err)
	}
	after, got := sealed(t, here)
	if got != id {
		t.Errorf("signed with %q after the rotation to %q", got, id)
	}
	late, got := sealed(t, there) // it does not know yet
	if got != old {
		t.Errorf("the other process signs with %q", got)
	}
	c.pass(time.Minute)
	if _, got := sealed(t, there); got != id {
		t.Errorf("a minute later the other process signs with %q", got)
	}
	keys := published(t, there)
	if len(keys) != 2 {
		t.Errorf("%d keys are published", len(keys))
	}
	for name, report := range map[string][]byte{"before": before, "after": after, "late": late} {
		if r, err := seal.Verify(report, keys); err != nil || r.Status != seal.Authentic {
			t.Errorf("%s: %v, %v", name, r.Status, err)
		}
	}
}

func TestRecordsUnreachable(t *testing.T) {
	t.Parallel()
	store, c := openStore(t), newClock()
	k, err := seal.Open(t.Context(), store, c.now)
	if err != nil {
		t.Fatal(err)
	}
	store.Close()
	c.pass(time.Hour)
	if _, _, err := k.Sign(t.Context(), []byte(tricky)); err != nil {
		t.Error(err)
	}
	if _, err := k.Rotate(t.Context()); err == nil {
		t.Error("rotated")
	}
	if _, err := k.PublicKeys(t.Context()); err == nil {
		t.Error("published")
	}
	if _, err := seal.Open(t.Context(), store, c.now); err == nil {
		t.Error("opened without a key")
	}
}

func TestSignRefusesWhatCannotBeVerified(t *testing.T) {
	t.Parallel()
	k, err := seal.Open(t.Context(), openStore(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, report := range []string{"", "x", "[]", `{"a":1.5}`, `{"a":1,"a":1}`, `{"a":9007199254740993}`} {
		if _, _, err := k.Sign(t.Context(), []byte(report)); !errors.Is(err, seal.ErrNotReport) {
			t.Errorf("%s: %v", report, err)
		}
	}
}

// TestDamagedKey: nothing is signed with a key whose parts do not belong together.
func TestDamagedKey(t *testing.T) {
	t.Parallel()
	private, _ := key()
	public := private.Public().(ed25519.PublicKey)
	other := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	good := record.SigningKey{ID: seal.KeyID(public), Public: public, Private: private}
	for name, change := range map[string]func(*record.SigningKey){
		"":                   func(*record.SigningKey) {},
		"another private":    func(k *record.SigningKey) { k.Private = other },
		"another public":     func(k *record.SigningKey) { k.Public = other.Public().(ed25519.PublicKey) },
		"another id":         func(k *record.SigningKey) { k.ID = "x" },
		"a short private":    func(k *record.SigningKey) { k.Private = private[:32] },
		"halves of two keys": func(k *record.SigningKey) { k.Private = append(append([]byte{}, other[:32]...), private[32:]...) },
	} {
		store := openStore(t)
		k := good
		change(&k)
		if _, err := store.EnsureKey(t.Context(), k); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Open(t.Context(), store, nil); (err == nil) != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestParseJWKS(t *testing.T) {
	t.Parallel()
	// RFC 8037, appendix A: the key and its thumbprint.
	const rfc8037 = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}`
	for name, c := range map[string]struct {
		doc  string
		keys int
	}{
		"RFC 8037":       {`{"keys":[` + rfc8037 + `]}`, 1},
		"others beside":  {`{"keys":[{"kty":"RSA","n":"x","e":"AQAB","kid":"r"},` + rfc8037 + `,{"kty":"OKP","crv":"X25519","x":"x"}]}`, 1},
		"twice the same": {`{"keys":[` + rfc8037 + `,` + rfc8037 + `]}`, 1},
		"none":           {`{"keys":[]}`, 0},
		"none of ours":   {`{"keys":[{"kty":"RSA"}]}`, 0},
		"one key":        {rfc8037, 0},
		"no JSON":        {"<html>", 0},
		"another id":     {`{"keys":[` + strings.Replace(rfc8037, "kPrK", "kPrL", 1) + `]}`, 0},
		"altered":        {`{"keys":[` + strings.Replace(rfc8037, "11qY", "11qZ", 1) + `]}`, 0},
		"short":          {`{"keys":[` + strings.Replace(rfc8037, "URo", "", 1) + `]}`, 0},
		"too many":       {`{"keys":[` + strings.Repeat(`{},`, 1000) + rfc8037 + `]}`, 0},
		"too large":      {`{"keys":[` + rfc8037 + `]}` + strings.Repeat(" ", seal.MaxKeySet), 0},
	} {
		keys, err := seal.ParseJWKS([]byte(c.doc))
		if len(keys) != c.keys || (err == nil) != (c.keys > 0) {
			t.Errorf("%s: %d keys, %v", name, len(keys), err)
		}
	}
}
