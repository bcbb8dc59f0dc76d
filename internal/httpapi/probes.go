package httpapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"heyan/internal/seal"
)

// healthz says that the process answers. It asks nothing else: a process that is
// restarted because its database is away is away too.
func (a *API) healthz(w http.ResponseWriter, _ *http.Request) {
	_ = writeJSON(w, http.StatusOK, map[string]string{"status": "ok", "version": a.config.Version})
}

// checkTimeout bounds the asking of every part.
const checkTimeout = 5 * time.Second

// readyz says whether everything is there that a request needs, and which part is
// not. What exactly is wrong is in the log: whoever asks need not know addresses.
func (a *API) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	errs := make([]error, len(a.config.Parts))
	var asking sync.WaitGroup
	for i, part := range a.config.Parts {
		asking.Go(func() { errs[i] = part.Check(ctx) })
	}
	asking.Wait()
	status, answer := http.StatusOK, map[string]string{}
	for i, part := range a.config.Parts {
		answer[part.Name] = "ok"
		if errs[i] != nil {
			status, answer[part.Name] = http.StatusServiceUnavailable, "unavailable"
			a.config.Log.WarnContext(ctx, "not ready", "part", part.Name, "error", errs[i])
		}
	}
	select {
	case <-a.draining:
		status, answer["server"] = http.StatusServiceUnavailable, "stopping"
	default:
	}
	w.Header().Set("Cache-Control", "no-store")
	_ = writeJSON(w, status, answer)
}

// getKeys answers with the public keys that reports are signed with, those retired
// too, as a JWK set.
func (a *API) getKeys(w http.ResponseWriter, r *http.Request) error {
	keys, err := a.config.Reports.Keys(r.Context())
	if err != nil {
		return err
	}
	set := seal.JWKS{Keys: []seal.JWK{}}
	for _, k := range keys {
		set.Keys = append(set.Keys, seal.NewJWK(k.Public))
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	return writeJSON(w, http.StatusOK, set)
}
