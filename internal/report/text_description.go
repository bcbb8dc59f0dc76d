package report

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules"
	"heyan/rules/box"
)

// DescriptionText writes a description for a terminal of 80 columns.
func DescriptionText(w io.Writer, d *Description, opt TextOptions) error {
	p := newPrinter(w, opt)
	p.identity(d.Facts)
	p.app(d.Facts)
	p.blank()
	if d.Form.Platform == "" {
		p.notAPackage(d.Facts)
		return p.flush()
	}
	if d.Form.PermissionsKnown || len(d.Permissions) > 0 {
		p.permissionsByBox(d.Permissions)
	}
	p.bundles(d.Facts)
	p.signature(d.Facts)
	p.anomalies(d.Facts)
	p.unexamined(d.Facts)
	p.form(d)
	return p.flush()
}

const descriptionLabel = 8

func (p *printer) app(f *facts.Facts) {
	p.names(f.App)
	p.platform(f)
	if len(f.NativeABIs) > 0 {
		p.field("ABI", descriptionLabel, strings.Join(f.NativeABIs, ", "))
	}
	var marks []string
	for _, m := range []struct {
		on   bool
		word string
	}{
		{f.App.Debuggable, "debuggable"}, {f.App.TestOnly, "testOnly"}, {f.App.CoreApp, "coreApp"},
		{f.App.SharedUserID != "", "sharedUserId=" + f.App.SharedUserID},
		{f.App.Split != "", "split=" + f.App.Split},
	} {
		if m.on {
			marks = append(marks, m.word)
		}
	}
	if len(marks) > 0 {
		p.field(p.t("标记", "Marks"), descriptionLabel, strings.Join(marks, ", "))
	}
}

// platform is the range of systems the package is for.
func (p *printer) platform(f *facts.Facts) {
	switch {
	case f.App.MinOS == "" && f.App.TargetOS == "":
	case f.Format == facts.FormatIPA:
		p.field(p.t("系统", "Platform"), descriptionLabel, fmt.Sprintf(p.t("最低 iOS %s", "min iOS %s"), orDash(f.App.MinOS)))
	default:
		p.field(p.t("系统", "Platform"), descriptionLabel, fmt.Sprintf(p.t("最低 API %s，目标 API %s", "min API %s, target API %s"),
			orDash(f.App.MinOS), orDash(f.App.TargetOS)))
	}
}

// bundles lists what is nested in an IPA.
func (p *printer) bundles(f *facts.Facts) {
	if len(f.Bundles) < 2 {
		return
	}
	p.heading(p.t("内含的程序包", "Nested bundles"))
	const most = 20
	for i, b := range f.Bundles[1:] {
		if i == most {
			p.line("  %s", p.dim(fmt.Sprintf(p.t("等 %d 个", "%d in all"), len(f.Bundles)-1)))
			break
		}
		p.paragraph("  · ", 4, strings.TrimSpace(fmt.Sprintf("%s  %s %s  %s", b.Kind, b.ID, b.Version, b.Path)), p.plain)
	}
	p.blank()
}

// profile is the provisioning profile of an IPA.
func (p *printer) profile(f *facts.Facts) {
	profile := f.Signature.Profile
	if profile == nil {
		return
	}
	text := profile.Kind + "  " + profile.Name
	if profile.TeamName != "" || profile.TeamID != "" {
		text += fmt.Sprintf("  %s (%s)", profile.TeamName, profile.TeamID)
	}
	p.field(p.t("描述文件", "Profile"), descriptionLabel, text)
	p.field("", descriptionLabel, fmt.Sprintf("%s – %s", day(profile.Created), day(profile.Expires)))
}

// names lists the labels of the locales, Chinese ones first.
func (p *printer) names(a facts.App) {
	locales := make([]string, 0, len(a.Names))
	for l, name := range a.Names {
		if l != "default" && name != a.Name {
			locales = append(locales, l)
		}
	}
	sort.Slice(locales, func(i, j int) bool {
		zi, zj := strings.HasPrefix(locales[i], "zh"), strings.HasPrefix(locales[j], "zh")
		if zi != zj {
			return zi
		}
		return locales[i] < locales[j]
	})
	const most = 6
	var list []string
	if d, ok := a.Names["default"]; ok && d != a.Name {
		list = append(list, p.t("默认 ", "default ")+d)
	}
	for i, l := range locales {
		if i == most {
			list = append(list, fmt.Sprintf(p.t("等 %d 种语言", "%d locales in all"), len(a.Names)))
			break
		}
		list = append(list, l+" "+a.Names[l])
	}
	if len(list) > 0 {
		p.field(p.t("其它名称", "Names"), descriptionLabel, strings.Join(list, p.t("；", "; ")))
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (p *printer) notAPackage(f *facts.Facts) {
	p.paragraph("", 2, rules.FormatCheck(f).Message.In(p.opt.Lang), p.yellow)
}

// permissionsByBox groups what was declared by the box that is meant.
func (p *printer) permissionsByBox(readings []rules.Reading) {
	p.heading(p.t("权限（按备案表 13 项归类）", "Permissions, by the form's 13 boxes"))
	none := true
	for _, b := range append(box.All[:], box.None) {
		var members []rules.Reading
		for _, r := range readings {
			if r.Category == b && shown(r) {
				members = append(members, r)
			}
		}
		if len(members) == 0 {
			continue
		}
		none = false
		zh, en := b.Label()
		p.line("  %s", p.bold(p.t(zh, en)))
		for _, r := range members {
			p.reading(r)
		}
	}
	if none {
		p.line("  %s", p.t("没有声明", "none declared"))
	}
	p.blank()
}

// shown leaves out what only fills the screen: facts without a box that are not
// permissions (a uses-feature, say).
func shown(r rules.Reading) bool {
	return r.Category != box.None || strings.HasPrefix(r.Source, "uses-permission") || r.Nearest != ""
}

func (p *printer) reading(r rules.Reading) {
	var notes []string
	if r.Level != "" {
		level := r.Level
		if r.Group != "" && r.Group != "-" {
			level += "/" + r.Group
		}
		notes = append(notes, level)
	}
	if r.Where != "" {
		notes = append(notes, r.Where)
	}
	if !r.Declared {
		notes = append(notes, p.t("由 ", "implied by ")+r.ImpliedBy+p.t(" 隐含", ""))
	}
	if !r.Effective {
		notes = append(notes, p.t("无效", "no effect"))
	}
	if r.Nearest != "" {
		notes = append(notes, p.t("疑为 ", "meant: ")+r.Nearest)
	}
	text := r.Name
	if len(notes) > 0 {
		text += p.t("（", " (") + strings.Join(notes, p.t("，", ", ")) + p.t("）", ")")
	}
	p.paragraph("    · ", 6, text, p.plain)
}

func (p *printer) signature(f *facts.Facts) {
	s := f.Signature
	p.heading(p.t("签名", "Signature"))
	status := p.signatureStatus(s.Status)
	if len(s.Schemes) > 0 {
		status += " (" + strings.Join(s.Schemes, ", ") + ")"
	}
	p.field(p.t("状态", "Status"), descriptionLabel, status)
	p.codeSignature(f)
	for _, c := range s.Signers {
		p.signer(c, rules.FromStore(f))
	}
	p.profile(f)
	p.apkSignature(f)
	p.signatureFindings(rules.SignatureFindings(f))
	p.blank()
}

// signer is one certificate. Apple's own, of a copy from the App Store, has no
// digest that anybody should write into a form.
func (p *printer) signer(c facts.Certificate, apple bool) {
	p.field(p.t("证书", "Signer"), descriptionLabel, c.Subject)
	if apple {
		p.field("", descriptionLabel, p.t("苹果自己的证书，不是开发者的", "Apple's own certificate, not the developer's"))
		return
	}
	p.field("", descriptionLabel, fmt.Sprintf("%s %d, %s – %s", c.Key.Algorithm, c.Key.Bits, day(c.NotBefore), day(c.NotAfter)))
	p.field("MD5", descriptionLabel, c.MD5)
	p.field("SHA-1", descriptionLabel, c.SHA1)
	p.field("SHA-256", descriptionLabel, c.SHA256)
}

func (p *printer) signatureStatus(s facts.SignatureStatus) string {
	switch s {
	case facts.SignatureValid:
		return p.t("有效", "valid")
	case facts.SignatureInvalid:
		return p.t("无效", "invalid")
	case facts.SignatureUnsigned:
		return p.t("未签名", "unsigned")
	}
	return p.t("无法判定", "unknown")
}

func day(rfc3339 string) string { return rfc3339[:min(10, len(rfc3339))] }

func (p *printer) anomalies(f *facts.Facts) {
	if len(f.Anomalies) == 0 {
		return
	}
	p.heading(p.t("异常", "Anomalies"))
	for _, a := range f.Anomalies {
		text := a.Code + ": " + a.Detail
		if a.Where != "" {
			text += " (" + a.Where + ")"
		}
		p.paragraph("  · ", 4, text, p.plain)
	}
	p.blank()
}

// form is 填表参考.
func (p *printer) form(d *Description) {
	const label = 12
	zh := p.opt.Lang != "en"
	f := d.Form
	p.heading(p.t("填表参考（教育移动应用备案）", "For the filing form"))
	p.field(p.t("应用平台", "Platform"), label, platformText(f, zh))
	p.field(p.t("应用名称", "App name"), label, orDash(f.AppName))
	p.field(p.t("应用版本号", "Version"), label, orDash(f.Version))
	p.field(p.t("安装包MD5码", "Package MD5"), label, f.MD5)
	p.boxes(f, label)
	p.blank()
	p.heading(p.t("填表参考（工信部 App 备案）", "For 工信部's App filing"))
	p.field(p.t("包名", "Package id"), label, orDash(f.MIIT.PackageID))
	if f.MIIT.CertificateDigest != "" {
		p.field(p.t("签名指纹", "Fingerprint"), label, f.MIIT.CertificateDigest+" ("+f.MIIT.DigestAlgorithm+")")
	}
	if f.MIIT.PublicKeyHex != "" {
		p.field(p.t("公钥(16进制)", "Key (hex)"), label, f.MIIT.PublicKeyHex)
		p.field(p.t("公钥(10进制)", "Key (dec)"), label, f.MIIT.PublicKeyDec)
	}
	if note := f.MIIT.Note.In(p.opt.Lang); note != "" {
		p.field(p.t("说明", "Note"), label, note)
	}
}

func platformText(f Form, zh bool) string {
	switch {
	case f.Platform == "android" && zh:
		return "安卓"
	case f.Platform == "android":
		return "Android (安卓)"
	}
	return "IOS"
}

// boxes says which boxes to tick and why; those that may be ticked follow.
func (p *printer) boxes(f Form, label int) {
	title := p.t("应用权限", "Permissions")
	switch {
	case !f.PermissionsKnown:
		p.field(title, label, p.t("无法判定：安装包的清单没有完整读出，请勿据此填写", "unknown: the manifest could not be read whole; do not file by this"))
		title = ""
	case len(f.Ticks()) == 0:
		p.field(title, label, p.t("无需勾选", "none need be ticked"))
		title = ""
	}
	advice := slices.Clone(f.Boxes)
	sort.SliceStable(advice, func(i, j int) bool { return advice[i].Need == rules.Must && advice[j].Need != rules.Must })
	for _, a := range advice {
		zh, en := a.Box.Label()
		mark := "■ "
		if a.Need != rules.Must {
			mark = "□ "
		}
		p.field(title, label, mark+p.t(zh, en)+p.t("：", ": ")+adviceText(a, p.opt.Lang))
		title = ""
	}
}

// adviceText is why a box is advised: what leads to it, and what that is.
func adviceText(a rules.BoxAdvice, lang string) string {
	const most = 3
	var names []string
	for _, n := range a.Names[:min(most, len(a.Names))] {
		names = append(names, shortPermission(n))
	}
	list := strings.Join(names, ", ")
	if len(a.Names) > most {
		list += fmt.Sprintf(rules.Text{ZH: " 等 %d 项", EN: ", %d in all"}.In(lang), len(a.Names))
	}
	return list + rules.Text{ZH: "。", EN: ". "}.In(lang) + a.Reason.In(lang)
}
