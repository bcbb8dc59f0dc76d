package main

import (
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestTablesAreCurrent(t *testing.T) {
	t.Parallel()
	want, err := generate(os.DirFS("../data"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../tables.go")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("tables.go is old: run go generate ./rules/checks (-want +got):\n%s", diff)
	}
}

const good = `
id: one
severity: block
title: {zh: 标题, en: Title}
what: {zh: 比较, en: Compares}
why: {zh: 原因, en: Because}
source: [form]
reasons:
  equal: {outcome: pass, message: {zh: 一致, en: Equal}}
  mismatch: {outcome: fail, severity: review, message: {zh: "不是{filed}", en: "Not {filed}"}, remedy: {zh: 改, en: Mend}}
`

const sharedReasons = `
package:
  id: not-a-package
  reason: {outcome: unknown, severity: info, message: {zh: 不是, en: No}, remedy: {zh: 换, en: Change}}
manifest:
  id: manifest-unreadable
  reason: {outcome: unknown, message: {zh: 读不出, en: Unread}, remedy: {zh: 看, en: Look}}
`

func folder(files map[string]string) fs.FS {
	all := map[string]string{orderFile: "- one\n", sharedFile: sharedReasons, "one.yaml": good}
	maps.Copy(all, files)
	f := fstest.MapFS{}
	for name, s := range all {
		if s != "" {
			f[name] = &fstest.MapFile{Data: []byte(s)}
		}
	}
	return f
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	code, err := generate(folder(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`ID: "equal", Outcome: "pass", Severity: "block"`,
		`ID: "mismatch", Outcome: "fail", Severity: "review"`,
		`Remedy:  Text{ZH: "改", EN: "Mend"}`,
	} {
		if !strings.Contains(string(code), want) {
			t.Errorf("tables lack %s:\n%s", want, code)
		}
	}
}

func TestGenerateSharedReasons(t *testing.T) {
	t.Parallel()
	const own = "\n  not-a-package: {outcome: pass, message: {zh: 自己, en: Own}}\n"
	tests := []struct {
		name     string
		file     string
		has, not []string
	}{
		{"by itself", good, []string{"not-a-package"}, []string{"manifest-unreadable", "FileOnly"}},
		{"reads the manifest", good + "reads: [manifest]\n", []string{"not-a-package", "manifest-unreadable"}, nil},
		{"reads the file alone", good + "reads: [file]\nplatform: ios\n", []string{"FileOnly: true", `Platform: "ios"`}, []string{"not-a-package"}},
		{"own words", good + own, []string{"Own"}, []string{"Change"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, err := generate(folder(map[string]string{"one.yaml": tt.file}))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range tt.has {
				if !strings.Contains(string(code), s) {
					t.Errorf("tables lack %s:\n%s", s, code)
				}
			}
			for _, s := range tt.not {
				if strings.Contains(string(code), s) {
					t.Errorf("tables have %s:\n%s", s, code)
				}
			}
		})
	}
}

func TestGenerateForEachBox(t *testing.T) {
	t.Parallel()
	boxes := strings.NewReplacer("id: one", "id: \"p.{box}\"\nfor_each: box", "{zh: 标题, en: Title}", `{zh: "{box_zh}", en: "{box_en}"}`).Replace(good)
	code, err := generate(folder(map[string]string{orderFile: "- one\n- p.{box}\n", "p.box.yaml": boxes}))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(code), `{ID: "p.`); n != 13 {
		t.Errorf("%d checks made of a for_each file, want 13", n)
	}
	if !strings.Contains(string(code), `Text{ZH: "发送彩信", EN: "Send MMS"}`) {
		t.Errorf("the box's words are not filled in:\n%s", code)
	}
}

func TestGenerateRefuses(t *testing.T) {
	t.Parallel()
	edit := func(old, new string) map[string]string {
		if !strings.Contains(good, old) {
			t.Fatalf("the sample has no %q", old)
		}
		return map[string]string{"one.yaml": strings.Replace(good, old, new, 1)}
	}
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"unknown key", edit("source:", "sauce:"), "sauce"},
		{"repeated key", edit("source: [form]", "source: [form]\nsource: [form]"), "already defined"},
		{"repeated reason", edit("mismatch:", "equal:"), "already defined"},
		{"second document", map[string]string{"one.yaml": good + "---\nid: two\n"}, "more than one document"},
		{"message in one language", edit("{zh: 一致, en: Equal}", "{zh: 一致}"), "message must be said"},
		{"fail without remedy", edit(", remedy: {zh: 改, en: Mend}", ""), "remedy must be said"},
		{"remedy in one language", edit("{zh: 改, en: Mend}", "{zh: 改}"), "remedy must be said"},
		{"placeholders differ", edit("Not {filed}", "Not {actual}"), "zh shows [{filed}] and en [{actual}]"},
		{"malformed placeholder", edit("Not {filed}", "Not {Filed it}"), "not a lower-case word"},
		{"unknown outcome", edit("outcome: pass", "outcome: passed"), "outcome \"passed\""},
		{"unknown severity", edit("severity: review", "severity: loud"), "severity \"loud\""},
		{"no source", edit("source: [form]", "source: []"), "source is missing"},
		{"no why", edit("why: {zh: 原因, en: Because}", "why: {zh: 原因}"), "why must be said"},
		{"wrong file", map[string]string{"two.yaml": good}, "belongs in one.yaml"},
		{"not in the order", map[string]string{"two.yaml": strings.Replace(good, "id: one", "id: two", 1)}, `check "two" is missing from order.yaml`},
		{"twice in the order", map[string]string{orderFile: "- one\n- one\n"}, `a second line for check "one"`},
		{"no file", map[string]string{orderFile: "- one\n- two\n"}, `no file or a second line for check "two"`},
		{"unknown platform", edit("severity: block", "platform: web\nseverity: block"), `platform "web"`},
		{"reads nothing known", edit("severity: block", "reads: [mind]\nseverity: block"), `reads "mind"`},
		{"shared reason without remedy", map[string]string{sharedFile: strings.Replace(sharedReasons, ", remedy: {zh: 看, en: Look}", "", 1)}, "remedy must be said"},
		{"unknown for_each", edit("severity: block", "for_each: day\nseverity: block"), "for_each"},
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
