package rules

import (
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/filing"
)

func ofFormat(f facts.Format, anomalies ...string) func(*Input) {
	return func(in *Input) {
		in.Facts.Format = f
		withAnomalies(anomalies...)(in)
	}
}

func withAnomalies(codes ...string) func(*Input) {
	return func(in *Input) {
		for _, code := range codes {
			in.Facts.Anomalies = append(in.Facts.Anomalies, facts.Anomaly{Code: code, Detail: "seen", Where: "inner.apk"})
		}
	}
}

var packageTests = []checkTest{
	{"format", "apk", "", nil},
	{"format", "ipa", "", asIPA},
	{"format", "aab", "", ofFormat(facts.FormatAAB)},
	{"format", "apks", "", ofFormat(facts.FormatAPKS)},
	{"format", "xapk", "", ofFormat(facts.FormatXAPK)},
	{"format", "hap", "", ofFormat(facts.FormatHAP)},
	{"format", "zip", "", ofFormat(facts.FormatZIP)},
	{"format", "nested-package", "", ofFormat(facts.FormatZIP, "format-nested")},
	{"format", "wrapped", "", ofFormat(facts.FormatZIP, "format-wrapped")},
	{"format", "broken", "", ofFormat(facts.FormatBroken)},
	{"format", "empty", "", ofFormat(facts.FormatEmpty)},
	{"format", "unknown", "", ofFormat(facts.FormatUnknown)},
	{"format", "unknown", "a format of later", ofFormat("tar")},
	{"format", "undetermined", "", ofFormat(facts.FormatUndetermined)},

	{"structure", "clean", "", nil},
	{"structure", "clean", "readers' own limits", withAnomalies("reader-error-androidbinary", "icon-unreadable")},
	{"structure", "ambiguous", "", withAnomalies("zip-odd-name-backslash", "zip-ambiguous-duplicate-name")},
	{"structure", "ambiguous", "manifest", withAnomalies("manifest-duplicate")},
	{"structure", "tricks", "", withAnomalies("zip-odd-encrypted-flag", "zip-invalid-prefix")},
	{"structure", "invalid", "", withAnomalies("zip-invalid-prefix", "zip-odd-name-backslash")},
	{"structure", "odd", "", withAnomalies("zip-odd-name-backslash")},
	{"structure", "odd", "a code of later", withAnomalies("something-new")},
	{"structure", "reader-failed", "", unread(facts.AnalyzerArchive)},
	{"structure", "reader-failed", "of later", func(in *Input) {
		in.Facts.Analyzers = append(in.Facts.Analyzers, facts.Analyzer{Name: "apk/dex", Status: facts.StatusFailed})
	}},

	{"platform", "equal", "", nil},
	{"platform", "equal", "ios", asIPA},
	{"platform", "not-filed", "", func(in *Input) { in.Filing.Platform = "" }},
	{"platform", "mismatch", "", func(in *Input) { in.Filing.Platform = filing.PlatformIOS }},
}

func md5(s string) func(*Input) { return func(in *Input) { in.Filing.MD5 = s } }

func packageID(filed, actual string) func(*Input) {
	return func(in *Input) { in.Filing.PackageID, in.Facts.App.ID = filed, actual }
}

func number(filed string, found ...string) func(*Input) {
	return func(in *Input) {
		in.Filing.Round, in.Filing.FilingNumber = filing.RoundChange, filed
		for _, n := range found {
			in.Facts.FilingNumbers = append(in.Facts.FilingNumbers, facts.FilingNumber{Number: n, Where: "assets/about.html"})
		}
	}
}

var fieldTests = []checkTest{
	{"md5", "equal", "", nil},
	{"md5", "equal", "upper case", md5("0123456789ABCDEFFEDCBA9876543210")},
	{"md5", "equal", "colons", md5("01:23:45:67:89:ab:cd:ef:fe:dc:ba:98:76:54:32:10")},
	{"md5", "equal", "hyphens and blanks", md5(" 01234567-89ab cdef-fedc\tba9876543210")},
	{"md5", "equal", "full width", md5("０１２３４５６７８９ＡＢＣＤＥＦＦＥＤＣＢＡ９８７６５４３２１０")},
	{"md5", "equal", "0x", md5("0x0123456789abcdeffedcba9876543210")},
	{"md5", "equal", "label", md5("MD5: 0123456789abcdeffedcba9876543210")},
	{"md5", "equal", "label as openssl prints it", md5("MD5(app.apk)= 0123456789abcdeffedcba9876543210")},
	{"md5", "equal", "chinese label", md5("安装包MD5码：0123456789abcdeffedcba9876543210")},
	{"md5", "equal", "of a file that is no package", ofFormat(facts.FormatZIP)},
	{"md5", "not-filed", "", md5("")},
	{"md5", "malformed", "one digit short", md5("0123456789abcdeffedcba987654321")},
	{"md5", "malformed", "letters", md5("0123456789abcdeffedcba98765432xy")},
	{"md5", "malformed", "short MD5 of the file", md5("89abcdeffedcba98")},
	{"md5", "malformed", "short MD5 of another", md5("89abcdeffedcba99")},
	{"md5", "malformed", "words", md5("见附件")},
	{"md5", "certificate-md5", "", md5(strings.Repeat("a", 32))},
	{"md5", "certificate-md5", "older signer", func(in *Input) { rotate(in); in.Filing.MD5 = strings.Repeat("b", 32) }},
	{"md5", "sha1-filed", "of the certificate", md5(strings.Repeat("a", 40))},
	{"md5", "sha1-filed", "of the file", func(in *Input) {
		in.Facts.File.SHA1, in.Filing.MD5 = strings.Repeat("5", 40), strings.Repeat("5", 40)
	}},
	{"md5", "sha1-filed", "unknown", md5(strings.Repeat("7", 40))},
	{"md5", "sha256-filed", "of the file", md5(strings.Repeat("5A", 32))},
	{"md5", "sha256-filed", "of the certificate", md5(strings.Repeat("a", 64))},
	{"md5", "sha256-filed", "of something else", md5(strings.Repeat("7", 64))},
	{"md5", "empty-file-md5", "", md5("D41D8CD98F00B204E9800998ECF8427E")},
	{"md5", "mismatch", "", md5("f123456789abcdeffedcba9876543210")},

	{"features", "not-examined", "", nil},
	{"security-certificate", "not-filed", "", nil},
	{"security-certificate", "filed", "", func(in *Input) { in.Filing.SecurityCertificate = "CCRC-2021-1" }},

	{"filing-number", "first-round", "", nil},
	{"filing-number", "first-round", "filed all the same", func(in *Input) { in.Filing.FilingNumber = "x" }},
	{"filing-number", "not-filed", "", number("")},
	{"filing-number", "malformed", "", number("教APP备310001号")},
	{"filing-number", "province", "", number("教APP备9900012号")},
	{"filing-number", "shown", "", number("教APP备3100012号", "教APP备1100099号", "教APP备3100012号")},
	{"filing-number", "shown", "width, case, blanks", number("教ａｐｐ备 3100012 号", "教APP备3100012号")},
	{"filing-number", "other-number", "", number("教APP备3100012号", "教APP备1100099号")},
	{"filing-number", "not-found", "", number("教APP备3100012号")},
	{"filing-number", "not-searched", "", func(in *Input) { number("教APP备3100012号")(in); unread(facts.AnalyzerText)(in) }},

	{"package-id", "not-filed", "", nil},
	{"package-id", "equal", "", packageID(" cn.example.app\n", "cn.example.app")},
	{"package-id", "equal", "full width", packageID("ｃｎ．example.app", "cn.example.app")},
	{"package-id", "equal", "with a hyphen all the same", packageID("cn.example-app.x", "cn.example-app.x")},
	{"package-id", "case-differs", "", packageID("cn.Example.App", "cn.example.app")},
	{"package-id", "mismatch", "", packageID("cn.example.other", "cn.example.app")},
	{"package-id", "other-platform", "", packageID("cn.example.my-app", "cn.example.app")},
	{"package-id", "malformed", "", packageID("智慧课堂", "cn.example.app")},
	{"package-id", "team-prefix", "", func(in *Input) { asIPA(in); packageID("AB12CD34EF.cn.example.app", "cn.example.app")(in) }},
	{"package-id", "mismatch", "ios", func(in *Input) { asIPA(in); packageID("cn.example.my-app", "cn.example.app")(in) }},
	{"package-id", "malformed", "ios", func(in *Input) { asIPA(in); packageID("cn.example.my_app", "cn.example.app")(in) }},
	{"package-id", "no-id", "", packageID("cn.example.app", "")},
	{"package-id", "manifest-unreadable", "", func(in *Input) { packageID("cn.example.app", "cn.example.app")(in); unread(facts.AnalyzerManifest)(in) }},
}

func versions(filed, actual, build string) func(*Input) {
	return func(in *Input) {
		in.Filing.Version, in.Facts.App.Version, in.Facts.App.Build = filed, actual, build
	}
}

var versionTests = []checkTest{
	{"version", "equal", "", nil},
	{"version", "equal", "v", versions("v1.2", "1.2", "3")},
	{"version", "equal", "V and a blank", versions("V 1.2", "1.2", "3")},
	{"version", "equal", "chinese", versions("版本1.2", "1.2", "3")},
	{"version", "equal", "chinese label and v", versions("版本号：V1.2", "1.2", "3")},
	{"version", "equal", "english", versions("Version 1.2", "1.2", "3")},
	{"version", "equal", "full width", versions("１．２", "1.2", "3")},
	{"version", "equal", "chinese full stop", versions("1。2", "1.2", "3")},
	{"version", "equal", "the package has the v", versions("1.2", "v1.2", "3")},
	{"version", "equal", "trailing word", versions("1.2版", "1.2", "3")},
	{"version", "equal", "no number at all", versions("beta", "beta", "3")},
	{"version", "equal", "version and build are one", versions("5", "5", "5")},
	{"version", "trailing-zero", "filed", versions("1.2.0", "1.2", "3")},
	{"version", "trailing-zero", "package", versions("1", "1.0.0", "3")},
	{"version", "mismatch", "a zero inside", versions("1.02", "1.2", "3")},
	{"version", "mismatch", "a zero without its dot", versions("1.20", "1.2", "3")},
	{"version", "with-build", "brackets", versions("1.2.3(45)", "1.2.3", "45")},
	{"version", "with-build", "full-width brackets", versions("1.2.3（45）", "1.2.3", "45")},
	{"version", "with-build", "word", versions("v1.2.3 (build 45)", "1.2.3", "45")},
	{"version", "with-build", "plus", versions("1.2.3+45", "1.2.3", "45")},
	{"version", "with-build", "hyphen", versions("1.2.3-45", "1.2.3", "45")},
	{"version", "mismatch", "another build", versions("1.2.3(46)", "1.2.3", "45")},
	{"version", "build-number", "", versions("45", "1.2.3", "45")},
	{"version", "build-number", "with a v", versions("v45", "1.2.3", "45")},
	{"version", "not-filed", "", versions("", "1.2", "3")},
	{"version", "not-filed", "blank", versions("  ", "1.2", "3")},
	{"version", "no-version", "", versions("1.2", "", "3")},
	{"version", "no-version", "unresolved", versions("1.2", "@0x7f0a0001", "3")},
	{"version", "mismatch", "", versions("1.3", "1.2", "3")},
	{"version", "mismatch", "v alone", versions("v", "1.2", "3")},
	{"version", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},
	{"version", "manifest-unreadable", "ios", func(in *Input) { asIPA(in); unread("ipa/bundle")(in) }},
	{"version", "manifest-unreadable", "ios without a reader", func(in *Input) { asIPA(in); in.Facts.Analyzers = nil }},
}

func named(appName, shortName string, actual ...string) func(*Input) {
	return func(in *Input) {
		in.Filing.AppName, in.Filing.ShortName = appName, shortName
		in.Facts.App.Names = nil
		if in.Facts.App.Name = ""; len(actual) > 0 {
			in.Facts.App.Name, in.Facts.App.Names = actual[0], map[string]string{}
			for _, n := range actual {
				in.Facts.App.Names["x-"+n] = n
			}
		}
	}
}

var nameTests = []checkTest{
	{"name", "not-filed", "", nil},
	{"name", "equal", "", named("智慧课堂", "", "智慧课堂")},
	{"name", "equal", "another language", named("Smart Class", "", "智慧课堂", "Smart Class")},
	{"name", "equal", "launcher's name", func(in *Input) { named("小盒", "", "大盒")(in); in.Facts.App.LauncherName = "小盒" }},
	{"name", "equal", "blanks, case, width, punctuation", named("ＳＭＡＲＴ·class！", "", "Smart Class")},
	{"name", "equal", "-Android", named("理想校园-Android", "", "理想校园")},
	{"name", "equal", "安卓版", named("易上学安卓版", "", "易上学")},
	{"name", "equal", "-ios", named("东大街二小-ios", "", "东大街二小")},
	{"name", "equal", "ios端", named("东大街二小iOS端", "", "东大街二小")},
	{"name", "equal", "brackets", named("易上学（安卓版）", "", "易上学")},
	{"name", "equal", "platform and role", named("51好课堂-安卓-学生版", "", "51好课堂学生版")},
	{"name", "equal", "role and platform", named("51好课堂学生版-安卓", "", "51好课堂学生端")},
	{"name", "equal", "老师 is 教师", named("好课堂老师端", "", "好课堂教师版")},
	{"name", "equal", "the platform is the name", named("安卓", "", "安卓")},
	{"name", "short-name", "", named("上海市智慧教育平台", "智慧课堂", "智慧课堂")},
	{"name", "equal", "the short name alone", named("", "智慧课堂", "智慧课堂")},
	{"name", "role-unstated", "", named("51好课堂-安卓-学生版", "", "51好课堂")},
	{"name", "role-differs", "", named("51好课堂-学生版", "", "51好课堂教师版")},
	{"name", "mismatch", "", named("作业盒子", "", "小盒学生")},
	{"name", "mismatch", "Latin words keep their ends", named("Hel", "", "Helios")},
	{"name", "no-name", "", named("智慧课堂", "")},
	{"name", "no-name", "unresolved", named("智慧课堂", "", "@0x7f0a0001")},
	{"name", "resources-unreadable", "", func(in *Input) { named("智慧课堂", "", "智慧课堂")(in); unread(facts.AnalyzerResources)(in) }},
	{"name", "manifest-unreadable", "", func(in *Input) { named("智慧课堂", "", "智慧课堂")(in); unread(facts.AnalyzerManifest)(in) }},
}
