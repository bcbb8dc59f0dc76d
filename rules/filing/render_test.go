package filing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/rules/box"
)

func TestRenderRoundTrip(t *testing.T) {
	t.Parallel()
	nasty := Notes{
		Head:   []string{"Line\nplatform: ios", "\u202e\u2028version: 9", ""},
		Fields: map[string][]string{FieldMD5: {"of the file\r\nmd5: 0"}, FieldPermissions: {"tick these"}},
		Boxes:  map[box.Box][]string{box.SMS: {"android.permission.SEND_SMS\n  - 电话"}, box.Phone: {"nothing asks for it"}},
	}
	tests := []struct {
		name   string
		filing *Filing
	}{
		{"blank", with(nil)},
		{"none ticked", with(func(f *Filing) { f.Permissions = []box.Box{} })},
		{"all ticked", with(func(f *Filing) { f.Permissions = box.All[:] })},
		{"full", with(func(f *Filing) {
			f.Kind, f.Round, f.Platform, f.PermissionScope = KindSelfUse, RoundChange, PlatformIOS, ScopeShared
			f.AppName, f.ShortName, f.Version = "名: \"#\\' \u202e\n- x", "~", "1.10"
			f.MD5, f.Permissions = "1e10", []box.Box{box.SMS, box.Other}
			f.PermissionsText, f.Features = "!!binary x", []Feature{FeatureForum, FeatureTutoring}
			f.PackageID, f.CertificateDigest, f.PublicKey = "*a", "&b", "-----BEGIN\nAA\n-----END"
			f.SecurityCertificate, f.FilingNumber, f.Preinstalled = "[]", "教APP备3100012号", true
		})},
	}
	for _, tt := range tests {
		for _, lang := range []string{"zh", "en"} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
				t.Parallel()
				text := Render(tt.filing, nasty, lang)
				got, err := Parse(text)
				if err != nil {
					t.Fatalf("%v\n%s", err, text)
				}
				if diff := cmp.Diff(tt.filing, got); diff != "" {
					t.Errorf("filing differs (-want +got):\n%s\n%s", diff, text)
				}
			})
		}
	}
}

func TestRenderIsReadyToEdit(t *testing.T) {
	t.Parallel()
	f := with(func(f *Filing) {
		f.Platform, f.Version, f.Permissions = PlatformAndroid, "1.10", []box.Box{box.Phone}
	})
	got := string(Render(f, Notes{Boxes: map[box.Box][]string{box.Phone: {"READ_PHONE_STATE"}}}, "zh"))
	for _, want := range []string{
		"应用平台: 安卓\n", "应用版本号: \"1.10\"\n", "安装包MD5码: \"\"\n",
		"应用权限:\n  # - 短信\n  # READ_PHONE_STATE\n  - 电话\n  # - 通讯录\n", "# 包名: \"\"\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("template lacks %q:\n%s", want, got)
		}
	}
}
