package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
)

func provider(filed, subject string, edits ...func(*Input)) func(*Input) {
	return func(in *Input) {
		for _, edit := range edits {
			edit(in)
		}
		in.Filing.Provider = filed
		if s := in.Facts.Signature.Signers; len(s) > 0 {
			s[0].Subject = subject
		}
	}
}

const appleSubject = "C=CN,O=晨光教育科技有限公司,OU=AB12CD34EF,CN=Apple Distribution: 晨光教育科技有限公司 (AB12CD34EF)"

var signerNameTests = []checkTest{
	{"signer-name", "not-filed", "", nil},
	{"signer-name", "alike", "ios", provider("晨光教育科技有限公司", appleSubject, onIOS())},
	{"signer-name", "alike", "a part", provider("晨光教育科技", appleSubject, onIOS())},
	{"signer-name", "alike", "width, blanks, form", provider("Chenguang Education", "CN=x,O=ＣＨＥＮＧＵＡＮＧ  Education Co.\\, Ltd.")},
	{"signer-name", "alike", "common name", provider("晨光教育", "CN=晨光教育,C=CN")},
	{"signer-name", "differs", "", provider("星河学校", appleSubject, onIOS())},
	{"signer-name", "differs", "too short to be a part", provider("光教", appleSubject, onIOS())},
	{"signer-name", "other-script", "", provider("晨光教育科技有限公司", "O=Chenguang Ltd")},
	{"signer-name", "unnamed", "", provider("晨光教育", "C=CN")},
	{"signer-name", "unnamed", "a person's name is none", provider("晨光教育", "CN=Apple Development: 张三 (ZZ)", onIOS(kind(facts.KindDevelopment, facts.SignatureValid)))},
	{"signer-name", "no-signer", "", provider("晨光教育", "", status(facts.SignatureInvalid))},
	{"signer-name", "no-signer", "store copy", provider("晨光教育", "O=Apple Inc.", onIOS(fromStore))},
	{"signer-name", "signature-unreadable", "", provider("晨光教育", appleSubject, unread(facts.AnalyzerSignature))},
}

func TestNameValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		subject string
		want    []string
	}{
		{"C=CN,O=A\\, B,CN=x", []string{"A, B"}},
		{"o=A + O=B, O = C ", []string{"A", "B", "C"}},
		{"O", nil},
		{"", nil},
		{"CN=O=A\\", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, nameValues(tt.subject, "O")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.subject, diff)
		}
	}
}
