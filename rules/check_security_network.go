package rules

import (
	"net/netip"
	"strconv"
	"strings"

	"heyan/analyzer/facts"
)

// Levels from which the platform's defaults became safe.
const (
	cleartextRefusedAPI = 28 // cleartext traffic refused unless allowed
	userCARefusedAPI    = 24 // user-added certificates not trusted unless allowed
)

func judgeCleartext(in Input) Check {
	const id = "security.cleartext"
	f := in.Facts
	if f.Format == facts.FormatIPA {
		return judgeTransport(f)
	}
	if !manifestRead(f) {
		return newCheck(id, "manifest-unreadable", nil)
	}
	if f.App.NetworkSecurityConfig != "" && f.Network == nil {
		return newCheck(id, "config-unread", nil)
	}
	target, known := targetAPI(f)
	a := args{"target": strconv.Itoa(target)}
	if permitted := cleartextPermitted(f); permitted != nil {
		if *permitted {
			return newCheck(id, "permitted", a)
		}
	} else if !known || target < cleartextRefusedAPI {
		return newCheck(id, "default-permitted", a)
	}
	return judgeCleartextDomains(f.Network)
}

// cleartextPermitted is what the app says for all sites, nil where it says
// nothing. With a network security configuration the manifest's attribute does
// not count any more, but before API 24, which knows no configuration, it does.
func cleartextPermitted(f *facts.Facts) *bool {
	if f.Network != nil {
		return f.Network.CleartextPermitted
	}
	return f.App.UsesCleartext
}

func judgeCleartextDomains(n *facts.Network) Check {
	const id = "security.cleartext"
	if n == nil || len(n.CleartextDomains) == 0 {
		return newCheck(id, "refused", nil)
	}
	var remote []string
	for _, d := range n.CleartextDomains {
		if !localHost(d) {
			remote = append(remote, d)
		}
	}
	if len(remote) == 0 {
		return newCheck(id, "local-domains", nil).with(n.CleartextDomains...)
	}
	return newCheck(id, "domains", args{"count": strconv.Itoa(len(remote))}).with(remote...)
}

// localHost reports whether traffic to the host stays on the device, or on the
// computer that runs its emulator (10.0.2.2).
func localHost(host string) bool {
	host = strings.ToLower(strings.TrimSpace(host))
	if host == "localhost" || host == "10.0.2.2" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func judgeUserCA(in Input) Check {
	const id = "security.user-ca"
	f := in.Facts
	if !manifestRead(f) {
		return newCheck(id, "manifest-unreadable", nil)
	}
	target, known := targetAPI(f)
	trusting := !known || target < userCARefusedAPI
	switch n := f.Network; {
	case n == nil && f.App.NetworkSecurityConfig != "":
		return newCheck(id, "config-unread", nil)
	case n != nil && (n.TrustsUser || len(n.TrustUserDomains) > 0):
		return newCheck(id, "trusted", nil).with(n.TrustUserDomains...)
	case trusting:
		return newCheck(id, "trusted-by-default", args{"target": strconv.Itoa(target)})
	}
	return newCheck(id, "system-only", nil)
}
