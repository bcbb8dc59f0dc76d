package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"heyan/internal/submit"
)

// getEvents streams where a submission stands, as server-sent events, until it is
// judged or ended some other way:
//
//	id: running-0-3-40
//	event: progress
//	data: {"state":"running","stage":"inspect","percent":40}
//
// The last event is named "end". Between events there are comments, so that neither
// side takes a quiet stream for a dead one. A client that comes back with the
// Last-Event-ID of the end is answered 204, which tells an EventSource to stop.
func (a *API) getEvents(w http.ResponseWriter, r *http.Request) error {
	ctx, caller, id := r.Context(), callerOf(r.Context()), r.PathValue("id")
	requestOf(ctx).submission = id
	p, err := a.config.Submissions.Progress(ctx, caller, id)
	if err != nil {
		return err
	}
	last := r.Header.Get("Last-Event-ID")
	if now := viewProgress(p); now.ended() && last == now.id() {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if !a.streams.enter(caller.Organisation) {
		e := refuse(CodeTooManyStreams, text{}, nil)
		e.RetryAfter = 10 * time.Second
		return e
	}
	defer a.streams.leave(caller.Organisation)
	a.config.Observer.EventStreams(1)
	defer a.config.Observer.EventStreams(-1)

	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	s := &stream{
		a: a, w: w, control: http.NewResponseController(w), last: last,
		next: func(ctx context.Context) (submit.Progress, error) {
			return a.config.Submissions.Progress(ctx, caller, id)
		},
	}
	s.run(ctx, p)
	return nil
}

// stream is one client that watches one submission.
type stream struct {
	a       *API
	w       http.ResponseWriter
	control *http.ResponseController
	last    string // id of the event that the client has
	next    func(context.Context) (submit.Progress, error)
}

// run sends what changes until the end, the client's leaving, the server's stopping
// or the stream's time. Clients come back by themselves.
func (s *stream) run(ctx context.Context, p submit.Progress) {
	limits := s.a.config.Limits
	ctx, cancel := context.WithTimeout(ctx, limits.EventStreamFor)
	defer cancel()
	begun, spoke := time.Now(), time.Now()
	if s.write("retry: 2000\n\n") != nil {
		return
	}
	for {
		v := viewProgress(p)
		if v.id() != s.last || v.ended() {
			if s.send(v) != nil || v.ended() {
				return
			}
			spoke = time.Now()
		}
		if time.Since(spoke) >= limits.EventHeartbeat {
			if s.write(": alive\n\n") != nil {
				return
			}
			spoke = time.Now()
		}
		if !s.pause(ctx, interval(limits.EventPoll, time.Since(begun))) {
			return
		}
		newer, err := s.next(ctx)
		switch {
		case err == nil:
			p = newer
		case unavailable(err): // the records will be back
		default:
			return // the token was revoked, the submission is gone
		}
	}
}

// interval is how long to wait before the state is looked at again: less and less
// often, since who waits long can wait a little more.
func interval(first, waited time.Duration) time.Duration {
	switch {
	case waited < 25*first:
		return first
	case waited < 300*first:
		return 5 * first
	}
	return 10 * first
}

func (s *stream) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-s.a.draining:
		return false
	}
}

func unavailable(err error) bool {
	var known *submit.Error
	return errors.As(err, &known) && known.Code == submit.CodeUnavailable
}

func (s *stream) send(v Progress) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	name := "progress"
	if v.ended() {
		name = "end"
	}
	s.last = v.id()
	return s.write(fmt.Sprintf("id: %s\nevent: %s\ndata: %s\n\n", s.last, name, data))
}

func (s *stream) write(text string) error {
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

// id names an event by all that it says.
func (p Progress) id() string {
	return fmt.Sprintf("%s-%d-%s-%d", p.State, p.Judgement, p.Stage, p.Percent)
}

// ended reports whether nothing more will come by itself.
func (p Progress) ended() bool {
	switch p.State {
	case "judged", "canceled", "expired", "stuck":
		return true
	}
	return false
}
