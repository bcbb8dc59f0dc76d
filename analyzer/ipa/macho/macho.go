// Package macho reads Mach-O executables as far as a package inspection needs
// them: which architectures, platforms, libraries and identifiers they name,
// whether they are encrypted, which of certain names they import, and what their
// code signature says (it verifies nothing).
//
// It promises: every offset, count and size is checked against the file and a
// limit before anything is allocated from it, a few MiB are held at a time and
// under 20 MiB whatever the file, one broken slice loses none of the others, and equal bytes give equal
// results. Reads go forward through the file, so that an io.ReaderAt over a
// compressed stream stays cheap.
package macho

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"heyan/analyzer/facts"
)

// Limits. Real executables have one to four slices, under 200 load commands in
// under 64 KiB, and half a dozen signature blobs.
const (
	maxSlices        = 32
	maxCommands      = 4096
	maxCommandBytes  = 1 << 20
	maxLibraryName   = 1024 // PATH_MAX
	maxLibraryBytes  = 256 << 10
	maxBlobs         = 64
	maxEntitlements  = 256 << 10
	maxIdentifier    = 1024
	fatHeaderSize    = 8
	fatEntrySize     = 20
	fat64EntrySize   = 32
	headerSize32     = 28
	headerSize64     = 32
	commandSize      = 8
	directoryMinSize = 44
)

// The classes of failure. Every other error is that of the underlying reader,
// wrapped.
var (
	// ErrNotMachO: the file begins like no Mach-O file.
	ErrNotMachO = errors.New("not a Mach-O file")
	// ErrMalformed: the file contradicts itself or a limit.
	ErrMalformed = errors.New("malformed Mach-O file")
	// ErrUnsigned: there is no code signature.
	ErrUnsigned = errors.New("no code signature")
)

// Codes of the anomalies in File.Anomalies.
const (
	// CodeSlice: a slice of a fat file can't be read and is not among Slices.
	CodeSlice = "macho-slice-malformed"
	// CodeSliceType: the fat header gives a slice another architecture than its own header.
	CodeSliceType = "macho-slice-type"
	// CodeSliceTwice: a fat file has two slices of one architecture.
	CodeSliceTwice = "macho-slice-twice"
	// CodePlatforms: a slice names several platforms; the first one is reported.
	CodePlatforms = "macho-platforms"
	// CodeSegment: a segment reaches beyond the end of its slice.
	CodeSegment = "macho-segment-cut"
	// CodeLibraries: there are more library names than are kept.
	CodeLibraries = "macho-libraries-cut"
)

// File is a Mach-O file, thin or fat.
type File struct {
	// Fat: there is a fat header, however many slices it has.
	Fat bool
	// Slices are in the order of the file's header.
	Slices []*Slice
	// Anomalies has Where set to the slice, "" for a thin file.
	Anomalies []facts.Anomaly
}

// Slice is one architecture of a file.
type Slice struct {
	// Facts is what the reports show.
	Facts facts.Slice
	// Offset and Size say where the slice lies in the file.
	Offset, Size int64
	// FileType is the header's: 2 MH_EXECUTE, 6 MH_DYLIB, 8 MH_BUNDLE.
	FileType uint32
	// Encryption is the last LC_ENCRYPTION_INFO, nil without one.
	Encryption *Encryption

	cpu, subtype uint32
	order        binary.ByteOrder
	wide         bool // 64 bits
	src          section
	symtab       *symtab // of LC_SYMTAB, nil where there is none
	signature    *extent // of LC_CODE_SIGNATURE, nil where there is none
	read         bool    // parsed and parseErr hold what CodeSignature returns
	parsed       *CodeSignature
	parseErr     error
}

// Encryption is LC_ENCRYPTION_INFO: the bytes that FairPlay covers.
type Encryption struct {
	Offset, Size int64
	ID           uint32
}

// SignatureAt says where LC_CODE_SIGNATURE points, counted from the slice's start;
// the place may lie beyond the slice.
func (s *Slice) SignatureAt() (off, size int64, ok bool) {
	if s.signature == nil {
		return 0, 0, false
	}
	return s.signature.off, s.signature.size, true
}

// Read reads the headers and load commands of every slice.
func Read(r io.ReaderAt, size int64) (*File, error) { return read(r, size, false, nil) }

// ReadSigned does what Read does and reads each slice's code signature before
// it goes on to the next slice, so that CodeSignature need not go back. What is
// wrong with a signature is told by CodeSignature alone.
func ReadSigned(r io.ReaderAt, size int64) (*File, error) { return read(r, size, true, nil) }

// ReadEach does what ReadSigned does and calls visit with every slice when its load
// commands are read, before its signature is and before the next slice: the code
// can be read then without going back. An error of visit ends the reading.
func ReadEach(r io.ReaderAt, size int64, visit func(*Slice) error) (*File, error) {
	return read(r, size, true, visit)
}

func read(r io.ReaderAt, size int64, signed bool, visit func(*Slice) error) (*File, error) {
	whole := section{r: r, size: size}
	if size < headerSize32 {
		return nil, fmt.Errorf("%w: %d bytes", ErrNotMachO, size)
	}
	head, err := whole.bytes(0, fatHeaderSize)
	if err != nil {
		return nil, err
	}
	reader := &fileReader{file: &File{}, signed: signed, visit: visit}
	if wide, ok := fatMagic(head); ok {
		reader.file.Fat = true
		err = reader.fat(whole, head, wide)
	} else {
		err = reader.thin(whole)
	}
	if err != nil {
		return nil, err
	}
	return reader.file, nil
}

// fileReader gathers a file's slices.
type fileReader struct {
	file      *File
	signed    bool
	visit     func(*Slice) error
	libraries int // bytes of library names kept so far
}

func (f *fileReader) thin(whole section) error {
	s, err := f.slice(whole)
	if err != nil {
		return err
	}
	f.file.Slices = []*Slice{s}
	return nil
}

func (f *fileReader) anomaly(code, where, format string, args ...any) {
	f.file.Anomalies = append(f.file.Anomalies, facts.Anomaly{Code: code, Detail: fmt.Sprintf(format, args...), Where: where})
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}
