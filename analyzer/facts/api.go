package facts

import "strconv"

// APILevel reads minSdkVersion, targetSdkVersion or maxSdkVersion: a number or a
// platform code name. A code name means the level before the release it became,
// since a package that names one was built for a preview. As in apksig's
// ApkUtils.getMinSdkVersionForCodename only the first letter counts, and a letter
// past the table counts one level a letter. ok is false for anything else.
func APILevel(s string) (level int, ok bool) {
	if n, err := strconv.ParseInt(s, 0, 32); err == nil {
		return int(n), true
	}
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return 0, false
	}
	level = 1 // A and B were never released
	for _, c := range codenames {
		if s[0] < c.letter {
			break
		}
		level = c.level + int(s[0]-c.letter)
	}
	return level, true
}

// codenames maps the first letter of a platform's code name to the API level
// before its release (AOSP apksig, ApkUtils.CodenamesLazyInitializer).
var codenames = [...]struct {
	letter byte
	level  int
}{
	{'C', 2}, {'D', 3}, {'E', 4}, {'F', 7}, {'G', 8}, {'H', 10}, {'I', 13},
	{'J', 15}, {'K', 18}, {'L', 20}, {'M', 22}, {'N', 23}, {'O', 25},
}
