package sqlstore

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heyan/storage/record"
)

func TestBind(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678901999, time.FixedZone("", 8*3600))
	got := bind([]any{"a\x00\xff", at, time.Time{}, true, false, 3, int64(4), []byte(nil), []byte("b"), record.StateJudged})
	want := []any{"a\uFFFD\uFFFD", at.UnixMicro(), int64(0), int64(1), int64(0), int64(3), int64(4), []byte{}, []byte("b"), "judged"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestIndexedTextsStayDifferent(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", 1000)
	a, b := indexed(long+"a"), indexed(long+"b")
	switch {
	case a == b:
		t.Error("two texts became one")
	case len(a) > longestKey || len(b) > longestKey:
		t.Errorf("%d and %d bytes", len(a), len(b))
	case clean(a) != a:
		t.Errorf("not valid: %q", a)
	case indexed(a) != a:
		t.Error("a shortened text is shortened again")
	case indexed("short") != "short":
		t.Error("a short text is changed")
	}
}

func TestPackingIsDeterministic(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte(`{"check":"version","outcome":"pass"},`), 3000)
	var first []byte
	for range 3 {
		p, err := newPacker()
		if err != nil {
			t.Fatal(err)
		}
		packed := p.pack(body)
		if first == nil {
			first = bytes.Clone(packed)
		}
		if !bytes.Equal(packed, first) {
			t.Error("the same bytes were packed differently")
		}
		if got, err := p.unpack(packed); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%d bytes of %d: %v", len(got), len(body), err)
		}
		packed[len(packed)/2] ^= 1
		if _, err := p.unpack(packed); err == nil {
			t.Error("damage was not seen")
		}
	}
	if len(first) > len(body)/20 {
		t.Errorf("%d bytes of %d", len(first), len(body))
	}
}
