package report

import (
	"fmt"
	"strings"
)

// groupHeading is the style of a sheet's heading.
const groupHeading group = "heading"

// cellStyle is the colours of the cells of a group.
type cellStyle struct {
	group      group
	bold       bool
	ink, paper string
}

// cellStyles are the styles of a workbook; the first is that of a plain cell.
func cellStyles() []cellStyle {
	return []cellStyle{
		{"", false, "1D2127", ""},
		{groupHeading, true, "FFFFFF", "3B4754"},
		{groupMust, false, "A4262C", "FBE9E7"},
		{groupReview, false, "7A5200", "FBF1D6"},
		{groupAdvice, false, "1F4E82", "E6EEF7"},
		{groupNote, false, "59616C", "EFF0EF"},
		{groupPassed, false, "1F6339", "E6F3EA"},
		{groupSkipped, false, "59616C", ""},
	}
}

// styleOf is the number of a group's style. Style 0 is what a spreadsheet uses
// where nothing is said, and stays so.
func styleOf(g group) int {
	for i, s := range cellStyles() {
		if s.group == g {
			return i + 1
		}
	}
	return 1
}

// textFormat is the built-in number format "@": a text, whatever it looks like.
const textFormat = 49

func stylesPart() string {
	styles := cellStyles()
	var fonts, fills, formats strings.Builder
	for i, s := range styles {
		bold := ""
		if s.bold {
			bold = "<b/>"
		}
		fmt.Fprintf(&fonts, `<font>%s<sz val="11"/><color rgb="FF%s"/><name val="Calibri"/><family val="2"/></font>`, bold, s.ink)
		if s.paper == "" {
			fills.WriteString(`<fill><patternFill patternType="none"/></fill>`)
		} else {
			fmt.Fprintf(&fills, `<fill><patternFill patternType="solid"><fgColor rgb="FF%s"/><bgColor indexed="64"/></patternFill></fill>`, s.paper)
		}
		// Fonts and fills of its own stand behind the one and the two every workbook has.
		fmt.Fprintf(&formats, `<xf numFmtId="%d" fontId="%d" fillId="%d" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyAlignment="1">`+
			`<alignment vertical="top" wrapText="1"/></xf>`, textFormat, i+1, i+2)
	}
	n := len(styles)
	return fmt.Sprintf(`<styleSheet xmlns="%s">`+
		`<fonts count="%d"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>%s</fonts>`+
		`<fills count="%d"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>%s</fills>`+
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>`+
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>`+
		`<cellXfs count="%d"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>%s</cellXfs>`+
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`,
		spreadsheetSpace, n+1, fonts.String(), n+2, fills.String(), n+1, formats.String())
}
