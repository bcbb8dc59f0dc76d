package archivetest

import "io"

// File is an archive in pieces, with zeros between them. It allows concurrent
// reads.
type File struct {
	pieces []piece
	size   uint64
}

type piece struct {
	off  uint64
	data []byte
}

// Size is the length of the file.
func (f *File) Size() int64 { return int64(f.size) }

func (f *File) write(data ...[]byte) {
	for _, d := range data {
		if len(d) > 0 {
			f.pieces = append(f.pieces, piece{f.size, d})
			f.size += uint64(len(d))
		}
	}
}

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(f.size) {
		return 0, io.EOF
	}
	var err error
	if rest := int64(f.size) - off; rest < int64(len(p)) {
		p, err = p[:rest], io.EOF
	}
	clear(p)
	for _, piece := range f.pieces {
		at := int64(piece.off) - off
		switch {
		case at >= int64(len(p)) || at+int64(len(piece.data)) <= 0:
		case at >= 0:
			copy(p[at:], piece.data)
		default:
			copy(p, piece.data[-at:])
		}
	}
	return len(p), err
}
