package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

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
