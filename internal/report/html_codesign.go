package report

import (
	"heyan/analyzer/facts"
	"heyan/rules"
)

// findingRow is what a signature was found to be wrong in, or what else there is to
// say of it.
type findingRow struct {
	Group group
	Means rules.Text
	Lines []string
}

func findingOf(x rules.SignatureFinding) findingRow {
	row := findingRow{Group: groupAdvice, Means: x.Means, Lines: x.Lines}
	if x.Fatal {
		row.Group = groupMust
	}
	return row
}

// codeFields are what verifying an IPA's code signature gave, nil for an APK.
func codeFields(f *facts.Facts) []field {
	s := f.Signature
	if s.Kind == "" {
		return nil
	}
	var fs fields
	fs.text("来源", "Kind", rules.CodeKindText(s.Kind))
	if len(s.Code) > 0 {
		fs.text("代码", "Code", codeSummary(s.Code))
	}
	if len(s.Seals) > 0 {
		fs.text("封条", "Seals", sealSummary(s.Seals))
	}
	if v := s.Validity; v != nil && v.Until != "" {
		fs.add("证书链有效至", "Chain valid until", day(v.Until))
	}
	return fs
}

// signerFields are a signer's certificate; Apple's own, of a copy from the App
// Store, without what anybody might write into a form.
func signerFields(c facts.Certificate, apple bool) []field {
	if !apple {
		return certificateFields(c)
	}
	var fs fields
	fs.add("主体", "Subject", c.Subject)
	fs.text("说明", "Note", both("苹果自己的证书，不是开发者的", "Apple's own certificate, not the developer's"))
	return fs
}
