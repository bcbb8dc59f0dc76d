package report

import (
	"fmt"
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules"
)

// signatureView is the signature as the page shows it.
type signatureView struct {
	Group    group
	Status   rules.Text
	Code     []field // of an IPA
	Findings list[findingRow]
	Schemes  string
	Present  string
	Ranges   list[rangeRow]
	Signers  list[certificateView]
	Lineage  list[lineageRow]
	Blocks   list[rules.Text]
	Stamp    beside // Says is empty without one
	IDSig    beside
}

// beside is a signature beside that of the package: the source stamp, the v4 file.
type beside struct {
	Group    group
	Says     []rules.Text
	Findings []findingRow
}

// rangeRow is what the devices of an API range see.
type rangeRow struct {
	API      rules.Text
	Scheme   string
	Group    group
	Device   rules.Text
	Signers  []string
	Problems []string
}

// certificateView is a certificate as labelled values.
type certificateView struct {
	Subject string
	Fields  []field
}

type lineageRow struct {
	Place        rules.Text
	Subject      string
	SHA256       string
	Capabilities rules.Text
}

func signatureOf(f *facts.Facts) signatureView {
	s := f.Signature
	v := signatureView{
		Group:   signatureGroup(s.Status),
		Status:  signatureWords(s.Status),
		Schemes: strings.Join(s.Schemes, ", "),
		Present: strings.Join(s.Present, ", "),
	}
	if v.Present == v.Schemes {
		v.Present = ""
	}
	v.Code = codeFields(f)
	found := limited(rules.SignatureFindings(f))
	v.Findings.More = found.More
	for _, x := range found.Rows {
		v.Findings.Rows = append(v.Findings.Rows, findingOf(x))
	}
	ranges := limited(s.Ranges)
	v.Ranges.More = ranges.More
	for _, r := range ranges.Rows {
		v.Ranges.Rows = append(v.Ranges.Rows, rangeOf(r, s))
	}
	signers := limited(s.Signers)
	v.Signers.More = signers.More
	for _, c := range signers.Rows {
		v.Signers.Rows = append(v.Signers.Rows, certificateView{c.Subject, signerFields(c, rules.FromStore(f))})
	}
	lineage := limited(s.Lineage)
	v.Lineage.More = lineage.More
	for i, n := range lineage.Rows {
		v.Lineage.Rows = append(v.Lineage.Rows, lineageRow{lineagePlace(i, len(s.Lineage)), n.Certificate.Subject, n.Certificate.SHA256, capabilityText(s.Lineage, i)})
	}
	blocks := limited(s.Blocks)
	v.Blocks.More = blocks.More
	for _, e := range blocks.Rows {
		v.Blocks.Rows = append(v.Blocks.Rows, blockText(e))
	}
	v.besides(s)
	return v
}

// besides fills in the source stamp and the v4 file. Neither makes a package be sent
// back.
func (v *signatureView) besides(s facts.Signature) {
	if s.Stamp != nil {
		v.Stamp = besideOf(s.Stamp.Status, stampTexts(s), s.Stamp.Problems)
		if s.Status != facts.SignatureValid {
			v.Stamp.Group = groupNote
		}
	}
	if s.IDSig != nil {
		v.IDSig = besideOf(s.IDSig.Status, idsigTexts(s), slices.Concat(s.IDSig.Problems, s.IDSig.Warnings))
	}
}

func besideOf(status facts.SignatureStatus, says []rules.Text, problems []facts.SignatureProblem) beside {
	b := beside{Group: groupAdvice, Says: says}
	if status == facts.SignatureValid && len(problems) == 0 {
		b.Group = groupPassed
	}
	for _, x := range rules.SignatureProblems(problems, false) {
		b.Findings = append(b.Findings, findingOf(x))
	}
	return b
}

func signatureGroup(s facts.SignatureStatus) group {
	switch s {
	case facts.SignatureValid:
		return groupPassed
	case facts.SignatureInvalid, facts.SignatureUnsigned:
		return groupMust
	}
	return groupReview
}

func rangeOf(r facts.SignatureRange, s facts.Signature) rangeRow {
	row := rangeRow{
		API: rules.APIRangeText(r), Scheme: r.Scheme, Group: signatureGroup(r.Status), Device: rules.DeviceText(r),
	}
	for _, digest := range limited(r.Signers).Rows {
		row.Signers = append(row.Signers, signerName(digest, s))
	}
	for _, p := range limited(r.Problems).Rows {
		row.Problems = append(row.Problems, p.Code)
	}
	return row
}

// signerName names a certificate by the beginning of its digest and its subject.
func signerName(digest string, s facts.Signature) string {
	beginning := digest[:min(12, len(digest))] + "…"
	for _, certificates := range [][]facts.Certificate{s.Signers, s.Certificates} {
		for _, c := range certificates {
			if c.SHA256 == digest {
				return beginning + " " + c.Subject
			}
		}
	}
	return beginning
}

func certificateFields(c facts.Certificate) []field {
	var fs fields
	fs.add("主体", "Subject", c.Subject)
	if c.Issuer != c.Subject {
		fs.add("颁发者", "Issuer", c.Issuer)
	}
	fs.code("序列号", "Serial", c.Serial)
	fs.add("有效期", "Valid", day(c.NotBefore)+" – "+day(c.NotAfter))
	fs.add("密钥", "Key", keyText(c.Key))
	fs.add("签名算法", "Signature algorithm", c.SignatureAlgorithm)
	fs.code("MD5", "MD5", c.MD5)
	fs.code("SHA-1", "SHA-1", c.SHA1)
	fs.code("SHA-256", "SHA-256", c.SHA256)
	fs.code("公钥模数（16 进制）", "Modulus (hex)", c.Key.ModulusHex)
	return fs
}

func keyText(k facts.Key) string {
	text := k.Algorithm
	if k.Bits > 0 {
		text += fmt.Sprintf(" %d", k.Bits)
	}
	if k.Curve != "" {
		text += " " + k.Curve
	}
	return text
}
