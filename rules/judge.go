package rules

import (
	"cmp"
	"math"
	"slices"

	"heyan/analyzer/facts"
	"heyan/rules/box"
	"heyan/rules/checks"
)

// judges make every check that is not of the permission boxes.
var judges = [...]struct {
	id    string
	judge func(Input) Check
}{
	{"format", judgeFormat},
	{"structure", judgeStructure},
	{"platform", judgePlatform},
	{"md5", judgeMD5},
	{"version", judgeVersion},
	{"name", judgeName},
	{"features", judgeFeatures},
	{"signer-name", judgeSignerName},
	{"security-certificate", judgeSecurityCertificate},
	{"filing-number", judgeFilingNumber},
	{"package-id", judgePackageID},
	{"certificate-digest", judgeCertificateDigest},
	{"public-key", judgePublicKey},
	{"signature", judgeSignature},
	{"source-stamp", judgeSourceStamp},
	{"v4-signature", judgeV4Signature},
	{"purpose-strings", judgePurposeStrings},
	{"purpose-strings.frameworks", judgePurposeFrameworks},
	{"release.debuggable", judgeDebuggable},
	{"release.simulator", judgeSimulator},
	{"release.profile", judgeProfile},
	{"release.validity", judgeValidity},
	{"release.test-only", judgeTestOnly},
	{"release.debug-certificate", judgeDebugCertificate},
	{"release.split", judgeSplit},
	{"security.janus", judgeJanus},
	{"security.outside-signature", judgeOutsideSignature},
	{"security.weak-key", judgeWeakKey},
	{"security.cleartext", judgeCleartext},
	{"security.user-ca", judgeUserCA},
	{"security.privacy-manifest", judgePrivacyManifest},
	{"security.required-reasons", judgeRequiredReasons},
	{"security.listed-sdks", judgeListedSDKs},
	{"security.purchaser-data", judgePurchaserData},
	{"security.exported", judgeExported},
	{"security.custom-permission", judgeCustomPermission},
	{"security.shared-user-id", judgeSharedUserID},
	{"security.backup", judgeBackup},
	{"security.target-sdk", judgeTargetSDK},
	{"continuity.package-id", judgeContinuityPackageID},
	{"continuity.signer", judgeContinuitySigner},
	{"continuity.version-code", judgeContinuityVersionCode},
	{"continuity.other-organisation", judgeOtherOrganisation},
}

// Judge makes every check that applies to the package, in the order of
// checks.All, and the verdict. A check for Android alone is not made of an IPA,
// nor the other way round. Of a file that is no package only the checks that
// need none are made (its format, its MD5); all others are unknown with the
// reason not-a-package and no say in the verdict, which the format decides.
func Judge(in Input) Judgement {
	if platformOf(in.Facts.Format) == "" {
		return judgeFile(in)
	}
	readings := readingsOf(in, in.Facts)
	list, categories := judgePermissions(in, readings)
	for _, j := range judges {
		if applies(j.id, in.Facts.Format) {
			list = append(list, siblings(in, j.judge(in)))
		}
	}
	list = applyPolicy(in, list, categories)
	list = append(list, judgeRules(in, categories, readings)...)
	return conclude(list, categories, readings)
}

// judgeFile judges what is no package.
func judgeFile(in Input) Judgement {
	var list []Check
	for _, c := range checks.All() {
		if !c.FileOnly && c.Platform == "" {
			list = append(list, newCheck(c.ID, "not-a-package", nil))
		}
	}
	list = append(list, judgeFormat(in), judgeMD5(in))
	categories := unknownCategories(in)
	list = applyPolicy(in, list, categories)
	for _, r := range in.Policy.Rules() {
		list = append(list, notAPackage(r))
	}
	return conclude(list, categories, []Reading{})
}

// unknownCategories are the boxes of a file of which nothing is known.
func unknownCategories(in Input) []Category {
	list := make([]Category, 0, len(box.All))
	for _, b := range box.All {
		zh, en := b.Label()
		list = append(list, Category{
			ID: b, Label: Text{ZH: zh, EN: en}, Filed: slices.Contains(in.Filing.Permissions, b),
			Declared: []string{}, Implied: []string{}, ExplainedBy: []string{},
			Used: UseUnknown, Outcome: OutcomeUnknown,
		})
	}
	return list
}

// conclude puts the checks into the order of reports, the policy's own rules last.
func conclude(list []Check, categories []Category, readings []Reading) Judgement {
	slices.SortStableFunc(list, func(a, b Check) int {
		return cmp.Compare(place(a.ID), place(b.ID))
	})
	return Judgement{Verdict: verdict(list), Checks: list, Categories: categories, Permissions: readings}
}

func place(id string) int {
	if i := checks.Index(id); i >= 0 {
		return i
	}
	return math.MaxInt
}

func applies(id string, format facts.Format) bool {
	c, ok := checks.Get(id)
	return ok && (c.Platform == "" || c.Platform == string(platformOf(format)))
}

// Title is what the check with the id is called, or the id itself.
func Title(id string) Text {
	c, ok := checks.Get(id)
	if !ok {
		return Text{ZH: id, EN: id}
	}
	return Text(c.Title)
}
