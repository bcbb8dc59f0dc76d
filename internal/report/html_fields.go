package report

import (
	"fmt"
	"sort"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules"
	"heyan/rules/filing"
)

// fields collects labelled values; what is empty is left out.
type fields []field

func (fs *fields) add(zh, en string, lines ...string) {
	fs.put(field{Label: both(zh, en), Lines: lines})
}

func (fs *fields) code(zh, en string, lines ...string) {
	fs.put(field{Label: both(zh, en), Lines: lines, Code: true})
}

func (fs *fields) text(zh, en string, value rules.Text) {
	fs.put(field{Label: both(zh, en), Text: value})
}

func (fs *fields) put(f field) {
	var lines []string
	for _, l := range f.Lines {
		if l != "" {
			lines = append(lines, l)
		}
	}
	f.Lines = limited(lines).Rows
	if len(f.Lines) > 0 || f.Text != (rules.Text{}) {
		*fs = append(*fs, f)
	}
}

// packageFields say what package this is.
func packageFields(f *facts.Facts, name string) []field {
	var fs fields
	a := f.App
	fs.add("文件", "File", name)
	fs.add("格式", "Format", strings.TrimSpace(string(f.Format)+" "+f.FormatDetail))
	fs.add("大小", "Size", bytesText(f.File.Size))
	fs.code("MD5", "MD5", f.File.MD5)
	fs.code("SHA-1", "SHA-1", f.File.SHA1)
	fs.code("SHA-256", "SHA-256", f.File.SHA256)
	fs.code("SM3", "SM3", f.File.SM3)
	fs.add("应用名称", "App name", a.Name)
	fs.add("桌面名称", "Launcher name", a.LauncherName)
	fs.add("各语言名称", "Names by locale", namesByLocale(a.Names)...)
	fs.code("包名 / Bundle ID", "Package / bundle id", a.ID)
	fs.add("版本号", "Version", a.Version)
	fs.add("构建号", "Build", a.Build)
	fs.add("最低系统", "Minimum OS", osText(f.Format, a.MinOS))
	fs.add("目标系统", "Target OS", osText(f.Format, a.TargetOS))
	fs.add("平台", "Platforms", strings.Join(a.SupportedOSNames, ", "))
	fs.add("处理器", "ABIs", strings.Join(f.NativeABIs, ", "))
	fs.code("标记", "Marks", marksOf(a)...)
	if a.Icon != nil {
		fs.code("图标", "Icon", strings.TrimSpace(a.Icon.Path+" "+a.Icon.Kind))
	}
	var numbers []string
	for _, n := range f.FilingNumbers {
		numbers = append(numbers, n.Number+" ("+n.Where+")")
	}
	fs.add("备案号", "Filing numbers", numbers...)
	return fs
}

// osText says what the number of a system version is.
func osText(f facts.Format, version string) string {
	switch {
	case version == "":
		return ""
	case f == facts.FormatAPK:
		return "Android API " + version
	case f == facts.FormatIPA:
		return "iOS " + version
	}
	return version
}

func marksOf(a facts.App) []string {
	var marks []string
	for _, m := range []struct {
		on   bool
		word string
	}{
		{a.Debuggable, "debuggable"}, {a.TestOnly, "testOnly"}, {a.CoreApp, "coreApp"},
		{a.SharedUserID != "", "sharedUserId=" + a.SharedUserID}, {a.Split != "", "split=" + a.Split},
	} {
		if m.on {
			marks = append(marks, m.word)
		}
	}
	return marks
}

// namesByLocale lists "locale  name", Chinese first.
func namesByLocale(names map[string]string) []string {
	locales := make([]string, 0, len(names))
	for l := range names {
		locales = append(locales, l)
	}
	rank := func(l string) int {
		switch {
		case strings.HasPrefix(l, "zh"):
			return 0
		case l == "default":
			return 1
		}
		return 2
	}
	sort.Slice(locales, func(i, j int) bool {
		if ri, rj := rank(locales[i]), rank(locales[j]); ri != rj {
			return ri < rj
		}
		return locales[i] < locales[j]
	})
	lines := make([]string, len(locales))
	for i, l := range locales {
		lines[i] = l + "  " + names[l]
	}
	const most = 24
	if len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("… +%d", len(lines)-most))
	}
	return lines
}

// filingFields are the form's fields as they were read.
func filingFields(f *filing.Filing) []field {
	if f == nil {
		return nil
	}
	var fs fields
	fs.text("备案类型", "Kind", map[filing.Kind]rules.Text{
		filing.KindProvider: both("提供者备案", "provider"), filing.KindSelfUse: both("自研自用", "self-use"),
	}[f.Kind])
	fs.text("备案轮次", "Round", map[filing.Round]rules.Text{
		filing.RoundFirst: both("首次备案", "first"), filing.RoundChange: both("变更备案", "change"),
	}[f.Round])
	fs.text("应用平台", "Platform", filedOr(map[filing.Platform]rules.Text{
		filing.PlatformAndroid: both("安卓", "Android"), filing.PlatformIOS: both("IOS", "iOS"),
	}[f.Platform]))
	fs.add("应用名称", "App name", f.AppName)
	fs.add("应用简称", "Short name", f.ShortName)
	fs.add("提供者名称", "Provider", f.Provider)
	fs.starred("应用版本号", "Version", f.Version, false)
	fs.starred("安装包MD5码", "Package MD5", f.MD5, true)
	fs.text("应用权限", "Permissions", filedPermissions(f))
	fs.add("权限说明", "Permissions, free text", f.PermissionsText)
	if f.PermissionScope == filing.ScopeShared {
		fs.text("权限填报范围", "Scope", both("两平台共用", "shared by both platforms"))
	}
	fs.text("具有功能", "Features", filedFeatures(f.Features))
	fs.code("包名", "Package id", f.PackageID)
	fs.code("签名指纹", "Certificate digest", f.CertificateDigest)
	fs.code("平台公钥", "Public key", f.PublicKey)
	fs.add("安全认证号", "Security certificate", f.SecurityCertificate)
	fs.add("教育备案号", "Filing number", f.FilingNumber)
	if f.Preinstalled {
		fs.text("是否预装", "Preinstalled", both("是", "yes"))
	}
	return fs
}

// notFiled stands where the form demands a value and has none.
func notFiled() rules.Text { return both("未填", "not filed") }

func filedOr(t rules.Text) rules.Text {
	if t == (rules.Text{}) {
		return notFiled()
	}
	return t
}

func (fs *fields) starred(zh, en, value string, code bool) {
	if value == "" {
		fs.text(zh, en, notFiled())
		return
	}
	fs.put(field{Label: both(zh, en), Lines: []string{value}, Code: code})
}

func filedPermissions(f *filing.Filing) rules.Text {
	switch {
	case f.Permissions == nil && f.PermissionsText != "":
		return rules.Text{}
	case f.Permissions == nil:
		return notFiled()
	case len(f.Permissions) == 0:
		return both("一项未勾选", "none ticked")
	}
	return both(boxNames(f.Permissions, "zh"), boxNames(f.Permissions, "en"))
}

func filedFeatures(features []filing.Feature) rules.Text {
	words := map[filing.Feature]rules.Text{
		filing.FeatureForum: both("论坛", "forum"), filing.FeaturePayment: both("收费", "payment"),
		filing.FeatureLive: both("直播", "live streaming"), filing.FeatureTutoring: both("中小学学科培训", "school tutoring"),
	}
	var zh, en []string
	for _, f := range features {
		zh, en = append(zh, words[f].ZH), append(en, words[f].EN)
	}
	return both(strings.Join(zh, "、"), strings.Join(en, ", "))
}

// inputFields say what the report rests on.
func inputFields(r *Report) []field {
	var fs fields
	fs.add("引擎", "Engine", "heyan "+r.Engine.Version)
	fs.add("核验日期", "As of", r.Inputs.AsOf)
	fs.code("规则", "Rules", r.Engine.Rules)
	fs.code("安装包", "Package", r.Inputs.Package)
	fs.code("备案表", "Filing", r.Inputs.Filing)
	fs.code("策略", "Policy", r.Inputs.Policy)
	fs.code("上次的报告或安装包", "Previous report or package", r.Inputs.Previous)
	fs.code("idsig", "idsig", r.Inputs.IDSig)
	return fs
}
