package httpapi

import (
	"net/http"
	"time"
)

// response watches what goes to the client.
//
// Where an answer goes out before the body of the request was read to its end, it
// says that the connection closes, and the API lingers afterwards (requestBody).
type response struct {
	http.ResponseWriter
	control *http.ResponseController
	body    *requestBody // nil: the request has none
	request *http.Request
	timeout time.Duration

	moved   time.Time
	status  int
	written int64
	lingers bool
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) WriteHeader(status int) {
	if status >= 200 && w.status == 0 {
		w.status = status
		w.abandon()
		w.extend()
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.extend()
	n, err := w.ResponseWriter.Write(p)
	w.written += int64(n)
	return n, err
}

// extend gives the client time to take what is written: a reader that takes nothing
// must not hold the request for ever.
func (w *response) extend() {
	if now := time.Now(); now.Sub(w.moved) > w.timeout/30 {
		_ = w.control.SetWriteDeadline(now.Add(w.timeout))
		w.moved = now
	}
}

// abandon decides, before the head of the answer is written, whether the rest of
// the request is thrown away.
func (w *response) abandon() {
	b := w.body
	if b == nil || b.ended || w.request.ProtoMajor != 1 {
		return
	}
	w.Header().Set("Connection", "close")
	// A client that waits for 100 Continue and did not get it sends nothing.
	if w.request.Header.Get("Expect") != "" && !b.touched {
		return
	}
	// Otherwise net/http would read on before it answers.
	if err := w.control.EnableFullDuplex(); err != nil {
		return
	}
	w.lingers = true
}

// finish sends the answer and, where the body was not read to its end, lingers.
// Either way net/http, which would wait for the rest as long as it takes, is kept
// from doing so.
func (w *response) finish(within time.Duration, limit int64) {
	if w.body == nil || w.body.ended {
		return
	}
	if w.lingers && w.control.Flush() == nil {
		w.body.linger(within, limit)
	}
	w.body.deadline(time.Now())
}
