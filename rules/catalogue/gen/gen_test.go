package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestTablesAreCurrent(t *testing.T) {
	t.Parallel()
	files, err := generate(os.DirFS("../data"))
	if err != nil {
		t.Fatal(err)
	}
	want, got := map[string]string{}, map[string]string{}
	for name, code := range files {
		want[name] = string(code)
	}
	paths, err := filepath.Glob("../*_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		code, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		got[filepath.Base(p)] = string(code)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the tables are old: run go generate ./rules/catalogue (-want +got):\n%.4000s", diff)
	}
}

// TestComplete holds the catalogue to the size of what it was made from: every
// judged fact of the form's mapping, every Android permission of API 1 to 37, and
// every iOS key.
func TestComplete(t *testing.T) {
	t.Parallel()
	c, err := load(os.DirFS("../data"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, f := range c.facts {
		if strings.HasPrefix(f.file, "boxes/") {
			got["judged"]++
		}
		switch f.Kind {
		case "permission":
			got["permissions"]++
		case "component", "manifest", "code", "platform-rule":
			got[f.Kind]++
		default:
			got["ios"]++
		}
	}
	want := map[string]int{"judged": 303, "permissions": 1247, "ios": 193, "component": 7, "manifest": 26, "code": 5, "platform-rule": 4}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

const goodFacts = `
reasons:
  why: {zh: 原因, en: Reason}
facts:
  - {kind: permission, name: a.b.C, origin: aosp, box: sms, accept: [sms, other], strength: declares, confidence: certain, levels: {1: dangerous, 23: normal}, flags: [appop], group: SMS, reason: why, source: [one]}
  - {kind: entitlement, name: x.y, box: none, accept: [none], strength: none, confidence: certain, since: '13.0', reason: {zh: 无, en: None}, source: [one]}
`

const goodWords = `
source: [one]
boxes:
  sms: [短信]
  phone: [电话]
  contacts: [通讯录]
  calendar: [日历]
  camera: [调用摄像头]
  record_audio: [启用录音]
  send_mms: [发送彩信]
  location: [读取位置信息]
  call_forwarding: [使用呼叫转移]
  read_app_data: [读取应用数据]
  browser_history: [获取浏览器上网记录]
  installed_apps: [读取已安装应用列表]
  other: [其它]
no_box: [网络]
negations: [不]
not_negations: [不限于]
fillers: [的]
purposes: [用于]
turns: [但]
affirmations: [获取]
`

func folder(files map[string]string) fs.FS {
	all := map[string]string{
		"catalogue.yaml": "version: v1\nnewest_api: 37\n",
		"sources.yaml":   "one: The one source\n",
		"implied.yaml":   "splits:\n  - {gets: [a.b.C], target_below: 4, source: [one]}\n",
		"synonyms.yaml":  goodWords,
		"reasons.yaml":   "reasons: {}\n",
		"boxes/sms.yaml": goodFacts,
	}
	maps.Copy(all, files)
	f := fstest.MapFS{}
	for name, s := range all {
		f[name] = &fstest.MapFile{Data: []byte(s)}
	}
	return f
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	files, err := generate(folder(nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"permission_gen.go":  `{"a.b.C", "sms",`,
		"entitlement_gen.go": `{"x.y", "none",`,
		"shared_gen.go":      `{{1, "dangerous"}, {23, "normal"}}`,
		"implied_gen.go":     `Gets: []string{"a.b.C"}, TargetBelow: 4`,
		"words_gen.go":       `{"不限于", RoleFiller, ""}`,
	} {
		if !strings.Contains(string(files[name]), want) {
			t.Errorf("%s lacks %s:\n%s", name, want, files[name])
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	t.Parallel()
	edit := func(file, text, old, new string) map[string]string {
		if !strings.Contains(text, old) {
			t.Fatalf("the sample has no %q", old)
		}
		return map[string]string{file: strings.Replace(text, old, new, 1)}
	}
	row := func(old, new string) map[string]string { return edit("boxes/sms.yaml", goodFacts, old, new) }
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"unknown key in a row", row("origin:", "orign:"), "orign"},
		{"unknown key in a file", row("facts:", "fakts:"), "fakts"},
		{"unknown key in a reason", row("{zh: 无, en: None}", "{zh: 无, en: None, fr: Rien}"), "fr"},
		{"repeated key", row("origin: aosp", "origin: aosp, origin: aosp"), "already defined"},
		{"name twice", map[string]string{"android/x.yaml": strings.Replace(goodFacts, "why:", "why2:", 1)}, "stands in"},
		{"unknown box", row("box: sms, accept: [sms, other]", "box: smss, accept: [smss]"), `box "smss" is unknown`},
		{"accepted twice", row("[sms, other]", "[sms, sms]"), "accepted twice"},
		{"box not accepted", row("[sms, other]", "[other]"), "accept must have box"},
		{"demand that accepts none", row("[sms, other]", "[sms, none]"), "can't accept none"},
		{"unknown kind", row("kind: entitlement", "kind: titlement"), `kind "titlement"`},
		{"unknown strength", row("strength: declares", "strength: strong"), `strength "strong"`},
		{"unknown confidence", row("confidence: certain", "confidence: sure"), `confidence "sure"`},
		{"unknown level", row("23: normal", "23: low"), "level 23: low"},
		{"level beyond the newest", row("23: normal", "99: normal"), "level 99"},
		{"permission without levels", row("levels: {1: dangerous, 23: normal}, ", ""), "needs levels"},
		{"no source", row("group: SMS, reason: why, source: [one]", "group: SMS, reason: why"), "source is missing"},
		{"unknown source", row("source: [one]", "source: [two]"), `source "two"`},
		{"unused source", map[string]string{"sources.yaml": "one: The one\ntwo: Another\n"}, `"two" is empty or used nowhere`},
		{"unknown reason", row("reason: why", "reason: whyever"), `reason "whyever" is not defined`},
		{"unused reason", row("reasons:", "reasons:\n  more: {zh: 多, en: More}"), `reason "more" is used by no fact`},
		{"reason in one language", row("why: {zh: 原因, en: Reason}", "why: {zh: 原因}"), `reason "why" must be said`},
		{"needs what is not there", row("since: '13.0'", "needs: [z]"), `"z" is not in the catalogue`},
		{"platform of a permission", row("origin: aosp", "origin: aosp, platform: ios"), "platform"},
		{"implied is unknown", edit("implied.yaml", "splits:\n  - {gets: [a.b.D], target_below: 4, source: [one]}\n", "D", "D"), `"a.b.D" is no permission`},
		{"implied always", edit("implied.yaml", "splits:\n  - {gets: [a.b.C], source: [one]}\n", "C", "C"), "nothing or always"},
		{"word twice", edit("synonyms.yaml", goodWords, "[电话]", "[电话, 短信]"), `"短信" stands twice`},
		{"form word missing", edit("synonyms.yaml", goodWords, "[其它]", "[其他]"), `"其它" is missing`},
		{"upper case word", edit("synonyms.yaml", goodWords, "[其它]", "[其它, WIFI]"), "not lower case"},
		{"words of an unknown box", edit("synonyms.yaml", goodWords, "sms:", "sns:"), `box "sns"`},
		{"second document", map[string]string{"reasons.yaml": "reasons: {}\n---\nreasons: {}\n"}, "more than one document"},
		{"no version", map[string]string{"catalogue.yaml": "newest_api: 37\n"}, "version"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := generate(folder(tt.files))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %q in it", err, tt.want)
			}
		})
	}
}
