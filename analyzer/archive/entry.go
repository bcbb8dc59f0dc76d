package archive

// Compression methods and flags of a header (APPNOTE.TXT 4.4.4, 4.4.5).
const (
	Stored   uint16 = 0
	Deflated uint16 = 8

	flagEncrypted  uint16 = 1 << 0
	flagDescriptor uint16 = 1 << 3
)

// Entry is one record of the central directory, ZIP64 fields resolved.
type Entry struct {
	// Name is the name's bytes as they stand: not always UTF-8, never cleaned.
	Name             string
	CompressedSize   uint64
	UncompressedSize uint64
	// HeaderOffset is where the local header is in the file.
	HeaderOffset uint64
	// Index is the place in Entries.
	Index  int
	CRC32  uint32
	Method uint16
	Flags  uint16
	// Dir: the name ends in a slash.
	Dir bool
	// Symlink: made on a Unix as a symbolic link; the content is the link's target.
	Symlink bool
	fault   fault
}

// Deflated reports whether the content is inflated when it is read. Any other
// method is read as stored, as Android's asset manager does.
func (e *Entry) Deflated() bool { return e.Method == Deflated }

// Encrypted reports whether the encryption bit is set; Android ignores it.
func (e *Entry) Encrypted() bool { return e.Flags&flagEncrypted != 0 }

// length is how many bytes of the file hold the content. For all but deflate it
// is the uncompressed size: ZipAssetsProvider maps that many (frameworks/base,
// libs/androidfw/AssetsProvider.cpp).
func (e *Entry) length() uint64 {
	if e.Deflated() {
		return e.CompressedSize
	}
	return e.UncompressedSize
}

// fault is why an entry's content can't be found.
type fault uint8

const (
	faultNone fault = iota
	faultOffset
	faultExtent
	faultZip64
)

func (f fault) String() string {
	switch f {
	case faultOffset:
		return "its local header would lie in or behind the central directory"
	case faultExtent:
		return "its content would reach into the central directory"
	case faultZip64:
		return "its zip64 field is missing or broken"
	default:
		return "none"
	}
}
