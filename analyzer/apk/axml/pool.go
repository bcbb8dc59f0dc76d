package axml

import (
	"errors"
	"fmt"
	"strings"

	"heyan/analyzer/apk/restype"
)

// noString is the index that stands for "no string".
const noString = 0xffffffff

// pool is the document's string pool.
type pool struct {
	restype.Pool
	chunk []byte
	// names keeps the strings that recur: element, attribute and namespace names.
	// It is bounded by maxNames.
	names map[uint32]name
	// work is how many bytes were decoded for names.
	work int
}

// name is a string as far as a name is compared; ok is false where there is none.
type name struct {
	text string
	ok   bool
}

const (
	maxNames    = 4096
	maxNameSize = 256
	// maxNameWork bounds what is decoded for names: a document can let every
	// attribute be named by a string as long as itself.
	maxNameWork = 32 << 20
)

func (r *Reader) openPool(chunk []byte, at int) error {
	p, err := restype.ReadPool(chunk, int64(len(chunk)))
	if err != nil {
		return fmt.Errorf("%w: string pool at %d: %w", ErrMalformed, at, err)
	}
	if p.Flaw != "" {
		r.flaw("string-pool", true, at, "%s", p.Flaw)
	}
	if p.Count > 0 && chunk[p.End-1] != 0 {
		r.flaw("string-pool", true, at, "string pool does not end with a terminator")
	}
	r.pool = pool{Pool: p, chunk: chunk, names: make(map[uint32]name)}
	return nil
}

// decode gives out string i. ok is false where there is none.
func (r *Reader) decode(i uint32) (string, bool) {
	if i == noString {
		return "", false
	}
	if i >= r.pool.Count {
		r.flaw("string-missing", false, r.node, "string %d of %d is asked for", i, r.pool.Count)
		return "", false
	}
	entry := r.pool.Offsets + 4*int64(i)
	at, ok := r.pool.At(restype.U32(r.pool.chunk, int(entry)))
	if !ok {
		r.flaw("string-missing", false, r.node, "string %d lies outside the pool", i)
		return "", false
	}
	s, _, flaw := restype.Decode(r.pool.chunk[at:r.pool.End], r.pool.UTF8)
	if flaw != restype.FlawNone {
		r.flaw("string-damaged", true, r.node, "string %d: %s", i, flaw)
	}
	return s, true
}

// spend takes n bytes from the text budget.
func (r *Reader) spend(n int) error {
	r.limit.Text -= n
	if r.limit.Text < 0 {
		return errText
	}
	return nil
}

var errText = errors.New("text budget used up")

// cached is decode for names. One longer than any that is looked for is cut.
func (r *Reader) cached(i uint32) (string, bool) {
	if n, ok := r.pool.names[i]; ok {
		return n.text, n.ok
	}
	if r.pool.work > maxNameWork {
		return "", false // and Next ends the reading
	}
	s, ok := r.decode(i)
	r.pool.work += len(s)
	if len(s) > maxNameSize {
		s = strings.Clone(s[:maxNameSize])
	}
	if len(r.pool.names) < maxNames {
		r.pool.names[i] = name{s, ok}
	}
	return s, ok
}
