package submit

import (
	"errors"
	"io"
	"sync/atomic"
)

// spaceEvery is how many bytes are taken in before the store's room is looked at
// again.
const spaceEvery = 64 << 20

// source reads a caller's package and notes whose fault it is when that ends
// early: what goes wrong here is the caller's or a limit, what goes wrong in the
// store while this has no fault is the store's.
type source struct {
	r         io.Reader
	limit     int64
	announced int64         // blob.UnknownSize: not
	arrived   func(n int64) // is told of bytes as they come
	check     func() error  // is asked every spaceEvery bytes
	inTime    func() error  // is asked at every read
	read      atomic.Int64
	next      int64
	fault     atomic.Pointer[Error]
}

func (s *source) Read(p []byte) (int, error) {
	if f := s.fault.Load(); f != nil {
		return 0, f
	}
	n, err := s.r.Read(p)
	total := s.read.Add(int64(n))
	s.arrived(int64(n))
	if fault := s.judge(total, err); fault != nil {
		s.fault.Store(fault)
		return 0, fault
	}
	return n, err
}

// judge returns what is wrong with a package of which total bytes were read.
func (s *source) judge(total int64, err error) *Error {
	switch {
	case total > s.limit:
		return errTooLarge(s.limit)
	case s.announced >= 0 && total > s.announced:
		return errSize(s.announced, total)
	case ended(err) && total == 0:
		return errEmpty()
	case ended(err) && s.announced >= 0 && total < s.announced:
		return errSize(s.announced, total)
	case err != nil && !ended(err):
		return asCut(err)
	}
	if err := s.inTime(); err != nil {
		return asCut(err)
	}
	if total >= s.next {
		s.next = total + spaceEvery
		if err := s.check(); err != nil {
			return asCut(err)
		}
	}
	return nil
}

// ended reports the end of the package. An error that wraps io.EOF is none: a
// reader that was cut short may say so.
func ended(err error) bool { return err == io.EOF } //nolint:errorlint // see above

// asCut is the *Error in a read error, or CodeUploadCut.
func asCut(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	return errCut(err)
}
