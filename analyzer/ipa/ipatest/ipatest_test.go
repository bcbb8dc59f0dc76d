package ipatest_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/ipatest"
)

// TestApp: equal input, equal bytes; what is built is an IPA without oddities.
func TestApp(t *testing.T) {
	t.Parallel()
	data := ipatest.App().Bytes()
	if !bytes.Equal(data, ipatest.App().Bytes()) {
		t.Error("built twice, not the same")
	}
	a, found, err := archive.Identify(bytes.NewReader(data), int64(len(data)), archive.Limits{})
	if err != nil || found.Format != facts.FormatIPA || len(a.Anomalies()) != 0 {
		t.Fatalf("%+v, %v", found, err)
	}
	var got []string
	for _, e := range a.Entries() {
		got = append(got, e.Name)
	}
	const app = ipatest.Folder + "/"
	want := []string{
		app, app + "Info.plist", app + "Classroom", app + "en.lproj/InfoPlist.strings", app + "zh-Hans.lproj/InfoPlist.strings",
		app + "PrivacyInfo.xcprivacy", app + "embedded.mobileprovision", app + "AppIcon60x60@2x.png", app + "notice.png",
		app + "PlugIns/Share.appex/", app + "PlugIns/Share.appex/Info.plist", app + "PlugIns/Share.appex/Extension",
		app + "Watch/Watch.app/", app + "Watch/Watch.app/Info.plist", app + "Watch/Watch.app/Watch",
		app + "Frameworks/Kit.framework/", app + "Frameworks/Kit.framework/Info.plist", app + "Frameworks/Kit.framework/Kit",
		app + "Frameworks/Kit.framework/PrivacyInfo.xcprivacy",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}
