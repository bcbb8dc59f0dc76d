package httpapi_test

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/internal/httpapi"
	"heyan/storage/record"
)

var update = flag.Bool("update", false, "rewrite docs/openapi.json")

const golden = "../../docs/openapi.json"

func TestOpenAPIGolden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.get("/openapi.json", "").want(t, 200)
	if *update {
		if err := os.WriteFile(golden, a.body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(a.body)); diff != "" {
		t.Errorf("the API changed; if that is meant: go test ./internal/httpapi -update (-want +got):\n%s", diff)
	}
	for _, noise := range []string{"$schema", "ErrorModel"} {
		if strings.Contains(string(a.body), noise) {
			t.Errorf("the document has %q", noise)
		}
	}
}

// document is what the tests need of an OpenAPI document.
type document struct {
	OpenAPI string
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Summary     string
		Parameters  []struct{ Name, In, Description string }
		Responses   map[string]json.RawMessage
	}
}

func openapi(t testing.TB) document {
	t.Helper()
	data, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// The kinds of alarms that are documented are those that the records know.
func TestAlarmKindsAreThoseOfTheRecords(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../../storage/record/record.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Alarm") {
			return true
		}
		kind, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, kind)
		return false
	})
	if !slices.Contains(want, record.AlarmWebhookGone) {
		t.Fatalf("constants %q", want)
	}
	data, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Components struct {
			Schemas struct {
				Alarm struct {
					Properties struct{ Kind struct{ Enum []string } }
				}
			}
		}
	}
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	got := d.Components.Schemas.Alarm.Properties.Kind.Enum
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every operation is said in both languages, and says what its errors look like.
func TestOpenAPIIsWhole(t *testing.T) {
	t.Parallel()
	d := openapi(t)
	if d.OpenAPI != "3.1.0" {
		t.Errorf("version %q", d.OpenAPI)
	}
	seen := map[string]bool{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			name := strings.ToUpper(method) + " " + path
			if !strings.Contains(op.Summary, " / ") {
				t.Errorf("%s: summary %q", name, op.Summary)
			}
			if op.OperationID == "" || seen[op.OperationID] {
				t.Errorf("%s: operation id %q", name, op.OperationID)
			}
			seen[op.OperationID] = true
			if op.Responses["default"] == nil {
				t.Errorf("%s: no errors", name)
			}
		}
	}
}

// What is documented is there, and nothing else: without a token every operation
// asks for one.
func TestEveryRouteNeedsAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, methods := range openapi(t).Paths {
		for method := range methods {
			method := strings.ToUpper(method)
			for _, headers := range [][]string{nil, {"Authorization: Bearer heyan_wrong"}, {"Authorization: Basic " + w.alice}, {"Authorization: " + w.alice}} {
				a := w.call(method, strings.NewReplacer("{id}", "x", "{sha256}", "x").Replace(path), "", nil, headers...)
				if a.StatusCode != 401 || a.Header.Get("WWW-Authenticate") != `Bearer realm="heyan"` {
					t.Errorf("%s %s with %q: %d", method, path, headers, a.StatusCode)
				}
				if method != http.MethodHead {
					a.refused(t, 401, "unauthenticated")
				}
			}
		}
	}
}

func TestDocsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	zh, en := w.get("/docs", "").want(t, 200), w.get("/docs", "", "Accept-Language: en-GB").want(t, 200)
	if !strings.Contains(string(zh.body), "提交安装包和备案信息") || strings.Contains(string(zh.body), "Submit a package and its filing") {
		t.Error("the Chinese page is not in Chinese alone")
	}
	if !strings.Contains(string(en.body), "Submit a package and its filing") || strings.Contains(string(en.body), "提交安装包") {
		t.Error("the English page is not in English alone")
	}
	if got := w.get("/docs?lang=en", "").body; string(got) != string(en.body) {
		t.Error("?lang= does not choose")
	}
	policy := zh.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for _, body := range []string{string(zh.body), string(en.body)} {
		if m := regexp.MustCompile(`(?i)<script|\ssrc=|https?://| style=|\son[a-z]+=`).FindString(body); m != "" {
			t.Errorf("the page holds %q", m)
		}
		for path, methods := range openapi(t).Paths {
			for _, op := range methods {
				if !strings.Contains(body, `id="`+op.OperationID+`"`) {
					t.Errorf("no %s (%s)", op.OperationID, path)
				}
			}
		}
		for _, ref := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(body, -1) {
			if !strings.Contains(body, `id="`+ref[1]+`"`) {
				t.Errorf("nothing at #%s", ref[1])
			}
		}
	}
}

// docs/api.md has the table of codes, in both languages, as the program has it.
func TestCodesAreDocumented(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\| (\\d+) \\| (.+?) \\|$").FindAllStringSubmatch(string(data), -1) {
		got[m[1]] = append(got[m[1]], m[2]+" "+m[3])
	}
	want := map[string][]string{}
	for code, m := range httpapi.Meanings() {
		want[code] = []string{m[0] + " " + m[1] + " · " + m[2]}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/api.md and the table of codes differ (-table +docs):\n%s", diff)
	}
}

// Every path of the API stands in docs/api.md.
func TestRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	for path, methods := range openapi(t).Paths {
		for method := range methods {
			if line := "| `" + strings.ToUpper(method) + " " + path + "` |"; !strings.Contains(string(data), line) {
				missing = append(missing, line)
			}
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("not in docs/api.md: %q", missing)
	}
}
