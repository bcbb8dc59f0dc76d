package rules

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

var (
	versionLabel = pattern(`^(?:应用)?(?:version|versionname|版本号|版本|ver\.?|v\.?)\s*[:=]?\s*`)
	versionBuild = pattern(`^(.+?)\s*(?:[(\[]\s*(?:build|b|构建号?)?\s*[:.]?\s*([0-9a-z.]+)\s*[)\]]|[+_-](?:build|b)?[.]?([0-9.]+)|\s+(?:build|b)?\s*([0-9.]+))$`)
)

func judgeVersion(in Input) Check {
	filed, app := in.Filing.Version, in.Facts.App
	a := args{"filed": filed, "actual": app.Version}
	switch {
	case strings.TrimSpace(filed) == "":
		return newCheck("version", "not-filed", a)
	case !manifestRead(in.Facts):
		return newCheck("version", "manifest-unreadable", a)
	case !stated(app.Version):
		return newCheck("version", "no-version", a)
	}
	return newCheck("version", strictVersion(in, versionReason(filed, app.Version, app.Build)), a)
}

// stated reports whether a value of the manifest is text and not a reference
// that did not resolve.
func stated(s string) bool {
	return strings.TrimSpace(s) != "" && !strings.HasPrefix(s, "@") && !strings.HasPrefix(s, "?")
}

// strictVersion takes back what the policy does not forgive.
func strictVersion(in Input, reason string) string {
	p := in.Policy.Params()
	if reason == "trailing-zero" && !p.VersionTrailingZero || reason == "with-build" && !p.VersionWithBuild {
		return "mismatch"
	}
	return reason
}

func versionReason(filed, version, build string) string {
	got, want := plainVersion(filed), plainVersion(version)
	switch {
	case got == want:
		return "equal"
	case dropZeros(got) == dropZeros(want):
		return "trailing-zero"
	case build != "" && got == plainVersion(build):
		return "build-number"
	}
	if m := versionBuild().FindStringSubmatch(spacedVersion(filed)); m != nil && build != "" {
		number := m[2] + m[3] + m[4]
		if number == plainVersion(build) && dropZeros(plainVersion(m[1])) == dropZeros(want) {
			return "with-build"
		}
	}
	return "mismatch"
}

// spacedVersion is a version in plain letters without its label.
func spacedVersion(s string) string {
	s = strings.ToLower(strings.TrimSpace(norm.NFKC.String(s)))
	s = strings.NewReplacer("。", ".", "、", ".", "\u200b", "", "\ufeff", "").Replace(s)
	rest := s[len(versionLabel().FindString(s)):]
	if rest == "" {
		return s
	}
	if after, ok := strings.CutPrefix(rest, "v"); ok && after != "" && after[0] >= '0' && after[0] <= '9' {
		rest = after // 版本号：v1.2
	}
	return strings.TrimSpace(strings.TrimSuffix(rest, "版"))
}

// plainVersion also drops blanks.
func plainVersion(s string) string { return strings.Join(strings.Fields(spacedVersion(s)), "") }

// dropZeros drops every ".0" at the end.
func dropZeros(s string) string {
	for strings.HasSuffix(s, ".0") && len(s) > len(".0") {
		s = strings.TrimSuffix(s, ".0")
	}
	return s
}
