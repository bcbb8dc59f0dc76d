package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
)

func TestImplied(t *testing.T) {
	t.Parallel()
	const p = "android.permission."
	tests := []struct {
		name  string
		facts *facts.Facts
		want  []string // NAME by BY[ until N]
	}{
		{"nothing", apk("21", "37", uses(p+"INTERNET")), nil},
		{"local network", apk("21", "36", uses(p+"INTERNET")), []string{"ACCESS_LOCAL_NETWORK by INTERNET"}},
		{"fine location", apk("21", "34", uses(p+"ACCESS_FINE_LOCATION")), []string{"ACCESS_COARSE_LOCATION by ACCESS_FINE_LOCATION"}},
		{"coarse declared too", apk("21", "34", uses(p+"ACCESS_FINE_LOCATION"), uses(p+"ACCESS_COARSE_LOCATION")), nil},
		{"coarse declared, but for less", apk("21", "34", uses(p+"ACCESS_FINE_LOCATION"), usesUntil(p+"ACCESS_COARSE_LOCATION", "28")), []string{"ACCESS_COARSE_LOCATION by ACCESS_FINE_LOCATION"}},
		{"maximum is kept", apk("21", "34", usesUntil(p+"WRITE_EXTERNAL_STORAGE", "28")), []string{"READ_EXTERNAL_STORAGE by WRITE_EXTERNAL_STORAGE until 28"}},
		{"widest duplicate", apk("21", "34", usesUntil(p+"WRITE_EXTERNAL_STORAGE", "28"), usesUntil(p+"WRITE_EXTERNAL_STORAGE", "30")), []string{"READ_EXTERNAL_STORAGE by WRITE_EXTERNAL_STORAGE until 30"}},
		{"sdk-23 counts", apk("21", "34", from(facts.SourceUsesPermissionSDK23, p+"WRITE_EXTERNAL_STORAGE")), []string{"READ_EXTERNAL_STORAGE by WRITE_EXTERNAL_STORAGE"}},
		{"a component does not", apk("21", "34", from(facts.SourceComponent, p+"WRITE_EXTERNAL_STORAGE")), nil},
		{"chain", apk("21", "28", uses(p+"WRITE_EXTERNAL_STORAGE")), []string{
			"READ_EXTERNAL_STORAGE by WRITE_EXTERNAL_STORAGE", "ACCESS_MEDIA_LOCATION by READ_EXTERNAL_STORAGE",
			"READ_MEDIA_AUDIO by READ_EXTERNAL_STORAGE", "READ_MEDIA_VIDEO by READ_EXTERNAL_STORAGE", "READ_MEDIA_IMAGES by READ_EXTERNAL_STORAGE",
			"READ_MEDIA_VISUAL_USER_SELECTED by READ_MEDIA_IMAGES", "POST_NOTIFICATIONS by targetSdkVersion"}},
		{"background location", apk("21", "28", uses(p+"ACCESS_COARSE_LOCATION")), []string{"ACCESS_BACKGROUND_LOCATION by ACCESS_COARSE_LOCATION", "POST_NOTIFICATIONS by targetSdkVersion"}},
		{"bluetooth", apk("21", "30", uses(p+"BLUETOOTH_ADMIN")), []string{"BLUETOOTH_SCAN by BLUETOOTH_ADMIN", "BLUETOOTH_CONNECT by BLUETOOTH_ADMIN", "BLUETOOTH_ADVERTISE by BLUETOOTH_ADMIN", "POST_NOTIFICATIONS by targetSdkVersion"}},
		{"contacts before 16", apk("10", "15", uses(p+"READ_CONTACTS")), []string{"READ_CALL_LOG by READ_CONTACTS", "POST_NOTIFICATIONS by targetSdkVersion"}},
		{"target before 4", apk("", "", uses(p+"READ_EXTERNAL_STORAGE")), []string{
			"WRITE_EXTERNAL_STORAGE by targetSdkVersion", "READ_PHONE_STATE by targetSdkVersion", "ACCESS_MEDIA_LOCATION by READ_EXTERNAL_STORAGE",
			"READ_MEDIA_AUDIO by READ_EXTERNAL_STORAGE", "READ_MEDIA_VIDEO by READ_EXTERNAL_STORAGE", "READ_MEDIA_IMAGES by READ_EXTERNAL_STORAGE",
			"READ_MEDIA_VISUAL_USER_SELECTED by READ_MEDIA_IMAGES", "POST_NOTIFICATIONS by targetSdkVersion"}},
		{"body sensors", apk("21", "32", uses(p+"BODY_SENSORS")), []string{"BODY_SENSORS_BACKGROUND by BODY_SENSORS",
			"health.READ_HEART_RATE by BODY_SENSORS", "health.READ_HEALTH_DATA_IN_BACKGROUND by BODY_SENSORS_BACKGROUND", "POST_NOTIFICATIONS by targetSdkVersion"}},
	}
	short := func(s string) string {
		if len(s) > len(p) && s[:len(p)] == p {
			return s[len(p):]
		}
		return s
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, r := range ReadPermissions(tt.facts, false) {
				if r.Declared {
					continue
				}
				s := short(r.Name) + " by " + short(r.ImpliedBy)
				if r.MaxOS != "" {
					s += " until " + r.MaxOS
				}
				got = append(got, s)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestImpliedDemands(t *testing.T) {
	t.Parallel()
	const p = "android.permission."
	tests := []struct {
		name, by string
		want     bool
	}{
		{p + "READ_PHONE_STATE", byTarget, true},
		{p + "READ_CALL_LOG", p + "READ_CONTACTS", true},
		{p + "WRITE_CALL_LOG", p + "WRITE_CONTACTS", true},
		{p + "WRITE_EXTERNAL_STORAGE", byTarget, false},
		{p + "ACCESS_COARSE_LOCATION", p + "ACCESS_FINE_LOCATION", false},
		{p + "POST_NOTIFICATIONS", byTarget, false},
		{p + "READ_PHONE_STATE", "", false},
	}
	for _, tt := range tests {
		if got := impliedDemands(tt.name, tt.by); got != tt.want {
			t.Errorf("impliedDemands(%q, %q) = %v", tt.name, tt.by, got)
		}
	}
}

func TestAaptImplied(t *testing.T) {
	t.Parallel()
	const p = "android.permission."
	tests := []struct {
		name  string
		facts *facts.Facts
		want  []string
	}{
		{"nothing declared, no target", apk("", ""), []string{p + "WRITE_EXTERNAL_STORAGE", p + "READ_PHONE_STATE", p + "READ_EXTERNAL_STORAGE"}},
		{"minimum raises the target", apk("4", ""), nil},
		{"minimum above the target", apk("16", "3", uses(p+"READ_CONTACTS")), nil},
		{"code names leave it at 0", apk("Tiramisu", "VanillaIceCream"), []string{p + "WRITE_EXTERNAL_STORAGE", p + "READ_PHONE_STATE", p + "READ_EXTERNAL_STORAGE"}},
		{"but Donut", apk("Donut", ""), nil},
		{"storage", apk("16", "30", usesUntil(p+"WRITE_EXTERNAL_STORAGE", "18")), []string{p + "READ_EXTERNAL_STORAGE"}},
		{"storage for sdk-23", apk("16", "30", from(facts.SourceUsesPermissionSDK23, p+"WRITE_EXTERNAL_STORAGE")), nil},
		{"call log", apk("5", "5", uses(p+"READ_CONTACTS"), uses(p+"WRITE_CONTACTS")), []string{p + "READ_CALL_LOG", p + "WRITE_CALL_LOG"}},
		{"call log declared", apk("5", "5", uses(p+"WRITE_CONTACTS"), uses(p+"WRITE_CALL_LOG")), nil},
		{"no platform splits", apk("21", "28", uses(p+"ACCESS_FINE_LOCATION"), uses(p+"BLUETOOTH")), nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, AaptImplied(tt.facts)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
