package sheet

import (
	"archive/zip"
	"bytes"
	"runtime"
	"strings"
	"testing"
)

// parts makes a workbook of one worksheet from the parts given.
func parts(t testing.TB, sheet string, more map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="s" sheetId="1" r:id="a"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="a" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   sheet,
	}
	for name, text := range more {
		all[name] = text
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range []string{"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"} {
		text, ok := all[name]
		if !ok {
			continue
		}
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const goodSheet = `<worksheet><sheetData>` +
	`<row r="1"><c r="A1" t="inlineStr"><is><t>file</t></is></c><c r="B1" t="inlineStr"><is><t>version</t></is></c></row>` +
	`<row r="2"><c r="A2" t="inlineStr"><is><t>a.apk</t></is></c><c r="B2"><v>1.5</v></c></row></sheetData></worksheet>`

func TestSmallestWorkbook(t *testing.T) {
	t.Parallel()
	rows, err := Read(parts(t, goodSheet, nil))
	if err != nil || len(rows) != 1 || rows[0].Filing.Version != "1.5" {
		t.Fatalf("%v, %v", got(rows), err)
	}
}

// TestHostileWorkbooks: each ends with an error or without rows, and with memory
// in bounds. The bound is on what is allocated in all, which is more than what is
// held at any time.
func TestHostileWorkbooks(t *testing.T) {
	const most = 400 << 20
	for _, tt := range []struct {
		name  string
		sheet string
		more  map[string]string
		want  string
	}{
		{"blank bomb", "<worksheet>" + strings.Repeat(" ", 30<<20) + "</worksheet>", nil, "inflates"},
		{"cells", "<worksheet><sheetData><row>" + strings.Repeat("<c/>", 1<<20), nil, ""},
		{"far cells", "<worksheet><sheetData>" + strings.Repeat(`<row><c r="XFD1"><v>1</v></c></row>`, 1<<18) + "</sheetData></worksheet>", nil, "over 64 columns"},
		{"rows", "<worksheet><sheetData>" + strings.Repeat(`<row><c><v>1</v></c></row>`, 1<<18) + "</sheetData></worksheet>", nil, "over 5000 rows"},
		{"cell beyond any", `<worksheet><sheetData><row><c r="ZZZZ1"><v>1</v></c></row></sheetData></worksheet>`, nil, ""},
		{"deep", strings.Repeat("<a>", 1<<20), nil, "inflates"},
		{"attributes", "<worksheet " + strings.Repeat(`a="" `, 1<<18) + "/>", nil, "inflates"},
		{"attributes with brackets", "<worksheet " + strings.Repeat(`a=">" `, 1<<18) + "/>", nil, "inflates"},
		{"long name", "<" + strings.Repeat("a", 1<<20) + "/>", nil, "inflates"},
		{"not nested", "<a><b></a></b>", nil, "not nested"},
		{"entities", `<!DOCTYPE a [<!ENTITY x "yyyyyyyyyy"><!ENTITY z "&x;&x;&x;">]><a>&z;</a>`, nil, "not a valid XLSX"},
		{"merges", "<worksheet>" + strings.Repeat(`<mergeCell ref="A1:A1048576"/>`, 1<<16) + "</worksheet>", nil, "inflates"},
		{"strings", goodSheet, map[string]string{"xl/sharedStrings.xml": "<sst>" + strings.Repeat("<si/>", 1<<20) + "</sst>"}, "inflates"},
		{"string that is not there", `<worksheet><sheetData><row><c t="s"><v>99999999</v></c></row></sheetData></worksheet>`, nil, "no heading"},
		{"styles", goodSheet, map[string]string{"xl/styles.xml": "<a><cellXfs>" + strings.Repeat("<xf/>", 1<<20)}, "inflates"},
		{"no sheet", goodSheet, map[string]string{"xl/_rels/workbook.xml.rels": "<a/>"}, "not a valid XLSX"},
		{"outside", goodSheet, map[string]string{"xl/_rels/workbook.xml.rels": `<R><Relationship Id="a" Target="../../../etc/passwd"/></R>`}, "there is no passwd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := parts(t, tt.sheet, tt.more)
			if len(data) > MaxSize {
				t.Fatalf("the sheet has %d bytes: nothing would be tested", len(data))
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			rows, err := Read(data)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, %v; want an error with %q", got(rows), err, tt.want)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > most {
				t.Errorf("%d MiB allocated", used>>20)
			}
		})
	}
}

// TestMuchText: many cells that share one long text don't make much work.
func TestMuchText(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("file,app_name\n")
	for range 2000 {
		b.WriteString("a,<\n")
	}
	long := `<c t="s"><v>0</v></c>`
	sheet := `<worksheet><sheetData><row><c t="s"><v>1</v></c><c t="s"><v>2</v></c></row>` +
		strings.Repeat("<row>"+long+long+"</row>", 4000) + `</sheetData></worksheet>`
	rows, err := Read(parts(t, sheet, map[string]string{"xl/sharedStrings.xml": "<sst><si><t>" + strings.Repeat("x", 30<<10) + "</t></si><si><t>file</t></si><si><t>app_name</t></si></sst>"}))
	if err != nil || len(rows) != 4000 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		if r.Err == nil {
			t.Fatalf("row %d is read", r.Line)
		}
	}
}

func FuzzSheet(f *testing.F) {
	f.Add([]byte(plain))
	f.Add([]byte("\ufeff" + plain))
	f.Add([]byte("file;md5\na.apk;1E+5\n"))
	f.Add([]byte("\xff\xfef\x00i\x00l\x00e\x00\t\x00m\x00d\x005\x00"))
	f.Add([]byte("file,\xd3\xa6\xd3\xc3\n"))
	f.Add(parts(f, goodSheet, nil))
	f.Add(parts(f, goodSheet, map[string]string{"xl/sharedStrings.xml": "<sst><si><t>x</t></si></sst>", "xl/styles.xml": `<a><numFmts><numFmt numFmtId="200" formatCode="0.00"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs></a>`}))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := Read(data)
		again, errAgain := Read(data)
		if len(rows) > MaxRows+headingRows {
			t.Fatalf("%d rows", len(rows))
		}
		if (err == nil) != (errAgain == nil) || strings.Join(got(rows), "\n") != strings.Join(got(again), "\n") {
			t.Fatalf("read twice, differently:\n%v %v\n%v %v", got(rows), err, got(again), errAgain)
		}
		for _, r := range rows {
			if (r.Filing == nil) == (r.Err == nil) {
				t.Fatalf("row %d has a filing and an error, or neither", r.Line)
			}
		}
	})
}
