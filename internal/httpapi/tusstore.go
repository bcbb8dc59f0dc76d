package httpapi

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tus/tusd/v2/pkg/filestore"
	tus "github.com/tus/tusd/v2/pkg/handler"
)

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
