package rules

import (
	"strconv"

	"heyan/analyzer/facts"
	"heyan/rules/filing/publickey"
)

// judgeProfileKey compares a filed key with those of the profile's certificates.
// With several it can't be told which one signed.
func judgeProfileKey(f *facts.Facts, filed string, a args) Check {
	const id = "public-key"
	list := profileCertificates(f)
	if len(list) == 0 {
		return newCheck(id, "ios-unknown", a)
	}
	readings := publickey.Read(filed)
	for _, c := range list {
		reason := keyReason(readings, c, a)
		if reason == "" {
			continue
		}
		a["actual"], a["count"] = keyDigits(c.Key), strconv.Itoa(len(list))
		switch holds := reason == "equal" || reason == "equal-encoded"; {
		case holds && len(list) > 1:
			reason = "among-profile"
		case reason == "equal":
			reason = "equal-profile"
		}
		return newCheck(id, reason, a).with(describeCertificates(list)...)
	}
	if len(list) == 1 {
		a["actual"] = keyDigits(list[0].Key)
		if !anyKey(readings) {
			return newCheck(id, "malformed", a)
		}
	}
	return newCheck(id, "profile-mismatch", a).with(describeCertificates(list)...)
}
