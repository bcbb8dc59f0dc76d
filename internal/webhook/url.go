package webhook

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const maxURL = 2048

// CheckURL refuses a URL that could never be called: what is wrong in the URL itself
// is told when it is given and not a day later. Names are looked up when they are
// called, see Control.
func (g *Guard) CheckURL(text string) (*url.URL, error) {
	if len(text) > maxURL {
		return nil, fmt.Errorf("it is over %d bytes", maxURL)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("it is no URL")
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !g.policy.AllowHTTP):
		return nil, fmt.Errorf("its scheme is %q, not https", u.Scheme)
	case u.Opaque != "" || host == "":
		return nil, fmt.Errorf("it names no host")
	case u.User != nil:
		return nil, fmt.Errorf("it holds a user or a password")
	case u.Fragment != "" || strings.Contains(text, "#"):
		return nil, fmt.Errorf("it has a fragment")
	}
	if err := g.checkPort(u); err != nil {
		return nil, err
	}
	return u, g.checkHost(host)
}

func (g *Guard) checkPort(u *url.URL) error {
	port := uint16(443)
	if u.Scheme == "http" {
		port = 80
	}
	if text := u.Port(); text != "" || strings.HasSuffix(u.Host, ":") {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("%q is no port", text)
		}
		port = uint16(n)
	}
	if !g.allowsPort(port) {
		return fmt.Errorf("the port %d is not allowed", port)
	}
	return nil
}

// checkHost refuses addresses that are not allowed, and this machine by name.
func (g *Guard) checkHost(host string) error {
	if addr, err := netip.ParseAddr(host); err == nil {
		if !g.allows(addr) {
			return fmt.Errorf("the address %s is not public", addr)
		}
		return nil
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		if !g.allows(netip.AddrFrom4([4]byte{127, 0, 0, 1})) {
			return fmt.Errorf("%q is this machine", host)
		}
	}
	return nil
}
