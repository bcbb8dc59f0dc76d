package profile_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/cert"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/entitlement"
	"heyan/analyzer/ipa/ipatest"
	"heyan/analyzer/ipa/profile"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	change := func(kind string, changes map[string]any) map[string]any {
		return ipatest.With(ipatest.ProfileValues(kind), changes)
	}
	tests := []struct {
		name    string
		values  map[string]any
		kind    string
		devices int
	}{
		{"store", ipatest.ProfileValues("store"), profile.KindStore, 0},
		{"ad hoc", ipatest.ProfileValues("ad-hoc"), profile.KindAdHoc, 2},
		{"development", ipatest.ProfileValues("development"), profile.KindDevelopment, 2},
		{"enterprise", ipatest.ProfileValues("enterprise"), profile.KindEnterprise, 0},
		{"enterprise with devices", change("enterprise", map[string]any{"ProvisionedDevices": []string{"a"}}), profile.KindEnterprise, 1},
		{"not for all devices", change("store", map[string]any{"ProvisionsAllDevices": false}), profile.KindStore, 0},
		{"no device yet", change("ad-hoc", map[string]any{"ProvisionedDevices": []any{}}), profile.KindAdHoc, 0},
		{"devices are no list", change("store", map[string]any{"ProvisionedDevices": "all"}), profile.KindStore, 0},
		{"debugging without devices", change("store", map[string]any{"Entitlements": ipatest.Entitlements(true)}), profile.KindUnknown, 0},
		{"no entitlements", change("store", map[string]any{"Entitlements": nil}), profile.KindUnknown, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _, err := profile.Parse(ipatest.Profile(tt.values))
			if err != nil || p.Kind != tt.kind || p.Devices != tt.devices {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	p, values, err := profile.Parse(ipatest.Profile(ipatest.ProfileValues("development")))
	if err != nil {
		t.Fatal(err)
	}
	c, err := cert.Parse(ipatest.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	want := &facts.Profile{
		Kind: "development", Name: "Classroom development", UUID: "11111111-2222-3333-4444-555555555555", TeamID: ipatest.Team, TeamName: "Example",
		AppID: ipatest.Team + "." + ipatest.ID, Platforms: []string{"iOS"}, Created: "2026-01-02T03:04:05Z", Expires: "2027-01-02T03:04:05Z",
		Devices: 2, GetTaskAllow: true, Certificates: []facts.Certificate{c.Facts()}, TimeToLive: 365,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	wantValues := []entitlement.Value{
		{Key: "application-identifier", Value: `"` + ipatest.Team + "." + ipatest.ID + `"`},
		{Key: "com.apple.developer.team-identifier", Value: `"` + ipatest.Team + `"`},
		{Key: "get-task-allow", Value: "true"},
		{Key: "keychain-access-groups", Value: `["` + ipatest.Team + "." + ipatest.ID + `"]`},
	}
	if diff := cmp.Diff(wantValues, values); diff != "" {
		t.Errorf("entitlements (-want +got):\n%s", diff)
	}
}

func TestNumbersStayExact(t *testing.T) {
	t.Parallel()
	for days, want := range map[int64]int{365: 365, -1: -1, 1<<31 - 1: 1<<31 - 1, 1 << 31: 0, 1<<53 + 1: 0, -1 << 63: 0} {
		values := ipatest.ProfileValues("development")
		values["TimeToLive"] = int(days)
		p, _, err := profile.Parse(ipatest.Profile(values))
		if err != nil || p.TimeToLive != want {
			t.Errorf("%d days: got %d, %v", days, p.TimeToLive, err)
		}
	}
}

// TestPartly: what can't be read is an error beside what can.
func TestPartly(t *testing.T) {
	t.Parallel()
	one, many := ipatest.Certificate(), make([]any, 300)
	for i := range many {
		many[i] = one
	}
	tests := []struct {
		name         string
		changes      map[string]any
		certificates int
		text         string
	}{
		{"certificate that is none", map[string]any{"DeveloperCertificates": []any{ipatest.Certificate(), []byte("x"), ipatest.Certificate()}}, 2, "certificate 2"},
		{"certificate as text", map[string]any{"DeveloperCertificates": []any{"x"}}, 0, "certificate 1 is not data"},
		{"300 certificates", map[string]any{"DeveloperCertificates": many}, 256, "300 certificates"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _, err := profile.Parse(ipatest.Profile(ipatest.With(ipatest.ProfileValues("store"), tt.changes)))
			if !errors.Is(err, profile.ErrMalformed) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v", err)
			}
			if p == nil || p.Kind != profile.KindStore || len(p.Certificates) != tt.certificates {
				t.Errorf("profile %+v", p)
			}
		})
	}
	long := strings.Repeat("晨", 1000)
	p, _, err := profile.Parse(ipatest.Profile(ipatest.With(ipatest.ProfileValues("store"), map[string]any{"Name": long, "UUID": 5, "CreationDate": "x", "TeamIdentifier": "x"})))
	if err != nil || len(p.Name) > 1100 || !strings.HasSuffix(p.Name, "晨…") || p.UUID != "" || p.Created != "" || p.TeamID != "" {
		t.Errorf("got %+v, %v", p, err)
	}
}

// ber wraps content as Apple's own tools do: indefinite lengths throughout, the
// content in pieces.
func ber(content []byte, piece int) []byte {
	signedData := "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
	data := "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
	var out bytes.Buffer
	out.WriteString("\x30\x80" + signedData + "\xa0\x80\x30\x80\x02\x01\x01\x31\x80\x30\x80\x06\x01\x2a\x05\x00\x00\x00\x00\x00\x30\x80" + data + "\xa0\x80\x24\x80")
	for len(content) > 0 {
		n := min(len(content), piece)
		out.Write([]byte{0x04, 0x82, byte(n >> 8), byte(n)})
		out.Write(content[:n])
		content = content[n:]
	}
	out.WriteString(strings.Repeat("\x00", 12))
	return out.Bytes()
}

func TestBER(t *testing.T) {
	t.Parallel()
	der := ipatest.Profile(ipatest.ProfileValues("store"))
	want, _, err := profile.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	start, end := bytes.Index(der, []byte("<?xml")), bytes.Index(der, []byte("</plist>"))+len("</plist>")
	for _, piece := range []int{1000, 1 << 15} {
		got, _, err := profile.Parse(ber(der[start:end], piece))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("pieces of %d: %v (-want +got):\n%s", piece, err, diff)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	whole := ipatest.Profile(ipatest.ProfileValues("store"))
	tests := []struct {
		name string
		data []byte
		text string
	}{
		{"empty", nil, "empty input"},
		{"bare property list", []byte("\n<?xml version=\"1.0\"?><plist><dict/></plist>"), "without a signature"},
		{"text", []byte("not a profile"), "truncated"},
		{"too long", make([]byte, 1<<20+1), "1048577 bytes"},
		{"cut after the head", whole[:40], "truncated"},
		{"nested without end", bytes.Repeat([]byte{0x30, 0x80}, 500_000), "nested too deep"},
		{"pieces nested without end", append(bytes.TrimRight(ber(nil, 1), "\x00"), bytes.Repeat([]byte{0x24, 0x80}, 400_000)...), "nested too deep"},
		{"length of 2^32", []byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, "too large"},
		{"length of 127 bytes", []byte{0x30, 0xff, 1, 1}, "length of 127 bytes"},
		{"tag of several bytes", []byte{0x3f, 0x81, 1, 1}, "truncated"},
		{"primitive of indefinite length", []byte{0x04, 0x80, 0, 0}, "not a sequence"},
		{"other content", bytes.Replace(whole, []byte{0x0d, 1, 7, 2}, []byte{0x0d, 1, 7, 3}, 1), "content type"},
		{"no content", []byte("\x30\x1e\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x11\x30\x0f\x02\x01\x01\x31\x00\x30\x08\x06\x06\x2a\x86\x48\x86\xf7\x0d"), "without content"},
		{"content is an array", ipatest.Sign([]byte("<plist><array/></plist>")), "not a dictionary"},
		{"content is no property list", ipatest.Sign([]byte("<plist>")), "malformed"},
		{"content is a bomb", ipatest.Sign(bytes.Repeat([]byte("<array>"), 100_000)), "malformed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, values, err := profile.Parse(tt.data)
			if p != nil || values != nil || !errors.Is(err, profile.ErrMalformed) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}

// TestEverySingleCut: no prefix of a profile is a profile of less.
func TestEverySingleCut(t *testing.T) {
	t.Parallel()
	whole := ipatest.Profile(ipatest.ProfileValues("store"))
	for n := range len(whole) {
		if p, _, err := profile.Parse(whole[:n]); err == nil {
			t.Fatalf("%d of %d bytes: %+v", n, len(whole), p)
		}
	}
}
