package webhook

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"heyan/storage/record"
)

// Schedule is how long after each failed attempt the next one is made: 23 h 35 min in
// all. After the last the delivery is dead.
func Schedule() []time.Duration {
	return []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute,
		2 * time.Hour, 5 * time.Hour, 7 * time.Hour, 9 * time.Hour,
	}
}

const (
	// jitter is by how much of itself a delay is longer or shorter, so that those who
	// failed together do not come back together.
	jitter = 0.1
	// maxRetryAfter is the most that a receiver's Retry-After puts an attempt off.
	maxRetryAfter = time.Hour
)

// answer is what came of an attempt.
type answer struct {
	status     int    // 0 where there was none
	failure    string // "" where there was an answer
	blocked    bool
	retryAfter time.Duration
}

func (a answer) ok() bool { return a.failure == "" && a.status >= 200 && a.status <= 299 }

// gone: the receiver wants no more, of anything.
func (a answer) gone() bool { return a.failure == "" && a.status == http.StatusGone }

// settle writes into a delivery what came of its attempt, which was counted when it was
// claimed. spread, in [0,1), places the
// next one within the jitter.
func settle(d record.Delivery, a answer, now time.Time, spread float64) record.Delivery {
	d.Status, d.Error = a.status, a.failure
	schedule := Schedule()
	switch {
	case a.ok():
		d.State, d.Ended = record.DeliveryDelivered, now
	case a.gone():
		d.State, d.Ended, d.Error = record.DeliveryDead, now, goneReason
	case d.Attempts > len(schedule):
		d.State, d.Ended = record.DeliveryDead, now
	default:
		delay := schedule[max(d.Attempts, 1)-1]
		delay += time.Duration((2*spread - 1) * jitter * float64(delay))
		d.State, d.NextAt = record.DeliveryPending, now.Add(max(delay, min(a.retryAfter, maxRetryAfter)))
	}
	return d
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

func spread() float64 { return rand.Float64() }
