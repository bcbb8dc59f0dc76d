package privacy_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/privacy"
)

func TestUses(t *testing.T) {
	t.Parallel()
	const category = "NSPrivacyAccessedAPICategory"
	for name, test := range map[string]struct {
		symbols []string
		want    []facts.RequiredReasonAPI
	}{
		"none":       {[]string{"_open", "_stat64"}, nil},
		"one":        {[]string{"_mach_absolute_time"}, []facts.RequiredReasonAPI{{Category: category + "SystemBootTime", Symbols: []string{"_mach_absolute_time"}}}},
		"of two":     {[]string{"_getattrlist"}, []facts.RequiredReasonAPI{{Category: category + "DiskSpace", Symbols: []string{"_getattrlist"}}, {Category: category + "FileTimestamp", Symbols: []string{"_getattrlist"}}}},
		"two of one": {[]string{"_stat", "_fstat"}, []facts.RequiredReasonAPI{{Category: category + "FileTimestamp", Symbols: []string{"_fstat", "_stat"}}}},
	} {
		if diff := cmp.Diff(test.want, privacy.Uses(test.symbols)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	all := privacy.Symbols()
	if len(all) != 24 || !slices.IsSorted(all) {
		t.Errorf("%d symbols: %q", len(all), all)
	}
	uses := privacy.Uses(all)
	if !slices.IsSortedFunc(uses, func(a, b facts.RequiredReasonAPI) int {
		return slices.Compare([]string{a.Category}, []string{b.Category})
	}) {
		t.Errorf("not in order: %+v", uses)
	}
	for _, u := range uses {
		if !slices.IsSorted(u.Symbols) {
			t.Errorf("not in order: %q", u.Symbols)
		}
	}
}
