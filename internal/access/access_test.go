package access_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"heyan/internal/access"
	"heyan/internal/submit"
	"heyan/storage/record"
	"heyan/storage/record/sqlstore"
)

// world is a service over a database of its own, with a clock that the test moves.
type world struct {
	store   *sqlstore.Store
	clock   atomic.Int64 // microseconds
	auth    *access.Authenticator
	service *access.Service
	admin   submit.Caller
	secret  string
}

func (w *world) now() time.Time             { return time.UnixMicro(w.clock.Load()).UTC() }
func (w *world) pass(d time.Duration)       { w.clock.Add(d.Microseconds()) }
func (w *world) newID(prefix string) string { return record.NewID(prefix, w.now()) }

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{store: open(t)}
	w.clock.Store(time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC).UnixMicro())
	secret, won, err := access.Bootstrap(t.Context(), w.store, w.now(), w.newID)
	if err != nil || !won {
		t.Fatal(won, err)
	}
	w.secret = secret
	w.auth = access.NewAuthenticator(w.store, w.now, nil)
	w.service = access.New(access.Config{Records: w.store, Now: w.now, NewID: w.newID})
	if w.admin, err = w.auth.Authenticate(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	return w
}

func open(t *testing.T) *sqlstore.Store {
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

// issue makes a token and logs in with it.
func (w *world) issue(t *testing.T, c submit.Caller, n access.NewToken) (submit.Caller, access.Issued) {
	t.Helper()
	if n.Name == "" {
		n.Name = "test"
	}
	issued, err := w.service.CreateToken(t.Context(), c, n)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := w.auth.Authenticate(t.Context(), issued.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return caller, issued
}

func (w *world) organisation(t *testing.T, name string) string {
	t.Helper()
	o, err := w.service.CreateOrganisation(t.Context(), w.admin, name)
	if err != nil {
		t.Fatal(err)
	}
	return o.ID
}

// wantCode checks what a caller is told, in both languages.
func wantCode(t *testing.T, err error, code submit.Code) {
	t.Helper()
	var told *submit.Error
	if !errors.As(err, &told) || told.Code != code || told.ZH == "" || told.EN == "" {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestBootstrapOnce(t *testing.T) {
	t.Parallel()
	store := open(t)
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	newID := func(prefix string) string { return record.NewID(prefix, now) }
	var group sync.WaitGroup
	secrets := make(chan string, 8)
	for range 8 {
		group.Go(func() {
			secret, won, err := access.Bootstrap(t.Context(), store, now, newID)
			switch {
			case err != nil || won != (secret != ""):
				t.Error(secret != "", won, err)
			case won:
				secrets <- secret
			}
		})
	}
	group.Wait()
	if len(secrets) != 1 {
		t.Fatalf("%d processes won", len(secrets))
	}
	c, err := access.NewAuthenticator(store, func() time.Time { return now }, nil).Authenticate(t.Context(), <-secrets)
	if err != nil || !slices.Equal(c.Scopes, access.Scopes()) {
		t.Errorf("%+v, %v", c, err)
	}
	// Not even when its token and organisation are of no use any more.
	if err := store.RevokeToken(t.Context(), c.Organisation, c.Token, now); err != nil {
		t.Fatal(err)
	}
	if _, won, err := access.Bootstrap(t.Context(), store, now, newID); won || err != nil {
		t.Error(won, err)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		s := access.NewSecret()
		if len(s) != len("heyan_")+52 || !strings.HasPrefix(s, access.Prefix) || seen[s] {
			t.Fatalf("secret %q", s)
		}
		seen[s] = true
	}
	if got := access.Hash("abc"); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" { // FIPS 180-2's example
		t.Errorf("hash %q", got)
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused := map[string]string{
		"nothing": "", "a word": "secret", "the prefix": "heyan_", "the hash": access.Hash(w.secret),
		"cut": w.secret[:len(w.secret)-1], "longer": w.secret + "a", "upper case": strings.ToUpper(w.secret),
		"spaces": " " + w.secret, "another": access.NewSecret(), "huge": access.Prefix + strings.Repeat("a", 1<<20),
		"last letter": w.secret[:len(w.secret)-1] + map[bool]string{true: "q", false: "a"}[w.secret[len(w.secret)-1] == 'a'],
	}
	for name, bearer := range refused {
		if c, err := w.auth.Authenticate(t.Context(), bearer); !errors.Is(err, access.ErrUnauthenticated) || c.Organisation != "" {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	c, err := w.auth.Authenticate(t.Context(), w.secret)
	if err != nil || c.Organisation != w.admin.Organisation {
		t.Fatal(c, err)
	}
	c.Scopes[0] = "changed" // the answer is the caller's own
	if c, err = w.auth.Authenticate(t.Context(), w.secret); err != nil || c.Scopes[0] != record.ScopeRead {
		t.Error(c, err)
	}
}

// TestEndOfAToken: it lets in for at most CacheFor after it was revoked, and not an
// instant after it has expired.
func TestEndOfAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.organisation(t, "a province")
	read := []record.Scope{record.ScopeRead}
	check := func(secret string, in bool) {
		t.Helper()
		_, err := w.auth.Authenticate(t.Context(), secret)
		if in && err != nil || !in && !errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("let in: %v, want %v", err == nil, in)
		}
	}
	_, revoked := w.issue(t, w.admin, access.NewToken{Organisation: org, Scopes: read})
	if err := w.service.RevokeToken(t.Context(), w.admin, org, revoked.ID); err != nil {
		t.Fatal(err)
	}
	w.pass(access.CacheFor)
	check(revoked.Secret, false)

	_, expiring := w.issue(t, w.admin, access.NewToken{Organisation: org, Scopes: read, Expires: w.now().Add(time.Second)})
	w.pass(time.Second - time.Microsecond)
	check(expiring.Secret, true)
	w.pass(time.Microsecond)
	check(expiring.Secret, false)

	_, disabled := w.issue(t, w.admin, access.NewToken{Organisation: org, Scopes: read})
	if err := w.service.SetOrganisationDisabled(t.Context(), w.admin, org, true); err != nil {
		t.Fatal(err)
	}
	w.pass(access.CacheFor)
	check(disabled.Secret, false)
	if err := w.service.SetOrganisationDisabled(t.Context(), w.admin, org, false); err != nil {
		t.Fatal(err)
	}
	check(disabled.Secret, true)

	// A clock that was set back does not make the cache last longer.
	if err := w.service.RevokeToken(t.Context(), w.admin, org, disabled.ID); err != nil {
		t.Fatal(err)
	}
	w.pass(-time.Hour)
	check(disabled.Secret, false)
}

// TestRecordsUnreachable: then nobody is told that a token is bad, and nobody is let
// in on what the cache knew.
func TestRecordsUnreachable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pass(access.CacheFor)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := w.auth.Authenticate(t.Context(), w.secret)
	if errors.Is(err, access.ErrUnauthenticated) {
		t.Error("told that the token is bad")
	}
	wantCode(t, err, submit.CodeUnavailable)
	_, err = w.service.Tokens(t.Context(), w.admin, "")
	wantCode(t, err, submit.CodeUnavailable)
	_, err = w.service.CreateOrganisation(t.Context(), w.admin, "x")
	wantCode(t, err, submit.CodeUnavailable)
}

func TestUsesAreNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 400 { // more than the list holds, and nobody notes them: none waits
		w.pass(time.Minute)
		if _, err := w.auth.Authenticate(t.Context(), w.secret); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.auth.Run(ctx) }()
	want := w.now().Truncate(time.Minute)
	for deadline := time.Now().Add(10 * time.Second); ; {
		list, err := w.service.Tokens(t.Context(), w.admin, "")
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if list[0].LastUsed.Equal(want) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("last used %v, want %v", list[0].LastUsed, want)
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAuthenticateConcurrently(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 40 {
				w.pass(time.Second)
				if _, err := w.auth.Authenticate(t.Context(), w.secret); err != nil {
					t.Error(err)
				}
				if _, err := w.auth.Authenticate(t.Context(), access.NewSecret()); !errors.Is(err, access.ErrUnauthenticated) {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
