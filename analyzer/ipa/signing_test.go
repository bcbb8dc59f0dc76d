package ipa_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa"
	"heyan/analyzer/ipa/ipatest"
	"heyan/analyzer/ipa/machotest"
)

// verify analyses a package that the tests' own authority may have signed.
func verify(t *testing.T, data []byte) *facts.Facts {
	t.Helper()
	f := &facts.Facts{}
	in := analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}
	if err := ipa.NewTrusting(ipatest.Authorities()).Analyze(t.Context(), in, f); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSignedKinds: a package signed as each kind is that kind, without a finding.
func TestSignedKinds(t *testing.T) {
	t.Parallel()
	for profile, want := range map[string]facts.CodeKind{
		"development": facts.KindDevelopment, "ad-hoc": facts.KindAdHoc, "enterprise": facts.KindEnterprise, "store": facts.KindStoreUpload,
	} {
		s := verify(t, ipatest.Signed(profile).Bytes()).Signature
		if s.Kind != want || s.Status != facts.SignatureValid || len(s.Findings) > 0 || len(s.Profile.Findings) > 0 {
			t.Errorf("%s: kind %s, status %s, findings %+v %+v", profile, s.Kind, s.Status, s.Findings, s.Profile.Findings)
		}
		for _, c := range s.Code {
			if c.Status != facts.SignatureValid || len(c.Findings) > 0 {
				t.Errorf("%s: %s: %s, %+v", profile, c.Path, c.Status, c.Findings)
			}
		}
		for _, x := range s.Seals {
			if x.Status != facts.SignatureValid || len(x.Findings) > 0 {
				t.Errorf("%s: %s: %+v", profile, x.Bundle, x)
			}
		}
	}
}

// findings are the findings of the whole package, of its code, seals and profile.
func findings(s facts.Signature) map[string]bool {
	out := map[string]bool{}
	add := func(list []facts.Finding) {
		for _, f := range list {
			out[f.Code] = true
		}
	}
	add(s.Findings)
	for _, c := range s.Code {
		add(c.Findings)
	}
	for _, x := range s.Seals {
		add(x.Findings)
	}
	if s.Profile != nil {
		add(s.Profile.Findings)
	}
	return out
}

// inside finds a bundle inside the app by its path.
func inside(t *testing.T, b *ipatest.Bundle, path string) *ipatest.Bundle {
	t.Helper()
	for n := range b.Nested {
		if b.Nested[n].Path == path {
			return &b.Nested[n]
		}
	}
	t.Fatalf("no bundle %q", path)
	return nil
}

func setFile(b *ipatest.Bundle, path string, data []byte) {
	for n := range b.Files {
		if b.Files[n].Path == path {
			b.Files[n].Data = data // nil leaves it out
			return
		}
	}
	b.Files = append(b.Files, ipatest.File{Path: path, Data: data})
}

// TestTampered changes a signed app after it was signed: every change is found,
// under its own name, and the package is broken.
func TestTampered(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(t *testing.T, b *ipatest.Bundle)
		want   string
		kind   facts.CodeKind
	}{
		"code byte":        {func(_ *testing.T, b *ipatest.Bundle) { b.Executable[40] ^= 1 }, "page-altered", facts.KindBroken},
		"resource changed": {func(_ *testing.T, b *ipatest.Bundle) { setFile(b, "notice.png", []byte("another")) }, "resource-altered", facts.KindBroken},
		"resource added":   {func(_ *testing.T, b *ipatest.Bundle) { setFile(b, "payload.js", []byte("new")) }, "resource-added", facts.KindBroken},
		"resource removed": {func(_ *testing.T, b *ipatest.Bundle) { setFile(b, "notice.png", nil) }, "resource-missing", facts.KindBroken},
		"Info.plist":       {func(_ *testing.T, b *ipatest.Bundle) { b.InfoPlist = append(b.InfoPlist, '\n') }, "info-plist-altered", facts.KindBroken},
		"seal changed":     {func(_ *testing.T, b *ipatest.Bundle) { addToSeal(b) }, "resources-altered", facts.KindBroken},
		"seal removed":     {func(_ *testing.T, b *ipatest.Bundle) { setFile(b, sealPath, nil) }, "resources-missing", facts.KindBroken},
		"signature cut":    {func(_ *testing.T, b *ipatest.Bundle) { b.Executable = b.Executable[:len(b.Executable)-100] }, "signature-malformed", facts.KindBroken},
		"trailing code":    {func(_ *testing.T, b *ipatest.Bundle) { moveSignature(b) }, "code-limit", facts.KindBroken},
		"framework's code": {func(t *testing.T, b *ipatest.Bundle) { inside(t, b, "Frameworks/Kit.framework").Executable[40] ^= 1 }, "nested-broken", facts.KindBroken},
		"extension changed": {func(t *testing.T, b *ipatest.Bundle) {
			inside(t, b, "PlugIns/Share.appex").InfoPlist = []byte("<plist/>")
		}, "nested-broken", facts.KindBroken},
		"framework unsigned": {func(t *testing.T, b *ipatest.Bundle) {
			inside(t, b, "Frameworks/Kit.framework").Executable = machotest.Slice{FileType: 6}.Bytes()
		}, "nested-unsigned", facts.KindBroken},
		"profile changed": {func(_ *testing.T, b *ipatest.Bundle) {
			b.Profile = bytes.Replace(b.Profile, []byte("Classroom store"), []byte("Classroom stare"), 1)
		}, "profile-altered", facts.KindBroken},
		"profile of another key": {func(_ *testing.T, b *ipatest.Bundle) { b.Profile = ipatest.Profile(otherCertificate()) }, "certificate-not-in-profile", facts.KindBroken},
		"profile removed":        {func(_ *testing.T, b *ipatest.Bundle) { b.Profile = nil }, "profile-missing", facts.KindBroken},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := ipatest.Signed("store")
			tt.change(t, &app)
			s := verify(t, app.Bytes()).Signature
			if found := findings(s); !found[tt.want] || s.Kind != tt.kind || s.Status != facts.SignatureInvalid {
				t.Errorf("kind %s, status %s, findings %v, want %s", s.Kind, s.Status, found, tt.want)
			}
		})
	}
}

const sealPath = "_CodeSignature/CodeResources"

func addToSeal(b *ipatest.Bundle) {
	for n := range b.Files {
		if b.Files[n].Path == sealPath {
			b.Files[n].Data = append(bytes.Clone(b.Files[n].Data), '\n')
		}
	}
}

// moveSignature puts a page of code behind what is signed.
func moveSignature(b *ipatest.Bundle) {
	at := bytes.Index(b.Executable, []byte{0xfa, 0xde, 0x0c, 0xc0})
	le := binary.LittleEndian
	for n := 0; n+16 < at; n += 4 {
		if le.Uint32(b.Executable[n:]) == 0x1d && le.Uint32(b.Executable[n+8:]) == uint32(at) {
			le.PutUint32(b.Executable[n+8:], uint32(at+4096))
			b.Executable = slices.Concat(b.Executable[:at], make([]byte, 4096), b.Executable[at:])
			return
		}
	}
}

func otherCertificate() map[string]any {
	values := ipatest.ProfileValues("store")
	values["DeveloperCertificates"] = []any{ipatest.NewDeveloper(ipatest.MarkDevelopment).Certificate()}
	return values
}

// signedBy is the sample signed in an unusual way.
func signedBy(s ipatest.Signing, profile map[string]any) ipatest.Bundle {
	app := ipatest.App()
	app.Profile = nil
	if profile != nil {
		app.Profile = ipatest.Profile(profile)
	}
	return app.Sign(s)
}

// TestSignatureLies: signatures that lie, and those of others.
func TestSignatureLies(t *testing.T) {
	t.Parallel()
	d := ipatest.NewDeveloper(ipatest.MarkDistribution)
	own := ipatest.ProfileValues("store")
	own["DeveloperCertificates"] = []any{d.Certificate()}
	values := ipatest.Entitlements(false)
	mainOnly := func(change func(*machotest.Signature)) func(string, *machotest.Signature) {
		return func(path string, s *machotest.Signature) {
			if path == ipatest.Folder {
				change(s)
			}
		}
	}
	plain := *d
	plain.Plain = true
	forged := *d
	forged.Forge = func(b []byte) { b[10] ^= 1 }
	tests := map[string]struct {
		app  ipatest.Bundle
		want string // a finding, "" for none
		kind facts.CodeKind
	}{
		"swapped SHA-256 directory": {signedBy(ipatest.Signing{Developer: d, Entitlements: values, Change: mainOnly(func(s *machotest.Signature) {
			s.Lie = func(blob []byte) { flipIdentifier(blob, machotest.SlotAlternate) }
		})}, own), "cdhash-attribute", facts.KindBroken},
		"alternate that nothing binds": {signedBy(ipatest.Signing{Developer: &plain, Entitlements: values}, own), "alternate-unbound", facts.KindBroken},
		"forged message":               {signedBy(ipatest.Signing{Developer: &forged, Entitlements: values}, own), "cms-invalid", facts.KindBroken},
		"entitlements XML and DER differ": {signedBy(ipatest.Signing{Developer: d, Entitlements: values, Change: mainOnly(func(s *machotest.Signature) {
			s.EntitlementsDER = machotest.DER(ipatest.With(values, map[string]any{"get-task-allow": true}))
		})}, own), "entitlements-differ", facts.KindBroken},
		"entitlement that is not granted":   {signedBy(ipatest.Signing{Developer: d, Entitlements: ipatest.With(values, map[string]any{"com.apple.developer.nfc.readersession.formats": []string{"TAG"}})}, own), "entitlement-not-granted", facts.KindBroken},
		"application-identifier of another": {signedBy(ipatest.Signing{Developer: d, Entitlements: ipatest.With(values, map[string]any{"application-identifier": ipatest.Team + ".cn.example.other"})}, own), "application-identifier", facts.KindBroken},
		"profile of another team":           {signedBy(ipatest.Signing{Developer: d, Entitlements: values}, ipatest.With(own, map[string]any{"TeamIdentifier": []string{"OTHER12345"}})), "team-differs", facts.KindBroken},
		"extension with the app's own identifier": {signedBy(ipatest.Signing{Developer: d, Entitlements: values, Change: func(path string, s *machotest.Signature) {
			if strings.HasSuffix(path, ".appex") {
				s.Entitlements, s.EntitlementsDER = machotest.Plist(values), machotest.DER(values)
			}
		}}, own), "resigned-extension", facts.KindStoreUpload},
		"a stranger":            {signedBy(ipatest.Signing{Developer: ipatest.Stranger(), Entitlements: values}, nil), "chain-untrusted", facts.KindNotApple},
		"nobody":                {signedBy(ipatest.Signing{Change: func(_ string, s *machotest.Signature) { s.Flags = 2 }}, nil), "", facts.KindAdHocSigned},
		"not even ad hoc":       {signedBy(ipatest.Signing{}, nil), "cms-missing", facts.KindBroken},
		"the store, plain code": {signedBy(ipatest.Signing{Developer: ipatest.NewDeveloper(ipatest.MarkStore), Entitlements: values}, nil), "", facts.KindStore},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := verify(t, tt.app.Bytes()).Signature
			if found := findings(s); s.Kind != tt.kind || tt.want != "" && !found[tt.want] || tt.want == "" && len(found) > 0 {
				t.Errorf("kind %s, findings %v, want %s with %q", s.Kind, found, tt.kind, tt.want)
			}
		})
	}
}

// flipIdentifier changes a letter of a directory's identifier.
func flipIdentifier(blob []byte, slot uint32) {
	be := binary.BigEndian
	for n := range int(be.Uint32(blob[8:])) {
		if be.Uint32(blob[12+8*n:]) == slot {
			d := blob[be.Uint32(blob[16+8*n:]):]
			d[be.Uint32(d[20:])+4] ^= 1
		}
	}
}

// TestDecrypted: the App Store's copy verifies encrypted; with its code decrypted
// it is told from one that was altered.
func TestDecrypted(t *testing.T) {
	t.Parallel()
	store := func(change func(*machotest.Slice)) ipatest.Bundle {
		app := ipatest.Minimal()
		slice := machotest.Slice{MinOS: machotest.Version(13, 0, 0), Encryptable: true, Encrypted: true, Code: 20000,
			Signature: &machotest.Signature{Identifier: ipatest.ID, Team: ipatest.Team}}
		app.Executable = slice.Bytes()
		app = app.Sign(ipatest.Signing{Developer: ipatest.NewDeveloper(ipatest.MarkStore)})
		if change != nil {
			change(&slice)
		}
		return app
	}
	sealed := store(nil)
	if s := verify(t, sealed.Bytes()).Signature; s.Kind != facts.KindStore || len(findings(s)) > 0 {
		t.Fatalf("the store's copy is %s: %v", s.Kind, findings(s))
	}
	cleared := store(nil)
	clearCryptID(t, cleared.Executable)
	if s := verify(t, cleared.Bytes()).Signature; s.Kind != facts.KindStoreDecrypted || s.Status != facts.SignatureInvalid {
		t.Errorf("a decrypted copy is %s: %v", s.Kind, findings(s))
	}
	altered := store(nil)
	altered.Executable[bytes.Index(altered.Executable, []byte{0xfa, 0xde, 0x0c, 0xc0})-1] ^= 1
	if s := verify(t, altered.Bytes()).Signature; s.Kind != facts.KindBroken {
		t.Errorf("an altered copy is %s: %v", s.Kind, findings(s))
	}
}

// clearCryptID does what decrypting tools do.
func clearCryptID(t *testing.T, image []byte) {
	t.Helper()
	le := binary.LittleEndian
	for n := 32; n+20 < len(image); n += 4 {
		if le.Uint32(image[n:]) == 0x2c && le.Uint32(image[n+4:]) == 24 {
			le.PutUint32(image[n+16:], 0)
			return
		}
	}
	t.Fatal("no LC_ENCRYPTION_INFO_64")
}
