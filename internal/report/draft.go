package report

import (
	"heyan/rules"
	"heyan/rules/box"
	"heyan/rules/filing"
)

// FilingDraft is a filing made from a package, as YAML with comments in lang,
// ready to edit: what the package proves is filled in, the boxes are ticked that
// it demands, and each box says why.
func FilingDraft(d *Description, lang string) []byte {
	form := d.Form
	draft := &filing.Filing{
		Kind:              filing.KindProvider,
		Round:             filing.RoundFirst,
		Platform:          form.Platform,
		AppName:           form.AppName,
		Version:           form.Version,
		MD5:               form.MD5,
		Permissions:       form.Ticks(),
		PermissionScope:   filing.ScopePlatform,
		PackageID:         form.MIIT.PackageID,
		CertificateDigest: form.MIIT.CertificateDigest,
		PublicKey:         form.MIIT.PublicKeyHex,
	}
	return filing.Render(draft, draftNotes(d, lang), lang)
}

func draftNotes(d *Description, lang string) filing.Notes {
	notes := filing.Notes{
		Head: []string{rules.Text{
			ZH: "由安装包生成的备案表草稿：请逐项核对、补全，再用 heyan check 核验。",
			EN: "A draft of the filing made from the package: check every line, add what is missing, then run heyan check.",
		}.In(lang)},
		Boxes: map[box.Box][]string{},
	}
	if !d.Complete() {
		notes.Head = append(notes.Head, rules.Text{
			ZH: "注意：安装包有内容未能完整读出（见 heyan describe），下面的内容可能不全。",
			EN: "Careful: not all of the package could be read (see heyan describe); this may be incomplete.",
		}.In(lang))
	}
	for _, b := range d.Form.Boxes {
		notes.Boxes[b.Box] = append(notes.Boxes[b.Box], adviceText(b, lang))
	}
	return notes
}

// Complete reports whether every reader came to its end.
func (d *Description) Complete() bool {
	for _, a := range d.Facts.Analyzers {
		if a.Status != "ok" {
			return false
		}
	}
	return true
}
