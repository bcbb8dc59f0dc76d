package privacy

import (
	"slices"
	"strings"

	"heyan/analyzer/facts"
)

// category begins the name of every category of interfaces.
const category = "NSPrivacyAccessedAPICategory"

// apis are the interfaces for which Apple asks a reason, by category, as linked
// code imports them (Apple Developer Documentation, Describing use of required
// reason API; Foundation's constants by their names in Objective-C, which Swift
// imports too). What code calls by a selector alone is not among its imports:
// systemUptime, creationDate and the like of other classes, and activeInputModes,
// the only one of ActiveKeyboards.
var apis = [...]struct {
	category string
	symbols  string
}{
	{category + "DiskSpace", "_NSFileSystemFreeSize _NSFileSystemSize _NSURLVolumeAvailableCapacityForImportantUsageKey _NSURLVolumeAvailableCapacityForOpportunisticUsageKey _NSURLVolumeAvailableCapacityKey _NSURLVolumeTotalCapacityKey _fgetattrlist _fstatfs _fstatvfs _getattrlist _getattrlistat _statfs _statvfs"},
	{category + "FileTimestamp", "_NSFileCreationDate _NSFileModificationDate _NSURLContentModificationDateKey _NSURLCreationDateKey _fgetattrlist _fstat _fstatat _getattrlist _getattrlistat _getattrlistbulk _lstat _stat"},
	{category + "SystemBootTime", "_mach_absolute_time"},
	{category + "UserDefaults", "_OBJC_CLASS_$_NSUserDefaults"},
}

// Symbols are the names that Uses knows.
func Symbols() []string {
	var all []string
	for _, a := range apis {
		all = append(all, strings.Fields(a.symbols)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Uses sorts imported symbols by the category of interfaces that they belong to.
// Those of the getattrlist family tell both, and stand under both.
func Uses(symbols []string) []facts.RequiredReasonAPI {
	var uses []facts.RequiredReasonAPI
	for _, a := range apis {
		var seen []string
		for _, name := range strings.Fields(a.symbols) {
			if slices.Contains(symbols, name) {
				seen = append(seen, name)
			}
		}
		if len(seen) > 0 {
			uses = append(uses, facts.RequiredReasonAPI{Category: a.category, Symbols: seen})
		}
	}
	return uses
}
