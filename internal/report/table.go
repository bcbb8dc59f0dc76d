package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"heyan/analyzer/facts"
	"heyan/rules"
	"heyan/rules/box"
)

// Named is a report and the name of its package as the user gave it: a file's
// name or path. It is outside text and decides nothing.
type Named struct {
	Name   string
	Report *Report
}

// both is a text in both languages.
func both(zh, en string) rules.Text { return rules.Text{ZH: zh, EN: en} }

// group is what a check's result calls for.
type group string

// The groups, the gravest first. Their names are classes of the page's style.
const (
	groupMust    group = "must"    // a blocking check failed: the filing is to be returned
	groupReview  group = "review"  // a person must decide
	groupAdvice  group = "advice"  // better put right
	groupNote    group = "note"    // good to know
	groupPassed  group = "pass"    // nothing to do
	groupSkipped group = "skipped" // an optional field that was not filed
)

// groupOf sorts a check by what it calls for. An outcome or severity of a later
// version is for a person: nothing unknown may look like a pass.
func groupOf(c rules.Check) group {
	switch c.Outcome {
	case rules.OutcomePass:
		return groupPassed
	case rules.OutcomeSkipped:
		return groupSkipped
	}
	switch {
	case c.Severity == rules.SeverityBlock && c.Outcome == rules.OutcomeFail:
		return groupMust
	case c.Severity == rules.SeverityAdvise:
		return groupAdvice
	case c.Severity == rules.SeverityInfo:
		return groupNote
	}
	return groupReview
}

// title is the group's heading.
func (g group) title() rules.Text {
	switch g {
	case groupMust:
		return both("必须改正", "Must be corrected")
	case groupReview:
		return both("需人工复核", "For a person to decide")
	case groupAdvice:
		return both("建议", "Advice")
	case groupNote:
		return both("提示", "Notes")
	case groupPassed:
		return both("通过", "Passed")
	}
	return both("未填，不核", "Not filed, not checked")
}

// inGroup are the checks of one group, without those that only repeat another.
func inGroup(all []rules.Check, g group) []rules.Check {
	var list []rules.Check
	for _, c := range withoutEchoes(all) {
		if groupOf(c) == g {
			list = append(list, c)
		}
	}
	return list
}

// verdictWords is the verdict as the form's officials say it.
func verdictWords(v rules.Verdict) rules.Text {
	switch v {
	case rules.Pass:
		return both("建议通过", "Pass")
	case rules.Return:
		return both("建议退回", "Return")
	}
	return both("需人工复核", "Review")
}

func outcomeWords(o rules.Outcome) rules.Text {
	switch o {
	case rules.OutcomePass:
		return both("通过", "pass")
	case rules.OutcomeFail:
		return both("不通过", "fail")
	case rules.OutcomeSkipped:
		return both("未填不核", "skipped")
	}
	return both("无法判定", "unknown")
}

func signatureWords(s facts.SignatureStatus) rules.Text {
	switch s {
	case facts.SignatureValid:
		return both("有效", "valid")
	case facts.SignatureInvalid:
		return both("无效", "invalid")
	case facts.SignatureUnsigned:
		return both("未签名", "unsigned")
	}
	return both("无法判定", "unknown")
}

// boxResult is how one of the 13 boxes came out, and the group it looks like.
func boxResult(c rules.Check) (rules.Text, group) {
	switch {
	case c.Outcome == rules.OutcomePass:
		return both("相符", "ok"), groupPassed
	case c.Outcome == rules.OutcomeUnknown:
		return both("无法判定", "unknown"), groupReview
	case c.Outcome != rules.OutcomeFail:
		return both("不核", "not checked"), groupSkipped
	case c.Reason == "over-declared":
		return both("无依据", "extra"), groupOf(c)
	case c.Reason == "under-declared":
		return both("漏勾", "missing"), groupOf(c)
	}
	return both("不符", "differs"), groupOf(c)
}

// filedText is what was filed; of a box, whether it is ticked.
func filedText(c rules.Check) rules.Text {
	if strings.HasPrefix(c.ID, boxPrefix) {
		switch c.Filed {
		case "[x]":
			return both("已勾选", "ticked")
		case "[ ]":
			return both("未勾选", "not ticked")
		}
	}
	return both(c.Filed, c.Filed)
}

// titles lists checks by name.
func titles(list []rules.Check, lang string) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.Name().In(lang)
	}
	return strings.Join(names, both("、", ", ").In(lang))
}

// boxNames lists boxes by label.
func boxNames(boxes []box.Box, lang string) string {
	names := make([]string, len(boxes))
	for i, b := range boxes {
		names[i] = boxWords(b).In(lang)
	}
	return strings.Join(names, both("、", ", ").In(lang))
}

func boxWords(b box.Box) rules.Text {
	zh, en := b.Label()
	return both(zh, en)
}

// platformName is the platform a package is for, empty where it is for none.
func platformName(f facts.Format) rules.Text {
	switch f {
	case facts.FormatAPK:
		return both("安卓", "Android")
	case facts.FormatIPA:
		return both("IOS", "iOS")
	}
	return rules.Text{}
}

// column is one column of the table of packages.
type column struct {
	title rules.Text
	width float64 // in characters of a spreadsheet
	value func(*Named, string) string
}

// verdictColumn is the place of the verdict among the packageColumns.
const verdictColumn = 1

// packageColumns are the columns of the table of packages, in CSV and XLSX.
func packageColumns() []column {
	return []column{
		{both("安装包", "Package"), 26, func(n *Named, _ string) string { return n.Name }},
		{both("核验结论", "Verdict"), 12, func(n *Named, lang string) string { return verdictWords(n.Report.Verdict).In(lang) }},
		{both("应用名称", "App name"), 18, func(n *Named, _ string) string { return n.Report.Facts.App.Name }},
		{both("应用平台", "Platform"), 10, func(n *Named, lang string) string { return platformName(n.Report.Facts.Format).In(lang) }},
		{both("包名", "Package id"), 28, func(n *Named, _ string) string { return n.Report.Facts.App.ID }},
		{both("版本号", "Version"), 12, func(n *Named, _ string) string { return n.Report.Facts.App.Version }},
		{both("构建号", "Build"), 12, func(n *Named, _ string) string { return n.Report.Facts.App.Build }},
		{both("必须改正", "Must be corrected"), 40, groupColumn(groupMust)},
		{both("需人工复核", "For a person to decide"), 32, groupColumn(groupReview)},
		{both("建议", "Advice"), 28, groupColumn(groupAdvice)},
		{both("填报的权限", "Boxes ticked"), 32, filedBoxes},
		{both("签名", "Signature"), 10, func(n *Named, lang string) string { return signatureWords(n.Report.Facts.Signature.Status).In(lang) }},
		{both("签名证书 SHA-256", "Signer SHA-256"), 24, signers},
		{both("文件大小（字节）", "Size (bytes)"), 14, func(n *Named, _ string) string { return strconv.FormatInt(n.Report.Facts.File.Size, 10) }},
		{both("安装包MD5码", "MD5"), 34, func(n *Named, _ string) string { return n.Report.Facts.File.MD5 }},
		{both("SHA-256", "SHA-256"), 24, func(n *Named, _ string) string { return n.Report.Facts.File.SHA256 }},
		{both("核验日期", "As of"), 12, func(n *Named, _ string) string { return n.Report.Inputs.AsOf }},
		{both("引擎版本", "Engine"), 10, func(n *Named, _ string) string { return n.Report.Engine.Version }},
	}
}

func groupColumn(g group) func(*Named, string) string {
	return func(n *Named, lang string) string { return titles(inGroup(n.Report.Checks, g), lang) }
}

func filedBoxes(n *Named, lang string) string {
	if n.Report.Filing == nil {
		return ""
	}
	return boxNames(n.Report.Filing.Permissions, lang)
}

func signers(n *Named, _ string) string {
	var list []string
	if rules.FromStore(n.Report.Facts) {
		return "" // Apple's
	}
	for _, c := range n.Report.Facts.Signature.Signers {
		list = append(list, c.SHA256)
	}
	return strings.Join(list, " ")
}

// visible is outside text as a page or a cell may show it: one line, with
// everything that cannot be seen, or that turns the direction, as its code.
// What goes over the limit of characters is cut off and counted.
func visible(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > limit {
			continue
		}
		switch {
		case r == '\n':
			b.WriteString("↵")
		case r == unicode.ReplacementChar, r == 0xFFFE, r == 0xFFFF:
			b.WriteRune('\uFFFD')
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	if n > limit {
		fmt.Fprintf(&b, "… (%d)", n)
	}
	return b.String()
}
