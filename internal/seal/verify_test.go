package seal_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/internal/seal"
)

// tricky is a report whose strings are those that readers of JSON disagree on.
const tricky = `{
  "schema": "heyan.report/1",
  "verdict": "pass",
  "inputs": {"as_of": "2026-11-21", "n": [0, -1, 9007199254740991], "none": null, "yes": true},
  "engine": {"version": "0.1.0"},
  "text": ["", "<a href='x'>&amp;</a>", "引号\"反斜\\斜/", "\u2028\u2029", "😀𝒳", "\ud83d\ude00", "\u0000\u001f\u007f", "\ufeffbom", "é", "e\u0301", "\ufffd"],
  "names": {"": 1, "a": 1, "A": 2, "é": 3, "e\u0301": 4, "\ufb33": 5, "😀": 6, "\u0080": 7, "signature": "not this one"},
  "facts": {"file": {"sha256": "ab12"}, "app": {"id": "cn.example.school", "version": "2.10"}}
}
`

// key is a fixed key, so that signatures can be written down.
func key() (ed25519.PrivateKey, seal.Keys) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public := private.Public().(ed25519.PublicKey)
	return private, seal.Keys{seal.KeyID(public): public}
}

// signed signs a report with the fixed key.
func signed(t testing.TB, report []byte) []byte {
	t.Helper()
	private, keys := key()
	m, err := seal.Message(report)
	if err != nil {
		t.Fatal(err)
	}
	var id string
	for id = range keys {
	}
	out, err := seal.Attach(report, id, ed25519.Sign(private, m))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func status(t testing.TB, presented []byte) seal.Status {
	t.Helper()
	_, keys := key()
	r, err := seal.Verify(presented, keys)
	if err != nil {
		if !errors.Is(err, seal.ErrNotReport) {
			t.Fatalf("error %v is not ErrNotReport", err)
		}
		return seal.Status(err.Error())
	}
	return r.Status
}

func TestVerify(t *testing.T) {
	t.Parallel()
	report := signed(t, []byte(tricky))
	_, keys := key()
	got, err := seal.Verify(report, keys)
	if err != nil {
		t.Fatal(err)
	}
	want := seal.Result{
		Status: seal.Authentic, KeyID: "--6IM5l0OosLj9yWskISYhUA3n_3CURQkmrYMSha_ck",
		Facts: seal.Facts{PackageSHA256: "ab12", Verdict: "pass", AsOf: "2026-11-21", Engine: "0.1.0", PackageID: "cn.example.school", Version: "2.10"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r, err := seal.Verify([]byte(tricky), keys); err != nil || r.Status != seal.Unsigned {
		t.Errorf("unsigned: %v, %v", r.Status, err)
	}
	if r, err := seal.Verify(report, nil); err != nil || r.Status != seal.UnknownKey {
		t.Errorf("no keys: %v, %v", r.Status, err)
	}
	other := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	if r, err := seal.Verify(report, seal.Keys{want.KeyID: other}); err != nil || r.Status != seal.Altered {
		t.Errorf("another key under its id: %v, %v", r.Status, err)
	}
}

// TestKnownAnswer holds the format: reports signed long ago must go on to verify.
func TestKnownAnswer(t *testing.T) {
	t.Parallel()
	const want = `{"schema":"heyan.report/1","b":[1,"é<"],"a":"\u2028","signature":` +
		`{"algorithm":"Ed25519","key_id":"--6IM5l0OosLj9yWskISYhUA3n_3CURQkmrYMSha_ck","value":"G6MWc/C0BE0DITpRfyaZ0bm/btQNfFBV7tmEsCDijIVZ+lJv8XNGr9HhKeUa16R7HhBmGN5RLKxGJBvlW7JzBA=="}}`
	report := []byte(`{"schema":"heyan.report/1","b":[1,"é<"],"a":"\u2028"}`)
	m, err := seal.Message(report)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("heyan.report-signature/1\n{\"a\":\"\u2028\",\"b\":[1,\"é<\"],\"schema\":\"heyan.report/1\"}", string(m)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, string(signed(t, report))); diff != "" {
		t.Error(diff)
	}
}

func TestAttachKeepsTheReport(t *testing.T) {
	t.Parallel()
	for _, report := range []string{
		tricky, strings.TrimSpace(tricky), `{"schema":"heyan.report/1"}`, "{\"schema\":\"heyan.report/1\"}\n", "{\n  \"schema\": \"heyan.report/1\"\n}\n",
	} {
		out := signed(t, []byte(report))
		if status(t, out) != seal.Authentic {
			t.Errorf("%q: %s", report, status(t, out))
		}
		before, rest, ok := strings.Cut(string(out), `"signature": {`+"\n")
		if !ok {
			before, rest, ok = strings.Cut(string(out), `"signature":{"algorithm"`)
		}
		if !ok || !strings.HasPrefix(report, strings.TrimRight(before, ", \n")) || strings.HasSuffix(rest, "\n") != strings.HasSuffix(report, "\n") {
			t.Errorf("signed as %s", out)
		}
	}
	for _, report := range []string{"", "[]", `"x"`, "}", "{"} {
		if out, err := seal.Attach([]byte(report), "k", nil); err == nil {
			t.Errorf("%q got %q", report, out)
		}
	}
}

func TestReformattedIsAuthentic(t *testing.T) {
	t.Parallel()
	for name, report := range reports(t) {
		report = signed(t, report)
		for how, change := range reformats() {
			if got := status(t, change(t, report)); got != seal.Authentic {
				t.Errorf("%s, %s: %s", name, how, got)
			}
		}
	}
}

// reformats are ways to write the same JSON.
func reformats() map[string]func(testing.TB, []byte) []byte {
	decoded := func(t testing.TB, b []byte) any {
		var v any
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	return map[string]func(testing.TB, []byte) []byte{
		"as it is": func(_ testing.TB, b []byte) []byte { return b },
		"in one line": func(t testing.TB, b []byte) []byte {
			var out bytes.Buffer
			if err := json.Compact(&out, b); err != nil {
				t.Fatal(err)
			}
			return out.Bytes()
		},
		"tabs and CRLF": func(t testing.TB, b []byte) []byte {
			var out bytes.Buffer
			if err := json.Indent(&out, b, "", "\t"); err != nil {
				t.Fatal(err)
			}
			return bytes.ReplaceAll(out.Bytes(), []byte("\n"), []byte("\r\n"))
		},
		"members sorted, HTML escaped": func(t testing.TB, b []byte) []byte {
			out, err := json.Marshal(decoded(t, b))
			if err != nil {
				t.Fatal(err)
			}
			return out
		},
		"ASCII alone": func(_ testing.TB, b []byte) []byte {
			var out strings.Builder
			for _, r := range string(b) {
				switch {
				case r < 0x80:
					out.WriteRune(r)
				case r < 0x10000:
					fmt.Fprintf(&out, `\u%04X`, r)
				default:
					r -= 0x10000
					fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
				}
			}
			return []byte(out.String())
		},
		"with a byte order mark": func(_ testing.TB, b []byte) []byte { return append([]byte("\ufeff"), b...) },
	}
}

// TestAnyChangeIsSeen changes every name and every value, one at a time.
func TestAnyChangeIsSeen(t *testing.T) {
	t.Parallel()
	for name, report := range reports(t) {
		var doc any
		dec := json.NewDecoder(bytes.NewReader(signed(t, report)))
		dec.UseNumber()
		if err := dec.Decode(&doc); err != nil {
			t.Fatal(err)
		}
		total := changes(doc, -1)
		step := max(1, total/40)
		for i := 0; i < total; i += step {
			var changed any
			copied, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			dec := json.NewDecoder(bytes.NewReader(copied))
			dec.UseNumber()
			if err := dec.Decode(&changed); err != nil {
				t.Fatal(err)
			}
			changes(changed, i)
			out, err := json.Marshal(changed)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(out, copied) {
				t.Fatalf("%s: change %d changed nothing", name, i)
			}
			if got := status(t, out); got == seal.Authentic {
				t.Errorf("%s: change %d of %d is not seen:\n%s", name, i, total, out)
			}
		}
	}
}

// changes counts the changes that can be made to a document and makes the nth.
func changes(v any, nth int) int {
	n := 0
	hit := func() bool { n++; return n-1 == nth }
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for _, name := range sortedNames(v) {
				value := v[name]
				if hit() {
					delete(v, name)
				}
				if hit() {
					delete(v, name)
					v[name+"x"] = value
				}
				if out := walk(value); n > nth && nth >= 0 {
					if _, ok := v[name]; ok {
						v[name] = out
					}
					return v
				}
			}
			if hit() {
				v["one more"] = nil
			}
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
			if hit() {
				return append(v, nil)
			}
			if len(v) > 0 && hit() {
				return v[:len(v)-1]
			}
		case string:
			if hit() {
				return v + " "
			}
			if v != "" && hit() {
				return v[:len(v)-len(string([]rune(v)[len([]rune(v))-1:]))]
			}
		case json.Number:
			if hit() {
				return json.Number("1" + strings.TrimPrefix(string(v), "-"))
			}
			if hit() {
				return string(v)
			}
		case bool:
			if hit() {
				return !v
			}
		case nil:
			if hit() {
				return false
			}
		}
		return v
	}
	walk(v)
	return n
}

func sortedNames(m map[string]any) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestRefused(t *testing.T) {
	t.Parallel()
	good := string(signed(t, []byte(tricky)))
	value := base64.StdEncoding.EncodeToString(make([]byte, ed25519.SignatureSize))
	with := func(signature string) string {
		return `{"schema":"heyan.report/1","signature":` + signature + `}`
	}
	for name, c := range map[string]struct{ doc, want string }{
		"nothing":               {"", "not JSON"},
		"no JSON":               {"<html></html>", "not JSON"},
		"an array":              {"[]", "no JSON object"},
		"another schema":        {`{"schema":"heyan.facts/1"}`, "schema"},
		"the schema elsewhere":  {`{"Schema":"heyan.report/1"}`, "schema"},
		"a schema of one":       {`{"schema":1}`, "schema"},
		"trailing data":         {good + "{}", "not JSON"},
		"two documents":         {good + good, "not JSON"},
		"duplicate":             {strings.Replace(good, `"verdict": "pass"`, `"verdict": "return", "verdict": "pass"`, 1), "Duplicate"},
		"duplicate by escape":   {strings.Replace(good, `"verdict": "pass"`, `"verdict": "pass", "\u0076erdict": "return"`, 1), "Duplicate"},
		"duplicate deep down":   {strings.Replace(good, `"as_of"`, `"as_of":"", "as_of"`, 1), "Duplicate"},
		"two signatures":        {strings.Replace(good, `"schema"`, `"signature":{}, "schema"`, 1), "Duplicate"},
		"fraction":              {strings.Replace(good, "[0,", "[0.0,", 1), "not whole"},
		"a hair's breadth":      {strings.Replace(good, "[0,", "[1e-400,", 1), "not whole"},
		"exponent":              {strings.Replace(good, "-1,", "-1e0,", 1), "not whole"},
		"minus zero":            {strings.Replace(good, "[0,", "[-0,", 1), "not whole"},
		"leading zero":          {strings.Replace(good, "[0,", "[00,", 1), "not whole"},
		"too large to be exact": {strings.Replace(good, "9007199254740991", "9007199254740992", 1), "too large"},
		"very large":            {strings.Replace(good, "9007199254740991", strings.Repeat("9", 5000), 1), "too large"},
		"not UTF-8":             {strings.Replace(good, "é", "\xff", 1), "UTF-8"},
		"overlong UTF-8":        {strings.Replace(good, "é", "\xc0\xaf", 1), "UTF-8"},
		"surrogate in UTF-8":    {strings.Replace(good, "é", "\xed\xa0\x80", 1), "UTF-8"},
		"half a pair":           {strings.Replace(good, `\ud83d\ude00`, `\ud83d`, 1), "surrogate"},
		"the other half":        {strings.Replace(good, `\ud83d\ude00`, `\ude00`, 1), "surrogate"},
		"deep":                  {strings.Repeat("[", 1<<20), "nests"},
		"deep, closed":          {`{"schema":"heyan.report/1","x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}", "nests"},
		"wide":                  {`{"schema":"heyan.report/1","x":[` + strings.Repeat("0,", 5_000_000) + "0]}", "larger"},
		"large":                 {strings.Repeat(" ", seal.MaxReport+1), "larger"},
		"signature null":        {with("null"), "signature"},
		"signature text":        {with(`"x"`), "signature"},
		"signature empty":       {with("{}"), "signature"},
		"one member more":       {with(`{"algorithm":"Ed25519","key_id":"k","value":"` + value + `","x":1}`), "other members"},
		"other case":            {with(`{"Algorithm":"Ed25519","key_id":"k","value":"` + value + `"}`), "other members"},
		"another algorithm":     {with(`{"algorithm":"none","key_id":"k","value":"` + value + `"}`), "algorithm"},
		"a short value":         {with(`{"algorithm":"Ed25519","key_id":"k","value":"AAAA"}`), "base64"},
		"a value with a break":  {with(`{"algorithm":"Ed25519","key_id":"k","value":"` + value[:4] + `\n` + value[4:] + `"}`), "base64"},
		"spare bits":            {with(`{"algorithm":"Ed25519","key_id":"k","value":"` + value[:85] + `B=="}`), "base64"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.doc == good {
				t.Fatal("nothing was changed")
			}
			_, keys := key()
			r, err := seal.Verify([]byte(c.doc), keys)
			if !errors.Is(err, seal.ErrNotReport) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v, %v; want an error with %q", r, err, c.want)
			}
			if err != nil && len(err.Error()) > 200 {
				t.Errorf("the error repeats the document: %d bytes", len(err.Error()))
			}
		})
	}
}

// FuzzVerify: whatever is authentic says what was signed, to another reader too.
func FuzzVerify(f *testing.F) {
	original := signed(f, []byte(tricky))
	f.Add(original)
	for _, change := range reformats() {
		f.Add(change(f, original))
	}
	f.Add([]byte(`{"schema":"heyan.report/1","signature":{}}`))
	f.Add([]byte(`{"schema":"heyan.report/1","a":1.0}`))
	decode := func(data []byte) (v any) {
		dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
		dec.UseNumber()
		if dec.Decode(&v) != nil {
			return nil
		}
		return v
	}
	want := decode(original)
	_, keys := key()
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := seal.Verify(data, keys)
		again, err2 := seal.Verify(data, keys)
		if r != again || (err == nil) != (err2 == nil) {
			t.Fatalf("%+v, %v and then %+v, %v", r, err, again, err2)
		}
		if err != nil && !errors.Is(err, seal.ErrNotReport) {
			t.Fatal(err)
		}
		if err == nil && r.Status == seal.Authentic {
			if diff := cmp.Diff(want, decode(data)); diff != "" {
				t.Errorf("authentic and yet other: %s", diff)
			}
		}
		if err == nil {
			_ = signed(t, bytes.TrimPrefix(data, []byte("\ufeff"))) // signs whatever it reads
		}
	})
}

// TestEveryByte changes every byte of a signed report into a few others.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	original := signed(t, []byte(`{"schema":"heyan.report/1","a":["\u00e9<é😀",-10,true,null],"b":{"":"x"}}`))
	var want any
	if err := json.Unmarshal(original, &want); err != nil {
		t.Fatal(err)
	}
	for i := range original {
		for _, b := range []byte{original[i] ^ 1, original[i] ^ 0x20, original[i] ^ 0x80, ' ', '0', 'e', '"', '\\', ','} {
			changed := bytes.Clone(original)
			changed[i] = b
			if status(t, changed) != seal.Authentic {
				continue
			}
			var got any
			if err := json.Unmarshal(changed, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("byte %d as %q is not seen: %s", i, b, diff)
			}
		}
	}
}
