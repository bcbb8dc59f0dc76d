// The judgement cases: testdata/cases holds what must come out of given facts
// and a given filing, written down before the rules were. A case is a txtar
// archive. Its comment says what it shows and where that was laid down, and
// "covers: PLATFORM BOX SITUATION" lines say which cells of the coverage table
// it fills. Its files:
//
//	manifest.xml    an Android manifest in short text form (cases_manifest_test.go)
//	info.txt        iOS declarations, "SOURCE NAME" a line (cases_facts_test.go)
//	signed.txt      the kind of an IPA's signature (cases_signed_test.go)
//	findings.txt    what verifying it found, "PLACE CODE [APPLE] [noted] [WHERE]" a line
//	analyzers.txt   "NAME STATUS" a line, for readers that did not end ok
//	facts.json      laid over the default facts: objects merge, lists replace
//	filing.yaml     the filing; "# defaults" fills in what the case is not about
//	previous.json   rules.Previous, laid over an ordinary earlier version
//	elsewhere       rules.Elsewhere: what the records know of other organisations
//	sibling/…       manifest.xml, info.txt, analyzers.txt, facts.json of the other platform's package
//	policy.yaml     the policy, the default one without; after a line "# example NAME"
//	                that of docs/examples
//	as_of           a day other than the default one
//	want            what must come out (cases_want_test.go)
package rules_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"heyan/analyzer/facts"
	"heyan/rules"
	"heyan/rules/filing"
	"heyan/rules/policy"
)

const (
	casesDir    = "testdata/cases"
	leastCases  = 170
	defaultAsOf = "2026-03-02"
)

func TestCases(t *testing.T) {
	t.Parallel()
	paths := casePaths(t)
	if len(paths) < leastCases {
		t.Errorf("%d cases, want at least %d", len(paths), leastCases)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(strings.TrimPrefix(path, casesDir+"/"), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runCase(t, readCase(t, path))
		})
	}
}

// testCase is one archive, its files by name.
type testCase struct {
	comment string
	files   map[string][]byte
	want    []string // lines
}

func casePaths(t *testing.T) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(casesDir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".txtar") {
			paths = append(paths, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func readCase(t *testing.T, path string) testCase {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(data)
	c := testCase{comment: string(archive.Comment), files: map[string][]byte{}}
	known := " manifest.xml info.txt signed.txt findings.txt analyzers.txt facts.json filing.yaml policy.yaml previous.json elsewhere as_of want "
	for _, f := range archive.Files {
		if !strings.Contains(known, " "+strings.TrimPrefix(f.Name, siblingFiles)+" ") {
			t.Fatalf("%s: unknown file %q", path, f.Name)
		}
		c.files[f.Name] = f.Data
	}
	c.want = lines(c.files["want"])
	if strings.TrimSpace(c.comment) == "" || len(c.want) == 0 {
		t.Fatalf("%s: a case needs a comment and a want", path)
	}
	return c
}

func runCase(t *testing.T, c testCase) {
	t.Helper()
	f := caseFacts(t, c)
	filed, err := filing.Parse(caseFiling(c, f))
	if err != nil {
		got := []string{"refused " + err.Error()}
		if substring, ok := strings.CutPrefix(c.want[0], "refused "); ok && strings.Contains(err.Error(), substring) {
			got = c.want
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("filing.Parse (-want +got):\n%s", diff)
		}
		return
	}
	in := rules.Input{Facts: f, Filing: filed, Previous: casePrevious(t, c, f), Sibling: caseSibling(t, c), AsOf: defaultAsOf}
	if asOf := lines(c.files["as_of"]); len(asOf) > 0 {
		in.AsOf = asOf[0]
	}
	if elsewhere := lines(c.files["elsewhere"]); len(elsewhere) > 0 {
		in.Elsewhere = rules.Elsewhere(elsewhere[0])
	}
	if in.Policy, err = casePolicy(t, c); err != nil {
		t.Fatalf("policy.yaml: %v", err)
	}
	before := mustJSON(t, in)
	j := rules.Judge(in)
	if diff := cmp.Diff(c.want, gotLines(c.want, j)); diff != "" {
		t.Errorf("%s(-want +got):\n%s\nall checks that did not pass:\n%s", c.comment, diff, notPassed(j))
	}
	for _, broken := range brokenPromises(j) {
		t.Errorf("broken promise: %s", broken)
	}
	if diff := cmp.Diff(j, rules.Judge(in)); diff != "" {
		t.Errorf("judged twice, differently (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(string(before), string(mustJSON(t, in))); diff != "" {
		t.Errorf("Judge changed its input (-before +after):\n%s", diff)
	}
}

// caseFiling is the case's filing.yaml. After a line "# defaults" the starred
// fields that it leaves out are filled in from the facts, except those named in
// "# defaults except md5 …".
func caseFiling(c testCase, f *facts.Facts) []byte {
	text := string(c.files["filing.yaml"])
	first, _, _ := strings.Cut(text, "\n")
	except, ok := strings.CutPrefix(first, "# defaults")
	if !ok {
		return []byte(text)
	}
	platform := "android"
	if f.Format == facts.FormatIPA {
		platform = "ios"
	}
	for _, field := range []struct{ key, otherwise, value string }{
		{"platform", "应用平台", platform},
		{"version", "应用版本号", `"` + f.App.Version + `"`},
		{"md5", "安装包MD5码", `"` + f.File.MD5 + `"`},
		{"permissions", "permissions_text", "[]"},
	} {
		given := strings.Contains(text, "\n"+field.key+":") || strings.Contains(text, "\n"+field.otherwise+":")
		if !given && !strings.Contains(except, field.key) {
			text += field.key + ": " + field.value + "\n"
		}
	}
	return []byte(text)
}

func casePrevious(t *testing.T, c testCase, f *facts.Facts) *rules.Previous {
	t.Helper()
	over, ok := c.files["previous.json"]
	if !ok {
		return nil
	}
	p := rules.Previous{Platform: "android", PackageID: "cn.example.xuetang", Version: "3.2.0", Build: "320",
		SHA256: strings.Repeat("7b", 32), Certificates: []string{defaultCertificate(t).SHA256}}
	if f.Format == facts.FormatIPA {
		p.Platform = "ios"
	}
	overlay(t, &p, over)
	return &p
}

func casePolicy(t *testing.T, c testCase) (*policy.Policy, error) {
	t.Helper()
	data, ok := c.files["policy.yaml"]
	if !ok {
		return nil, nil
	}
	if name, ok := strings.CutPrefix(strings.TrimSpace(string(data)), "# example "); ok {
		var err error
		if data, err = os.ReadFile("../docs/examples/" + name); err != nil {
			t.Fatal(err)
		}
	}
	return policy.Parse(data)
}

// lines are the lines of a file without blank ones.
func lines(data []byte) []string {
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
