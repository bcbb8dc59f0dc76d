package webhook

import (
	"errors"
	"net/netip"
	"testing"
)

func TestGuardAddresses(t *testing.T) {
	t.Parallel()
	g := NewGuard(Policy{})
	for address, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "223.5.5.5": true, "100.63.255.255": true, "100.128.0.1": true,
		"172.15.255.255": true, "172.32.0.1": true, "192.167.1.1": true, "198.17.255.255": true, "198.20.0.1": true,
		"2400:3200::1": true, "2606:4700:4700::1111": true, "2003::1": true, "3ffe::1": true,
		"64:ff9b::808:808": true, "::ffff:8.8.8.8": true,

		"0.0.0.0": false, "0.1.2.3": false, // this network
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.0.1": false, // private
		"127.0.0.1": false, "127.255.255.255": false, // loopback
		"169.254.0.1": false, "169.254.169.254": false, // link-local, metadata
		"100.64.0.1": false, "100.100.100.200": false, "100.127.255.255": false, // carrier-grade NAT, metadata
		"168.63.129.16": false, "192.0.0.192": false, // platforms of clouds
		"192.0.2.1": false, "198.51.100.1": false, "203.0.113.1": false, // documentation
		"192.88.99.1": false, "198.18.0.1": false, "198.19.255.255": false,
		"224.0.0.1": false, "239.255.255.255": false, // multicast
		"240.0.0.1": false, "255.255.255.255": false, // reserved, broadcast

		"::": false, "::1": false, // unspecified, loopback
		"fe80::1": false, "fe80::1%eth0": false, "2606:4700::1%eth0": true, // link-local; a zone changes nothing
		"fc00::1": false, "fd00:ec2::254": false, "fdff::1": false, // unique local, metadata
		"fec0::1": false,                   // site-local
		"ff02::1": false, "ff0e::1": false, // multicast
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, // IPv4-mapped
		"::127.0.0.1": false, "::7f00:1": false, // IPv4-compatible
		"64:ff9b::7f00:1": false, "64:ff9b::a00:1": false, "64:ff9b::a9fe:a9fe": false, // NAT64
		"64:ff9b:1::808:808": false,                           // NAT64 of a local network
		"2002:7f00:1::":      false, "2002:808:808::1": false, // 6to4
		"2001::1": false, "2001:0:7f00:1::": false, // Teredo
		"2001:db8::1": false, "3fff::1": false, // documentation
		"100::1": false, "5f00::1": false, "4000::1": false, // discard, segment routing, not given out
	} {
		addr := netip.MustParseAddr(address)
		if got := g.allows(addr); got != want {
			t.Errorf("%s allowed: %v, want %v", address, got, want)
		}
		err := g.Control("tcp", netip.AddrPortFrom(addr, 443).String(), nil)
		if (err == nil) != want || err != nil && !errors.Is(err, ErrBlocked) {
			t.Errorf("dial %s: %v", address, err)
		}
	}
	if g.allows(netip.Addr{}) {
		t.Error("no address is allowed")
	}
}

func TestGuardPolicy(t *testing.T) {
	t.Parallel()
	g := NewGuard(Policy{
		AllowNetworks: []netip.Prefix{
			netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::ffff:192.168.7.0/120"), netip.MustParsePrefix("fd12::/16"),
		},
		Ports: []uint16{443, 8443},
	})
	for address, want := range map[string]bool{
		"10.1.2.3:443": true, "[::ffff:10.1.2.3]:443": true, "[64:ff9b::a01:203]:443": true, "192.168.7.1:8443": true, "[fd12::1]:443": true,
		"10.2.0.1:443": false, "192.168.8.1:443": false, "127.0.0.1:443": false, "[fd13::1]:443": false,
		"8.8.8.8:443": true, "8.8.8.8:80": false, "8.8.8.8:0": false, "10.1.2.3:22": false,
		"nonsense": false, "": false, "example.com:443": false,
	} {
		if err := g.Control("tcp4", address, nil); (err == nil) != want {
			t.Errorf("%q: %v, want %v", address, err, want)
		}
	}
	if err := g.Control("udp", "8.8.8.8:443", nil); err == nil {
		t.Error("udp")
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	strict := NewGuard(Policy{})
	loose := NewGuard(Policy{AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Ports: []uint16{80, 443, 8080}})
	for url, want := range map[string][2]bool{ // under the strict and the loose policy
		"https://hooks.example.com/heyan?x=1": {true, true}, "https://hooks.example.com.:443/": {true, true},
		"https://8.8.8.8/": {true, true}, "https://[2606:4700::1111]/": {true, true}, "https://教育.example/": {true, true},
		"https://example.com:8443/": {true, false},
		"http://example.com/":       {false, true}, "http://127.0.0.1:8080/": {false, true}, "http://localhost/": {false, true},
		"https://127.0.0.1/": {false, true}, "https://localhost/": {false, true}, "https://a.LOCALHOST./": {false, true},
		"https://[::1]/": {}, "https://10.0.0.1/": {}, "https://169.254.169.254/latest": {}, "https://[fe80::1%25eth0]/": {},
		"https://[::ffff:10.0.0.1]/": {}, "https://0/": {true, true}, // a name to us: refused when it is dialled
		"": {}, "example.com": {}, "//example.com/": {}, "https://": {}, "https:///x": {}, "https://:443/": {}, "https:example.com": {},
		"ftp://example.com/": {}, "file:///etc/passwd": {}, "gopher://example.com/": {}, "javascript:alert(1)": {}, "HTTPS://example.com/": {true, true},
		"https://user@example.com/": {}, "https://user:pw@example.com/": {}, "https://example.com@10.0.0.1/": {},
		"https://example.com/#x": {}, "https://example.com/#": {}, "https://example.com:/": {}, "https://example.com:0/": {},
		"https://example.com:99999/": {}, "https://example.com:x/": {}, "https://exa mple.com/": {}, "https://example.com/\n": {},
		"https://example.com/\x00": {}, "https://example.com/" + string(make([]byte, 3000)): {},
	} {
		for i, g := range []*Guard{strict, loose} {
			if _, err := g.CheckURL(url); (err == nil) != want[i] {
				t.Errorf("%.60q under policy %d: %v, want %v", url, i, err, want[i])
			}
		}
	}
}

// FuzzCheckURL: what is accepted keeps the promises of the policy.
func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"https://example.com/", "https://[::1]:443/x", "https://10.0.0.1", "https://a@b:1#c", "https://0x7f.1/"} {
		f.Add(s)
	}
	g := NewGuard(Policy{})
	f.Fuzz(func(t *testing.T, text string) {
		u, err := g.CheckURL(text)
		if err != nil {
			return
		}
		if u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" || len(text) > maxURL {
			t.Errorf("%q is accepted as %q", text, u)
		}
		if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !g.allows(addr) {
			t.Errorf("%q is accepted with the address %s", text, addr)
		}
	})
}
