// Package blob is the contract of the stores that keep packages' bytes: a folder
// of this machine (disk) or any S3-compatible server (s3). Both pass one suite
// (blobtest).
//
// # Keys
//
// An object lives under a key that the caller mints once and never uses again
// (NewKey). Which key holds the bytes of which digest is said by the records
// alone. So nothing is ever renamed or overwritten, on either backend, and the
// deletion of an object cannot meet a new upload of the same bytes.
//
// # Promises
//
// An object is there whole and durable, or not there at all: Put returns without
// an error only when a crash of this process or machine can no longer lose it.
// What is put is not changed. All methods may be called concurrently and stop
// when their context ends. Errors are of three kinds: ErrNotFound and ErrFull
// (and ErrExists), what reading the caller's bytes gave (unchanged, wrapped), and
// everything else, which means that the store could not be reached or failed:
// the caller backs off and blames nobody's package.
//
// A store does not hash: the caller reads through a Digester.
package blob

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// What a store says besides I/O errors.
var (
	ErrNotFound = errors.New("no such object")
	ErrExists   = errors.New("an object with this key is there already")
	ErrFull     = errors.New("the store is full")
)

// UnknownSize is the size given to Put where it is not known.
const UnknownSize = int64(-1)

// Object is one stored object.
type Object struct {
	Key      string
	Size     int64
	Modified time.Time // when it became whole, by the store's clock
}

// Store keeps objects.
type Store interface {
	// Put reads r to its end and stores it. A size other than UnknownSize is
	// checked: fewer or more bytes are an error wrapping io.ErrUnexpectedEOF or
	// ErrSize, and nothing is kept. Memory does not grow with the object.
	Put(ctx context.Context, key string, r io.Reader, size int64) (Object, error)
	// Open reads an object from its beginning. The caller closes it.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Stat returns an object's size and age, or ErrNotFound.
	Stat(ctx context.Context, key string) (Object, error)
	// Delete removes an object. One that is not there is no error.
	Delete(ctx context.Context, key string) error
	// List returns up to limit objects whose keys follow after, sorted by key.
	List(ctx context.Context, after string, limit int) ([]Object, error)
	// Sweep removes what uploads that died before the time left behind and
	// returns how many they were. Running uploads and whole objects stay.
	Sweep(ctx context.Context, before time.Time) (int, error)
}

// ErrSize: there were more bytes than the size that was announced.
var ErrSize = errors.New("more bytes than announced")

// Local is a store whose objects are files of this machine: no copy is needed to
// read one at random.
type Local interface {
	// OpenFile opens an object as a file, for reading only.
	OpenFile(ctx context.Context, key string) (*os.File, error)
}

// Spacer is a store that knows how much room it has.
type Spacer interface {
	// Space returns the bytes that are free and the bytes in all.
	Space(ctx context.Context) (free, total int64, err error)
}

// Checker is a store that can say whether it is reached, and by what it is served.
type Checker interface {
	// Check reaches the store once, without retries, and returns its name and
	// version as far as it tells them.
	Check(ctx context.Context) (string, error)
}
