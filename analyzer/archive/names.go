package archive

import (
	"strings"
	"unicode/utf8"
)

// plain reports whether a name is printable UTF-8 and can be shown as it is.
func plain(name string) bool {
	for i := range len(name) {
		if c := name[i]; c < ' ' || c == 0x7f || c >= utf8.RuneSelf {
			return plainUnicode(name)
		}
	}
	return true
}

func plainUnicode(name string) bool {
	if !utf8.ValidString(name) {
		return false
	}
	// Controls and the marks that turn the direction of text would let a name
	// misrepresent itself in a report.
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r < ' ' || 0x7f <= r && r < 0xa0 || 0x200b <= r && r <= 0x200f ||
			0x2028 <= r && r <= 0x202e || 0x2060 <= r && r <= 0x2069 || r == 0xfeff
	})
}

// checkName records what is odd about one name. Android's own test is UTF-8
// without NUL (libziparchive, IsValidEntryName).
func (w *walker) checkName(e *Entry) {
	name, at := e.Name, atName(e.Name)
	if name == "" {
		w.found.add(CodeNameEmpty, atOffset(w.pos), "entry %d has no name", e.Index)
		return
	}
	if name[0] == '/' || len(name) > 1 && name[1] == ':' && isLetter(name[0]) {
		w.found.add(CodeNameAbsolute, at, "absolute name")
	}
	if strings.Contains(name, "..") && climbs(name) {
		w.found.add(CodeNameTraversal, at, "name leaves its folder")
	}
	if strings.IndexByte(name, '\\') >= 0 {
		w.found.add(CodeNameBackslash, at, "backslash in name")
	}
	if plain(name) {
		return
	}
	switch {
	case strings.IndexByte(name, 0) >= 0:
		w.found.add(CodeNameEncoding, at, "NUL in name")
	case !utf8.ValidString(name):
		w.found.add(CodeNameEncoding, at, "name is not UTF-8")
	default:
		w.found.add(CodeNameControl, at, "control character in name")
	}
}

// climbs reports whether one of the name's parts is "..", whichever slash
// stands between them.
func climbs(name string) bool {
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == ".." {
			return true
		}
	}
	return false
}

func isLetter(c byte) bool { return 'a' <= lower(c) && lower(c) <= 'z' }

// compareNames finds names that stand more than once, and those among the
// deciding ones that differ in case alone. Other names may: resource shortening
// makes res/aB.xml and res/Ab.xml in ordinary packages.
func (a *Archive) compareNames(found *collector) {
	for _, first := range a.names.repeated() {
		found.add(CodeDuplicateName, atName(a.entries[first].Name), "%d entries have this name", a.names.copies[first])
	}
	var deciding []uint32
	for i := range a.entries {
		if decides(a.entries[i].Name) {
			deciding = append(deciding, uint32(i))
		}
	}
	folded := newNameIndex(len(deciding), true)
	for _, i := range deciding {
		name := a.entries[i].Name
		if first, seen := folded.add(a.entries, i); seen && a.entries[first].Name != name {
			found.add(CodeCaseCollision, atName(name), "differs from %q in case alone", shorten(a.entries[first].Name))
		}
	}
}

// decides reports whether a name is, but for its case, one by which a device
// judges a package.
func decides(name string) bool {
	if name == "" {
		return false
	}
	switch lower(name[0]) {
	case 'a':
		return foldPrefix(name, "androidmanifest.xml") && len(name) == len(manifestName)
	case 'c':
		return foldPrefix(name, "classes") && strings.IndexByte(name, '/') < 0
	case 'l':
		return foldPrefix(name, "lib/")
	case 'm':
		return foldPrefix(name, "meta-inf/")
	case 'p':
		return foldPrefix(name, "payload/")
	case 'r':
		return foldPrefix(name, "resources.arsc") && len(name) == len("resources.arsc")
	}
	return false
}

// foldPrefix reports whether name begins with prefix, which is in lower case.
func foldPrefix(name, prefix string) bool {
	if len(name) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if lower(name[i]) != prefix[i] {
			return false
		}
	}
	return true
}
