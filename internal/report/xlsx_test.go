package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"heyan/internal/report"
	"heyan/rules"
)

// opened is the workbook of reports.
func opened(t *testing.T, reports []*report.Named, lang string) *excelize.File {
	t.Helper()
	var out bytes.Buffer
	if err := report.XLSX(&out, reports, lang); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestXLSX(t *testing.T) {
	t.Parallel()
	list := samples(t)
	f := opened(t, list, "zh")
	if diff := cmp.Diff([]string{"安装包", "检查", "权限对照"}, f.GetSheetList()); diff != "" {
		t.Fatalf("sheets (-want +got):\n%s", diff)
	}
	rows, err := f.GetRows("安装包")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+len(list) {
		t.Fatalf("%d rows", len(rows))
	}
	if diff := cmp.Diff([]string{"school.apk", "建议退回", "晨光课堂", "安卓", "cn.example.chenguang", "2.3.1", "20301", "安装包MD5码、应用权限「调用摄像头」、签名指纹"}, rows[1][:8]); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	boxes, err := f.GetRows("权限对照")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"■ 无依据", "□ 相符", "□ 相符", "□ 相符", "□ 漏勾", "■ 相符"}, boxes[1][2:8]); diff != "" {
		t.Errorf("boxes (-want +got):\n%s", diff)
	}
	found, err := f.GetRows("检查")
	if err != nil {
		t.Fatal(err)
	}
	want := 1
	for _, n := range list {
		want += len(n.Report.Checks)
	}
	if len(found) != want {
		t.Errorf("%d rows of checks, want %d", len(found), want)
	}
}

// TestXLSXCellsAreStrings: whatever a package is called, no cell is computed, and
// a version number stays as it is written.
func TestXLSXCellsAreStrings(t *testing.T) {
	t.Parallel()
	n := sample(t, "school", "school")
	f, r := *n.Report.Facts, *n.Report
	r.Facts = &f
	f.App.Name, f.App.Version, f.App.Build = "=1+1", "2.10", "00123"
	n.Name = `=HYPERLINK("http://example.invalid","x")`
	f.App.ID = "_x0041_ " + strings.Repeat("长", 40000)
	n.Report = &r
	book := opened(t, []*report.Named{n}, "en")
	for cell, want := range map[string]string{"A2": n.Name, "C2": "=1+1", "F2": "2.10", "G2": "00123"} {
		got, err := book.GetCellValue("Packages", cell)
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s is %q, want %q", cell, got, want)
		}
		if formula, err := book.GetCellFormula("Packages", cell); err != nil || formula != "" {
			t.Errorf("%s has the formula %q (%v)", cell, formula, err)
		}
		if kind, err := book.GetCellType("Packages", cell); err != nil || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%s is of type %v (%v)", cell, kind, err)
		}
	}
	if id, err := book.GetCellValue("Packages", "E2"); err != nil || !strings.HasPrefix(id, "_x0041_ 长") || len(id) > 32767 {
		t.Errorf("a long value is %.40q, %d bytes (%v)", id, len(id), err)
	}
	panes, err := book.GetPanes("Packages")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v (%v)", panes, err)
	}
}

// TestXLSXWithoutReports: a batch of which nothing was left is a workbook too.
func TestXLSXWithoutReports(t *testing.T) {
	t.Parallel()
	rows, err := opened(t, nil, "en").GetRows("Packages")
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows (%v)", len(rows), err)
	}
}

func TestVerdictIsColoured(t *testing.T) {
	t.Parallel()
	list := samples(t)
	book := opened(t, list, "zh")
	colours := map[string]rules.Verdict{}
	for i, n := range list {
		cell, err := excelize.CoordinatesToCellName(2, i+2)
		if err != nil {
			t.Fatal(err)
		}
		id, err := book.GetCellStyle("安装包", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := book.GetStyle(id)
		if err != nil || style.Fill.Pattern != 1 || style.Font == nil {
			t.Fatalf("%+v (%v)", style, err)
		}
		colour := style.Font.Color
		if before, ok := colours[colour]; ok && before != n.Report.Verdict {
			t.Errorf("%q and %q have one colour", before, n.Report.Verdict)
		}
		colours[colour] = n.Report.Verdict
	}
	if len(colours) < 2 {
		t.Errorf("colours: %v", colours)
	}
}
