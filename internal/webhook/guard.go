package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// ErrBlocked: the address is none that webhooks may be sent to.
var ErrBlocked = errors.New("the address is not allowed")

// Policy says where webhooks may be sent besides public addresses over https.
type Policy struct {
	// AllowHTTP allows http:// URLs: payloads then travel in the clear.
	AllowHTTP bool
	// AllowNetworks are networks that may be called although they are not public.
	AllowNetworks []netip.Prefix
	// Ports are the ports that may be called; none are all.
	Ports []uint16
}

// Guard enforces a Policy.
type Guard struct {
	policy         Policy
	allowed        []netip.Prefix
	global, nat64  netip.Prefix
	specialPurpose []netip.Prefix
}

// NewGuard returns the guard of a policy.
func NewGuard(p Policy) *Guard {
	g := &Guard{
		policy: p,
		global: netip.MustParsePrefix("2000::/3"),     // what of IPv6 is given out
		nat64:  netip.MustParsePrefix("64:ff9b::/96"), // IPv4 for hosts that have IPv6 alone (RFC 6052)
	}
	for _, text := range special() {
		g.specialPurpose = append(g.specialPurpose, netip.MustParsePrefix(text))
	}
	for _, n := range p.AllowNetworks {
		if n.Addr().Is4In6() && n.Bits() >= 96 {
			n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
		}
		g.allowed = append(g.allowed, n)
	}
	return g
}

// Control is for net.Dialer: it sees the address that is really dialled, whatever a
// name resolved to a moment before.
func (g *Guard) Control(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" && network != "tcp" {
		return fmt.Errorf("%w: network %q", ErrBlocked, network)
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q", ErrBlocked, address)
	}
	if !g.allows(ap.Addr()) || !g.allowsPort(ap.Port()) {
		return fmt.Errorf("%w: %s", ErrBlocked, ap)
	}
	return nil
}

func (g *Guard) allowsPort(port uint16) bool {
	return port != 0 && (len(g.policy.Ports) == 0 || slices.Contains(g.policy.Ports, port))
}

// allows reports whether an address may be called.
func (g *Guard) allows(addr netip.Addr) bool {
	addr = g.plain(addr)
	contains := func(p netip.Prefix) bool { return p.Contains(addr) }
	return slices.ContainsFunc(g.allowed, contains) || g.public(addr)
}

// plain is the address without its disguise: the IPv4 address in a mapped or a NAT64
// one, and no zone.
func (g *Guard) plain(addr netip.Addr) netip.Addr {
	addr = addr.WithZone("").Unmap()
	if g.nat64.Contains(addr) {
		b := addr.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return addr
}

// public reports whether anybody on the internet could call the address too.
func (g *Guard) public(addr netip.Addr) bool {
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.Is6() && !g.global.Contains(addr) {
		return false
	}
	return !slices.ContainsFunc(g.specialPurpose, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// special are the blocks of IANA's special-purpose registries (RFC 6890 and later)
// that the methods of netip.Addr do not know, and one cloud's.
func special() []string {
	return []string{
		"0.0.0.0/8",        // this network
		"100.64.0.0/10",    // carrier-grade NAT; a cloud's metadata at 100.100.100.200
		"168.63.129.16/32", // Azure's platform, metadata among it
		"192.0.0.0/24",     // protocol assignments; a cloud's metadata at 192.0.0.192
		"192.0.2.0/24",     // documentation
		"192.88.99.0/24",   // 6to4 relays
		"198.18.0.0/15",    // benchmarks
		"198.51.100.0/24",  // documentation
		"203.0.113.0/24",   // documentation
		"240.0.0.0/4",      // reserved, broadcast
		"2001::/23",        // protocol assignments, Teredo among them
		"2001:db8::/32",    // documentation
		"2002::/16",        // 6to4: any IPv4 address behind it
		"3fff::/20",        // documentation
	}
}
