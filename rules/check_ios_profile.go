package rules

import (
	"strconv"
	"strings"
	"time"

	"heyan/analyzer/facts"
	"heyan/rules/filing"
)

// Kinds of facts.Profile.
const (
	profileDevelopment = "development"
	profileAdHoc       = "ad-hoc"
	profileEnterprise  = "enterprise"
	profileStore       = "store"
)

func judgeProfile(in Input) Check {
	const id = "release.profile"
	f := in.Facts
	p := f.Signature.Profile
	switch {
	case forSimulator(f):
		return newCheck(id, "simulator", nil)
	case p == nil && !f.OK(facts.AnalyzerProfile):
		return newCheck(id, "unreadable", nil).with(anomalies(f, "profile-unreadable")...)
	case p == nil:
		return newCheck(id, withoutProfile(f), nil).with(anomalies(f, "store-sc-info", "store-purchaser-metadata")...)
	}
	expires, _ := expiry(p)
	a := args{"name": p.Name, "team": firstOf(p.TeamName, p.TeamID), "devices": strconv.Itoa(p.Devices),
		"expires": expires, "profile_app": p.AppID, "app": f.App.ID}
	zh, en := kindWords(p.Kind)
	found := profileFindings(p)
	a.both("kind", zh, en).heaviest(codesOf(found))
	return newCheck(id, profileReason(in, p), a).with(describeProfile(p)...).with(describeFindings(found)...)
}

func profileFindings(p *facts.Profile) []located {
	return findings(&facts.Facts{Signature: facts.Signature{Profile: p}})
}

// withoutProfile is what a package without a profile is.
func withoutProfile(f *facts.Facts) string {
	switch {
	case f.Signature.Kind == facts.KindStore:
		return "store-copy"
	case f.Signature.Kind == facts.KindStoreDecrypted:
		return "store-decrypted"
	case !f.OK(facts.AnalyzerMachO) || !signatureRead(f):
		return "unreadable"
	case hasAnomaly(f, "store-sc-info"):
		return "store-altered"
	}
	return "no-profile"
}

func profileReason(in Input, p *facts.Profile) string {
	own := in.Filing.Kind == filing.KindSelfUse
	expired, known := profileExpired(p, in.AsOf)
	switch {
	case p.Status == facts.SignatureInvalid:
		return "invalid"
	case p.Kind == profileDevelopment && !own:
		return "development"
	case forOtherApp(in.Facts, p):
		return "other-app"
	case p.Kind == profileStore && expired:
		return "expired-store"
	case expired && own:
		return "expired-self-use"
	case expired:
		return "expired"
	case p.Kind == profileDevelopment:
		return "development-self-use"
	case !known:
		return "unknown-kind"
	case p.Kind == profileStore:
		return "store"
	case p.Kind != profileAdHoc && p.Kind != profileEnterprise:
		return "unknown-kind"
	case own:
		return "self-use"
	}
	return p.Kind
}

// forOtherApp reports whether the profile's application id, TEAM.cn.example.app
// or TEAM.cn.example.*, is not that of the app.
func forOtherApp(f *facts.Facts, p *facts.Profile) bool {
	_, id, ok := strings.Cut(p.AppID, ".")
	if !ok || f.App.ID == "" {
		return false
	}
	if prefix, wild := strings.CutSuffix(id, "*"); wild {
		return !strings.HasPrefix(f.App.ID, prefix)
	}
	return id != f.App.ID
}

// expiry is the day in China on which the profile ends.
func expiry(p *facts.Profile) (day string, ok bool) { return dayInChina(p.Expires) }

// profileExpired reports whether the profile ended before the day, and whether
// that can be told.
func profileExpired(p *facts.Profile, asOf string) (expired, known bool) {
	day, ok := expiry(p)
	_, err := time.Parse(time.DateOnly, asOf)
	known = ok && err == nil
	return known && day < asOf, known
}

func kindWords(kind string) (zh, en string) {
	switch kind {
	case profileDevelopment:
		return "开发", "development"
	case profileAdHoc:
		return "Ad Hoc ", "ad hoc"
	case profileEnterprise:
		return "企业", "enterprise"
	case profileStore:
		return "上架用", "App Store"
	}
	return "", kind
}

// describeProfile is the profile in a line: never which devices it names.
func describeProfile(p *facts.Profile) []string {
	list := []string{p.Kind}
	for _, s := range []string{p.Name, strings.TrimSpace(p.TeamName + " " + p.TeamID), p.AppID} {
		if s != "" {
			list = append(list, s)
		}
	}
	if p.Devices > 0 {
		list = append(list, "devices: "+strconv.Itoa(p.Devices))
	}
	if p.Expires != "" {
		list = append(list, "expires "+p.Expires)
	}
	return []string{"embedded.mobileprovision: " + strings.Join(list, "; ")}
}
