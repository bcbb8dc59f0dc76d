package plist_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"heyan/analyzer/archive"
	"heyan/analyzer/ipa/plist"

	"github.com/google/go-cmp/cmp"
	peer "howett.net/plist"
)

// ordinary is a value of every type that an Info.plist has.
func ordinary() map[string]any {
	return map[string]any{
		"CFBundleIdentifier": "cn.example.school", "CFBundleDisplayName": "示例学堂 😀", "empty": "", "markup": `<a href="x">&amp;</a>'`,
		"yes": true, "no": false, "small": int64(7), "byte": int64(200), "word": int64(60000), "long": int64(1 << 40), "below": int64(-5), "largest": uint64(1<<64 - 1),
		"real": 1.5, "when": time.Date(2026, 11, 21, 1, 2, 3, 0, time.UTC), "data": []byte{0, 1, 2, 0xff},
		"list": []any{"a", int64(1), []any{}, map[string]any{}}, "dict": map[string]any{"in": map[string]any{"deep": "x"}},
		"long text": strings.Repeat("好", 300), "long ascii": strings.Repeat("x", 70000), "": "empty key",
	}
}

func TestSameAsPeer(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]int{"binary": peer.BinaryFormat, "xml": peer.XMLFormat} {
		data, err := peer.Marshal(ordinary(), format)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := plist.Read(data, plist.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(any(ordinary()), doc.Value); diff != "" || string(doc.Format) != name || len(doc.Anomalies) > 0 {
			t.Errorf("%s, %s, %v (-want +got):\n%s", name, doc.Format, doc.Anomalies, diff)
		}
	}
	texts := map[string]any{"a b": "x\"y\\z\n\t", "list": []any{"1", "2"}, "dict": map[string]any{"k": "示例"}, "data": []byte{1, 2}}
	for _, format := range []int{peer.OpenStepFormat, peer.GNUStepFormat} {
		data, err := peer.Marshal(texts, format)
		if err != nil {
			t.Fatal(err)
		}
		got, err := plist.Decode(data, plist.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if diff := cmp.Diff(any(texts), got); diff != "" {
			t.Errorf("text %s (-want +got):\n%s", data, diff)
		}
	}
}

// TestCorpus compares every property list of the corpus with the peer's reading.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("HEYAN_CORPUS")
	if dir == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	files, err := filepath.Glob(filepath.Join(dir, "files", "*.ipa"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	read := 0
	for _, file := range files {
		for name, data := range propertyLists(t, file) {
			var want any
			if _, err := peer.Unmarshal(data, &want); err != nil {
				t.Logf("%s: the peer: %v", name, err)
				continue
			}
			got, err := plist.Decode(data, plist.Limits{})
			if err != nil {
				t.Errorf("%s %s: %v", file, name, err)
				continue
			}
			if diff := cmp.Diff(normal(want), got); diff != "" {
				t.Errorf("%s %s (-peer +heyan):\n%s", file, name, diff)
			}
			read++
		}
	}
	t.Logf("%d property lists equal", read)
}

func propertyLists(t *testing.T, file string) map[string][]byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][]byte{}
	zip, err := archive.Open(bytes.NewReader(data), int64(len(data)), archive.Limits{})
	if err != nil {
		return nil
	}
	for _, e := range zip.Entries() {
		switch filepath.Ext(e.Name) {
		case ".plist", ".strings", ".xcent":
			if lists[e.Name], err = zip.ReadFile(&e, 1<<20); err != nil {
				t.Fatal(err)
			}
		}
	}
	return lists
}

// normal turns the peer's types into ours.
func normal(v any) any {
	switch v := v.(type) {
	case uint64:
		if v < 1<<63 {
			return int64(v)
		}
	case peer.UID:
		return plist.UID(v)
	case time.Time:
		return v.UTC()
	case []any:
		for n := range v {
			v[n] = normal(v[n])
		}
	case map[string]any:
		for k := range v {
			v[k] = normal(v[k])
		}
	}
	return v
}

// bin writes a binary property list of raw objects, the first being the top.
func bin(objects ...string) []byte { return binSized(1, objects...) }

func binSized(refSize byte, objects ...string) []byte {
	out := []byte("bplist00")
	var table []byte
	for _, o := range objects {
		table = binary.BigEndian.AppendUint16(table, uint16(len(out)))
		out = append(out, o...)
	}
	at := uint64(len(out))
	out = append(out, table...)
	out = append(out, 0, 0, 0, 0, 0, 0, 2, refSize)
	for _, n := range []uint64{uint64(len(objects)), 0, at} {
		out = binary.BigEndian.AppendUint64(out, n)
	}
	return out
}

// bomb is levels of arrays that each hold the next one fan times.
func bomb(levels, fan int) []byte {
	var objects []string
	for n := range levels {
		objects = append(objects, string([]byte{0xa0 | byte(fan)})+strings.Repeat(string([]byte{byte(n + 1)}), fan))
	}
	return bin(append(objects, "\x51a")...)
}

func utf16File(order binary.AppendByteOrder, mark bool, text string) []byte {
	var out []byte
	if mark {
		out = order.AppendUint16(out, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd"><plist version="1.0">`

func TestRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data  []byte
		want  any
		codes []string
	}{
		"binary: duplicate key, the first":  {bin("\xd2\x01\x01\x02\x03", "\x51k", "\x51a", "\x51b"), map[string]any{"k": "a"}, []string{plist.CodeDuplicateKey}},
		"xml: duplicate key, the last":      {[]byte(xmlHead + "<dict><key>k</key><string>a</string><key>k</key><string>b</string></dict></plist>"), map[string]any{"k": "b"}, []string{plist.CodeDuplicateKey}},
		"text: duplicate key, the last":     {[]byte("k=a;k=b;"), map[string]any{"k": "b"}, []string{plist.CodeDuplicateKey}},
		"binary: integer of 16 bytes":       {bin("\x14" + strings.Repeat("\x00", 8) + strings.Repeat("\xff", 8)), uint64(1<<64 - 1), nil},
		"binary: negative of 16 bytes":      {bin("\x14" + strings.Repeat("\xff", 16)), int64(-1), nil},
		"binary: unsigned byte":             {bin("\x10\xff"), int64(255), nil},
		"binary: UTF-16":                    {bin("\x62\x67\x09\x65\x59"), "有教", nil},
		"binary: half a pair":               {bin("\x61\xd8\x00"), "\ufffd", nil},
		"binary: count of its own":          {bin("\x5f\x10\x03abc"), "abc", nil},
		"binary: references of 8 bytes":     {binSized(8, "\xa1\x00\x00\x00\x00\x00\x00\x00\x01", "\x09"), []any{true}, nil},
		"binary: null and set":              {bin("\xc2\x01\x02", "\x00", "\x08"), []any{nil, false}, nil},
		"binary: date beyond all years":     {bin("\x33\x7f\xef\xff\xff\xff\xff\xff\xff"), time.Time{}, nil},
		"binary: UID":                       {bin("\x81\x01\x02"), plist.UID(258), nil},
		"binary: real of 4 bytes":           {bin("\x22\x3f\xc0\x00\x00"), 1.5, nil},
		"xml: trailing data":                {[]byte(xmlHead + "<true/></plist>xx"), true, []string{plist.CodeTrailingData}},
		"xml: trailing zeros":               {[]byte(xmlHead + "<true/></plist>\n\x00\x00"), true, nil},
		"xml: without plist":                {[]byte("<dict/>"), map[string]any{}, nil},
		"xml: mark, comment, blanks":        {[]byte("\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- a <b> -- c -->\n<plist>\n<array><!-- x --><string> a </string ></array></plist>\n"), []any{" a "}, nil},
		"xml: UTF-16":                       {utf16File(binary.LittleEndian, true, "<plist><string>教</string></plist>"), "教", nil},
		"xml: UTF-16 without mark":          {utf16File(binary.BigEndian, false, "<plist><string>教</string></plist>"), "教", []string{plist.CodeEncoding}},
		"xml: GBK":                          {[]byte("<?xml version=\"1.0\" encoding=\"GBK\"?><plist><string>\xbd\xcc</string></plist>"), "教", []string{plist.CodeEncoding}},
		"xml: GBK that says UTF-8":          {[]byte(xmlHead + "<string>\xbd\xcc\xd3\xfd</string></plist>"), "教育", []string{plist.CodeEncoding}},
		"xml: entities and CDATA":           {[]byte("<string>&lt;&#25945;&#x6559;&amp;amp;<![CDATA[<b>&amp;]]>&quot;&apos;&gt;</string>"), `<教教&amp;<b>&amp;"'>`, nil},
		"xml: integers":                     {[]byte("<array><integer>0x1F</integer><integer> -7 </integer><integer>+3</integer><integer>18446744073709551615</integer></array>"), []any{int64(31), int64(-7), int64(3), uint64(1<<64 - 1)}, nil},
		"xml: data with blanks":             {[]byte("<data>\n\tAAEC\n\t/w==\n</data>"), []byte{0, 1, 2, 255}, nil},
		"text: empty":                       {nil, map[string]any{}, nil},
		"text: comment alone":               {[]byte("/* nothing */\n// here"), map[string]any{}, nil},
		"text: strings file":                {[]byte("/* c */ \"NSCameraUsageDescription\" = \"拍照\"; // d\nCFBundleName=School;"), map[string]any{"NSCameraUsageDescription": "拍照", "CFBundleName": "School"}, nil},
		"text: escapes":                     {[]byte(`a = "\"\n\\\U6559\101\ud83d\ude00";`), map[string]any{"a": "\"\n\\教A😀"}, nil},
		"text: two semicolons, none":        {[]byte(`a = "1";; b = "2"`), map[string]any{"a": "1", "b": "2"}, []string{plist.CodeLenient, plist.CodeLenient}},
		"text: words in other than ASCII":   {[]byte(`a = 学校;`), map[string]any{"a": "学校"}, []string{plist.CodeLenient}},
		"text: key alone":                   {[]byte(`a;`), map[string]any{"a": "a"}, nil},
		"text: UTF-16, both orders":         {utf16File(binary.BigEndian, true, `"a" = "教";`), map[string]any{"a": "教"}, nil},
		"text: UTF-16 without mark":         {utf16File(binary.LittleEndian, false, `"a" = "教";`), map[string]any{"a": "教"}, []string{plist.CodeEncoding}},
		"text: GBK":                         {[]byte("\"a\" = \"\xbd\xcc\xd3\xfd\";"), map[string]any{"a": "教育"}, []string{plist.CodeEncoding}},
		"text: neither":                     {[]byte("\"a\" = \"x\xff\xff\";"), map[string]any{"a": "x\ufffd"}, []string{plist.CodeEncoding}},
		"text: nested, data, trailing zero": {[]byte("{ a = ( 1, {b=c;}, <0aff 01> ); }\x00"), map[string]any{"a": []any{"1", map[string]any{"b": "c"}, []byte{10, 255, 1}}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := plist.Read(test.data, plist.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, doc.Value); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
			var codes []string
			for _, a := range doc.Anomalies {
				codes = append(codes, a.Code)
			}
			if diff := cmp.Diff(test.codes, codes); diff != "" {
				t.Errorf("anomalies (-want +got):\n%s", diff)
			}
		})
	}
}

// changed is a small binary list with 8 bytes of its trailer replaced.
func changed(at int, value uint64) []byte {
	data := bin("\xa1\x01", "\x09")
	binary.BigEndian.PutUint64(data[len(data)-32+at:], value)
	return data
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"bomb of 147 bytes":                     {bomb(8, 10), plist.ErrTooLarge},
		"bomb of 20 levels":                     {bomb(20, 10), plist.ErrTooLarge},
		"deep binary":                           {bomb(70, 1), plist.ErrTooLarge},
		"binary that holds itself":              {bin("\xa1\x01", "\xa1\x00"), plist.ErrMalformed},
		"key that is a container":               {bin("\xd1\x01\x01", "\xa0"), plist.ErrMalformed},
		"2^32 objects":                          {changed(8, 1<<32), plist.ErrMalformed},
		"2^63 objects":                          {changed(8, 1<<63), plist.ErrMalformed},
		"top beyond the objects":                {changed(16, 1<<32), plist.ErrMalformed},
		"table at 2^32":                         {changed(24, 1<<32), plist.ErrMalformed},
		"table at 2^64-1":                       {changed(24, 1<<64-1), plist.ErrMalformed},
		"offsets of 255 bytes":                  {changed(0, 0xffff), plist.ErrMalformed},
		"count of 2^63":                         {bin("\x5f\x13\x80\x00\x00\x00\x00\x00\x00\x00"), plist.ErrMalformed},
		"count of 2^32":                         {bin("\xaf\x13\x00\x00\x00\x01\x00\x00\x00\x00"), plist.ErrMalformed},
		"count that is no integer":              {bin("\x5f\x09"), plist.ErrMalformed},
		"object in the trailer":                 {bin("\x5f\x10\x20abc"), plist.ErrMalformed},
		"trailer cut":                           {bin("\x09")[:30], plist.ErrMalformed},
		"data behind the trailer":               {append(bin("\x09"), "xx"...), plist.ErrMalformed},
		"byte beyond ASCII":                     {bin("\x51\xff"), plist.ErrMalformed},
		"unknown marker":                        {bin("\x70"), plist.ErrMalformed},
		"other version":                         {[]byte("bplist16" + strings.Repeat("\x00", 40)), plist.ErrMalformed},
		"overlapping strings":                   {overlapping(), plist.ErrMalformed},
		"deep XML":                              {[]byte(strings.Repeat("<array>", 3_000_000/8)), plist.ErrTooLarge},
		"deep text":                             {[]byte(strings.Repeat("(", 1_000_000)), plist.ErrTooLarge},
		"deep text of dictionaries":             {[]byte(strings.Repeat("{a=", 1_000_000)), plist.ErrTooLarge},
		"many XML objects":                      {[]byte("<array>" + strings.Repeat("<true/>", 300_000)), plist.ErrTooLarge},
		"many dictionaries":                     {[]byte("<array>" + strings.Repeat("<dict/>", 100_000)), plist.ErrTooLarge},
		"too long":                              {make([]byte, 16<<20+1), plist.ErrTooLarge},
		"entity declared":                       {[]byte(`<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaa">]><plist><string>&a;</string></plist>`), plist.ErrMalformed},
		"unknown entity":                        {[]byte("<string>&nbsp;</string>"), plist.ErrMalformed},
		"number of no character":                {[]byte("<string>&#xd800;</string>"), plist.ErrMalformed},
		"comment that readers read differently": {[]byte("<dict><!--><key>a</key><true/></dict>"), plist.ErrMalformed},
		"key without value":                     {[]byte("<dict><key>a</key></dict>"), plist.ErrMalformed},
		"value without key":                     {[]byte("<dict><true/></dict>"), plist.ErrMalformed},
		"wrong closing tag":                     {[]byte("<string>a</integer>"), plist.ErrMalformed},
		"unknown element":                       {[]byte("<dict><key>a</key><nil/></dict>"), plist.ErrMalformed},
		"true with text":                        {[]byte("<true>a<b></true>"), plist.ErrMalformed},
		"text that does not end":                {[]byte(`a = "b`), plist.ErrMalformed},
		"comment that does not end":             {[]byte(`a = b; /* c`), plist.ErrMalformed},
		"no value":                              {[]byte(`a = ;`), plist.ErrMalformed},
		"HTML":                                  {[]byte("<html><body>404</body></html>"), plist.ErrMalformed},
		"JSON":                                  {[]byte(`{"a": 1}`), plist.ErrMalformed},
		"Mach-O":                                {[]byte("\xcf\xfa\xed\xfe\x0c\x00\x00\x01"), plist.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := plist.Decode(test.data, plist.Limits{})
			if !errors.Is(err, test.want) || v != nil {
				t.Errorf("%T, error %v, want %v", v, err, test.want)
			}
		})
	}
}

// overlapping is an array of 200 objects that all are one long string.
func overlapping() []byte {
	const n, long = 200, 60_000
	out := []byte("bplist00\xaf\x10\xc8")
	for ref := range n {
		out = append(out, byte(ref+1))
	}
	text := len(out)
	out = append(out, "\x5f\x11\xea\x60"...)
	out = append(out, strings.Repeat("x", long)...)
	table := len(out)
	out = binary.BigEndian.AppendUint16(out, 8)
	for range n {
		out = binary.BigEndian.AppendUint16(out, uint16(text))
	}
	out = append(out, 0, 0, 0, 0, 0, 0, 2, 1)
	for _, v := range []uint64{n + 1, 0, uint64(table)} {
		out = binary.BigEndian.AppendUint64(out, v)
	}
	return out
}

// TestBombMemory: a bomb is refused before it unfolds.
func TestBombMemory(t *testing.T) {
	data := bomb(8, 10)
	if len(data) > 200 {
		t.Fatalf("%d bytes", len(data))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := plist.Decode(data, plist.Limits{}); !errors.Is(err, plist.ErrTooLarge) {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
		t.Errorf("%d bytes allocated", used)
	}
}

func FuzzPlist(f *testing.F) {
	small := ordinary()
	delete(small, "long ascii")
	delete(small, "long text")
	for _, format := range []int{peer.BinaryFormat, peer.XMLFormat} {
		data, err := peer.Marshal(small, format)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(bomb(3, 3))
	f.Add(bin("\xd2\x01\x01\x02\x03", "\x51k", "\x51a", "\x62\x67\x09\x65\x59"))
	f.Add([]byte(`/* c */ "a" = "\U6559";; b = (1, {c = <0a>;}); d`))
	f.Add([]byte(xmlHead + "<array><string>&lt;<![CDATA[x]]></string><data>AA==</data></array></plist>"))
	f.Add(utf16File(binary.LittleEndian, true, `"a" = "教";`))
	limits := plist.Limits{Objects: 5000, Depth: 16}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := plist.Read(data, limits)
		again, errAgain := plist.Read(data, limits)
		if fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Fatalf("errors %v and %v", err, errAgain)
		}
		if err != nil {
			if !errors.Is(err, plist.ErrMalformed) && !errors.Is(err, plist.ErrTooLarge) {
				t.Fatal(err)
			}
			return
		}
		if first, second := fmt.Sprintf("%v", doc), fmt.Sprintf("%v", again); first != second {
			t.Fatalf("%s and %s", first, second)
		}
		if n := count(doc.Value, limits.Depth); n > limits.Objects {
			t.Fatalf("%d objects", n)
		}
	})
}

// count counts the values of a tree and fails on one that is too deep.
func count(v any, depth int) int {
	if depth < 0 {
		return 1 << 30
	}
	n := 1
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			n += count(item, depth-1)
		}
	case map[string]any:
		for _, item := range v {
			n += count(item, depth-1)
		}
	}
	return n
}

func BenchmarkRead(b *testing.B) {
	for name, format := range map[string]int{"binary": peer.BinaryFormat, "xml": peer.XMLFormat} {
		data, err := peer.Marshal(ordinary(), format)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := plist.Decode(data, plist.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
