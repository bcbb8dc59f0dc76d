package httpapi

import (
	"errors"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"heyan/internal/access"
)

// member lets only holders of a token in, each at its rate.
func (a *API) member(next http.Handler) http.Handler {
	return a.serve(func(w http.ResponseWriter, r *http.Request) error {
		bearer, ok := bearerOf(r)
		if !ok {
			return refuse(CodeUnauthenticated, text{}, nil)
		}
		caller, err := a.config.Auth.Authenticate(r.Context(), bearer)
		if errors.Is(err, access.ErrUnauthenticated) {
			return refuse(CodeUnauthenticated, text{}, nil)
		}
		if err != nil {
			return err
		}
		q := requestOf(r.Context())
		q.caller = caller
		if wait := a.rates.take(caller.Token); wait > 0 {
			a.config.Observer.RateLimited()
			e := refuse(CodeRateLimited, text{}, nil)
			e.RetryAfter = wait
			return e
		}
		// What one token gets is nothing for a cache between us and another.
		w.Header().Set("Cache-Control", "private, no-store")
		next.ServeHTTP(w, r)
		return nil
	})
}

// bearerOf returns the token of the Authorization header (RFC 6750). More than one
// header is none.
func bearerOf(r *http.Request) (string, bool) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

// rates limits how often each token asks.
type rates struct {
	perSecond rate.Limit // 0: no limit
	burst     int
	now       func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
	swept   time.Time
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

func newRates(perSecond float64, burst int, now func() time.Time) *rates {
	return &rates{
		perSecond: rate.Limit(math.Max(perSecond, 0)), burst: burst, now: now,
		buckets: map[string]*bucket{},
	}
}

// take returns 0, or how long to wait.
func (l *rates) take(token string) time.Duration {
	if l.perSecond == 0 {
		return 0
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	b := l.buckets[token]
	if b == nil {
		b = &bucket{Limiter: rate.NewLimiter(l.perSecond, l.burst)}
		l.buckets[token] = b
	}
	b.used = now
	if b.AllowN(now, 1) {
		return 0
	}
	missing := 1 - b.TokensAt(now)
	return time.Duration(missing / float64(l.perSecond) * float64(time.Second))
}

// sweep forgets the tokens that have been quiet for so long that their bucket is
// full: there are only as many buckets as tokens in use.
func (l *rates) sweep(now time.Time) {
	full := time.Duration(float64(l.burst)/float64(l.perSecond)*float64(time.Second)) + time.Minute
	if now.Sub(l.swept) < time.Minute {
		return
	}
	l.swept = now
	for token, b := range l.buckets {
		if now.Sub(b.used) > full {
			delete(l.buckets, token)
		}
	}
}

// counters bounds how many of something run at once: each organisation's, and all
// where total is not 0.
type counters struct {
	each, total int

	mu  sync.Mutex
	by  map[string]int
	all int
}

func newCounters(each, total int) *counters {
	return &counters{each: each, total: total, by: map[string]int{}}
}

// enter reports whether there is room for one more; then leave must follow.
func (c *counters) enter(organisation string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by[organisation] >= c.each || c.total > 0 && c.all >= c.total {
		return false
	}
	c.by[organisation]++
	c.all++
	return true
}

func (c *counters) leave(organisation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.by[organisation]--; c.by[organisation] == 0 {
		delete(c.by, organisation)
	}
}
