package report

import (
	"fmt"
	"slices"

	"heyan/analyzer/facts"
	"heyan/rules"
)

// signedBy says in a few lines who signed the package and what devices make of it.
func (p *printer) signedBy(f *facts.Facts) {
	s := f.Signature
	if s.Kind == "" && len(s.Ranges) == 0 && len(s.Signers) == 0 {
		return
	}
	p.heading(p.t("签名", "Signature"))
	if s.Kind != "" {
		p.field(p.t("来源", "Kind"), descriptionLabel, rules.CodeKindText(s.Kind).In(p.opt.Lang))
	}
	for i, c := range s.Signers {
		label := p.t("签名者", "Signer")
		if i > 0 {
			label = ""
		}
		p.field(label, descriptionLabel, c.Subject)
	}
	p.devices(s)
	p.blank()
}

// apkSignature is what else is known of an APK's signature: its devices, the proof
// of rotation, the signing block, the stamp, the v4 file.
func (p *printer) apkSignature(f *facts.Facts) {
	s := f.Signature
	p.devices(s)
	label := p.t("换钥", "Rotated")
	for i, n := range s.Lineage {
		p.field(label, descriptionLabel, lineagePlace(i, len(s.Lineage)).In(p.opt.Lang)+"  "+n.Certificate.Subject)
		p.field("SHA-256", descriptionLabel, n.Certificate.SHA256)
		if text := capabilityText(s.Lineage, i).In(p.opt.Lang); text != "" {
			p.field("", descriptionLabel, text)
		}
		label = ""
	}
	label = p.t("签名块", "Block")
	for _, e := range s.Blocks {
		p.field(label, descriptionLabel, blockText(e).In(p.opt.Lang))
		label = ""
	}
	if s.Stamp != nil {
		p.labelled(p.t("来源印章", "Stamp"), stampTexts(s))
		p.signatureFindings(rules.SignatureProblems(s.Stamp.Problems, false))
	}
	if s.IDSig != nil {
		p.labelled(p.t("v4 文件", "v4 file"), idsigTexts(s))
		p.signatureFindings(rules.SignatureProblems(slices.Concat(s.IDSig.Problems, s.IDSig.Warnings), false))
	}
}

// devices is a line for each API range, with the signer where not all have one.
func (p *printer) devices(s facts.Signature) {
	differ := slices.ContainsFunc(s.Ranges, func(r facts.SignatureRange) bool { return !slices.Equal(r.Signers, s.Ranges[0].Signers) })
	label := p.t("设备", "Devices")
	for _, r := range s.Ranges {
		line := fmt.Sprintf(p.t("%s：%s", "%s: %s"), rules.APIRangeText(r).In(p.opt.Lang), rules.DeviceText(r).In(p.opt.Lang))
		p.field(label, descriptionLabel, line)
		label = ""
		for _, digest := range r.Signers {
			if differ {
				p.field("", descriptionLabel, "· "+signerName(digest, s))
			}
		}
	}
}

// labelled writes lines under one label.
func (p *printer) labelled(label string, lines []rules.Text) {
	for _, l := range lines {
		p.field(label, descriptionLabel, l.In(p.opt.Lang))
		label = ""
	}
}
