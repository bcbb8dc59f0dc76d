package checks

import (
	"strings"
	"testing"

	"heyan/rules/box"
)

func TestAll(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, c := range All() {
		if seen[c.ID] {
			t.Errorf("two checks %s", c.ID)
		}
		seen[c.ID] = true
		if got, ok := Get(c.ID); !ok || got.ID != c.ID || Index(c.ID) != i {
			t.Errorf("Get(%q) = %q, %v; Index %d, want %d", c.ID, got.ID, ok, Index(c.ID), i)
		}
		for _, r := range c.Reasons {
			if got, ok := c.Reason(r.ID); !ok || got.Message != r.Message {
				t.Errorf("%s: reason %q is not found", c.ID, r.ID)
			}
		}
	}
	for _, b := range box.All {
		if !seen["permissions."+string(b)] {
			t.Errorf("no check of the box %s", b)
		}
	}
	if _, ok := Get("nothing"); ok {
		t.Error("a check that is not there was found")
	}
}

func TestAllIsACopy(t *testing.T) {
	t.Parallel()
	All()[0].ID = "changed"
	if All()[0].ID == "changed" {
		t.Error("a caller can change the table")
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	if d := Digest(); !strings.HasPrefix(d, "sha256:") || len(d) != len("sha256:")+64 {
		t.Errorf("digest %q", d)
	}
}

func TestTextIn(t *testing.T) {
	t.Parallel()
	text := Text{ZH: "一", EN: "one"}
	if text.In("zh") != "一" || text.In("en") != "one" || text.In("") != "一" {
		t.Error("languages are mixed up")
	}
}

func BenchmarkGet(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Get("continuity.version-code"); !ok {
			b.Fatal("not found")
		}
	}
}
