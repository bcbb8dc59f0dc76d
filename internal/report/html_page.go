package report

import (
	"fmt"
	"html/template"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules"
	"heyan/rules/box"
)

// page is all the template shows. Strings of rules.Text are in both languages;
// plain strings are outside text or technical terms and are the same in both.
type page struct {
	Lang    string // of the document
	English bool   // English is shown first
	Style   template.CSS
	Policy  string
	Name    string
	Report  *Report

	Verdict         verdictView
	Contents        []entry
	Findings        []findingGroup
	Matrix          []matrixRow
	Settled         []settled
	Permissions     []permissionGroup
	MorePermissions int
	Package         []field
	Filing          []field
	Inputs          []field
	Signature       signatureView
	IPA             ipaView
	Anomalies       list[facts.Anomaly]
	Unexamined      list[facts.Unexamined]
	Analyzers       list[facts.Analyzer]
}

// entry is a line of the table of contents.
type entry struct {
	ID    string
	Title rules.Text
	Count int
}

// field is a labelled value: one in both languages, or lines of outside text.
type field struct {
	Label rules.Text
	Text  rules.Text
	Lines []string
	Code  bool // digests, ids: set in a fixed width
}

// list is the beginning of a list, and how much of it is left out.
type list[T any] struct {
	Rows []T
	More int
}

// rowLimit is how many rows a table of a page has at most.
const rowLimit = 400

func limited[T any](rows []T) list[T] {
	n := min(len(rows), rowLimit)
	return list[T]{Rows: rows[:n], More: len(rows) - n}
}

// verdictView is the verdict and how many checks call for what.
type verdictView struct {
	Class  string
	Words  rules.Text
	Says   rules.Text
	Counts []count
}

type count struct {
	Group group
	Title rules.Text
	N     int
}

func verdictOf(r *Report) verdictView {
	v := verdictView{Class: "review", Words: verdictWords(r.Verdict)}
	v.Says = both("没有必须改正的问题，但有需要由人判断的内容。", "Nothing must be corrected, but a person must decide on some of it.")
	switch r.Verdict {
	case rules.Pass:
		v.Class = "pass"
		v.Says = both("填报内容与安装包相符。", "What was filed is what is in the package.")
	case rules.Return:
		v.Class = "must"
		v.Says = both("填报内容与安装包不符，请按下列各项改正后重新提交。", "What was filed is not what is in the package: correct the points below and submit again.")
	}
	for _, g := range []group{groupMust, groupReview, groupAdvice, groupNote, groupPassed, groupSkipped} {
		v.Counts = append(v.Counts, count{g, g.title(), len(inGroup(r.Checks, g))})
	}
	return v
}

// findingGroup is the open checks that call for the same.
type findingGroup struct {
	Group    group
	Title    rules.Text
	Findings []finding
}

// finding is one open check.
type finding struct {
	rules.Check
	Number  int
	Title   rules.Text
	Outcome rules.Text
	Filed   rules.Text // in place of the check's own
}

func findingsOf(r *Report) []findingGroup {
	var groups []findingGroup
	number := 0
	for _, g := range []group{groupMust, groupReview, groupAdvice, groupNote} {
		members := inGroup(r.Checks, g)
		if len(members) == 0 {
			continue
		}
		fg := findingGroup{Group: g, Title: g.title()}
		for _, c := range members {
			number++
			filed := filedText(c)
			c.Actual = abridged(c.Actual)
			fg.Findings = append(fg.Findings, finding{
				Check: c, Number: number, Title: c.Name(), Outcome: outcomeWords(c.Outcome),
				Filed: both(abridged(filed.ZH), abridged(filed.EN)),
			})
		}
		groups = append(groups, fg)
	}
	return groups
}

// settled is a check with nothing to do: passed, or not filed.
type settled struct {
	rules.Check
	Group   group
	Title   rules.Text
	Outcome rules.Text
}

// settledOf leaves out the boxes: the matrix has them.
func settledOf(r *Report) []settled {
	var rows []settled
	for _, g := range []group{groupPassed, groupSkipped} {
		for _, c := range inGroup(r.Checks, g) {
			if strings.HasPrefix(c.ID, boxPrefix) {
				continue
			}
			rows = append(rows, settled{Check: c, Group: g, Title: c.Name(), Outcome: outcomeWords(c.Outcome)})
		}
	}
	return rows
}

// matrixRow is one of the 13 boxes.
type matrixRow struct {
	Number   int
	Label    rules.Text
	Filed    bool
	Group    group
	Result   rules.Text
	Declared []string
	Implied  []string
	Explains []string
	More     int
}

// matrixNames is how many names a row of the matrix shows.
const matrixNames = 6

func matrixOf(r *Report) []matrixRow {
	rows := make([]matrixRow, 0, len(r.Categories))
	for i, c := range r.Categories {
		row := matrixRow{Number: i + 1, Label: c.Label, Filed: c.Filed}
		row.Result, row.Group = boxResult(boxCheck(c.ID, r.Checks))
		room := matrixNames
		take := func(names []string) []string {
			n := min(len(names), room)
			room -= n
			row.More += len(names) - n
			var short []string
			for _, name := range names[:n] {
				short = append(short, shortPermission(name))
			}
			return short
		}
		row.Declared, row.Implied = take(c.Declared), take(c.Implied)
		if c.Filed && len(c.Declared)+len(c.Implied) == 0 {
			row.Explains = take(c.ExplainedBy)
		}
		rows = append(rows, row)
	}
	return rows
}

// permissionGroup is the permissions that one box is meant for.
type permissionGroup struct {
	Box  box.Box
	Rows []permissionRow
}

type permissionRow struct {
	rules.Reading
	Notes []rules.Text
	// Others are the boxes that would do as well as the recommended one.
	Others []box.Box
}

// permissionGroups sorts readings by box, in the form's order.
func permissionGroups(readings []rules.Reading) (groups []permissionGroup, more int) {
	room := rowLimit
	for _, b := range append(box.All[:], box.None) {
		g := permissionGroup{Box: b}
		for _, r := range readings {
			if r.Category != b || !shown(r) {
				continue
			}
			if room--; room < 0 {
				more++
				continue
			}
			g.Rows = append(g.Rows, permissionRowOf(r))
		}
		if len(g.Rows) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, more
}

func permissionRowOf(r rules.Reading) permissionRow {
	row := permissionRow{Reading: r}
	if r.Group == "-" {
		row.Group = ""
	}
	note := func(zh, en string, args ...any) {
		row.Notes = append(row.Notes, both(fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)))
	}
	if !r.Declared {
		note("由 %s 隐含", "implied by %s", r.ImpliedBy)
	}
	if r.MinOS != "" {
		note("%s 起", "from %s", r.MinOS)
	}
	if r.MaxOS != "" {
		note("最高到 %s", "up to %s", r.MaxOS)
	}
	if !r.Effective {
		note("无效", "no effect")
	}
	if r.Nearest != "" {
		note("疑为 %s", "meant: %s", r.Nearest)
	}
	for _, b := range r.Acceptable {
		if b != r.Category && b != box.None {
			row.Others = append(row.Others, b)
		}
	}
	return row
}

// contentsOf lists the sections that a page has.
func contentsOf(p *page) []entry {
	var list []entry
	for _, g := range p.Findings {
		list = append(list, entry{"group-" + string(g.Group), g.Title, len(g.Findings)})
	}
	add := func(id, zh, en string, n int) {
		if n > 0 {
			list = append(list, entry{id, both(zh, en), 0})
		}
	}
	add("matrix", "应用权限对照", "The 13 boxes", len(p.Matrix))
	add("filing", "填报内容", "As filed", len(p.Filing))
	add("package", "安装包", "The package", 1)
	add("permissions", "权限明细", "Permissions", len(p.Permissions))
	add("signature", "签名", "Signature", 1)
	add("ipa", "程序包与描述文件", "Bundles and profile", p.IPA.size())
	add("settled", "通过与未核", "Passed and skipped", len(p.Settled))
	add("anomalies", "异常", "Anomalies", len(p.Anomalies.Rows))
	add("unexamined", "未检查的内容", "Not examined", len(p.Unexamined.Rows))
	add("basis", "引擎与输入", "Engine and inputs", 1)
	return list
}
