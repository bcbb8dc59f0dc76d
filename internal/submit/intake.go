package submit

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"heyan/storage/blob"
	"heyan/storage/record"
)

// intake is one upload that holds a place among those that run.
type intake struct {
	s        *Service
	org      string
	begun    time.Time
	size     int64 // announced
	sha256   string
	source   *source
	outstand atomic.Int64 // announced bytes that have not come
}

// admit refuses an upload before a byte of it is read, or gives it a place. The
// intake must be ended.
func (s *Service) admit(ctx context.Context, c Caller, u Upload) (*intake, error) {
	sum, err := checkSHA256(u.SHA256)
	switch {
	case err != nil:
		return nil, err
	case u.Size > s.limits.MaxSize:
		return nil, errTooLarge(s.limits.MaxSize)
	case u.Size == 0:
		return nil, errEmpty()
	case !s.uploads.begin(c.Organisation):
		return nil, errTooMany()
	}
	in := &intake{s: s, org: c.Organisation, begun: s.now(), size: max(u.Size, blob.UnknownSize), sha256: sum}
	in.outstand.Store(max(u.Size, 0))
	in.source = &source{
		r: u.Package, limit: s.limits.MaxSize, announced: in.size, next: spaceEvery,
		arrived: in.arrived, inTime: in.inTime,
		check: func() error { return s.room(ctx, 0) },
	}
	s.metrics.UploadStarted()
	promised := s.uploads.promise(in.outstand.Load())
	if err := s.room(ctx, promised); err != nil {
		in.end(err)
		return nil, err
	}
	return in, nil
}

// room returns CodeStoreFull unless need bytes and the reserve are free, as far
// as the store can say.
func (s *Service) room(ctx context.Context, need int64) error {
	spacer, ok := s.blobs.(blob.Spacer)
	if !ok {
		return nil
	}
	free, _, err := spacer.Space(ctx)
	if err != nil {
		return told(err)
	}
	if free < need+s.limits.MinFree {
		return errFull(nil)
	}
	return nil
}

func (in *intake) arrived(n int64) {
	for {
		old := in.outstand.Load()
		took := min(n, old)
		if in.outstand.CompareAndSwap(old, old-took) {
			in.s.uploads.promise(-took)
			return
		}
	}
}

// inTime keeps an upload within what the sweeper leaves it: see DefaultGrace.
func (in *intake) inTime() error {
	limit := in.s.limits.Grace / 2
	if took := in.s.now().Sub(in.begun); took > limit {
		return errTooSlow(took, limit)
	}
	return nil
}

// end gives the place back and reports what came of the upload.
func (in *intake) end(err error) {
	in.s.uploads.promise(-in.outstand.Swap(0))
	in.s.uploads.end(in.org)
	outcome := "ok"
	var known *Error
	if errors.As(err, &known) {
		outcome = string(known.Code)
	} else if err != nil {
		outcome = string(CodeUnavailable)
	}
	in.s.metrics.UploadEnded(outcome, in.source.read.Load(), in.s.now().Sub(in.begun))
}

// hash reads the package to its end and keeps nothing.
func (in *intake) hash(ctx context.Context) (blob.Digests, error) {
	d := blob.NewDigester(ctx, in.source)
	defer d.Close()
	if _, err := io.Copy(io.Discard, d); err != nil {
		return blob.Digests{}, in.blame(ctx, err)
	}
	return in.digests(d)
}

// store puts the package into the store under a key of its own. Nothing names
// the key yet: whoever calls commits it or discards it.
func (in *intake) store(ctx context.Context) (record.Blob, error) {
	d := blob.NewDigester(ctx, in.source)
	defer d.Close()
	key := blob.NewKey()
	if _, err := in.s.blobs.Put(ctx, key, d, in.size); err != nil {
		return record.Blob{}, in.blame(ctx, err)
	}
	sums, err := in.digests(d)
	b := record.Blob{Key: key, SHA256: sums.SHA256, MD5: sums.MD5, Size: sums.Size, Created: in.s.stamp()}
	if err == nil {
		b.Instead, err = in.s.damaged(ctx, b.SHA256)
	}
	if err != nil {
		in.s.discard(ctx, key)
		return record.Blob{}, err
	}
	return b, nil
}

func (in *intake) digests(d *blob.Digester) (blob.Digests, error) {
	sums, err := d.Digests()
	switch {
	case err != nil:
		return blob.Digests{}, told(err)
	case in.sha256 != "" && in.sha256 != sums.SHA256:
		return blob.Digests{}, errDigest(in.sha256, sums.SHA256)
	}
	return sums, nil
}

// blame says whose fault it was that a package could not be taken in.
func (in *intake) blame(ctx context.Context, err error) error {
	if fault := in.source.fault.Load(); fault != nil {
		return fault
	}
	switch {
	case ctx.Err() != nil:
		return errCut(err)
	case errors.Is(err, blob.ErrFull):
		return errFull(err)
	default:
		return errUnavailable(err)
	}
}

// discardTimeout bounds the deletion of an object that nothing names.
const discardTimeout = 10 * time.Second

// discard deletes an object that no row names and none can come to name. What it
// cannot delete, the sweeper does.
func (s *Service) discard(ctx context.Context, key string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardTimeout)
	defer cancel()
	if err := s.blobs.Delete(ctx, key); err != nil {
		s.metrics.LeftBehind()
		s.log.WarnContext(ctx, "object left to the sweeper", "key", key, "error", err)
	}
}
