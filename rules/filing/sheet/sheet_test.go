package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"heyan/rules/box"
	"heyan/rules/filing"
)

// got is a row in short: where, what file, and the filing or what is wrong.
func got(rows []Row) []string {
	var list []string
	for _, r := range rows {
		s := fmt.Sprintf("%s%d %s: ", r.Sheet, r.Line, r.File)
		if r.Err != nil {
			s += "! " + r.Err.Error()
		} else {
			s += fmt.Sprintf("%s %s %s %v", r.Filing.Platform, r.Filing.Version, r.Filing.MD5, r.Filing.Permissions)
		}
		list = append(list, s)
	}
	return list
}

const plain = "应用安装包,应用平台,应用版本号,安装包MD5码,应用权限,备注\r\n" +
	"a.apk,安卓,1.10,00,调用摄像头、启用录音,第一版\r\n" +
	"\r\n" +
	"b.ipa,IOS,2,1e5,无,\r\n"

var plainRows = []string{"2 a.apk: android 1.10 00 [camera record_audio]", "4 b.ipa: ios 2 1e5 []"}

func encoded(t *testing.T, s string, encode func(string) (string, error)) string {
	t.Helper()
	out, err := encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCSV(t *testing.T) {
	t.Parallel()
	gbk := encoded(t, plain, simplifiedchinese.GBK.NewEncoder().String)
	utf16 := encoded(t, strings.ReplaceAll(plain, ",", "\t"), unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String)
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"utf-8", plain, plainRows},
		{"with a mark", "\ufeff" + plain, plainRows},
		{"gbk", gbk, plainRows},
		{"utf-16", utf16, plainRows},
		{"semicolons", strings.ReplaceAll(plain, ",", ";"), plainRows},
		{"title above", "2026 年备案汇总,,,,,\n\n" + plain, []string{"4 a.apk: android 1.10 00 [camera record_audio]", "6 b.ipa: ios 2 1e5 []"}},
		{"english ids", "file,platform,version,md5,permissions\na.apk,android,\"1,0\",00,\"camera,other\"\n", []string{"2 a.apk: android 1,0 00 [camera other]"}},
		{"kept as text", "file,version,md5\na.apk,\"=\"\"1.10\"\"\",'0123\n", []string{"2 a.apk:  1.10 0123 []"}},
		{"blank is not filed", "file,version\na.apk,\n", []string{"2 a.apk:    []"}},
		{"spoilt number", "file,md5\na.apk,1.23457E+31\nb.apk,1\n", []string{"2 a.apk: ! row 2, column B: the table program made a number of it and lost digits; format the cell as text and enter it anew", "3 b.apk:   1 []"}},
		{"twice", "file,md5\na.apk,1\na.apk,2\n", []string{`2 a.apk: ! row 2: names "a.apk" as row 3 does: which one counts can't be told`, `3 a.apk: ! row 3: names "a.apk" as row 2 does: which one counts can't be told`}},
		{"no file", "file,md5\n,1\n", []string{"2 : ! row 2, column A: no file name: it can't be told which package this is"}},
		{"no heading over it", "file,md5,\na.apk,1,2\n", []string{"2 a.apk: ! row 2, column C: no heading stands over this column: it can't be told which field this is"}},
		{"example", "file,md5\n示例：x.apk,1\nEXAMPLE: x.apk,1\na.apk,2\n", []string{"4 a.apk:   2 []"}},
		{"quoted lines", "file,permissions\na.apk,\"camera\nother\"\nb.apk,无\n", []string{"2 a.apk:    [camera other]", "4 b.apk:    []"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rows, err := Read([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got(rows)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBlankIsNotNone(t *testing.T) {
	t.Parallel()
	rows, err := Read([]byte("file,permissions\na.apk,\nb.apk,无\n"))
	if err != nil {
		t.Fatal(err)
	}
	if rows[0].Filing.Permissions != nil || rows[1].Filing.Permissions == nil {
		t.Errorf("blank %#v, none %#v", rows[0].Filing.Permissions, rows[1].Filing.Permissions)
	}
}

// TestWordsOfTheForm: what rules/filing says of a value names the cell.
func TestWordsOfTheForm(t *testing.T) {
	t.Parallel()
	rows, err := Read([]byte("file,备注,platform,permissions\na.apk,x,windows,\"camera, sing\"\nb.apk,,ios,\n"))
	if err != nil {
		t.Fatal(err)
	}
	var bad *Error
	if !errors.As(rows[0].Err, &bad) || len(bad.Problems) != 2 || rows[1].Err != nil {
		t.Fatalf("%v, %v", rows[0].Err, rows[1].Err)
	}
	for i, want := range []Problem{{Row: 2, Column: "C", Heading: "platform"}, {Row: 2, Column: "D", Heading: "permissions"}} {
		p := bad.Problems[i]
		if p.Message = (filing.Text{}); p != want {
			t.Errorf("problem %d is at %+v, want %+v", i, p, want)
		}
	}
	if s := bad.In("zh"); !strings.Contains(s, "第 2 行 C 列：") || !strings.Contains(s, "安卓") || !strings.Contains(s, "sing") {
		t.Errorf("in words: %s", s)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "no heading"},
		{"no file column", "platform,md5\nandroid,1\n", "no heading"},
		{"unknown column", "file,md5,flavour\na.apk,1,x\n", `there is no field "flavour"`},
		{"column", "file,md5,flavour\na.apk,1,x\n", "row 1, column C"},
		{"one field twice", "file,md5,安装包MD5码\n", "repeats"},
		{"old excel", "\xd0\xcf\x11\xe0\xa1\xb1", ".xlsx"},
		{"binary", "file,md5\na,\x00\n", "neither a CSV nor an XLSX"},
		{"neither encoding", "file,md5\n\xff\xff\xff,1\n", "GBK"},
		{"many columns", strings.Repeat("x,", 70) + "file,md5\n", "over 64 columns"},
		{"broken zip", "PK\x03\x04 no more", "not a valid XLSX"},
		{"too big", strings.Repeat("a", MaxSize+1), "over 8 MiB"},
		{"many rows", "file,md5\n" + strings.Repeat("a.apk,1\n", MaxRows+headingRows), "over 5000 rows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rows, err := Read([]byte(tt.text))
			var bad *Error
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%v, %v; want an error with %q", rows, err, tt.want)
			}
			if bad.In("zh") == bad.In("en") {
				t.Errorf("only one language: %s", bad.In("zh"))
			}
		})
	}
}

// book makes a workbook with excelize.
func book(t *testing.T, fill func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func set(t *testing.T, f *excelize.File, sheet string, lines ...[]any) {
	t.Helper()
	for i, line := range lines {
		for j, v := range line {
			if err := f.SetCellValue(sheet, fmt.Sprintf("%s%d", columnName(j), i+1), v); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func styled(t *testing.T, f *excelize.File, at string, s excelize.Style) {
	t.Helper()
	id, err := f.NewStyle(&s)
	if err == nil {
		err = f.SetCellStyle("Sheet1", at, at, id)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestWorkbookNumbers(t *testing.T) {
	t.Parallel()
	custom := func(s string) excelize.Style { return excelize.Style{CustomNumFmt: &s} }
	for _, tt := range []struct {
		name  string
		value any
		style excelize.Style
		want  string // of the version, or a part of the problem after "!"
	}{
		{"text", "1.10", excelize.Style{}, "1.10"},
		{"text that looks like a number", "1.2E+10", excelize.Style{}, "1.2E+10"},
		{"number", 1.1, excelize.Style{}, "1.1"},
		{"rounding noise", 2.2999999999999998, excelize.Style{}, "2.3"},
		{"shown with digits", 1.1, excelize.Style{NumFmt: 2}, "1.10"},
		{"shown with three digits", 1.1, custom("0.000"), "1.100"},
		{"shown with too few digits", 1.125, custom("0.0"), "1.125"},
		{"whole", 3, excelize.Style{}, "3"},
		{"as text", 3, excelize.Style{NumFmt: 49}, "3"},
		{"percent", 0.5, excelize.Style{NumFmt: 9}, "0.5"},
		{"lost digits", 1.2345678901234567e31, excelize.Style{}, "!lost digits"},
		{"date", 45231, excelize.Style{NumFmt: 14}, "!made a date"},
		{"chinese date", 45231, custom(`yyyy"年"m"月"d"日"`), "!made a date"},
		{"quoted letters are no date", 2, custom(`"md"0.0`), "2.0"},
		{"yes", true, excelize.Style{}, "TRUE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rows, err := Read(book(t, func(f *excelize.File) {
				set(t, f, "Sheet1", []any{"file", "version"}, []any{"a.apk", tt.value})
				styled(t, f, "B2", tt.style)
			}))
			if err != nil || len(rows) != 1 {
				t.Fatalf("%v, %v", rows, err)
			}
			want, problem := strings.CutPrefix(tt.want, "!")
			switch {
			case problem && (rows[0].Err == nil || !strings.Contains(rows[0].Err.Error(), want)):
				t.Errorf("got %v, want a problem with %q", rows[0], want)
			case !problem && (rows[0].Err != nil || rows[0].Filing.Version != want):
				t.Errorf("got %v, want %q", got(rows), want)
			}
		})
	}
}

func TestWorkbookLayout(t *testing.T) {
	t.Parallel()
	head := []any{"file", "app_name", "platform", "version"}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		fill func(*excelize.File)
		want []string
	}{
		{"several sheets", func(f *excelize.File) {
			set(t, f, "Sheet1", head, []any{"a.apk", "甲", "android", "1"})
			for _, name := range []string{"说明", "更多", "隐藏"} {
				_, err := f.NewSheet(name)
				check(err)
			}
			set(t, f, "说明", []any{"怎样填写"})
			set(t, f, "更多", head, []any{"b.apk", "乙", "android", "2"})
			set(t, f, "隐藏", head, []any{"c.apk", "丙", "android", "3"})
			check(f.SetSheetVisible("隐藏", false))
		}, []string{"Sheet12 a.apk: android 1  []", "更多2 b.apk: android 2  []"}},
		{"title and blank rows", func(f *excelize.File) {
			check(f.SetCellStr("Sheet1", "A1", "汇总"))
			check(f.MergeCell("Sheet1", "A1", "D1"))
			for i, v := range head {
				check(f.SetCellValue("Sheet1", columnName(i)+"3", v))
			}
			check(f.SetCellStr("Sheet1", "A9", "a.apk"))
			check(f.SetCellStr("Sheet1", "D9", "1"))
			check(f.SetCellStr("Sheet1", "B12", "  "))
		}, []string{"Sheet19 a.apk:  1  []"}},
		{"merged downwards", func(f *excelize.File) {
			set(t, f, "Sheet1", head, []any{"a.apk", "甲", "android", "1"}, []any{"a.ipa", "", "ios"}, []any{"b.apk", "", "android", "2"})
			check(f.MergeCell("Sheet1", "D2", "D3"))
		}, []string{"Sheet12 a.apk: android 1  []", "Sheet13 a.ipa: ios 1  []", "Sheet14 b.apk: android 2  []"}},
		{"merged sideways", func(f *excelize.File) {
			set(t, f, "Sheet1", head, []any{"a.apk", "甲", "android"}, []any{"b.apk", "乙", "android", "2"})
			check(f.MergeCell("Sheet1", "C2", "D2"))
		}, []string{`Sheet12 a.apk: ! sheet "Sheet1", row 2, column C: cells of several columns are merged: unmerge them, one value a field`, "Sheet13 b.apk: android 2  []"}},
		{"rich text and formulas", func(f *excelize.File) {
			set(t, f, "Sheet1", head)
			check(f.SetCellRichText("Sheet1", "A2", []excelize.RichTextRun{{Text: "a."}, {Text: "apk", Font: &excelize.Font{Bold: true}}}))
			check(f.SetCellFormula("Sheet1", "D2", `"1"&"."&"10"`))
			check(f.SetCellStr("Sheet1", "C2", "android"))
		}, []string{"Sheet12 a.apk: android   []"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows, err := Read(book(t, tt.fill))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got(rows)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTemplates: nothing but headings that the form knows, an example that is
// passed over, and choices and example values that rules/filing accepts.
func TestTemplates(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh", "en"} {
		var asCSV, asXLSX bytes.Buffer
		if err := TemplateCSV(&asCSV, lang); err != nil {
			t.Fatal(err)
		}
		if err := TemplateXLSX(&asXLSX, lang); err != nil {
			t.Fatal(err)
		}
		for _, data := range [][]byte{asCSV.Bytes(), asXLSX.Bytes()} {
			rows, err := Read(data)
			if err != nil || len(rows) != 0 {
				t.Errorf("%s: %v, %v", lang, got(rows), err)
			}
		}
		real := strings.Replace(strings.Replace(asCSV.String(), exampleZH, "", 1), exampleEN, "", 1)
		rows, err := Read([]byte(real))
		if err != nil || len(rows) != 1 || rows[0].Err != nil {
			t.Fatalf("%s: %v, %v", lang, got(rows), err)
		}
		want := []box.Box{box.Camera, box.RecordAudio, box.Other}
		if diff := cmp.Diff(want, rows[0].Filing.Permissions); diff != "" || rows[0].Filing.Version != "2.3.10" {
			t.Errorf("%s: the example reads as %v", lang, got(rows))
		}
		for _, c := range columns() {
			for _, word := range c.words(lang) {
				if rows, err := Read([]byte("file," + c.heading(lang) + "\na.apk," + word + "\n")); err != nil || rows[0].Err != nil {
					t.Errorf("%s %s: %v, %v", c.heading(lang), word, rows, err)
				}
			}
		}
	}
}

// TestTemplateHasEveryField: a field of the form without a column could not be
// filed in a sheet. filing.Render lists them all.
func TestTemplateHasEveryField(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	for _, c := range columns() {
		have[c.en] = true
	}
	for line := range strings.Lines(string(filing.Render(&filing.Filing{}, filing.Notes{}, "en"))) {
		name, _, ok := strings.Cut(strings.TrimPrefix(line, "# "), ":")
		if ok && !strings.HasPrefix(name, " ") && !have[name] {
			t.Errorf("no column for %s", name)
		}
	}
}
