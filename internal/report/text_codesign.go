package report

import (
	"fmt"

	"heyan/analyzer/facts"
	"heyan/rules"
)

// codeSignature is what verifying an IPA's code signature gave: who vouches for it,
// how much was compared, and what was found.
func (p *printer) codeSignature(f *facts.Facts) {
	s := f.Signature
	if s.Kind == "" {
		return
	}
	p.field(p.t("来源", "Kind"), descriptionLabel, rules.CodeKindText(s.Kind).In(p.opt.Lang))
	if len(s.Code) > 0 {
		p.field(p.t("代码", "Code"), descriptionLabel, codeSummary(s.Code).In(p.opt.Lang))
	}
	if len(s.Seals) > 0 {
		p.field(p.t("封条", "Seals"), descriptionLabel, sealSummary(s.Seals).In(p.opt.Lang))
	}
	if v := s.Validity; v != nil && v.Until != "" {
		p.field(p.t("证书链", "Chain"), descriptionLabel, fmt.Sprintf(p.t("有效至 %s", "valid until %s"), day(v.Until)))
	}
}

// signatureFindings says what was found in words, and below in the verifier's own.
func (p *printer) signatureFindings(list []rules.SignatureFinding) {
	for _, x := range list {
		label := p.t("提示", "Note")
		if x.Fatal {
			label = p.t("问题", "Problem")
		}
		p.field(label, descriptionLabel, x.Means.In(p.opt.Lang))
		for _, line := range x.Lines {
			p.field("", descriptionLabel, "· "+line)
		}
	}
}

// codeSummary counts the code that was verified, and that which does not hold.
func codeSummary(code []facts.CodeSignature) rules.Text {
	files, pages, bad := map[string]bool{}, 0, 0
	for _, c := range code {
		files[c.Path] = true
		pages += c.Pages
		if c.Status != facts.SignatureValid {
			bad++
		}
	}
	return counted(fmt.Sprintf("%d 个文件、%d 个架构、%d 页", len(files), len(code), pages),
		fmt.Sprintf("%d files, %d slices, %d pages", len(files), len(code), pages), bad)
}

// sealSummary counts the bundles and files that were compared with their seals.
func sealSummary(seals []facts.Seal) rules.Text {
	files, bad := 0, 0
	for _, s := range seals {
		files += s.Files
		if s.Status != facts.SignatureValid {
			bad++
		}
	}
	return counted(fmt.Sprintf("%d 个程序包、%d 个文件", len(seals), files), fmt.Sprintf("%d bundles, %d files", len(seals), files), bad)
}

func counted(zh, en string, bad int) rules.Text {
	if bad == 0 {
		return rules.Text{ZH: zh + "，均与签名一致", EN: en + ", all as signed"}
	}
	return rules.Text{ZH: fmt.Sprintf("%s，其中 %d 个不成立", zh, bad), EN: fmt.Sprintf("%s; %d do not hold", en, bad)}
}
