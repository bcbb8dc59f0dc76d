package rules

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"heyan/analyzer/facts"
)

// guardedFrameworks are the system frameworks every use of which asks people for something,
// with the purpose strings of which one has to be there. Frameworks that serve
// without asking too are left out, for what an app links says nothing of them:
// AVFoundation, ARKit (linked by RealityKit), Photos, CoreLocation, Contacts,
// EventKit, CoreMotion, LocalAuthentication, MediaPlayer, MusicKit, Intents, GameKit,
// PassKit, FinanceKit, AppTrackingTransparency.
var guardedFrameworks = [...]struct {
	framework string
	keys      []string
}{
	{"AlarmKit", []string{"NSAlarmKitUsageDescription"}},
	{"CoreBluetooth", []string{"NSBluetoothAlwaysUsageDescription", "NSBluetoothPeripheralUsageDescription"}},
	{"CoreNFC", []string{"NFCReaderUsageDescription"}},
	{"HealthKit", []string{"NSHealthShareUsageDescription", "NSHealthUpdateUsageDescription"}},
	{"HomeKit", []string{"NSHomeKitUsageDescription"}},
	{"NearbyInteraction", []string{"NSNearbyInteractionUsageDescription", "NSNearbyInteractionAllowOnceUsageDescription"}},
	{"SensorKit", []string{"NSSensorKitUsageDescription"}},
	{"Speech", []string{"NSSpeechRecognitionUsageDescription"}},
}

func judgePurposeFrameworks(in Input) Check {
	const id = "purpose-strings.frameworks"
	f := in.Facts
	linked := linkedFrameworks(f)
	var names names
	var lines []string
	for _, g := range guardedFrameworks {
		if where := linked[g.framework]; where != "" && !slices.ContainsFunc(g.keys, func(k string) bool { return hasPurpose(f, k) }) {
			names.add(g.framework)
			lines = append(lines, "ITMS-90683 "+g.framework+" ("+where+"): "+strings.Join(g.keys, " / "))
		}
	}
	switch {
	case !manifestRead(f):
		return newCheck(id, "manifest-unreadable", nil)
	case len(names.list) > 0:
		return newCheck(id, "missing", args{"count": strconv.Itoa(len(names.list)), "names": strings.Join(names.list, ", ")}).with(lines...)
	case !f.OK(facts.AnalyzerMachO):
		return newCheck(id, "executable-unreadable", nil)
	}
	return newCheck(id, "complete", nil)
}

// linkedFrameworks are the system's frameworks that the app's own process links,
// each with the first file that does. Extensions and watch apps ask for themselves.
func linkedFrameworks(f *facts.Facts) map[string]string {
	linked := map[string]string{}
	for _, x := range f.Executables {
		if !inAppProcess(f, x.Path) {
			continue
		}
		for _, s := range x.Slices {
			for _, library := range s.Libraries {
				if name := path.Base(library); strings.HasPrefix(library, "/System/Library/Frameworks/"+name+".framework/") && linked[name] == "" {
					linked[name] = x.Path
				}
			}
		}
	}
	return linked
}

func inAppProcess(f *facts.Facts, file string) bool {
	return !slices.ContainsFunc(f.Bundles, func(b facts.Bundle) bool {
		own := b.Kind != "appex" && b.Kind != "watch" && b.Kind != "app-clip"
		return !own && strings.HasPrefix(file, b.Path+"/")
	})
}

func hasPurpose(f *facts.Facts, key string) bool {
	return slices.ContainsFunc(f.Permissions, func(p facts.Permission) bool {
		return p.Source == facts.SourcePurposeString && p.Name == key
	})
}
