package httpapi

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	tus "github.com/tus/tusd/v2/pkg/handler"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// finished is called by tusd, which holds the upload's lock, when all bytes are here.
func (s *staging) finished(hook tus.HookEvent) (tus.HTTPResponse, error) {
	if err := s.handOver(hook.Context, callerOf(hook.Context), hook.Upload.ID); err != nil {
		return tus.HTTPResponse{}, pass(hook.Context, err)
	}
	return tus.HTTPResponse{}, nil
}

// complete hands over an upload that is whole but was not handed over: the process
// died, or the store was away. It does nothing with others.
func (s *staging) complete(ctx context.Context, caller submit.Caller, id string) error {
	if info, err := s.info(id); err != nil || info.Offset != info.Size {
		return nil //nolint:nilerr // what is not here is for the caller to say
	}
	unlock, err := s.lock(ctx, id, lockFor)
	if err != nil {
		e := refuse(CodeUploadLocked, text{}, err)
		e.RetryAfter = time.Second
		return e
	}
	defer unlock()
	if _, err := s.info(id); err != nil { // another was first
		return nil //nolint:nilerr // as above
	}
	return s.handOver(ctx, caller, id)
}

// lockFor is how long a request waits for the one that has the upload.
const lockFor = 20 * time.Second

func (s *staging) lock(ctx context.Context, id string, wait time.Duration) (unlock func(), err error) {
	l, err := s.locks.NewLock(id)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := l.Lock(ctx, func() {}); err != nil {
		return nil, err
	}
	return func() { _ = l.Unlock() }, nil
}

// handOver streams a whole upload into the use case and removes it. A client that
// goes away meanwhile changes nothing: its bytes are all here. Where trying again
// may help, the upload stays.
func (s *staging) handOver(ctx context.Context, caller submit.Caller, id string) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(s.api.life, cancel)()
	info, err := s.info(id)
	if err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(s.dir, id))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_, err = s.api.config.Submissions.Attach(ctx, caller, info.MetaData[metaSubmission], submit.Upload{
		Package: f, Size: info.Size, FileName: info.MetaData[metaFileName],
	})
	if err != nil && again(err) {
		return err
	}
	return errors.Join(err, s.remove(id))
}

// again reports whether an upload may be handed over later.
func again(err error) bool {
	var known *submit.Error
	if !errors.As(err, &known) {
		return true
	}
	switch known.Code {
	case submit.CodeUnavailable, submit.CodeStoreFull, submit.CodeTooManyUploads, submit.CodeUploadCut, submit.CodeForbidden:
		return true
	}
	return false
}

// remove takes an upload away.
func (s *staging) remove(id string) error {
	defer s.forget(id)
	var errs []error
	for _, name := range []string{id + ".info", id} {
		if err := os.Remove(filepath.Join(s.dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// sweepEvery is how often the staging folder is looked through.
const sweepEvery = 10 * time.Minute

// run sweeps at once and every few minutes until ctx ends.
func (s *staging) run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.api.config.Log.WarnContext(ctx, "resumable uploads not swept", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweep hands over the uploads that are whole but were not handed over and removes
// those that nobody continued for Staging.KeepFor.
func (s *staging) sweep(ctx context.Context) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		id := strings.TrimSuffix(e.Name(), ".info")
		if stat, err := e.Info(); err == nil && uploadID.MatchString(id) {
			errs = append(errs, s.sweepOne(ctx, id, stat.ModTime()))
		}
	}
	s.reconcile()
	return errors.Join(errs...)
}

// reconcile forgets uploads whose files were not made, or are gone.
func (s *staging) reconcile() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, u := range s.staged {
		_, err := os.Stat(filepath.Join(s.dir, id+".info"))
		if errors.Is(err, os.ErrNotExist) && s.api.config.Now().Sub(u.made) > time.Minute {
			delete(s.staged, id)
		}
	}
}

func (s *staging) sweepOne(ctx context.Context, id string, changed time.Time) error {
	info, err := s.info(id)
	whole := err == nil && info.Offset == info.Size
	if whole {
		caller := submit.Caller{
			Organisation: info.MetaData[metaOrganisation], Token: info.MetaData[metaToken],
			Scopes: []record.Scope{record.ScopeSubmit},
		}
		if err := s.complete(ctx, caller, id); err != nil && again(err) {
			s.api.config.Log.WarnContext(ctx, "upload not handed over yet", "upload", id, "error", err)
		}
		return nil
	}
	if stat, err := os.Stat(filepath.Join(s.dir, id)); err == nil {
		changed = stat.ModTime()
	}
	if s.api.config.Now().Sub(changed) < s.api.config.Staging.KeepFor {
		return nil
	}
	return s.remove(id)
}
