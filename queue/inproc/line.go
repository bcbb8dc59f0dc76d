package inproc

import "slices"

// line is what waits in one lane, first come first served, each job once.
type line struct {
	queue []*message
	jobs  map[string]bool
}

// push reports whether the job did not wait already.
func (l *line) push(m *message) bool {
	if l.jobs[m.Job] {
		return false
	}
	l.jobs[m.Job] = true
	l.queue = append(l.queue, m)
	return true
}

// pop returns the first message, nil without one.
func (l *line) pop() *message {
	if len(l.queue) == 0 {
		return nil
	}
	m := l.queue[0]
	l.queue[0] = nil // the array behind the slice lives on
	l.queue = l.queue[1:]
	delete(l.jobs, m.Job)
	return m
}

// remove takes a message out of the middle. It is rare: a receiver whose message
// was recalled speaks up after all.
func (l *line) remove(m *message) {
	if i := slices.Index(l.queue, m); i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
		delete(l.jobs, m.Job)
	}
}
