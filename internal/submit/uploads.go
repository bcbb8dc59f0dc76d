package submit

import "sync"

// uploads counts what is on its way in: how many in all and of each organisation,
// and how many announced bytes are still to come.
type uploads struct {
	max, maxEach int

	mu       sync.Mutex
	running  int
	each     map[string]int
	promised int64
}

func newUploads(limit, limitEach int) *uploads {
	return &uploads{max: limit, maxEach: limitEach, each: map[string]int{}}
}

// begin takes a place, false where there is none.
func (u *uploads) begin(org string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.running >= u.max || u.each[org] >= u.maxEach {
		return false
	}
	u.running++
	u.each[org]++
	return true
}

func (u *uploads) end(org string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.running--
	if u.each[org]--; u.each[org] == 0 {
		delete(u.each, org)
	}
}

// promise adds bytes that were announced, and takes off those that have come. It
// returns what is promised in all.
func (u *uploads) promise(n int64) int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.promised += n
	return u.promised
}
