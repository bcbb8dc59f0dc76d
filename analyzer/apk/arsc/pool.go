package arsc

import (
	"fmt"

	"heyan/analyzer/apk/restype"
)

// pool is a string pool in the table.
type pool struct {
	restype.Pool
	open bool
	at   int64 // of its chunk
}

// openPool reads the header of the pool at an offset where room bytes are left.
// One that can't be read is damage.
func (t *Table) openPool(p *pool, at, room int64) error {
	var head [restype.PoolSize]byte
	if room < restype.PoolSize {
		t.damaged("string pool of %d bytes at %d", room, at)
		return nil
	}
	if err := t.read(head[:], at); err != nil {
		return err
	}
	read, err := restype.ReadPool(head[:], min(room, int64(restype.ReadChunk(head[:]).Size)))
	if err != nil {
		t.damaged("at %d: %v", at, err)
		return nil
	}
	if read.Flaw != "" {
		t.damaged("string pool at %d: %s", at, read.Flaw)
	}
	*p = pool{Pool: read, open: true, at: at}
	return nil
}

// window is how much of a string is read at first.
const window = 256

// text reads string i of a pool. ok is false where there is none.
func (t *Table) text(p *pool, i uint32) (s string, ok bool, err error) {
	if !p.open || i >= p.Count {
		return "", false, nil
	}
	var entry [4]byte
	if err := t.read(entry[:], p.at+p.Offsets+4*int64(i)); err != nil {
		return "", false, err
	}
	start, ok := p.At(restype.U32(entry[:], 0))
	if !ok {
		return "", false, nil
	}
	room := p.End - start
	var small [window]byte
	b := small[:min(room, window)]
	for {
		if err := t.read(b, p.at+start); err != nil {
			return "", false, err
		}
		s, need, flaw := restype.Decode(b, p.UTF8)
		if flaw == restype.FlawNone {
			return s, true, nil
		}
		// A flawed string may only have been cut short by the window.
		if want := min(int64(need), room); want > int64(len(b)) {
			if want > int64(t.limit.Text) {
				return "", false, fmt.Errorf("%w: string of over %d bytes", ErrLimit, t.limit.Text)
			}
			b = make([]byte, want)
			continue
		}
		t.damaged("string %d: %s", i, flaw)
		return s, true, nil
	}
}
