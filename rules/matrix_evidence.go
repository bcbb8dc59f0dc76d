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

// evidence is a line a declaration, in the order of the package: what, where,
// until when, and by what it is implied.
func evidence(readings []*Reading) []string {
	var lines names
	for _, r := range readings {
		lines.add(line(r))
	}
	return lines.list
}

func line(r *Reading) string {
	var about []string
	if r.Where != "" {
		about = append(about, r.Where)
	}
	if r.MinOS != "" {
		about = append(about, "from "+osName(r.MinOS))
	}
	if r.MaxOS != "" {
		about = append(about, "up to "+osName(r.MaxOS))
	}
	if r.ImpliedBy != "" {
		about = append(about, "implied by "+r.ImpliedBy)
	}
	if len(about) == 0 {
		return r.Name
	}
	return r.Name + " (" + strings.Join(about, ", ") + ")"
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
func sample(lines []string) string {
	if len(lines) <= maxNames {
		return strings.Join(lines, ", ")
	}
	return strings.Join(lines[:maxNames], ", ") + fmt.Sprintf(" … (+%d)", len(lines)-maxNames)
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
