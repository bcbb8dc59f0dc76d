package arsc_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/apk/apktest"
	"heyan/analyzer/apk/arsc"
	"heyan/analyzer/apk/restype"
)

const (
	label   = 0x7f010000
	alias   = 0x7f010001
	loop    = 0x7f010002
	loop2   = 0x7f010003
	long    = 0x7f010005
	flag    = 0x7f020001
	icon    = 0x7f030000
	missing = 0x7f010009
)

var none = apktest.Config{}

func fill(t *apktest.Table) *apktest.Table {
	return t.
		Set(label, none, "Default").
		Set(label, apktest.Config{Language: "zh"}, "中文").
		Set(label, apktest.Config{Language: "zh", Region: "CN"}, "中国").
		Set(label, apktest.Config{Language: "zh", Region: "TW"}, "台灣").
		Set(label, apktest.Config{Language: "zh", Script: "Hans", Region: "CN"}, "简体").
		Set(label, apktest.Config{Language: "fil"}, "Tagalog").
		Set(label, apktest.Config{Language: "es", Region: "419"}, "Latino").
		Set(label, apktest.Config{Night: true}, "night").
		Set(alias, none, apktest.Ref(label)).
		Set(alias, apktest.Config{Language: "ja"}, "日本").
		Set(loop, none, apktest.Ref(loop2)).
		Set(loop2, none, apktest.Ref(loop)).
		Set(flag, none, false).
		Set(flag, apktest.Config{SDK: 26}, true).
		Set(icon, apktest.Config{Density: 160}, "res/mdpi.png").
		Set(icon, apktest.Config{Density: 480}, "res/xxhdpi.png")
}

func open(t testing.TB, data []byte) *arsc.Table {
	t.Helper()
	table, err := arsc.Open(bytes.NewReader(data), int64(len(data)), arsc.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if table.Damage() != "" {
		t.Errorf("damage: %s", table.Damage())
	}
	return table
}

func TestFind(t *testing.T) {
	t.Parallel()
	for name, table := range map[string]*apktest.Table{
		"plain":     {},
		"utf-16":    {UTF16: true},
		"sparse":    {Sparse: true},
		"offset16":  {Offset16: true},
		"compact":   {Compact: true},
		"all three": {Sparse: true, Compact: true, UTF16: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := open(t, fill(table).Set(long, none, strings.Repeat("长", 20_000)).Bytes())
			for _, test := range []struct {
				id     uint32
				locale string
				want   string
				ok     bool
			}{
				{label, "", "Default", true},
				{label, "zh-CN", "中国", true},
				{label, "zh-Hans-CN", "简体", true},
				{label, "zh-SG", "中文", true},
				{label, "zh-TW", "台灣", true},
				{label, "zh-HK", "Default", true},
				{label, "fil", "Tagalog", true},
				{label, "es-419", "Latino", true},
				{label, "de", "Default", true},
				{alias, "", "Default", true},
				{alias, "zh-CN", "中国", true},
				{alias, "ja", "日本", true},
				{loop, "", "", false},
				{missing, "", "", false},
				{0, "", "", false},
				{0x01040000, "", "", false},
				{long, "", strings.Repeat("长", 20_000), true},
			} {
				e, _, ok, err := table.Find(test.id, test.locale)
				if err != nil || ok != test.ok || e.Text != test.want {
					t.Errorf("Find(%#x, %q) = %.40q, %v, %v; want %.40q", test.id, test.locale, e.Text, ok, err, test.want)
				}
			}
			e, varies, ok, err := table.Find(flag, "")
			if err != nil || !ok || !varies || e.Value.Data == 0 {
				t.Errorf("flag: %+v varies %v %v %v", e, varies, ok, err)
			}
		})
	}
}

func TestLocales(t *testing.T) {
	t.Parallel()
	table := open(t, fill(&apktest.Table{}).Bytes())
	got, err := table.Locales(alias, 100)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "es-419", "fil", "ja", "zh", "zh-CN", "zh-Hans-CN", "zh-TW"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("locales (-want +got):\n%s", diff)
	}
	if got, _ := table.Locales(alias, 2); len(got) != 2 {
		t.Errorf("%d locales, want the limit of 2", len(got))
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	table := open(t, fill(&apktest.Table{}).Bytes())
	entries, err := table.Values(icon)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, fmt.Sprintf("%d %s", e.Config.Density, e.Text))
	}
	if diff := cmp.Diff([]string{"160 res/mdpi.png", "480 res/xxhdpi.png"}, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// TestSharedLibrary: a library's own package has id 0.
func TestSharedLibrary(t *testing.T) {
	t.Parallel()
	table := open(t, (&apktest.Table{}).Set(0x00010002, none, "library").Bytes())
	if e, _, ok, err := table.Find(0x00010002, ""); err != nil || !ok || e.Text != "library" {
		t.Errorf("Find = %+v, %v, %v", e, ok, err)
	}
}

// TestDeepReferences: Android follows a limited number of references.
func TestDeepReferences(t *testing.T) {
	t.Parallel()
	table := &apktest.Table{}
	const chain = 100
	for n := range uint32(chain) {
		table.Set(0x7f010000+n, none, apktest.Ref(0x7f010000+n+1))
	}
	table.Set(0x7f010000+chain, none, "end")
	read := open(t, table.Bytes())
	if _, _, ok, err := read.Find(0x7f010000, ""); ok || err != nil {
		t.Errorf("a chain of %d references: %v, %v", chain, ok, err)
	}
	if e, _, ok, _ := read.Find(0x7f010000+chain-10, ""); !ok || e.Text != "end" {
		t.Errorf("a chain of 10 references: %v", ok)
	}
}

// probe asks a table everything the analyzer asks.
func probe(data []byte) string {
	table, err := arsc.Open(bytes.NewReader(data), int64(len(data)), arsc.Limits{})
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	for _, id := range []uint32{label, alias, loop, long, flag, icon, missing} {
		locales, err := table.Locales(id, 64)
		fmt.Fprint(&out, locales, err)
		for _, locale := range locales {
			e, varies, ok, err := table.Find(id, locale)
			fmt.Fprint(&out, e.Value, e.Text, varies, ok, err)
		}
		values, err := table.Values(id)
		fmt.Fprint(&out, len(values), err)
	}
	return out.String() + table.Damage()
}

// small is a table that is short enough to be damaged at every byte.
func small() []byte {
	return (&apktest.Table{}).Set(label, none, "Default").Set(label, apktest.Config{Language: "zh"}, "中文").
		Set(alias, none, apktest.Ref(label)).Bytes()
}

func TestTruncated(t *testing.T) {
	t.Parallel()
	whole := small()
	sound := probe(whole)
	for n := range whole {
		if got := probe(whole[:n:n]); got == sound {
			t.Errorf("cut to %d of %d bytes it reads like the whole", n, len(whole))
		}
	}
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	whole := small()
	for n := range whole {
		for _, bit := range []byte{1, 0x80, 0xff} {
			data := bytes.Clone(whole)
			data[n] ^= bit
			if first, second := probe(data), probe(data); first != second {
				t.Fatalf("byte %d: two readings differ", n)
			}
		}
	}
}

// TestManyTypes: a table of nothing but type chunks meets the limit.
func TestManyTypes(t *testing.T) {
	t.Parallel()
	whole := small()
	_, err := arsc.Open(bytes.NewReader(whole), int64(len(whole)), arsc.Limits{Types: 1})
	if !errors.Is(err, arsc.ErrLimit) {
		t.Errorf("error = %v, want %v", err, arsc.ErrLimit)
	}
	for _, limit := range []arsc.Limits{{Reads: 12}, {Steps: 3}} {
		table, err := arsc.Open(bytes.NewReader(whole), int64(len(whole)), limit)
		if err == nil {
			_, _, _, err = table.Find(label, "zh")
		}
		if !errors.Is(err, arsc.ErrLimit) {
			t.Errorf("%+v: error = %v, want %v", limit, err, arsc.ErrLimit)
		}
	}
}

// TestReaderFault: what the medium says is passed on.
func TestReaderFault(t *testing.T) {
	t.Parallel()
	_, err := arsc.Open(brokenReader{}, 1000, arsc.Limits{})
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error = %v", err)
	}
}

type brokenReader struct{}

func (brokenReader) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

func FuzzTable(f *testing.F) {
	for _, table := range []*apktest.Table{{}, {UTF16: true}, {Sparse: true}, {Offset16: true}, {Compact: true}} {
		f.Add(fill(table).Bytes())
	}
	f.Add(small())
	f.Fuzz(func(t *testing.T, data []byte) {
		if first, second := probe(data), probe(data); first != second {
			t.Error("two readings differ")
		}
	})
}

// large is a table like that of a big app: 90 locales of 5,000 strings.
func large() []byte {
	table := &apktest.Table{UTF16: true}
	for a := range 9 {
		for b := range 10 {
			c := apktest.Config{Language: string([]byte{'a' + byte(a), 'a' + byte(b)})}
			for n := range uint32(5000) {
				table.Set(0x7f010000+n, c, restype.Value{Type: restype.ValueIntDec, Data: n})
			}
			table.Set(0x7f010000, c, "name "+c.Language)
		}
	}
	return table.Bytes()
}

func BenchmarkLabel(b *testing.B) {
	data := large()
	b.ReportAllocs()
	for b.Loop() {
		table, err := arsc.Open(bytes.NewReader(data), int64(len(data)), arsc.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		locales, err := table.Locales(0x7f010000, 512)
		if err != nil || len(locales) != 90 {
			b.Fatal(len(locales), err)
		}
		for _, locale := range locales {
			if _, _, ok, err := table.Find(0x7f010000, locale); !ok || err != nil {
				b.Fatal(locale, err)
			}
		}
	}
}
