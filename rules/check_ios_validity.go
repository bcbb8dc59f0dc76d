package rules

import (
	"time"

	"heyan/analyzer/facts"
)

// judgeValidity tells three questions apart: whether the certificate was valid when
// it signed, until when its chain is, and until when the profile. None of them says
// that the signature is broken.
func judgeValidity(in Input) Check {
	const id = "release.validity"
	f := in.Facts
	v := f.Signature.Validity
	switch {
	case !signatureRead(f):
		return newCheck(id, "signature-unreadable", nil)
	case v == nil || f.Signature.Status != facts.SignatureValid:
		return newCheck(id, "no-signer", nil)
	}
	until, known := dayInChina(v.Until)
	a := args{"until": until}
	return newCheck(id, validityReason(in, v, known && until < in.AsOf), a).with(describeValidity(f)...)
}

func validityReason(in Input, v *facts.Validity, ended bool) string {
	_, err := time.Parse(time.DateOnly, in.AsOf)
	switch kind := in.Facts.Signature.Kind; {
	case v.AtSigning != nil && !*v.AtSigning:
		return "outside"
	case err != nil || v.Until == "":
		return "until-unknown"
	case ended && kind == facts.KindEnterprise:
		return "ended-enterprise"
	case ended:
		return "ended"
	case v.AtSigning == nil:
		return "no-time"
	}
	return "valid"
}

// describeValidity says the three of them.
func describeValidity(f *facts.Facts) []string {
	signed := "not said"
	if t := signingTime(f); t != "" {
		signed = t
	}
	lines := []string{"signed: " + signed, "certificate chain until: " + f.Signature.Validity.Until}
	if p := f.Signature.Profile; p != nil && p.Expires != "" {
		lines = append(lines, "profile until: "+p.Expires)
	}
	return lines
}

// signingTime is when the app's own executable was signed, "" where nothing says it.
func signingTime(f *facts.Facts) string {
	for _, c := range f.Signature.Code {
		if len(f.Bundles) > 0 && c.Path == f.Bundles[0].Executable && c.SigningTime != "" {
			return c.SigningTime
		}
	}
	return ""
}

// dayInChina is the day in China of a time.
func dayInChina(rfc3339 string) (day string, ok bool) {
	t, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		return "", false
	}
	return t.In(time.FixedZone("", 8*60*60)).Format(time.DateOnly), true
}
