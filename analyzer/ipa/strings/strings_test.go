package strings_test

import (
	"errors"
	"fmt"
	std "strings"
	"testing"

	"heyan/analyzer/ipa/plist"
	"heyan/analyzer/ipa/strings"

	"github.com/google/go-cmp/cmp"
	peer "howett.net/plist"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	table := strings.Table{"CFBundleDisplayName": "学堂", "NSCameraUsageDescription": "To scan \"codes\""}
	binary := marshal(t, table, peer.BinaryFormat)
	for name, test := range map[string]struct {
		data  string
		want  strings.Table
		codes []string
	}{
		"binary":           {binary, table, nil},
		"xml":              {marshal(t, table, peer.XMLFormat), table, nil},
		"text":             {`"CFBundleDisplayName" = "学堂"; NSCameraUsageDescription = "To scan \"codes\"";`, table, nil},
		"mark":             {"\xef\xbb\xbfa=b;", strings.Table{"a": "b"}, nil},
		"UTF-16":           {"\xff\xfea\x00=\x00Ye;\x00", strings.Table{"a": "教"}, []string{plist.CodeLenient}},
		"UTF-16, no mark":  {"\x00a\x00=\x00b\x00;", strings.Table{"a": "b"}, []string{plist.CodeEncoding}},
		"UTF-16, cut":      {"\xff\xfea\x00=\x00b\x00;\x00x", strings.Table{"a": "b"}, []string{plist.CodeEncoding}},
		"GBK":              {"\"a\" = \"\xd1\xa7\xcc\xc3\";", strings.Table{"a": "学堂"}, []string{plist.CodeEncoding}},
		"invalid":          {"\"a\" = \"\xff\";", strings.Table{"a": "\ufffd"}, []string{plist.CodeEncoding}},
		"semicolons":       {"a=b;;c=d", strings.Table{"a": "b", "c": "d"}, []string{plist.CodeLenient, plist.CodeLenient}},
		"comments":         {"/* a */ a = b; // c = d;\n", strings.Table{"a": "b"}, nil},
		"escapes":          {`a = "\U6559\n\t\101\q";`, strings.Table{"a": "教\n\tAq"}, []string{plist.CodeLenient}},
		"key twice":        {"a=b;a=c;", strings.Table{"a": "c"}, []string{plist.CodeDuplicateKey}},
		"empty":            {"", strings.Table{}, nil},
		"values not texts": {"a=(b);c=d;", strings.Table{"c": "d"}, []string{strings.CodeValue}},
		"no dictionary":    {"(a, b)", nil, []string{strings.CodeValue}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, found, err := strings.Decode([]byte(test.data))
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, a := range found {
				codes = append(codes, a.Code)
			}
			if diff := cmp.Diff(test.want, got) + cmp.Diff(test.codes, codes); diff != "" {
				t.Errorf("table and codes (-want +got):\n%s", diff)
			}
		})
	}
}

func marshal(t *testing.T, v any, format int) string {
	t.Helper()
	data, err := peer.Marshal(v, format)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data string
		want error
	}{
		"no value":    {"a = ;", plist.ErrMalformed},
		"no end":      {`a = "b`, plist.ErrMalformed},
		"too long":    {std.Repeat(" ", strings.MaxBytes+1), plist.ErrTooLarge},
		"many keys":   {std.Repeat("a;", 300_000), plist.ErrTooLarge},
		"AppleDouble": {"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X", plist.ErrMalformed},
	} {
		if got, _, err := strings.Decode([]byte(test.data)); !errors.Is(err, test.want) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func FuzzStrings(f *testing.F) {
	for _, seed := range []string{
		`/* c */ "a" = "\U6559\"";; b = c`, "\xff\xfea\x00=\x00b\x00;\x00", "\"a\" = \"\xd1\xa7\";", "{a=(b, <00>);}",
		"<plist><dict><key>a</key><string>b</string></dict></plist>", "bplist00\xd1\x01\x02Qa\x51b",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		first, found, err := strings.Decode(data)
		second, foundAgain, errAgain := strings.Decode(data)
		if diff := cmp.Diff(first, second) + cmp.Diff(found, foundAgain); diff != "" || fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Fatalf("%v and %v:\n%s", err, errAgain, diff)
		}
		size := 0
		for _, key := range first.Keys() {
			size += len(key) + len(first[key])
		}
		if size > 8*len(data)+64 {
			t.Errorf("%d bytes of text from %d", size, len(data))
		}
	})
}
