package privacy

import (
	"slices"
	"testing"
)

func TestSDK(t *testing.T) {
	t.Parallel()
	if !slices.IsSorted(listed[:]) || len(slices.Compact(slices.Clone(listed[:]))) != len(listed) {
		t.Error("the list is not in order")
	}
	for framework, want := range map[string]string{
		"Flutter": "Flutter", "absl": "Abseil", "openssl_grpc": "openssl_grpc", "webview_flutter_wkwebview": "webview_flutter_wkwebview",
		"flutter": "", "App": "", "Kit": "", "": "",
	} {
		if got := SDK(framework); got != want {
			t.Errorf("%q: %q, want %q", framework, got, want)
		}
	}
	for framework, sdk := range otherNames {
		if _, ok := slices.BinarySearch(listed[:], sdk); !ok {
			t.Errorf("%s: %s is not on the list", framework, sdk)
		}
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	for category, want := range map[string][]string{
		"NSPrivacyAccessedAPICategoryActiveKeyboards": {"3EC4.1", "54BD.1"},
		"NSPrivacyAccessedAPICategoryUserDefaults":    {"1C8F.1", "AC6B.1", "C56D.1", "CA92.1"},
		"NSPrivacyAccessedAPICategoryOther":           nil,
		"UserDefaults":                                nil,
	} {
		if got := Reasons(category); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", category, got, want)
		}
	}
}
