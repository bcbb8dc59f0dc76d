package archive

// Limits bounds what reading one archive may cost. A zero field means its
// default; the defaults keep an open archive under 40 MiB of memory.
type Limits struct {
	// Entries is the number of records in the central directory; 262,144.
	Entries int
	// NameBytes is the length of all entry names together; 12 MiB.
	NameBytes int64
	// DirectoryBytes is the length of the central directory; 64 MiB.
	DirectoryBytes int64
	// Inflated is the number of content bytes delivered over the archive's life,
	// by all readers together, stored entries included; 8 GiB. As many compressed
	// bytes are read at most.
	Inflated int64
}

const (
	defaultEntries        = 1 << 18
	defaultNameBytes      = 12 << 20
	defaultDirectoryBytes = 64 << 20
	defaultInflated       = 8 << 30
)

func (l Limits) withDefaults() Limits {
	if l.Entries <= 0 {
		l.Entries = defaultEntries
	}
	if l.NameBytes <= 0 {
		l.NameBytes = defaultNameBytes
	}
	if l.DirectoryBytes <= 0 {
		l.DirectoryBytes = defaultDirectoryBytes
	}
	if l.Inflated <= 0 {
		l.Inflated = defaultInflated
	}
	return l
}
