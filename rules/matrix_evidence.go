package rules

import (
	"fmt"
	"strings"

	"heyan/analyzer/facts"
)

const (
	maxLines = 20 // lines of one check
	maxNames = 3  // names in a sentence
)

// wording are the words of a line of evidence in one language.
type wording struct{ open, comma, shut, from, until, implied string }

var (
	english = wording{" (", ", ", ")", "from %s", "up to %s", "implied by %s"}
	chinese = wording{"（", "，", "）", "%s 起", "最高到 %s", "由 %s 隐含"}
)

// evidence is a line a declaration, in the order of the package: what, where,
// until when, and by what it is implied.
func evidence(readings []*Reading, w wording) []string {
	var lines names
	for _, r := range readings {
		lines.add(w.line(r))
	}
	return lines.list
}

func (w wording) line(r *Reading) string {
	var about []string
	if r.Where != "" {
		about = append(about, r.Where)
	}
	if r.MinOS != "" {
		about = append(about, fmt.Sprintf(w.from, osName(r.MinOS)))
	}
	if r.MaxOS != "" {
		about = append(about, fmt.Sprintf(w.until, osName(r.MaxOS)))
	}
	if r.ImpliedBy != "" {
		about = append(about, fmt.Sprintf(w.implied, r.ImpliedBy))
	}
	if len(about) == 0 {
		return r.Name
	}
	return r.Name + w.open + strings.Join(about, w.comma) + w.shut
}

func osName(s string) string {
	if n, ok := facts.APILevel(s); ok {
		return androidName(n)
	}
	return s
}

// capped keeps the first lines and says how many more there are.
func capped(lines []string) []string {
	if len(lines) <= maxLines {
		return lines
	}
	return append(lines[:maxLines:maxLines], fmt.Sprintf("… +%d", len(lines)-maxLines))
}

// sample are the first lines, for a sentence.
func (w wording) sample(readings []*Reading) string {
	lines := evidence(readings, w)
	if len(lines) <= maxNames {
		return strings.Join(lines, w.comma)
	}
	return strings.Join(lines[:maxNames], w.comma) + fmt.Sprintf(" … (+%d)", len(lines)-maxNames)
}

// namesOf are the names of the readings, each once.
func namesOf(readings []*Reading) string {
	var n names
	for _, r := range readings {
		n.add(r.Name)
	}
	return strings.Join(capped(n.list), ", ")
}

// androidName is the version people know an API level by.
func androidName(api int) string {
	names := [...]string{"1.0", "1.1", "1.5", "1.6", "2.0", "2.0.1", "2.1", "2.2", "2.3", "2.3.3", "3.0", "3.1", "3.2",
		"4.0", "4.0.3", "4.1", "4.2", "4.3", "4.4", "4.4W", "5.0", "5.1", "6.0", "7.0", "7.1", "8.0", "8.1", "9", "10", "11",
		"12", "12L", "13", "14", "15", "16", "17"}
	if api < 1 || api > len(names) {
		return fmt.Sprintf("Android API %d", api)
	}
	return "Android " + names[api-1]
}
