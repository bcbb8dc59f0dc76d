package archive

import (
	"cmp"
	"fmt"
	"slices"

	"heyan/analyzer/facts"
)

// Code is the stable name of an anomaly. Its prefix says what it means:
// "zip-ambiguous-" two readers see different contents, so no single reading of
// the archive can be relied on; "zip-invalid-" Android refuses the archive or
// the entry, and it was read all the same; "zip-odd-" every reader that accepts
// it sees the same, but honest tools do not write it. "format-" codes come from
// telling the format.
type Code string

// Readers see different contents.
const (
	// CodeDuplicateName: several entries have one name; Android refuses the
	// archive, others take the first or the last.
	CodeDuplicateName Code = "zip-ambiguous-duplicate-name"
	// CodeCaseCollision: names that decide what a package is differ only in case.
	CodeCaseCollision Code = "zip-ambiguous-case"
	// CodeSeveralEnds: more than one end of central directory record could be meant.
	CodeSeveralEnds Code = "zip-ambiguous-end-record"
	// CodeSeveralDirectories: a central directory stands both at the recorded offset
	// and right before the end record.
	CodeSeveralDirectories Code = "zip-ambiguous-directory"
	// CodeEntryCount: the end record counts more or fewer entries than there are.
	CodeEntryCount Code = "zip-ambiguous-entry-count"
	// CodeZip64Conflict: ZIP64 fields contradict the 32-bit ones.
	CodeZip64Conflict Code = "zip-ambiguous-zip64"
	// CodeOverlap: entries share bytes of the file.
	CodeOverlap Code = "zip-ambiguous-overlap"
	// CodeStoredSize: an uncompressed entry whose two sizes differ; Android takes
	// the uncompressed size.
	CodeStoredSize Code = "zip-ambiguous-stored-size"
	// CodeLocalName: the local header names another entry than the central directory.
	CodeLocalName Code = "zip-ambiguous-local-name"
	// CodeLocalMethod: the local header has another compression method.
	CodeLocalMethod Code = "zip-ambiguous-local-method"
	// CodeLocalSize: the local header has other sizes; the central directory is used.
	CodeLocalSize Code = "zip-ambiguous-local-size"
	// CodeUnlistedEntry: a local header that the central directory does not list; a
	// reader that goes through the file from its start sees one entry more.
	CodeUnlistedEntry Code = "zip-ambiguous-unlisted-entry"
	// CodeUnknownMethod: neither stored nor deflated. Android's asset manager reads
	// such an entry as stored, other readers refuse it.
	CodeUnknownMethod Code = "zip-ambiguous-method"
)

// Android refuses.
const (
	// CodePrefix: the file does not begin with a local header.
	CodePrefix Code = "zip-invalid-prefix"
	// CodePrefixDEX: the file begins as a DEX, so that an old Android runs code which
	// a v1 signature does not cover (Janus, CVE-2017-13156).
	CodePrefixDEX Code = "zip-invalid-prefix-dex"
	// CodeShifted: every offset is wrong by one amount, as when data was put in front
	// of a finished archive.
	CodeShifted Code = "zip-invalid-shifted-offsets"
	// CodeTrailing: data follows the end record and its comment.
	CodeTrailing Code = "zip-invalid-trailing-data"
	// CodeComment: the archive comment runs past the end of the file.
	CodeComment Code = "zip-invalid-comment"
	// CodeDirectoryCut: the central directory ends or breaks before its last record.
	CodeDirectoryCut Code = "zip-invalid-directory"
	// CodeNoEntries: an archive without entries.
	CodeNoEntries Code = "zip-invalid-no-entries"
	// CodeHeaderOffset: a local header offset that lies at or behind the directory.
	CodeHeaderOffset Code = "zip-invalid-header-offset"
	// CodeExtent: content that would reach into the central directory.
	CodeExtent Code = "zip-invalid-extent"
	// CodeZip64Extra: sizes or offset refer to a ZIP64 field that is absent or broken.
	CodeZip64Extra Code = "zip-invalid-zip64-field"
	// CodeNameEncoding: a name that is not UTF-8 (often GBK), or holds a NUL.
	CodeNameEncoding Code = "zip-invalid-name-encoding"
	// CodeNameEmpty: an entry without a name.
	CodeNameEmpty Code = "zip-invalid-name-empty"
	// CodeLocalHeader: no local header where the directory says.
	CodeLocalHeader Code = "zip-invalid-local-header"
	// CodeLocalCRC: the local header has another CRC-32.
	CodeLocalCRC Code = "zip-invalid-local-crc"
	// CodeDescriptor: the data descriptor contradicts the central directory.
	CodeDescriptor Code = "zip-invalid-descriptor"
	// CodeContentCRC: content whose CRC-32 is not the recorded one (found on reading).
	// Android's loader does not check it, its installer and other readers do.
	CodeContentCRC Code = "zip-invalid-content-crc"
	// CodeContentSize: content longer or shorter than recorded (found on reading).
	CodeContentSize Code = "zip-invalid-content-size"
	// CodeContentStream: content that does not inflate (found on reading).
	CodeContentStream Code = "zip-invalid-content-stream"
)

// Odd.
const (
	// CodeEncryptedFlag: the encryption bit is set. Android ignores it, so the
	// content is read as it stands; other readers ask for a password.
	CodeEncryptedFlag Code = "zip-odd-encrypted-flag"
	// CodeNameTraversal: a name with a ".." part.
	CodeNameTraversal Code = "zip-odd-name-traversal"
	// CodeNameAbsolute: a name that begins with a slash or a drive.
	CodeNameAbsolute Code = "zip-odd-name-absolute"
	// CodeNameBackslash: a name with a backslash.
	CodeNameBackslash Code = "zip-odd-name-backslash"
	// CodeNameControl: a name with a control character (CR, LF, ESC ...).
	CodeNameControl Code = "zip-odd-name-control"
	// CodeDirectoryContent: a name that ends in a slash and has content.
	CodeDirectoryContent Code = "zip-odd-directory-content"
	// CodeImpossibleSize: more content declared than deflate can hold in its bytes.
	CodeImpossibleSize Code = "zip-odd-impossible-size"
	// CodeMultiDisk: the end record speaks of other disks.
	CodeMultiDisk Code = "zip-odd-multi-disk"
	// CodeGapBeforeDirectory: bytes between the last entry and the directory that are
	// no APK Signing Block.
	CodeGapBeforeDirectory Code = "zip-odd-gap-before-directory"
	// CodeGapAfterDirectory: bytes between the directory and the end record; signature
	// schemes v2 and up refuse them.
	CodeGapAfterDirectory Code = "zip-odd-gap-after-directory"
	// CodeDirectoryRest: bytes inside the directory's declared size behind its last record.
	CodeDirectoryRest Code = "zip-odd-directory-rest"
)

// Format.
const (
	// CodeWrapped: the package's files are inside a folder of the archive.
	CodeWrapped Code = "format-wrapped"
	// CodeTwoFormats: the archive has the marks of two kinds of package.
	CodeTwoFormats Code = "format-ambiguous"
	// CodeNested: the archive holds a package instead of being one.
	CodeNested Code = "format-nested"
	// CodeTextManifest: AndroidManifest.xml is text; a device reads binary XML only.
	CodeTextManifest Code = "format-text-manifest"
	// CodeOddManifest: AndroidManifest.xml is neither text nor begins as binary XML.
	CodeOddManifest Code = "format-odd-manifest"
	// CodeForeignFiles: files of the packer's own system (__MACOSX, .DS_Store).
	CodeForeignFiles Code = "format-foreign-files"
	// CodeLimit: the archive goes beyond what is read of any (see Limits).
	CodeLimit Code = "format-limit"
	// CodeZip64APK: a ZIP64 package, which apksigner refuses.
	CodeZip64APK Code = "format-zip64"
)

// perCode is how many anomalies of one code are kept; the rest are counted.
const perCode = 16

// collector gathers anomalies, capped for each code.
type collector struct {
	kept  []facts.Anomaly
	count map[Code]int
}

// add records one. Its text is made only if it is kept, since a hostile archive
// has one for every entry.
func (c *collector) add(code Code, at place, format string, args ...any) {
	if c.count == nil {
		c.count = map[Code]int{}
	}
	c.count[code]++
	if c.count[code] > perCode {
		return
	}
	c.kept = append(c.kept, facts.Anomaly{
		Code:   string(code),
		Detail: fmt.Sprintf(format, args...),
		Where:  at.String(),
	})
}

// list is what was gathered: by code, each in the order found, followed by a
// line that counts those left out.
func (c *collector) list() []facts.Anomaly {
	out := slices.Clone(c.kept)
	for code, n := range c.count {
		if n > perCode {
			out = append(out, facts.Anomaly{
				Code:   string(code),
				Detail: fmt.Sprintf("and %d more, %d in all", n-perCode, n),
			})
		}
	}
	slices.SortStableFunc(out, func(a, b facts.Anomaly) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

// place is where an anomaly was seen: an entry, else an offset.
type place struct {
	name   string
	offset int64
}

func atName(name string) place { return place{name: name} }

func atOffset(off int64) place { return place{offset: off} }

func (p place) String() string {
	if p.name != "" {
		return quoteName(p.name)
	}
	return fmt.Sprintf("offset %d", p.offset)
}

// maxShownName is how much of a name an anomaly repeats.
const maxShownName = 200

// quoteName is name where that is plain text, otherwise a Go string literal.
func quoteName(name string) string {
	if len(name) > maxShownName {
		return fmt.Sprintf("%q... (%d bytes)", name[:maxShownName], len(name))
	}
	if plain(name) {
		return name
	}
	return fmt.Sprintf("%q", name)
}
