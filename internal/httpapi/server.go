package httpapi

import (
	"log/slog"
	"net/http"
	"time"
)

// What a server bounds before a handler runs.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// NewServer returns a server of the API. It has no timeout for a whole request or
// answer, since a package may take long: the API itself lets go of clients that do
// not move (requestBody, response).
//
// Stop it with Shutdown, which waits for the uploads that run and takes no more, then
// call API.Close. Shutdown ends the event streams by itself.
func NewServer(a *API, log *slog.Logger) *http.Server {
	s := &http.Server{
		Handler:           a,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	s.RegisterOnShutdown(a.EndStreams)
	return s
}
