package rules

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/catalogue"
	"heyan/rules/checks"
	"heyan/rules/filing"
)

const perm = "android.permission."

// judgeBoxes judges a package against the boxes and returns the checks by id.
func judgeBoxes(f *facts.Facts, filed *filing.Filing) (map[string]Check, []Category) {
	list, categories := judgePermissions(Input{Facts: f, Filing: filed}, ReadPermissions(f, filed.Preinstalled))
	byID := map[string]Check{}
	for _, c := range list {
		byID[c.ID] = c
	}
	return byID, categories
}

func ticks(boxes ...box.Box) *filing.Filing {
	return &filing.Filing{Permissions: append([]box.Box{}, boxes...)}
}

func TestBox(t *testing.T) {
	t.Parallel()
	partial, failed := apk("21", "34", uses(perm+"CAMERA")), apk("21", "34", uses(perm+"CAMERA"))
	half := ipa(from(facts.SourcePurposeString, "NSCameraUsageDescription"))
	half.Analyzers[1].Status = facts.StatusPartial
	partial.Analyzers[0].Status, failed.Analyzers[0].Status = facts.StatusPartial, facts.StatusFailed
	nothing := apk("21", "37")
	shared := ticks(box.Camera)
	shared.PermissionScope = filing.ScopeShared
	text := &filing.Filing{PermissionsText: "摄像头"}
	preinstalled := ticks()
	preinstalled.Preinstalled = true
	system := apk("21", "37", uses(perm+"READ_PRIVILEGED_PHONE_STATE"))
	system.App.SharedUserID = "android.uid.phone"
	tests := []struct {
		name  string
		facts *facts.Facts
		filed *filing.Filing
		box   box.Box
		want  string // OUTCOME SEVERITY REASON
	}{
		{"declared", apk("21", "37", uses(perm+"CAMERA")), ticks(box.Camera), box.Camera, "pass declared"},
		{"by text", apk("21", "37", uses(perm+"CAMERA")), text, box.Camera, "pass declared"},
		{"missing from a text", apk("21", "37", uses(perm+"CAMERA")), &filing.Filing{PermissionsText: "麦克风"}, box.Camera, "fail block under-declared"},
		{"maybe in a text", apk("21", "37", uses(perm+"CAMERA")), &filing.Filing{PermissionsText: "麦克风、某某"}, box.Camera, "fail review under-declared"},
		{"a blank text is none", apk("21", "37", uses(perm+"CAMERA")), &filing.Filing{PermissionsText: " "}, box.Camera, "fail info not-filed"},
		{"explained", apk("21", "37", uses(perm+"CALL_PHONE")), ticks(box.Phone, box.CallForwarding), box.CallForwarding, "pass explained"},
		{"not needed", nothing, ticks(), box.Camera, "pass not-needed"},
		{"certain", apk("21", "37", uses(perm+"CAMERA")), ticks(), box.Camera, "fail block under-declared"},
		{"conventional", apk("21", "37", uses(perm+"READ_CALL_LOG")), ticks(), box.Phone, "fail review under-declared"},
		{"debatable", apk("21", "37", uses(perm+"READ_EXTERNAL_STORAGE")), ticks(), box.Other, "fail advise under-declared"},
		{"strongest decides", apk("21", "37", uses(perm+"READ_CALL_LOG"), uses(perm+"CALL_PHONE")), ticks(), box.Phone, "fail block under-declared"},
		{"acceptable, certain", apk("21", "37", uses(perm+"SEND_SMS")), ticks(box.SendMMS), box.SMS, "fail review acceptable-only"},
		{"acceptable, conventional", apk("21", "37", uses(perm+"PACKAGE_USAGE_STATS")), ticks(box.InstalledApps), box.ReadAppData, "fail advise acceptable-only"},
		{"acceptable, debatable", apk("21", "37", uses(perm+"READ_EXTERNAL_STORAGE")), ticks(box.ReadAppData), box.Other, "pass accepted-elsewhere"},
		{"其它 is enough", apk("21", "37", uses(perm+"GET_ACCOUNTS")), ticks(box.Other), box.Contacts, "pass accepted-elsewhere"},
		{"under-declared outranks acceptable", apk("21", "37", uses(perm+"SEND_SMS"), uses(perm+"READ_CELL_BROADCASTS"), uses(perm+"READ_SMS")), ticks(box.SendMMS), box.SMS, "fail block under-declared"},
		{"over-declared", nothing, ticks(box.Camera), box.Camera, "fail advise over-declared"},
		{"over-declared other", nothing, ticks(box.Other), box.Other, "fail advise over-declared"},
		{"maybe sibling", nothing, shared, box.Camera, "pass maybe-sibling"},
		{"ineffective explains", apk("21", "37", uses(perm+"CAPTURE_AUDIO_OUTPUT")), ticks(box.RecordAudio), box.RecordAudio, "pass explained"},
		{"ineffective demands nothing", apk("21", "37", uses(perm+"READ_PRIVILEGED_PHONE_STATE")), ticks(), box.Phone, "pass not-needed"},
		{"unless preinstalled", apk("21", "37", uses(perm+"READ_PRIVILEGED_PHONE_STATE")), preinstalled, box.Phone, "fail review system-effective"},
		{"or of the system", system, ticks(), box.Phone, "fail review system-effective"},
		{"of the system, ticked", system, ticks(box.Phone), box.Phone, "pass declared"},
		{"of the system, 其它", system, ticks(box.Other), box.Phone, "pass accepted-elsewhere"},
		{"implied demands", apk("10", "15", uses(perm+"READ_CONTACTS")), ticks(box.Contacts), box.Phone, "fail review under-declared"},
		{"implied does not demand", apk("21", "28", uses(perm+"WRITE_EXTERNAL_STORAGE")), ticks(box.Other), box.Location, "pass not-needed"},
		{"implied explains", apk("21", "28", uses(perm+"WRITE_EXTERNAL_STORAGE")), ticks(box.Other, box.Location), box.Location, "pass explained"},
		{"installed apps below 30", apk("21", "29"), ticks(box.InstalledApps), box.InstalledApps, "pass explained"},
		{"duplicate, the wider counts", apk("21", "37", usesUntil(perm+"CAMERA", "18"), uses(perm+"CAMERA")), ticks(), box.Camera, "fail block under-declared"},

		{"not filed, demanded", apk("21", "37", uses(perm+"CAMERA")), &filing.Filing{}, box.Camera, "fail info not-filed"},
		{"not filed, not demanded", apk("21", "37"), &filing.Filing{}, box.Camera, "pass not-needed"},

		{"partial, missing is proved", partial, ticks(), box.Camera, "fail block under-declared"},
		{"partial, ticked is proved", partial, ticks(box.Camera), box.Camera, "pass declared"},
		{"partial, nothing seen", partial, ticks(box.Camera), box.SMS, "unknown review manifest-partial"},
		{"partial, over-declared", partial, ticks(box.Calendar), box.Calendar, "unknown advise manifest-partial"},
		{"failed", failed, ticks(), box.Camera, "unknown block manifest-unreadable"},
		{"failed, ticked", failed, ticks(box.Camera), box.Camera, "unknown block manifest-unreadable"},
		{"not read at all", &facts.Facts{Format: facts.FormatAPK}, ticks(), box.Camera, "unknown block manifest-unreadable"},

		{"purpose string", ipa(from(facts.SourcePurposeString, "NSCameraUsageDescription")), ticks(), box.Camera, "fail review under-declared"},
		{"purpose string, acceptable", ipa(from(facts.SourcePurposeString, "NSCriticalMessagingUsageDescription"), from(facts.SourceEntitlement, "com.apple.developer.messages.critical-messaging")), ticks(box.SendMMS), box.SMS, "fail review acceptable-only"},
		{"purpose string, debatable", ipa(from(facts.SourcePurposeString, "NSPhotoLibraryUsageDescription")), ticks(), box.Other, "fail advise under-declared"},
		{"entitlement", ipa(from(facts.SourceEntitlement, "com.apple.developer.contacts.notes")), ticks(), box.Contacts, "fail block under-declared"},
		{"impossible", ipa(), ticks(box.CallForwarding), box.CallForwarding, "fail review impossible"},
		{"impossible too", ipa(), ticks(box.BrowserHistory), box.BrowserHistory, "fail review impossible"},
		{"possible with the dialler's entitlement", ipa(from(facts.SourceEntitlement, "com.apple.developer.dialing-app")), ticks(box.Phone, box.CallForwarding), box.CallForwarding, "pass explained"},
		{"entitlements not read", half, ticks(), box.Other, "unknown review manifest-partial"},
		{"entitlements not read, purpose string", half, ticks(), box.Camera, "fail review under-declared"},
		{"over-declared on iOS", ipa(), ticks(box.SMS), box.SMS, "fail advise over-declared"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			list, categories := judgeBoxes(tt.facts, tt.filed)
			c := list["permissions."+string(tt.box)]
			got := fmt.Sprintf("%s %s %s", c.Outcome, c.Severity, c.Reason)
			if c.Outcome == OutcomePass {
				got = fmt.Sprintf("%s %s", c.Outcome, c.Reason)
			}
			if got != tt.want {
				t.Errorf("got %s, want %s\n%s\n%s", got, tt.want, c.Message.ZH, c.Message.EN)
			}
			if categories[tt.box.Index()].Outcome != c.Outcome {
				t.Errorf("the row says %s", categories[tt.box.Index()].Outcome)
			}
			for id, c := range list {
				if c.Message.ZH == "" || c.Message.EN == "" || c.Outcome == OutcomeFail && c.Remedy.ZH == "" || strings.Contains(c.Message.ZH, "规则缺失") {
					t.Errorf("%s %s has no words: %+v", id, c.Reason, c)
				}
			}
		})
	}
}

func TestField(t *testing.T) {
	t.Parallel()
	partial, failed := apk("21", "34"), apk("21", "34")
	partial.Analyzers[0].Status, failed.Analyzers[0].Status = facts.StatusPartial, facts.StatusFailed
	tests := []struct {
		name  string
		facts *facts.Facts
		filed *filing.Filing
		want  string
	}{
		{"not filed", apk("21", "34"), &filing.Filing{}, "fail block not-filed"},
		{"not filed, unreadable", failed, &filing.Filing{}, "fail block not-filed"},
		{"none ticked", apk("21", "34"), ticks(), "pass block none-ticked"},
		{"filed", apk("21", "34"), ticks(box.SMS), "pass block filed"},
		{"text alone", apk("21", "34"), &filing.Filing{PermissionsText: "无"}, "pass block none-ticked"},
		{"unreadable", failed, ticks(), "unknown block manifest-unreadable"},
		{"partial", partial, ticks(), "unknown review manifest-partial"},
	}
	for _, tt := range tests {
		list, _ := judgeBoxes(tt.facts, tt.filed)
		c := list["permissions"]
		if got := fmt.Sprintf("%s %s %s", c.Outcome, c.Severity, c.Reason); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestCategories(t *testing.T) {
	t.Parallel()
	f := apk("21", "37", uses(perm+"ACCESS_FINE_LOCATION"), uses(perm+"ACCESS_FINE_LOCATION"), uses(perm+"FOREGROUND_SERVICE_LOCATION"))
	_, rows := judgeBoxes(f, ticks(box.Location))
	if len(rows) != 13 {
		t.Fatalf("%d rows", len(rows))
	}
	want := Category{ID: box.Location, Label: Text{ZH: "读取位置信息", EN: "Location"}, Filed: true, Used: UseUnknown, Outcome: OutcomePass,
		Declared: []string{perm + "ACCESS_FINE_LOCATION"}, Implied: []string{perm + "ACCESS_COARSE_LOCATION"},
		ExplainedBy: []string{perm + "ACCESS_FINE_LOCATION", perm + "FOREGROUND_SERVICE_LOCATION", perm + "ACCESS_COARSE_LOCATION"}}
	if diff := cmp.Diff(want, rows[box.Location.Index()]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Category{ID: box.SMS, Label: Text{ZH: "短信", EN: "SMS"}, Used: UseUnknown, Outcome: OutcomePass, Declared: []string{}, Implied: []string{}, ExplainedBy: []string{}}, rows[0]); diff != "" {
		t.Errorf("an empty row (-want +got):\n%s", diff)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	p := usesUntil(perm+"CAMERA", "28")
	list, _ := judgeBoxes(apk("21", "37", p, uses(perm+"SEND_SMS")), ticks(box.SendMMS))
	c := list["permissions.camera"]
	want := Text{ZH: "请勾选「调用摄像头」：安装包声明了 android.permission.CAMERA（AndroidManifest.xml:3，最高到 Android 9）",
		EN: "Tick 「调用摄像头」: the package declares android.permission.CAMERA (AndroidManifest.xml:3, up to Android 9)"}
	if diff := cmp.Diff(want, c.Message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"android.permission.CAMERA (AndroidManifest.xml:3, up to Android 9)"}, c.Evidence); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	if c := list["permissions.sms"]; !strings.Contains(c.Message.ZH, "只勾选「发送彩信」") || !strings.Contains(c.Message.EN, "「发送彩信」 (Send MMS) alone") {
		t.Errorf("message %+v", c.Message)
	}
}

func TestEvidenceIsCapped(t *testing.T) {
	t.Parallel()
	f := apk("21", "37")
	for i := range 500 {
		p := uses(perm + "CAMERA")
		p.Where = fmt.Sprintf("AndroidManifest.xml:%d", i)
		f.Permissions = append(f.Permissions, p)
	}
	list, _ := judgeBoxes(f, ticks())
	c := list["permissions.camera"]
	if len(c.Evidence) != maxLines+1 || c.Evidence[maxLines] != "… +480" {
		t.Errorf("%d lines, the last %q", len(c.Evidence), c.Evidence[len(c.Evidence)-1])
	}
	if !strings.Contains(c.Message.ZH, "(+497)") || len(c.Message.ZH) > 400 {
		t.Errorf("message %s", c.Message.ZH)
	}
}

// TestReasonsAreUsed holds that no reason of the box checks is dead.
func TestReasonsAreUsed(t *testing.T) {
	t.Parallel()
	c, ok := checks.Get("permissions.sms")
	if !ok {
		t.Fatal("permissions.sms is not there")
	}
	known := append([]string{"not-needed", "accepted-elsewhere", "impossible", "maybe-sibling", "neither", "over-declared", "not-a-package", "manifest-unreadable", "manifest-partial"}, proved[:]...)
	for _, r := range c.Reasons {
		if !slices.Contains(known, r.ID) {
			t.Errorf("reason %q is made by nothing", r.ID)
		}
	}
	for _, id := range known {
		if _, ok := c.Reason(id); !ok {
			t.Errorf("reason %q has no words", id)
		}
	}
}

// TestFormBoxesPass holds the promise of FormBoxes on packages put together at
// random: ticking what must be ticked passes every check of the boxes.
func TestFormBoxesPass(t *testing.T) {
	t.Parallel()
	var all []catalogue.Entry
	for e := range catalogue.All() {
		if e.Kind == catalogue.KindPermission {
			all = append(all, e)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		f := apk(fmt.Sprint(random.IntN(36)+1), fmt.Sprint(random.IntN(37)+1))
		for range random.IntN(12) {
			f.Permissions = append(f.Permissions, uses(all[random.IntN(len(all))].Name))
		}
		filed := ticks()
		filed.Preinstalled = random.IntN(4) == 0
		for _, a := range FormBoxes(f, ReadPermissions(f, filed.Preinstalled)) {
			if a.Need == Must {
				filed.Permissions = append(filed.Permissions, a.Box)
			}
			if len(a.Names) == 0 || a.Reason.ZH == "" || a.Reason.EN == "" {
				t.Errorf("advice without a reason: %+v", a)
			}
		}
		list, _ := judgeBoxes(f, filed)
		for id, c := range list {
			if c.Outcome != OutcomePass && c.Outcome != OutcomeSkipped {
				t.Fatalf("%s: %s %s with %v", id, c.Outcome, c.Message.EN, f.Permissions)
			}
		}
	}
}

func TestFormBoxes(t *testing.T) {
	t.Parallel()
	f := apk("21", "29", uses(perm+"SEND_SMS"), uses(perm+"INTERNET"), uses(perm+"READ_PRIVILEGED_PHONE_STATE"), uses(perm+"FOREGROUND_SERVICE_CAMERA"))
	type short struct {
		Box  box.Box
		Need Need
	}
	var got []short
	for _, a := range FormBoxes(f, ReadPermissions(f, false)) {
		got = append(got, short{a.Box, a.Need})
	}
	want := []short{{box.SMS, Must}, {box.Camera, May}, {box.SendMMS, May}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func BenchmarkJudgePermissions(b *testing.B) {
	f := apk("21", "28")
	for e := range catalogue.All() {
		if e.Kind == catalogue.KindPermission && e.Strength.Demands() {
			f.Permissions = append(f.Permissions, uses(e.Name))
		}
	}
	in := Input{Facts: f, Filing: ticks(box.SMS)}
	b.ReportAllocs()
	for b.Loop() {
		judgePermissions(in, ReadPermissions(f, false))
	}
}
