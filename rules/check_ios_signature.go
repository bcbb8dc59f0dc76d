package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/finding"
)

// judgeCodeSignature judges an IPA by who vouches for it. What was found stands in
// the evidence under Apple's own names, the message says the heaviest in words.
func judgeCodeSignature(f *facts.Facts) Check {
	const id = "signature"
	s, found := f.Signature, findings(f)
	zh, en := codeKindWords(s.Kind)
	a := args{}.both("kind", zh, en).heaviest(codesOf(found))
	c := newCheck(id, codeReason(f, found), a)
	return c.with(describeFindings(found)...).with(sealedPaths(s.Seals)...)
}

func codeReason(f *facts.Facts, found []located) string {
	switch f.Signature.Kind {
	case facts.KindUnsigned:
		return "code-unsigned"
	case facts.KindSimulator:
		if forSimulator(f) { // release.simulator sends it back
			return "simulator"
		}
	}
	if !signatureRead(f) {
		return "signature-unreadable"
	}
	switch f.Signature.Kind {
	case facts.KindStore, facts.KindStoreUpload, facts.KindAdHoc, facts.KindDevelopment, facts.KindEnterprise:
		return soundReason(f.Signature, found)
	case facts.KindStoreDecrypted:
		return "store-decrypted"
	case facts.KindNotApple:
		return "not-apple"
	case facts.KindAdHocSigned:
		return "ad-hoc-signed"
	case facts.KindBroken:
		return "code-broken"
	}
	return "code-unknown"
}

// soundReason is for a signature that holds, by the worst of what else was found.
func soundReason(s facts.Signature, found []located) string {
	level := ""
	for _, x := range found {
		switch is := finding.Of(x.Code).Level; {
		case x.Fatal:
			return "code-broken"
		case is == finding.Review, level == "" && is == finding.Advise:
			level = is
		}
	}
	switch {
	case s.Status != facts.SignatureValid:
		return "code-unknown"
	case level == finding.Review:
		return "code-suspicious"
	case level == finding.Advise:
		return "code-weak"
	}
	return "code-valid"
}

// located is a finding and the path it is of.
type located struct {
	facts.Finding
	where string
}

// findings are all of a signature: fatal ones first, then by weight.
func findings(f *facts.Facts) []located {
	var all []located
	add := func(list []facts.Finding, where string) {
		for _, x := range list {
			all = append(all, located{x, firstOf(x.Where, where)})
		}
	}
	s := f.Signature
	add(s.Findings, "")
	for _, c := range s.Code {
		add(c.Findings, strings.TrimSuffix(c.Path+" ("+c.Slice+")", " ()"))
	}
	for _, x := range s.Seals {
		add(x.Findings, x.Bundle)
	}
	if s.Profile != nil {
		add(s.Profile.Findings, "embedded.mobileprovision")
	}
	slices.SortStableFunc(all, func(a, b located) int {
		return cmp.Or(fatalFirst(a)-fatalFirst(b), cmp.Compare(finding.Weight(a.Code), finding.Weight(b.Code)))
	})
	return all
}

func codesOf(found []located) []string {
	codes := make([]string, len(found))
	for i, x := range found {
		codes[i] = x.Code
	}
	return codes
}

func fatalFirst(x located) int {
	if x.Fatal {
		return 0
	}
	return 1
}

// maxPlaces is how many places of one code are named; more are counted.
const maxPlaces = 8

// describeFindings are findings as lines: Apple's name, ours, how often, where.
func describeFindings(found []located) []string {
	var lines []string
	places := map[string]int{}
	for _, x := range found {
		if places[x.Code]++; places[x.Code] <= maxPlaces {
			lines = append(lines, x.line())
		}
	}
	for _, x := range found {
		if more := places[x.Code] - maxPlaces; more > 0 {
			lines = append(lines, fmt.Sprintf("%s: … +%d", strings.TrimSpace(x.Apple+" "+x.Code), more))
			places[x.Code] = 0
		}
	}
	return lines
}

func (x located) line() string {
	line := strings.TrimSpace(x.Apple + " " + x.Code)
	if x.Count > 1 {
		line += fmt.Sprintf(" ×%d", x.Count)
	}
	if x.where != "" {
		line += ": " + x.where
	}
	if x.Detail != "" {
		line += " (" + x.Detail + ")"
	}
	return line
}

// maxSealedPaths is how many paths of a kind are named of one bundle.
const maxSealedPaths = 10

// sealedPaths names the files that differ from the seals.
func sealedPaths(seals []facts.Seal) []string {
	var lines []string
	for _, s := range seals {
		for _, list := range []struct {
			word  string
			paths []string
			count int
		}{{"altered", s.Altered, s.AlteredCount}, {"missing", s.Missing, s.MissingCount}, {"added", s.Added, s.AddedCount}} {
			for _, p := range list.paths[:min(len(list.paths), maxSealedPaths)] {
				lines = append(lines, list.word+": "+s.Bundle+"/"+p)
			}
			if more := max(list.count, len(list.paths)) - maxSealedPaths; more > 0 {
				lines = append(lines, fmt.Sprintf("%s: … +%d", list.word, more))
			}
		}
	}
	return lines
}

// storeCopy reports whether the App Store signed the package: the certificate in it
// is Apple's then, and the developer's can't be seen.
func storeCopy(f *facts.Facts) bool {
	return f.Signature.Kind == facts.KindStore || f.Signature.Kind == facts.KindStoreDecrypted
}

// codeKindWords are what a kind is called.
func codeKindWords(k facts.CodeKind) (zh, en string) {
	switch k {
	case facts.KindStore:
		return "App Store 签发的副本", "a copy that the App Store signed"
	case facts.KindStoreUpload:
		return "开发者签名、上传 App Store 用的包", "signed by its developer for upload to the App Store"
	case facts.KindAdHoc:
		return "开发者签名、Ad Hoc 分发", "signed by its developer for ad hoc distribution"
	case facts.KindDevelopment:
		return "开发者签名、开发试用", "signed by its developer for development"
	case facts.KindEnterprise:
		return "企业证书签名、单位内部分发", "signed for distribution inside an enterprise"
	case facts.KindStoreDecrypted:
		return "App Store 的副本，已被解密", "a copy from the App Store, decrypted"
	case facts.KindAdHocSigned:
		return "没有签名者的签名", "a signature that nobody made"
	case facts.KindUnsigned:
		return "没有签名", "unsigned"
	case facts.KindSimulator:
		return "模拟器构建", "a build for the simulator"
	case facts.KindBroken:
		return "签名后被改动", "changed after it was signed"
	case facts.KindNotApple:
		return "不是苹果颁发的证书签的名", "signed with a certificate that Apple did not issue"
	}
	return "无法判定", "unknown"
}

// CodeKindText is what a kind is called.
func CodeKindText(k facts.CodeKind) Text {
	zh, en := codeKindWords(k)
	return Text{ZH: zh, EN: en}
}
