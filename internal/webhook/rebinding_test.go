package webhook

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"heyan/storage/record"
)

// nameserver answers every question with the next of the addresses, the last for ever.
func nameserver(t *testing.T, addresses ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 4096)
		for asked := 0; ; {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Authoritative, m.Additionals = true, true, nil
			q := m.Questions[0]
			addr := netip.MustParseAddr(addresses[min(asked, len(addresses)-1)])
			head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}
			switch {
			case q.Type == dnsmessage.TypeA && addr.Is4():
				m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: addr.As4()}}}
				asked++
			case q.Type == dnsmessage.TypeAAAA && addr.Is6():
				m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}}}
				asked++
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// TestNamesOfInnerAddresses: a name can say what it likes, and something else a moment
// later; what counts is the address that is dialled.
func TestNamesOfInnerAddresses(t *testing.T) {
	t.Parallel()
	var got atomic.Int64
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got.Add(1) }))
	t.Cleanup(inner.Close)
	_, port, err := net.SplitHostPort(inner.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	hook := record.Webhook{URL: "http://hooks.heyan.test:" + port + "/", Secret: newSecret()}
	for name, addresses := range map[string][]string{
		"loopback": {"127.0.0.1"}, "rebound": {"169.254.169.254", "127.0.0.1"}, "mapped": {"::ffff:127.0.0.1"},
		"IPv6 loopback": {"::1"}, "translated": {"64:ff9b::7f00:1"}, "unspecified": {"0.0.0.0"},
	} {
		s := newSender(NewGuard(Policy{AllowHTTP: true}), 5*time.Second, nil, time.Now)
		s.dialer.Resolver = nameserver(t, addresses...)
		for range 3 {
			a := s.send(t.Context(), hook, record.Delivery{ID: "msg_1"})
			if !a.blocked || a.failure != "the host has no public address that can be called" {
				t.Errorf("%s: %+v", name, a)
			}
		}
	}
	if got.Load() != 0 {
		t.Errorf("the inner server was called %d times", got.Load())
	}
	// The same name is called where the operator allows the network.
	s := newSender(NewGuard(Policy{AllowHTTP: true, AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}), 5*time.Second, nil, time.Now)
	s.dialer.Resolver = nameserver(t, "127.0.0.1")
	if a := s.send(t.Context(), hook, record.Delivery{ID: "msg_1"}); !a.ok() || got.Load() != 1 {
		t.Errorf("%+v", a)
	}
	s.close()
}
