package rules

import (
	"slices"
	"strconv"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/filing"
)

// judgeTaskAllow judges get-task-allow, with which a debugger may attach. One that
// was seen counts even if not all entitlements could be read.
func judgeTaskAllow(in Input) Check {
	const id = "release.debuggable"
	var where []string
	for _, e := range in.Facts.Entitlements {
		if e.Key == "get-task-allow" && e.Value == "true" {
			where = append(where, e.Key+" ("+e.Bundle+")")
		}
	}
	switch {
	case !in.Facts.App.Debuggable && len(where) == 0 && !in.Facts.OK(facts.AnalyzerMachO):
		return newCheck(id, "entitlements-unreadable", nil)
	case !in.Facts.App.Debuggable && len(where) == 0:
		return newCheck(id, "release", nil)
	case in.Filing.Kind == filing.KindSelfUse:
		return newCheck(id, "get-task-allow-self-use", nil).with(where...)
	}
	return newCheck(id, "get-task-allow", nil).with(where...)
}

// Entries of CFBundleSupportedPlatforms.
const (
	deviceOS    = "iPhoneOS"
	simulatorOS = "iPhoneSimulator"
)

func judgeSimulator(in Input) Check {
	const id = "release.simulator"
	f := in.Facts
	a := args{"actual": builtFor(f)}
	switch {
	case forSimulator(f):
		return newCheck(id, "simulator", a)
	case !manifestRead(f):
		return newCheck(id, "manifest-unreadable", nil)
	case len(mainSlices(f)) == 0:
		return newCheck(id, "executable-unreadable", nil)
	}
	if left := leftovers(f); len(left) > 0 {
		a["count"] = strconv.Itoa(len(left))
		return newCheck(id, "leftover-slices", a).with(left...)
	}
	return newCheck(id, "device", a)
}

// forSimulator reports whether the app says that it is for the simulator, or has
// no code for anything else.
func forSimulator(f *facts.Facts) bool {
	names, own := f.App.SupportedOSNames, mainSlices(f)
	if slices.Contains(names, simulatorOS) && !slices.Contains(names, deviceOS) {
		return true
	}
	return len(own) > 0 && !slices.ContainsFunc(own, func(s facts.Slice) bool { return !simulatorSlice(s) })
}

// builtFor is what the app's executable is built for, by its slices or, where
// they were not read, by its Info.plist.
func builtFor(f *facts.Facts) string {
	var list []string
	for _, s := range mainSlices(f) {
		list = append(list, strings.TrimSpace(s.Platform+" "+s.Arch))
	}
	if len(list) == 0 {
		list = f.App.SupportedOSNames
	}
	return strings.Join(list, ", ")
}

// leftovers are the executables that hold code for the simulator beside that for
// devices, or instead of it.
func leftovers(f *facts.Facts) []string {
	var lines []string
	for _, x := range f.Executables {
		var arch []string
		for _, s := range x.Slices {
			if simulatorSlice(s) {
				arch = append(arch, s.Arch)
			}
		}
		if len(arch) > 0 {
			lines = append(lines, x.Path+" ("+strings.Join(arch, ", ")+")")
		}
	}
	return lines
}

// otherSystem names what the app is built for where that is no iPhone or iPad:
// tvOS, watchOS, macOS, visionOS.
func otherSystem(f *facts.Facts) string {
	own := mainSlices(f)
	for _, s := range own {
		if s.Platform == "" || s.Platform == "ios" || simulatorSlice(s) {
			return ""
		}
	}
	if len(own) > 0 {
		return builtFor(f)
	}
	names := f.App.SupportedOSNames
	if len(names) == 0 || slices.Contains(names, deviceOS) || slices.Contains(names, simulatorOS) {
		return ""
	}
	return strings.Join(names, ", ")
}
