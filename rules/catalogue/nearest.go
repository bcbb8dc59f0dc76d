package catalogue

import "strings"

// maxNearest is the length beyond which a name is no slip of a real one.
const maxNearest = 128

// namespaces are the parts before a permission's own word that people leave out
// or write in another way.
var namespaces = [...]string{"", "android", "permission", "permissions", "manifest.permission", "android.permissions", "android.manifest.permission", "android.manifest"}

// Nearest returns the real permission a misspelt name seems to mean: another
// case, blanks, a missing prefix, or up to two slips of the pen. A name the
// catalogue knows, and one of somebody's own namespace (com.foo.permission.X),
// is nobody's misspelling.
func Nearest(name string) (string, bool) {
	if len(name) > maxNearest {
		return "", false
	}
	if _, ok := Lookup(KindPermission, name); ok {
		return "", false
	}
	n := strings.ToLower(strings.Join(strings.Fields(name), ""))
	if n == "" {
		return "", false
	}
	if full, ok := byPrefix(n); ok {
		return full, true
	}
	return byDistance(n)
}

// byPrefix finds n whatever its case, and with android.permission. put before it.
func byPrefix(n string) (string, bool) {
	space, word := split(n)
	whole := ""
	for _, s := range namespaces {
		if space == s {
			whole = "android.permission." + word
		}
	}
	for r := range permissions() {
		if strings.EqualFold(r.name, n) || whole != "" && strings.EqualFold(r.name, whole) {
			return r.name, true
		}
	}
	return "", false
}

// byDistance finds the real name with the fewest slips, the one that asks for a
// box before one that asks for none, then the first by name.
func byDistance(n string) (string, bool) {
	space, word := split(n)
	word = strings.ToUpper(word) // as the real ones are written
	best, distance := row{}, 3
	for r := range permissions() {
		rs, rw := split(r.name)
		limit := slips(rw)
		if !strings.HasPrefix(rs, "android.") && rs != "com.android.browser.permission" || limit == 0 {
			continue
		}
		ds := within(space, rs, limit)
		if ds > limit {
			continue
		}
		d := ds + within(word, rw, limit-ds)
		if d > limit || d > distance || d == distance && !better(r, best) {
			continue
		}
		best, distance = *r, d
	}
	return best.name, distance < 3
}

// slips is how many slips a word can bear and still be the only one meant.
func slips(word string) int {
	switch {
	case len(word) < 4:
		return 0
	case len(word) < 8:
		return 1
	}
	return 2
}

func better(a *row, b row) bool {
	return b.name == "" || a.strength.Demands() && !b.strength.Demands()
}

// split parts a name at its last dot.
func split(n string) (space, word string) {
	i := strings.LastIndexByte(n, '.')
	if i < 0 {
		return "", n
	}
	return n[:i], n[i+1:]
}

// permissions yields the rows of platform permissions in order.
func permissions() func(func(*row) bool) {
	return func(yield func(*row) bool) {
		for _, s := range shards {
			if s.kind != KindPermission {
				continue
			}
			for i := range s.rows {
				if strings.Contains(s.rows[i].name, "$") {
					continue
				}
				if !yield(&s.rows[i]) {
					return
				}
			}
		}
	}
}

// LookupFold finds a permission or a purpose string by its name in any case, a
// permission of Android also without its android.permission. before it.
func LookupFold(name string) (Entry, bool) {
	for _, s := range shards {
		if s.kind != KindPermission && s.kind != KindPurposeString {
			continue
		}
		for i := range s.rows {
			n := s.rows[i].name
			if strings.EqualFold(n, name) || strings.HasPrefix(n, "android.permission.") && strings.EqualFold(n[len("android.permission."):], name) {
				return entry(s.kind, &s.rows[i]), true
			}
		}
	}
	return Entry{}, false
}
