package sig

import (
	"cmp"
	"context"
	"crypto"
	"errors"
	"fmt"
	"hash"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"heyan/analyzer/apk/sig/internal/apkzip"
)

// The budget for inflating: so much, and so much more for each byte of the file,
// but never more than the last. Packages inflate to less than ten times their size.
const (
	inflateFree  = 1 << 30
	inflateRatio = 32
	inflateMost  = 64 << 30
)

// digestStore holds digests of entries' data; each entry is inflated once for
// all the digests wanted of it.
type digestStore struct {
	lists map[crypto.Hash]*digestList
	// broken are entries whose data apksig can't read.
	broken map[int32]error
	spent  int64
}

// digestList holds one algorithm's digests by entry.
type digestList struct {
	sums         []byte
	wanted, done bitset
}

// want notes that a digest is needed.
func (s *digestStore) want(j *archiveJar, entry int32, h crypto.Hash) {
	if s.lists == nil {
		s.lists, s.broken = make(map[crypto.Hash]*digestList), make(map[int32]error)
	}
	l := s.lists[h]
	if l == nil {
		n := len(j.entries)
		l = &digestList{sums: make([]byte, n*h.Size()), wanted: newBitset(n), done: newBitset(n)}
		s.lists[h] = l
	}
	l.wanted.add(int(entry))
}

func (s *digestStore) digest(entry int32, h crypto.Hash) []byte {
	size := h.Size()
	return s.lists[h].sums[int(entry)*size : (int(entry)+1)*size]
}

// compute reads every entry of which a digest is wanted and not there yet, the
// biggest first, with at most two workers.
func (s *digestStore) compute(v *verifier) error {
	tasks := s.missing(v.jar)
	if len(tasks) == 0 {
		return nil
	}
	for _, t := range tasks {
		s.spent += int64(v.jar.entries[t].UncompressedSize)
	}
	if limit := min(inflateFree+inflateRatio*v.size, inflateMost); s.spent > limit {
		return tooLarge("entries of %d bytes, at most %d are read", s.spent, limit)
	}
	p := &entryPass{store: s, jar: v.jar, archive: v.archive, tasks: tasks}
	return p.run(v.ctx)
}

func (s *digestStore) missing(j *archiveJar) []int32 {
	var tasks []int32
	for i := range j.entries {
		for _, l := range s.lists {
			if l.wanted.has(i) && !l.done.has(i) {
				tasks = append(tasks, int32(i))
				break
			}
		}
	}
	slices.SortStableFunc(tasks, func(a, b int32) int {
		return cmp.Compare(j.entries[b].UncompressedSize, j.entries[a].UncompressedSize)
	})
	return tasks
}

// entryPass is one pass over entries.
type entryPass struct {
	store   *digestStore
	jar     *archiveJar
	archive *apkzip.Archive
	tasks   []int32
	next    atomic.Int64
	mu      sync.Mutex // for broken and the done marks
}

func (p *entryPass) run(ctx context.Context) error {
	workers := min(runtime.GOMAXPROCS(0), 2, len(p.tasks))
	errs := make([]error, workers)
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() { errs[i] = p.work(ctx) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// work takes tasks until there are none. A panic must not end the process.
func (p *entryPass) work(ctx context.Context) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = &unanswered{code: "verifier-panic", detail: fmt.Sprintf("reading entries stopped: %v", fault)}
		}
	}()
	var in apkzip.Inflater
	hashes := make(map[crypto.Hash]hash.Hash)
	for {
		i := p.next.Add(1) - 1
		if i >= int64(len(p.tasks)) {
			return nil
		}
		if err := p.entry(ctx, &in, hashes, p.tasks[i]); err != nil {
			p.next.Store(int64(len(p.tasks)))
			return err
		}
	}
}

// sinks writes to several hashes.
type sinks []hash.Hash

func (s sinks) Write(b []byte) (int, error) {
	for _, h := range s {
		h.Write(b)
	}
	return len(b), nil
}

func (p *entryPass) entry(ctx context.Context, in *apkzip.Inflater, hashes map[crypto.Hash]hash.Hash, i int32) error {
	var out sinks
	var lists []*digestList
	for alg, l := range p.store.lists {
		if !l.wanted.has(int(i)) {
			continue
		}
		if hashes[alg] == nil {
			hashes[alg] = alg.New()
		}
		hashes[alg].Reset()
		out, lists = append(out, hashes[alg]), append(lists, l)
	}
	err := in.Copy(ctx, out, p.archive, &p.jar.entries[i])
	p.mu.Lock()
	defer p.mu.Unlock()
	if errors.Is(err, apkzip.ErrFormat) {
		p.store.broken[i], err = err, nil
	}
	for n, l := range lists {
		l.done.add(int(i))
		size := out[n].Size()
		out[n].Sum(l.sums[int(i)*size : int(i)*size : (int(i)+1)*size])
	}
	return err
}
