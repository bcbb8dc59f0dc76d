package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// ErrUnauthenticated: there is no such token, or it is revoked, expired, or of a
// disabled organisation. Which of these is not told.
var ErrUnauthenticated = errors.New("no valid token")

const (
	// CacheFor is how long a recognised token is not looked up again: a revoked one
	// is refused everywhere after at most this long.
	CacheFor = 5 * time.Second
	// maxCached bounds the memory that recognised tokens take.
	maxCached = 4096
	// touchEvery is how often the use of a token is noted.
	touchEvery  = time.Minute
	touchWithin = 5 * time.Second
	maxTouches  = 256
)

// Authenticator recognises tokens. Its methods may be called concurrently.
type Authenticator struct {
	records record.Access
	now     func() time.Time
	log     *slog.Logger
	touches chan string

	mu    sync.Mutex
	known map[string]*known // by hash
}

// known is a token that was recognised a moment ago.
type known struct {
	caller  submit.Caller
	expires time.Time // the token's own, zero: never
	until   time.Time // of the cache
	touched time.Time
}

// NewAuthenticator returns an Authenticator over the records. now and log may be nil.
// Uses of tokens are noted while Run runs.
func NewAuthenticator(records record.Access, now func() time.Time, log *slog.Logger) *Authenticator {
	if now == nil {
		now = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Authenticator{
		records: records, now: now, log: log,
		touches: make(chan string, maxTouches),
		known:   map[string]*known{},
	}
}

// Authenticate returns whose token bearer is: the part behind "Bearer " of the
// Authorization header. The error is ErrUnauthenticated, or a *submit.Error with
// CodeUnavailable where the records cannot be reached: then nobody is let in and
// nobody is told that the token is bad.
//
// How long it takes tells nothing of any token: what is given is hashed whole, and
// only the hash is compared.
func (a *Authenticator) Authenticate(ctx context.Context, bearer string) (submit.Caller, error) {
	if !wellFormed(bearer) {
		return submit.Caller{}, ErrUnauthenticated
	}
	hash, now := Hash(bearer), a.now()
	if c, ok := a.recall(hash, now); ok {
		return c, nil
	}
	t, err := a.records.TokenByHash(ctx, hash, now)
	switch {
	case errors.Is(err, record.ErrNotFound):
		a.forget(hash)
		return submit.Caller{}, ErrUnauthenticated
	case err != nil:
		return submit.Caller{}, unavailable(fmt.Errorf("look up a token: %w", err))
	}
	return a.remember(hash, t, now), nil
}

// recall finds a token that was looked up less than CacheFor ago.
func (a *Authenticator) recall(hash string, now time.Time) (submit.Caller, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := a.known[hash]
	// A clock that was set back must not make the cache last longer.
	if k == nil || !now.Before(k.until) || k.until.Sub(now) > CacheFor {
		return submit.Caller{}, false
	}
	if !k.expires.IsZero() && !now.Before(k.expires) {
		return submit.Caller{}, false
	}
	a.touch(k, now)
	return k.answer(), true
}

func (a *Authenticator) remember(hash string, t record.Token, now time.Time) submit.Caller {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := a.known[hash]
	if k == nil {
		a.makeRoom(now)
		k = &known{touched: t.LastUsed}
		a.known[hash] = k
	}
	k.caller = submit.Caller{Organisation: t.Organisation, Token: t.ID, Scopes: t.Scopes}
	k.expires, k.until = t.Expires, now.Add(CacheFor)
	a.touch(k, now)
	return k.answer()
}

// answer is a copy: a handler that changes its caller must not change others'.
func (k *known) answer() submit.Caller {
	c := k.caller
	c.Scopes = slices.Clone(c.Scopes)
	return c
}

func (a *Authenticator) forget(hash string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.known, hash)
}

// makeRoom keeps the cache within maxCached: what has run out goes, then any.
func (a *Authenticator) makeRoom(now time.Time) {
	if len(a.known) < maxCached {
		return
	}
	for hash, k := range a.known {
		if !now.Before(k.until) {
			delete(a.known, hash)
		}
	}
	for hash := range a.known {
		if len(a.known) < maxCached {
			return
		}
		delete(a.known, hash)
	}
}

// touch asks for the use of a token to be noted, at most once a minute. A full list
// is left as it is: a request never waits for it.
func (a *Authenticator) touch(k *known, now time.Time) {
	if d := now.Sub(k.touched); d >= 0 && d < touchEvery {
		return
	}
	select {
	case a.touches <- k.caller.Token:
		k.touched = now
	default:
	}
}

// Run notes the uses of tokens until ctx ends. A use that cannot be noted is let go:
// it is for people to see which tokens are still in use.
func (a *Authenticator) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case id := <-a.touches:
			within, cancel := context.WithTimeout(ctx, touchWithin)
			if err := a.records.TouchToken(within, id, a.now()); err != nil && ctx.Err() == nil {
				a.log.WarnContext(ctx, "use of a token not noted", "token", id, "error", err)
			}
			cancel()
		}
	}
}
