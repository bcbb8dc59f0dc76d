package webhook

import (
	"time"

	"heyan/storage/record"
)

// parcel is a claimed delivery with its webhook.
type parcel struct {
	delivery record.Delivery
	webhook  record.Webhook
	// claimed is when its lease began.
	claimed time.Time
}

// lane is one webhook's way out.
type lane struct {
	running int
	waiting []parcel
	// took is about how long its requests take.
	took time.Duration
	// turn is about when a delivery that is put back now would have its turn.
	turn time.Time
}

// maxPutBack is the longest that a delivery is put back for want of room.
const maxPutBack = time.Minute

// minTook keeps a burst for a fast receiver from coming back all at once.
const minTook = 20 * time.Millisecond

// enqueue takes a parcel: to be sent now, or to wait, or, where the lane is full, to be
// put back until the time returned.
func (l *lane) enqueue(p parcel, now time.Time, parallel, room int) (start bool, putBack time.Time) {
	switch {
	case l.running < parallel:
		l.running++
		return true, time.Time{}
	case len(l.waiting) < room:
		l.waiting = append(l.waiting, p)
		return false, time.Time{}
	}
	if l.turn.Before(now) {
		l.turn = now.Add(time.Duration(room/parallel+1) * max(l.took, minTook))
	}
	l.turn = l.turn.Add(max(l.took, minTook) / time.Duration(parallel))
	if most := now.Add(maxPutBack); l.turn.After(most) {
		l.turn = most
	}
	return false, l.turn
}

// done ends one request and returns the next parcel, which then runs in its place.
func (l *lane) done(took time.Duration) (parcel, bool) {
	l.took = (l.took + took) / 2
	if len(l.waiting) == 0 {
		l.running--
		return parcel{}, false
	}
	next := l.waiting[0]
	l.waiting = l.waiting[1:]
	return next, true
}

// idle reports whether nothing is to be remembered of the lane.
func (l *lane) idle(now time.Time) bool {
	return l.running == 0 && len(l.waiting) == 0 && !l.turn.After(now)
}
