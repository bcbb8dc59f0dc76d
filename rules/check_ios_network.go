package rules

import (
	"strconv"
	"strings"

	"heyan/analyzer/facts"
)

// narrowATS is the version from which iOS passes NSAllowsArbitraryLoads over where
// a narrower key stands beside it.
const narrowATS = 10

// judgeTransport judges App Transport Security, which refuses cleartext traffic
// unless the app relaxes it.
func judgeTransport(f *facts.Facts) Check {
	const id = "security.cleartext"
	t := f.TransportSecurity
	switch {
	case !manifestRead(f):
		return newCheck(id, "manifest-unreadable", nil)
	case t == nil:
		return newCheck(id, "ats-enforced", nil)
	case t.AllowsArbitraryLoads && !narrowed(f):
		return newCheck(id, "ats-arbitrary", nil).with("NSAllowsArbitraryLoads")
	}
	var remote []string
	for _, d := range t.InsecureDomains {
		if !localHost(d) && !strings.HasSuffix(strings.ToLower(d), ".local") {
			remote = append(remote, d)
		}
	}
	var content []string
	if t.AllowsArbitraryInWeb {
		content = append(content, "NSAllowsArbitraryLoadsInWebContent")
	}
	if t.AllowsArbitraryForMedia {
		content = append(content, "NSAllowsArbitraryLoadsForMedia")
	}
	switch {
	case len(content) > 0:
		return newCheck(id, "ats-media", nil).with(content...).with(remote...)
	case len(remote) > 0:
		return newCheck(id, "ats-domains", args{"count": strconv.Itoa(len(remote))}).with(remote...)
	case t.AllowsLocalNetworking, len(t.InsecureDomains) > 0:
		return newCheck(id, "ats-local", nil).with(t.InsecureDomains...)
	}
	return newCheck(id, "ats-enforced", nil)
}

// narrowed reports whether a narrower key takes the place of
// NSAllowsArbitraryLoads on every version that the app runs on.
func narrowed(f *facts.Facts) bool {
	t := f.TransportSecurity
	major, ok := majorOS(f.App.MinOS)
	return ok && major >= narrowATS && (t.AllowsArbitraryInWeb || t.AllowsArbitraryForMedia || t.AllowsLocalNetworking)
}

// majorOS is the 13 of "13.4".
func majorOS(version string) (int, bool) {
	first, _, _ := strings.Cut(strings.TrimSpace(version), ".")
	n, err := strconv.Atoi(first)
	return n, err == nil
}
