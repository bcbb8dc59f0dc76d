package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/tus/tusd/v2/pkg/filestore"
	tus "github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"
	exp "golang.org/x/exp/slog"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// staging keeps resumable uploads in a folder until they are whole; then it hands
// them to the use case, as any package, and removes them. An upload survives the
// death of the process. One that was whole when the process died is handed over by
// the next HEAD or the next Sweep.
type staging struct {
	api     *API
	dir     string
	store   store
	locks   *memorylocker.MemoryLocker
	handler *tus.UnroutedHandler

	mu     sync.Mutex
	staged map[string]upload // by id
}

// upload is what is known of a staged upload without opening it.
type upload struct {
	organisation string
	size         int64
	made         time.Time
}

// Metadata of an upload. All but the file's name are ours; a client sees them again
// in Upload-Metadata.
const (
	metaSubmission   = "submission"
	metaFileName     = "filename"
	metaOrganisation = "organisation"
	metaToken        = "token"
)

func newStaging(a *API) (*staging, error) {
	dir := a.config.Staging.Dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &staging{api: a, dir: dir, store: newStore(dir), locks: memorylocker.New(), staged: map[string]upload{}}
	composer := tus.NewStoreComposer()
	composer.UseCore(s.store)
	composer.UseTerminater(s.store)
	composer.UseLocker(s.locks)
	h, err := tus.NewUnroutedHandler(tus.Config{
		StoreComposer: composer, BasePath: "/v1/uploads/", MaxSize: a.config.Submissions.Limits().MaxSize,
		DisableDownload: true, DisableConcatenation: true, Cors: &tus.CorsConfig{Disable: true},
		// Its log says what ours does.
		Logger:                           exp.New(exp.NewTextHandler(io.Discard, &exp.HandlerOptions{Level: exp.LevelError + 1})),
		NetworkTimeout:                   time.Hour, // tusWriter: the deadlines are not tusd's
		GracefulRequestCompletionTimeout: time.Second,
		PreUploadCreateCallback:          s.created,
		PreFinishResponseCallback:        s.finished,
	})
	if err != nil {
		return nil, err
	}
	s.handler = h
	return s, s.load()
}

// uploadID is a submission's id and something that cannot be guessed.
var uploadID = regexp.MustCompile(`^([a-z]+_[0-9a-z]+)-[0-9a-f]{16}$`)

// submissionOf returns the submission that an upload is for.
func submissionOf(id string) (string, bool) {
	m := uploadID.FindStringSubmatch(id)
	if m == nil {
		return "", false
	}
	return m[1], true
}

func newUploadID(submission string) string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return submission + "-" + hex.EncodeToString(b[:])
}

// load finds what an earlier process left.
func (s *staging) load() error {
	ids, err := s.ids()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if info, err := s.info(id); err == nil {
			s.staged[id] = upload{organisation: info.MetaData[metaOrganisation], size: info.Size}
		}
	}
	return nil
}

// ids lists the staged uploads.
func (s *staging) ids() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".info"); ok && uploadID.MatchString(id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (s *staging) info(id string) (tus.FileInfo, error) {
	u, err := s.store.GetUpload(context.Background(), id)
	if err != nil {
		return tus.FileInfo{}, err
	}
	return u.GetInfo(context.Background())
}

// has reports whether an upload is staged here.
func (s *staging) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.staged[id]
	return ok
}

// created is asked by tusd before it makes an upload.
func (s *staging) created(hook tus.HookEvent) (tus.HTTPResponse, tus.FileInfoChanges, error) {
	id, meta, err := s.admit(hook.Context, hook.Upload)
	if err != nil {
		return tus.HTTPResponse{}, tus.FileInfoChanges{}, pass(hook.Context, err)
	}
	return tus.HTTPResponse{}, tus.FileInfoChanges{ID: id, MetaData: meta}, nil
}

// pass hands an error of ours to API.tus, which waits for it behind tusd.
func pass(ctx context.Context, err error) error {
	if o, ok := ctx.Value(outcomeKey{}).(*outcome); ok {
		o.err = err
	}
	return tus.NewError("ERR_HEYAN", "told elsewhere", 500)
}

// admit refuses an upload before a byte of it is read, or gives it its id.
func (s *staging) admit(ctx context.Context, info tus.FileInfo) (string, tus.MetaData, error) {
	caller := callerOf(ctx)
	sub, err := s.api.config.Submissions.Get(ctx, caller, info.MetaData[metaSubmission])
	if err != nil {
		return "", nil, err
	}
	requestOf(ctx).submission = sub.ID
	switch {
	case sub.State != record.StateAwaiting:
		return "", nil, refuse(submit.CodeWrongState, text{
			"这份提交当前的状态是 " + string(sub.State) + "，不再等待安装包",
			"the submission is " + string(sub.State) + " and waits for no package"}, nil)
	case info.Size == 0:
		return "", nil, refuse(submit.CodeEmpty, text{}, nil)
	}
	if err := s.room(ctx, info.Size); err != nil {
		return "", nil, err
	}
	id := newUploadID(sub.ID)
	if !s.reserve(id, upload{sub.Organisation, info.Size, s.api.config.Now()}) {
		e := refuse(submit.CodeTooManyUploads, text{
			"未完成的断点续传过多，请先完成或放弃一些",
			"too many resumable uploads are not finished: finish or give up some"}, nil)
		e.RetryAfter = time.Minute
		return "", nil, e
	}
	return id, tus.MetaData{
		metaSubmission: sub.ID, metaOrganisation: sub.Organisation, metaToken: caller.Token,
		metaFileName: info.MetaData[metaFileName],
	}, nil
}

func (s *staging) reserve(id string, u upload) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, other := range s.staged {
		if other.organisation == u.organisation {
			n++
		}
	}
	if n >= s.api.config.Limits.ResumableUploads {
		return false
	}
	s.staged[id] = u
	return true
}

func (s *staging) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.staged, id)
}

// room refuses where the folder's disk has no room for need more bytes beside what
// the staged uploads still lack.
func (s *staging) room(ctx context.Context, need int64) error {
	if s.api.config.Staging.Free == nil {
		return nil
	}
	free, err := s.api.config.Staging.Free(ctx)
	if err != nil {
		return fmt.Errorf("free space of the staging folder: %w", err)
	}
	if free < need+s.outstanding()+s.api.config.Submissions.Limits().MinFree {
		return refuse(submit.CodeStoreFull, text{}, nil)
	}
	return nil
}

// outstanding is how many bytes the staged uploads still lack.
func (s *staging) outstanding() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sum int64
	for id, u := range s.staged {
		have := int64(0)
		if stat, err := os.Stat(filepath.Join(s.dir, id)); err == nil {
			have = stat.Size()
		}
		sum += max(u.size-have, 0)
	}
	return sum
}

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

// Run looks after the resumable uploads until ctx ends: Sweep at once, and every few
// minutes.
func (a *API) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := a.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.config.Log.WarnContext(ctx, "resumable uploads not swept", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Sweep hands over the resumable uploads that are whole but were not handed over and
// removes those that nobody continued for Staging.KeepFor.
func (a *API) Sweep(ctx context.Context) error {
	if a.staging == nil {
		return nil
	}
	return a.staging.sweep(ctx)
}

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

// files is tusd's file store.
type files = filestore.FileStore

// store is tusd's file store, whose chunks are on the disk when they are
// acknowledged.
type store struct{ files }

func newStore(dir string) store {
	return store{files{Path: dir, DirModePerm: 0o700, FileModePerm: 0o600}}
}

func (s store) NewUpload(ctx context.Context, info tus.FileInfo) (tus.Upload, error) {
	u, err := s.files.NewUpload(ctx, info)
	if err != nil {
		return nil, err
	}
	return durable{u, s.path(info.ID)}, nil
}

func (s store) GetUpload(ctx context.Context, id string) (tus.Upload, error) {
	if !uploadID.MatchString(id) {
		return nil, tus.ErrNotFound
	}
	u, err := s.files.GetUpload(ctx, id)
	if err != nil {
		// A process that died while it made the upload leaves an empty file.
		if errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "JSON") {
			err = tus.ErrNotFound
		}
		return nil, err
	}
	return durable{u, s.path(id)}, nil
}

func (s store) AsTerminatableUpload(u tus.Upload) tus.TerminatableUpload {
	return s.files.AsTerminatableUpload(u.(durable).Upload)
}

func (s store) path(id string) string { return filepath.Join(s.Path, id) }

type durable struct {
	tus.Upload
	path string
}

// WriteChunk appends and brings what arrived to the disk, also where the client went
// away in the middle.
func (d durable) WriteChunk(ctx context.Context, offset int64, src io.Reader) (int64, error) {
	n, err := d.Upload.WriteChunk(ctx, offset, largeReads{src})
	f, openErr := os.OpenFile(d.path, os.O_WRONLY, 0)
	if openErr != nil {
		return n, errors.Join(err, openErr)
	}
	return n, errors.Join(err, f.Sync(), f.Close())
}

// largeReads lets io.Copy move large pieces.
type largeReads struct{ io.Reader }

func (r largeReads) WriteTo(w io.Writer) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{w}, r.Reader, make([]byte, bodyBuffer))
}
