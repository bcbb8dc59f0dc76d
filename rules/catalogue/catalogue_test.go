package catalogue

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/rules/box"
)

func TestLookupFindsEveryEntry(t *testing.T) {
	t.Parallel()
	n := 0
	last := Entry{}
	for e := range All() {
		n++
		got, ok := Lookup(e.Kind, e.Name)
		if !ok || got.Name != e.Name || got.Kind != e.Kind {
			t.Errorf("Lookup(%s, %s) = %s, %v", e.Kind, e.Name, got.Name, ok)
		}
		if e.Kind == last.Kind && e.Name <= last.Name {
			t.Errorf("%s stands after %s", e.Name, last.Name)
		}
		last = e
		if e.Reason.ZH == "" || e.Reason.EN == "" || len(e.Source) == 0 {
			t.Errorf("%s has no reason or source", e.Name)
		}
		for _, s := range e.Source {
			if Source(s) == "" {
				t.Errorf("%s: source %q says nothing", e.Name, s)
			}
		}
	}
	if n != 1482 {
		t.Errorf("%d entries, want 1482", n)
	}
	if Version() == "" || !strings.HasPrefix(Digest(), "sha256:") {
		t.Errorf("Version %q, Digest %q", Version(), Digest())
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	e, ok := Lookup(KindPermission, "android.permission.SEND_SMS")
	if !ok {
		t.Fatal("SEND_SMS is not there")
	}
	if diff := cmp.Diff([]box.Box{box.SMS, box.SendMMS}, e.Acceptable); diff != "" {
		t.Errorf("Acceptable (-want +got):\n%s", diff)
	}
	if e.Box != box.SMS || e.Strength != Declares || e.Confidence != Certain || e.Group != "SMS" || e.Platform != "android" {
		t.Errorf("SEND_SMS = %+v", e)
	}
	for kind, name := range map[Kind]string{KindPermission: "", KindComponent: "android.permission.CAMERA", Kind("x"): "android.permission.CAMERA"} {
		if _, ok := Lookup(kind, name); ok {
			t.Errorf("Lookup(%q, %q) found something", kind, name)
		}
	}
	for _, name := range []string{"android.permission.CAMERa", "android.permission.CAMERA ", "zzz"} {
		if _, ok := Lookup(KindPermission, name); ok {
			t.Errorf("Lookup(%q) found something", name)
		}
	}
}

func TestGrant(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		from, to int
		want     Grant
	}{
		{"android.permission.CAMERA", 21, 37, Grant{Exists: true, Latest: Dangerous, Obtainable: true, Dangerous: true}},
		{"com.android.browser.permission.READ_HISTORY_BOOKMARKS", 23, 37, Grant{Exists: true, Latest: Normal, Obtainable: true}},
		{"android.permission.READ_LOGS", 16, 37, Grant{Exists: true, Latest: Signature}},
		{"android.permission.READ_LOGS", 15, 37, Grant{Exists: true, Latest: Signature, Obtainable: true, Dangerous: true}},
		{"android.permission.POST_NOTIFICATIONS", 21, 32, Grant{}},
		{"android.permission.POST_NOTIFICATIONS", 21, 33, Grant{Exists: true, Latest: Dangerous, Obtainable: true, Dangerous: true}},
		{"android.permission.SYSTEM_ALERT_WINDOW", 23, 37, Grant{Exists: true, Latest: Signature, Obtainable: true}},
		{"android.permission.READ_OWNER_DATA", 9, 37, Grant{}},
		{"android.permission.GET_TASKS", 20, 20, Grant{Exists: true, Latest: Dangerous, Obtainable: true, Dangerous: true}},
		{"android.permission.CAMERA", 30, 20, Grant{}},
	}
	for _, tt := range tests {
		e, ok := Lookup(KindPermission, tt.name)
		if !ok {
			t.Fatalf("%s is not there", tt.name)
		}
		if got := e.Grant(tt.from, tt.to); tt.from <= tt.to && got != tt.want {
			t.Errorf("%s on %d..%d = %+v, want %+v", tt.name, tt.from, tt.to, got, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"android.permission.READ_PHONE_STATES", "android.permission.READ_PHONE_STATE"},
		{"android.permisison.CAMERA", "android.permission.CAMERA"},
		{"andriod.permission.CAMERA", "android.permission.CAMERA"},
		{"android.permissions.CAMERA", "android.permission.CAMERA"},
		{"android.Manifest.permission.CAMERA", "android.permission.CAMERA"},
		{"CAMERA", "android.permission.CAMERA"},
		{"permission.RECORD_AUDIO", "android.permission.RECORD_AUDIO"},
		{"android.permission.CAMERA ", "android.permission.CAMERA"},
		{" android.permission. CAMERA\t", "android.permission.CAMERA"},
		{"android.permission.camera", "android.permission.CAMERA"},
		{"ANDROID.PERMISSION.ACCESS_FINE_LOCATION", "android.permission.ACCESS_FINE_LOCATION"},
		{"android.permission.ACESS_FINE_LOCATON", "android.permission.ACCESS_FINE_LOCATION"},
		{"android.permission.WRITE_EXTERNAL_STROAGE", "android.permission.WRITE_EXTERNAL_STORAGE"},
		{"android.permission.READ_CONTACT", "android.permission.READ_CONTACTS"},
		{"com.android.browser.permission.READ_HISTORY_BOOKMARK", "com.android.browser.permission.READ_HISTORY_BOOKMARKS"},

		{"android.permission.CAMERA", ""},
		{"com.foo.permission.CAMERA", ""},
		{"com.foo.permission.READ_SMSS", ""},
		{"com.example.app.permission.C2D_MESSAGE", ""},
		{"com.example.DYNAMIC_RECEIVER_NOT_EXPORTED_PERMISSION", ""},
		{"android.permission.WRITE_PRE_INSTALLED", ""},
		{"org.gsma.joyn.RCS_READ_CAPABILITIES", ""},
		{"android.permission.NFD", ""},
		{"X", ""}, {"", ""}, {" ", ""}, {".", ""}, {"android.permission.", ""},
		{strings.Repeat("A", 1<<16), ""},
	}
	for _, tt := range tests {
		got, ok := Nearest(tt.name)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Nearest(%.60q) = %q, %v, want %q", tt.name, got, ok, tt.want)
		}
	}
}

func FuzzNearest(f *testing.F) {
	for _, s := range []string{"android.permission.CAMERA", "android.permisison.CAMERA", "CAMERA ", "com.foo.permission.X", "", "..", "android.permission.\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, ok := Nearest(name)
		again, _ := Nearest(name)
		if got != again || ok != (got != "") {
			t.Fatalf("Nearest(%q) = %q, %v and then %q", name, got, ok, again)
		}
		if _, real := Lookup(KindPermission, got); ok && (!real || got == name) {
			t.Fatalf("Nearest(%q) = %q, which is not another real name", name, got)
		}
	})
}

func TestWithin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b  string
		limit int
		want  int
	}{
		{"abc", "abc", 2, 0}, {"abc", "abd", 2, 1}, {"abc", "acb", 2, 1}, {"abc", "ab", 2, 1}, {"", "ab", 2, 2},
		{"abcd", "dcba", 2, 3}, {"abc", "xyz", 1, 2}, {"a", "abcdef", 2, 3},
	}
	for _, tt := range tests {
		if got := within(tt.a, tt.b, tt.limit); got != tt.want {
			t.Errorf("within(%q, %q, %d) = %d, want %d", tt.a, tt.b, tt.limit, got, tt.want)
		}
		if got := within(tt.b, tt.a, tt.limit); got != tt.want {
			t.Errorf("within(%q, %q, %d) = %d, want %d", tt.b, tt.a, tt.limit, got, tt.want)
		}
	}
}

func TestWordsLongestFirst(t *testing.T) {
	t.Parallel()
	if !slices.IsSortedFunc(Words(), func(a, b Word) int { return len(b.Text) - len(a.Text) }) {
		t.Error("a shorter word stands before a longer one")
	}
}

// TestSplits holds what the rules rely on: every permission that is implied
// is in the catalogue.
func TestSplits(t *testing.T) {
	t.Parallel()
	for _, s := range Splits() {
		for _, n := range slices.Concat(s.Has, s.Gets) {
			if _, ok := Lookup(KindPermission, n); !ok {
				t.Errorf("%s is not there", n)
			}
		}
		if len(s.Gets) != 1 && (s.AAPT || s.Demands) {
			t.Errorf("%v: a rule of aapt, or one that demands, gives one permission", s.Gets)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Lookup(KindPermission, "android.permission.READ_PHONE_STATE")
	}
}

func BenchmarkNearest(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Nearest("android.permission.READ_PHONE_STATES")
	}
}
