package submit

import (
	"errors"
	"strings"
	"testing"

	"heyan/queue"
	"heyan/storage/record"
)

func TestFileName(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"校园通.apk":                         "校园通.apk",
		"/etc/passwd":                     "passwd",
		`C:\Users\a\app.ipa`:              "app.ipa",
		"../..":                           "",
		"a/":                              "",
		"x\x1b[31m\u202egnp.apk\r\n":      "x[31mgnp.apk",
		"bad\xffbyte":                     "badbyte",
		strings.Repeat("核", 100) + ".apk": strings.Repeat("核", 85),
	} {
		if got := fileName(sent); got != want {
			t.Errorf("fileName(%q) = %q, want %q", sent, got, want)
		}
	}
}

func TestCheckKey(t *testing.T) {
	t.Parallel()
	for key, ok := range map[string]bool{
		"":                       true,
		"8e03978e-40d5-43dd":     true,
		strings.Repeat("k", 255): true,
		strings.Repeat("k", 256): false,
		"two words":              false,
		"tab\t":                  false,
		"键":                      false,
	} {
		if err := checkKey(key); (err == nil) != ok {
			t.Errorf("checkKey(%q) = %v", key, err)
		}
	}
}

// Two requests that differ in anything have two digests.
func TestRequestDigest(t *testing.T) {
	t.Parallel()
	base := request{form: form{digest: "sha256:1"}, purpose: record.PurposeFiling, lane: queue.Interactive, supersedes: "s"}
	seen := map[string]string{base.digest("org", "pkg"): "base"}
	add := func(name, digest string) {
		if other, twice := seen[digest]; twice {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[digest] = name
	}
	change := func(name string, f func(*request)) {
		r := base
		f(&r)
		add(name, r.digest("org", "pkg"))
	}
	change("filing", func(r *request) { r.form.digest = "sha256:2" })
	change("purpose", func(r *request) { r.purpose = record.PurposePrecheck })
	change("lane", func(r *request) { r.lane = queue.Batch })
	change("supersedes", func(r *request) { r.supersedes = "" })
	add("organisation", base.digest("other", "pkg"))
	add("package", base.digest("org", "pkg2"))
	add("reserved", base.digest("org", reserved))
	add("shifted", requestDigest("submit", "org", "sha256:1", "filing", "interactive", "spkg", ""))
}

func TestCheckSHA256(t *testing.T) {
	t.Parallel()
	sum := strings.Repeat("aB", 32)
	if got, err := checkSHA256(sum); err != nil || got != strings.ToLower(sum) {
		t.Errorf("got %q, %v", got, err)
	}
	for _, bad := range []string{"x", sum[:62], sum + "00", strings.Repeat("g", 64)} {
		var told *Error
		if _, err := checkSHA256(bad); !errors.As(err, &told) || told.Code != CodeRequestInvalid {
			t.Errorf("checkSHA256(%q): %v, want %s", bad, err, CodeRequestInvalid)
		}
	}
}

// Every error says in both languages what to do.
func TestErrorsSpeak(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for _, e := range []*Error{
		errForbidden(methodSubmit), errNotFound(), errInvalid(), errFiling(nil), errKeyInvalid(), errKeyReused(cause),
		errTooLarge(1), errEmpty(), errFull(cause), errDigest("a", "b"), errSize(1, 2), errSize(2, 1), errCut(cause),
		errTooMany(), errState(record.StateJudged), errPackageGone(), errUnavailable(cause), errTooSlow(2, 1),
		errNoFacts(), errNoRun(), errNoReport(record.Submission{}, 1), errNoReport(record.Submission{Judgement: 1}, 2),
		errSupersedes(),
	} {
		if e.ZH == "" || e.EN == "" || strings.Contains(e.ZH+e.EN, "%!") {
			t.Errorf("%s: zh %q, en %q", e.Code, e.ZH, e.EN)
		}
	}
}
