package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"heyan/rules/box"
)

// situations a box can be in, the columns of the coverage table.
var situations = [...]string{"declared", "explained", "over-declared", "impossible", "ineffective", "acceptable-only"}

// cell is one platform, box and situation.
type cell struct {
	platform  string
	box       box.Box
	situation string
}

// impossibleCells says why some cells can't have a case.
func impossibleCells() map[cell]string {
	out := map[cell]string{}
	set := func(platform, situation, why string, boxes ...box.Box) {
		for _, b := range boxes {
			out[cell{platform, b, situation}] = why
		}
	}
	set("android", "impossible", "a package can explain every box on Android", box.All[:]...)
	set("android", "explained", "every fact for 日历 demands the tick", box.Calendar)
	set("android", "acceptable-only", "every demanding fact for the box accepts this box alone",
		box.Calendar, box.RecordAudio, box.InstalledApps)
	for _, b := range box.All {
		if b != box.CallForwarding && b != box.BrowserHistory {
			set("ios", "impossible", "the box is possible on iOS", b)
		}
	}
	set("ios", "declared", "no iOS fact is recommended for the box and demands it",
		box.CallForwarding, box.BrowserHistory, box.InstalledApps)
	set("ios", "explained", "every iOS fact for the box demands the tick", box.Contacts, box.Calendar, box.Camera)
	set("ios", "explained", "no iOS fact explains the box", box.BrowserHistory)
	set("ios", "over-declared", "a tick nothing explains is impossible here, not over-declared",
		box.CallForwarding, box.BrowserHistory)
	for _, b := range box.All {
		if b != box.SMS && b != box.Other {
			set("ios", "ineffective", "on iOS a fact is ineffective only where its entitlement is missing", b)
		}
	}
	set("ios", "acceptable-only", "no demanding iOS fact for the box accepts another one",
		box.Contacts, box.Camera, box.Location, box.CallForwarding, box.BrowserHistory, box.InstalledApps)
	return out
}

func TestCaseCoverage(t *testing.T) {
	t.Parallel()
	covered := map[cell]int{}
	for _, path := range casePaths(t) {
		c := readCase(t, path)
		for _, cl := range covers(t, path, c.comment) {
			covered[cl]++
			if problem := notShown(cl, c.want); problem != "" {
				t.Errorf("%s: covers %v, but %s", path, cl, problem)
			}
		}
	}
	impossible := impossibleCells()
	for _, platform := range []string{"android", "ios"} {
		t.Logf("%-8s %s", platform, strings.Join(situations[:], "  "))
		for _, b := range box.All {
			row := ""
			for _, s := range situations {
				cl := cell{platform, b, s}
				row += fmt.Sprintf("  %*s", len(s), mark(covered[cl], impossible[cl]))
				if covered[cl] == 0 && impossible[cl] == "" {
					t.Errorf("no case covers %v", cl)
				}
				if covered[cl] > 0 && impossible[cl] != "" {
					t.Errorf("%v is called impossible (%s), yet a case covers it", cl, impossible[cl])
				}
			}
			t.Logf("  %-15s%s", b, row)
		}
	}
}

func mark(count int, impossible string) string {
	if impossible != "" {
		return "-"
	}
	return fmt.Sprint(count)
}

// covers reads the "covers: PLATFORM BOX SITUATION" lines of a case's comment.
func covers(t *testing.T, path, comment string) []cell {
	t.Helper()
	var out []cell
	for line := range strings.Lines(comment) {
		tag, ok := strings.CutPrefix(line, "covers: ")
		if !ok {
			continue
		}
		words := strings.Fields(tag)
		if len(words) != 3 || words[0] != "android" && words[0] != "ios" ||
			box.Box(words[1]).Index() < 0 || !slices.Contains(situations[:], words[2]) {
			t.Errorf("%s: not a tag: %q", path, line)
			continue
		}
		out = append(out, cell{words[0], box.Box(words[1]), words[2]})
	}
	return out
}

// notShown says why the wanted lines can't show the cell, or "".
func notShown(c cell, want []string) string {
	prefix := "check permissions." + string(c.box) + " "
	for _, line := range want {
		if !strings.HasPrefix(line, prefix) {
			continue
		}
		reason := line[strings.LastIndexByte(line, ' ')+1:]
		if (c.situation == "over-declared" || c.situation == "impossible") && reason != c.situation {
			return "its check wants " + reason
		}
		return ""
	}
	return "its want has no line on the box's check"
}
