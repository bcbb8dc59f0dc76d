package report_test

import (
	"strings"
	"testing"

	"heyan/analyzer/facts"
	"heyan/internal/inspect"
	"heyan/internal/report"
)

// signedOddly gives the sample whatever an APK's signature can come with.
func signedOddly(f *facts.Facts) {
	s := &f.Signature
	older := s.Signers[0]
	older.Subject, older.SHA256 = "CN=Before", strings.Repeat("0b", 32)
	retired, unread := older, older
	retired.Subject, unread.Subject = "CN=Retired", "CN=Unread"
	s.Lineage = []facts.LineageNode{{Certificate: older, Capabilities: []string{"installed-data", "of-a-later-version"}},
		{Certificate: retired, Capabilities: []string{}}, {Certificate: unread}, {Certificate: s.Signers[0], Capabilities: []string{}}}
	s.Certificates = append(s.Certificates, older)
	s.Ranges[0].Signers = []string{older.SHA256}
	s.Blocks = append(s.Blocks, facts.SigningBlockEntry{ID: "0x71777777", Size: 6, Name: "meituan-channel", Outside: true, Text: "campus"},
		facts.SigningBlockEntry{ID: "0x12345678", Size: 7, Outside: true})
	s.Warnings = append(s.Warnings, facts.SignatureProblem{Code: "verity-padding-misaligned", Detail: "4134 bytes"})
	s.Stamp = &facts.SourceStamp{Status: facts.SignatureValid, Certificate: &facts.Certificate{Subject: "CN=Distributor", SHA256: strings.Repeat("0c", 32)}, Time: "2026-01-02T03:04:05Z"}
	s.IDSig = &facts.IDSig{Status: facts.SignatureInvalid, RootHash: "0d0e", Problems: []facts.SignatureProblem{{Code: "v4-sig-apk-root-did-not-verify", Scheme: "v4", Detail: "root hash is another"}}}
}

// Text and page say who signed, with what rights, for which devices, and what else
// there is.
func TestSignatureIsTold(t *testing.T) {
	t.Parallel()
	n := sample(t, "school", "school")
	signedOddly(n.Report.Facts)
	want := []string{
		"最早", "最新", "CN=Before", "仍可：保留已装应用的数据、of-a-later-version", "不再保有任何权限",
		"API 24–27", "按 v2 核验，接受", "API 28 及以上", "按 v3 核验，接受",
		"渠道信息（美团 Walle）“campus”，0x71777777，6 字节，不在签名之内", "0x12345678，7 字节，不在签名之内",
		"签名块没有填满整页", "verity-padding-misaligned: 4134 bytes",
		"CN=Distributor", "2026-01-02 加盖", "v4 签名文件不是这个安装包的", "root hash is another",
	}
	var described strings.Builder
	if err := report.DescriptionText(&described, inspect.Describe(n.Report.Facts), report.TextOptions{Lang: "zh", Name: n.Name}); err != nil {
		t.Fatal(err)
	}
	doc, _ := parsed(t, n.Report, report.HTMLOptions{Lang: "zh", Name: n.Name})
	for where, got := range map[string]string{"text": described.String(), "page": text(doc)} {
		got = strings.Join(strings.Fields(got), "")
		for _, w := range want {
			if !strings.Contains(got, strings.Join(strings.Fields(w), "")) {
				t.Errorf("%s: %q is not in it", where, w)
			}
		}
		// Neither of the newest, whose rights platforms ignore, nor of unknown ones.
		if n := strings.Count(got, "不再保有任何权限"); n != 1 {
			t.Errorf("%s: %d signers may do nothing any more, want the retired one alone", where, n)
		}
	}
	n.Report.Facts.Signature.Status = facts.SignatureInvalid
	doc, _ = parsed(t, n.Report, report.HTMLOptions{Lang: "en", Name: n.Name})
	if !strings.Contains(text(doc), "says nothing, since the package's signature does not hold") {
		t.Error("the page believes a stamp on a package whose signature does not hold")
	}
	n.Report.Facts.Signature.Ranges[0].Status = facts.SignatureInvalid
	doc, _ = parsed(t, n.Report, report.HTMLOptions{Lang: "en", Name: n.Name})
	if !strings.Contains(text(doc), "does not hold on every version it supports") {
		t.Error("the page says that a signature which newer devices accept holds nowhere")
	}
}
