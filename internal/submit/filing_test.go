package submit

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/rules/filing"
)

// good is a filing that parses, in the form's words.
const good = `应用平台: 安卓
应用名称: 校园通
版本号: 2.3.1
安装包MD5: d41d8cd98f00b204e9800998ecf8427e
应用权限: []
`

func TestReadForm(t *testing.T) {
	t.Parallel()
	yaml, err := readForm([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if yaml.platform != "android" || yaml.appName != "校园通" {
		t.Errorf("platform %q, app name %q", yaml.platform, yaml.appName)
	}
	again, err := readForm(yaml.body)
	if err != nil {
		t.Fatalf("what is kept does not parse: %v", err)
	}
	if diff := cmp.Diff(yaml, again, cmp.AllowUnexported(form{})); diff != "" {
		t.Errorf("kept form read again (-first +again):\n%s", diff)
	}
}

func TestReadFormProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, filing string
		line         int
		path, en     string
	}{
		{"unknown key", "平台: 安卓\n版本: '1'\ncolour: red\n", 3, "colour", "there is no field"},
		{"not a mapping", "- 1\n", 1, "", "field: value"},
		{"empty", "", 0, "", "no fields"},
		{"not UTF-8", "\xff\xfe", 0, "", "UTF-8"},
		{"broken JSON", "{\"platform\": \n", 1, "", "YAML or JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := readForm([]byte(tt.filing))
			var told *Error
			if !errors.As(err, &told) || told.Code != CodeFilingInvalid || len(told.Problems) == 0 {
				t.Fatalf("got %v, want %s with problems", err, CodeFilingInvalid)
			}
			p := told.Problems[0]
			if p.Line != tt.line || p.Path != tt.path || !strings.Contains(p.EN, tt.en) || p.ZH == "" {
				t.Errorf("problem %+v, want line %d, path %q, %q", p, tt.line, tt.path, tt.en)
			}
		})
	}
}

// A filing is accepted only if what is kept of it reads as the same filing.
func FuzzReadForm(f *testing.F) {
	f.Add(good)
	f.Add(`{"platform":"ios","version":"1.0","app_name":"a<b>&c\u2028","permissions":["camera"]}`)
	f.Add("应用名称: \"\\u0001\\u200b x \"\n功能: [论坛]\n")
	f.Add("应用名称: '" + strings.Repeat("<", 9000) + "'\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := readForm([]byte(text))
		var told *Error
		if err != nil && !errors.As(err, &told) {
			t.Fatalf("a fault of ours: %v", err)
		}
		if err != nil {
			return
		}
		kept, err := filing.Parse(got.body)
		if err != nil {
			t.Fatalf("kept filing does not parse: %v", err)
		}
		if kept.Digest() != got.digest {
			t.Fatalf("kept filing has another digest")
		}
		if body, _ := json.Marshal(kept); string(body) != string(got.body) {
			t.Fatalf("kept filing is not canonical")
		}
	})
}
