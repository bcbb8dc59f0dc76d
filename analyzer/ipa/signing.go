package ipa

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"heyan/analyzer/cert"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/applepki"
	"heyan/analyzer/ipa/codesign"
	"heyan/analyzer/ipa/seal"
)

// signing draws together what verifying gave: every slice, every seal, the
// profile, and who vouches for the whole.
type signing struct {
	*inspection
	out *facts.Signature
	// main is the app's own executable, nil where it could not be read.
	main *work
}

// joinSigning enters the signature of the package.
func (i *inspection) joinSigning(p *part) error {
	s := &signing{inspection: i, out: &i.f.Signature}
	for _, w := range i.works {
		if w.target != nil && w.target.bundle == i.lay.app() {
			s.main = w
		}
	}
	s.enterCode()
	s.enterSeals()
	if s.main == nil || s.main.file == nil || len(s.main.slices) == 0 {
		p.partial("the app's own executable can't be read")
		s.out.Status, s.out.Kind = facts.SignatureUnknown, facts.KindUnknown
		return nil
	}
	s.enterSigner()
	s.nested()
	s.teams()
	s.provisioned()
	s.architectures()
	s.resigned()
	s.out.Kind = s.kind()
	s.developerKinds()
	s.out.Status = statusOf(s.out.Kind)
	if i.sealCut && s.out.Status == facts.SignatureValid {
		p.partial("the app's files are more than is compared with the seals")
		s.out.Status, s.out.Kind = facts.SignatureUnknown, facts.KindUnknown
	}
	return nil
}

func (s *signing) find(f facts.Finding) { s.out.Findings = append(s.out.Findings, f) }

// code are the Mach-O files in the order of facts.Executables.
func (s *signing) code() []*work {
	var out []*work
	for _, w := range s.works {
		if w.target != nil && w.file != nil {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b *work) int {
		return cmp.Or(-compareBool(a == s.main, b == s.main), strings.Compare(a.entry.Name, b.entry.Name))
	})
	return out
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (s *signing) enterCode() {
	for _, w := range s.code() {
		for _, v := range w.slices {
			r := v.result
			c := facts.CodeSignature{
				Bundle: w.target.owner, Path: w.entry.Name, Slice: v.slice.Facts.Arch,
				Kind: kindOfSlice(r), Status: facts.SignatureValid,
				Identifier: shorten(r.Identifier), TeamID: shorten(r.Team), Hashes: r.Hashes, CDHash: r.CDHash,
				Signer: r.Signer(), Role: string(r.Role), Pages: r.Pages, Findings: r.Findings,
			}
			if !r.SigningTime.IsZero() {
				c.SigningTime = r.SigningTime.UTC().Format(time.RFC3339)
			}
			switch {
			case !r.Signed:
				c.Status = facts.SignatureUnsigned
			case !r.Intact():
				c.Status = facts.SignatureInvalid
			}
			s.out.Code = append(s.out.Code, c)
		}
	}
}

// kindOfSlice is who vouches for one slice; a developer's needs the profile.
func kindOfSlice(r *codesign.Result) facts.CodeKind {
	switch {
	case !r.Signed:
		return facts.KindUnsigned
	case r.Decrypted && onlyDecrypted(r.Findings):
		return facts.KindStoreDecrypted
	case !r.Intact():
		return facts.KindBroken
	case r.AdHoc:
		return facts.KindAdHocSigned
	case !r.Trusted:
		return facts.KindNotApple
	case r.Role == applepki.RoleStore:
		return facts.KindStore
	}
	return facts.KindUnknown
}

// developerKinds completes the kinds of code that a developer signed: it is for what
// the package is for.
func (s *signing) developerKinds() {
	switch s.out.Kind {
	case facts.KindDevelopment, facts.KindAdHoc, facts.KindEnterprise, facts.KindStoreUpload:
	default:
		return
	}
	for n := range s.out.Code {
		if c := &s.out.Code[n]; c.Kind == facts.KindUnknown {
			c.Kind = s.out.Kind
		}
	}
}

func onlyDecrypted(all []facts.Finding) bool {
	for _, f := range all {
		if f.Fatal && f.Code != codesign.CodeDecryptedPages {
			return false
		}
	}
	return true
}

// enterSeals compares every sealed bundle's files with its seal.
func (s *signing) enterSeals() {
	for _, b := range s.lay.bundles {
		switch {
		case b.sealErr != nil:
			s.out.Seals = append(s.out.Seals, facts.Seal{Bundle: b.path, Status: facts.SignatureInvalid,
				Findings: []facts.Finding{{Code: "seal-malformed", Apple: "errSecCSResourcesInvalid", Detail: b.sealErr.Error(), Fatal: true}}})
		case b.seal != nil && s.sealCut:
			s.out.Seals = append(s.out.Seals, facts.Seal{Bundle: b.path, Version: b.seal.Version, Status: facts.SignatureUnknown})
		case b.seal != nil:
			compared := b.seal.Compare(s.sealedBundle(b))
			compared.Bundle = b.path
			s.out.Seals = append(s.out.Seals, compared)
		}
	}
}

// sealedBundle is a bundle as it is now.
func (s *signing) sealedBundle(b *bundle) seal.Bundle {
	out := seal.Bundle{NestedCode: func(rel string) ([]byte, bool) { return s.cdhash(b.path + "/" + rel) }}
	if exe := b.executable(); exe != "" {
		out.Executable, _ = within(b, exe)
	}
	for _, w := range s.works {
		rel, ok := within(b, w.entry.Name)
		if !ok {
			continue
		}
		f := seal.File{Path: rel, SHA1: w.digest1, SHA256: w.digest256}
		if w.entry.Symlink {
			f = seal.File{Path: rel, Link: true, Target: string(w.digest256)}
		}
		out.Files = append(out.Files, f)
	}
	for name := range s.twice {
		if rel, ok := within(b, name); ok {
			out.Files = append(out.Files, seal.File{Path: rel}) // no digest: altered
		}
	}
	return out
}

// cdhash is that of the code at a path: a bundle's executable or a file.
func (s *signing) cdhash(name string) ([]byte, bool) {
	if b := s.lay.byPath[name]; b != nil {
		name = b.executable()
	}
	for _, w := range s.works {
		if w.entry.Name == name && len(w.slices) > 0 {
			return w.slices[0].result.CDHashBytes(), w.slices[0].result.Signed
		}
	}
	return nil, false
}

// enterSigner enters the certificates of the app's own executable and the time in
// which they hold.
func (s *signing) enterSigner() {
	r := s.main.slices[0].result
	if r.Leaf == nil {
		return
	}
	s.out.Signers = append(s.out.Signers, r.Leaf.Facts())
	for _, c := range r.Certificates {
		if !c.Equal(r.Leaf) {
			s.out.Certificates = append(s.out.Certificates, c.Facts())
		}
	}
	for _, v := range s.main.slices[1:] {
		if v.result.Leaf == nil || !v.result.Leaf.Equal(r.Leaf) {
			s.find(facts.Finding{Code: "slices-signers-differ", Where: s.main.entry.Name,
				Detail: fmt.Sprintf("%s and %s are signed by different certificates", s.main.slices[0].slice.Facts.Arch, v.slice.Facts.Arch), Fatal: true})
		}
	}
	if !r.Trusted {
		return
	}
	from, until := r.Chain.Validity()
	s.out.Validity = &facts.Validity{Until: until.UTC().Format(time.RFC3339)}
	if t := r.SigningTime; !t.IsZero() {
		held := !t.Before(from) && !t.After(until)
		s.out.Validity.AtSigning = &held
		if !held {
			s.find(facts.Finding{Code: "signed-outside-validity", Detail: "signed at " + t.UTC().Format(time.RFC3339)})
		}
	}
}

// nested: code inside the app must be signed and whole as well.
func (s *signing) nested() {
	for _, w := range s.code() {
		if w == s.main {
			continue
		}
		for _, v := range w.slices {
			switch kindOfSlice(v.result) {
			case facts.KindUnsigned:
				s.find(facts.Finding{Code: "nested-unsigned", Apple: "errSecCSUnsignedNestedCode", Where: w.entry.Name, Detail: v.slice.Facts.Arch, Fatal: true})
			case facts.KindBroken:
				s.find(facts.Finding{Code: "nested-broken", Apple: "errSecCSBadNestedCode", Where: w.entry.Name, Detail: v.slice.Facts.Arch, Fatal: true})
			case facts.KindNotApple, facts.KindAdHocSigned:
				if s.main.slices[0].result.Trusted {
					s.find(facts.Finding{Code: "nested-not-apple", Apple: "errSecCSBadNestedCode", Where: w.entry.Name, Detail: v.slice.Facts.Arch, Fatal: true})
				}
			}
		}
	}
}

// teams: the code directories, the certificate, the profile and the entitlements
// name one team (library validation).
func (s *signing) teams() {
	main := s.main.slices[0].result
	if main.Leaf == nil || main.Role == applepki.RoleStore || !main.Trusted {
		return
	}
	team := main.Team
	differs := func(where, what, other string) {
		s.find(facts.Finding{Code: "team-differs", Where: where, Detail: fmt.Sprintf("%s %q, the code says %q", what, shorten(other), shorten(team)), Fatal: true})
	}
	if units := cert.NameValues(main.Leaf.Subject, "OU"); team != "" && len(units) > 0 && !slices.Contains(units, team) {
		differs(s.main.entry.Name, "the certificate's unit is", units[0])
	}
	if p := s.out.Profile; p != nil && team != "" && p.TeamID != "" && p.TeamID != team {
		differs(s.lay.app().path+"/"+profileName, "the profile's team is", p.TeamID)
	}
	for _, w := range s.code() {
		for _, v := range w.slices {
			if r := v.result; w != s.main && r.Leaf != nil && r.Trusted && r.Team != team && kindOfSlice(r) != facts.KindStore {
				differs(w.entry.Name, "its team is", r.Team)
				break
			}
		}
	}
}

// architectures: a package for devices has no code for a simulator.
func (s *signing) architectures() {
	for _, w := range s.code() {
		for _, v := range w.slices {
			if a := v.slice.Facts.Arch; a == "x86_64" || a == "i386" {
				s.find(facts.Finding{Code: "architecture-simulator", Apple: "ITMS-90087", Where: w.entry.Name, Detail: a})
			}
		}
	}
}

// resigned are traces of a tool that signed another's app anew.
func (s *signing) resigned() {
	app := s.applicationID(s.lay.app())
	if s.main.slices[0].result.Role == applepki.RoleStore {
		return
	}
	for _, b := range s.lay.bundles[1:] {
		if b.kind != kindAppex {
			continue
		}
		if id := s.applicationID(b); id != "" && id == app {
			s.find(facts.Finding{Code: "resigned-extension", Where: b.path, Detail: "it is signed with the app's own application-identifier"})
		}
	}
}

func (s *signing) applicationID(b *bundle) string {
	for _, w := range s.works {
		if w.target == nil || w.target.bundle != b || len(w.slices) == 0 {
			continue
		}
		for _, e := range w.slices[0].result.Entitlements {
			if e.Key == "application-identifier" {
				return strings.Trim(e.Value, `"`)
			}
		}
	}
	return ""
}

// kind is who vouches for the package.
func (s *signing) kind() facts.CodeKind {
	main := s.main.slices
	if s.simulator() {
		return facts.KindSimulator
	}
	kinds := make([]facts.CodeKind, len(main))
	for n, v := range main {
		kinds[n] = kindOfSlice(v.result)
	}
	for _, k := range []facts.CodeKind{facts.KindUnsigned, facts.KindBroken} {
		if slices.Contains(kinds, k) {
			return k
		}
	}
	if s.fatal() {
		return facts.KindBroken
	}
	for _, k := range []facts.CodeKind{facts.KindAdHocSigned, facts.KindNotApple, facts.KindStoreDecrypted, facts.KindStore} {
		if slices.Contains(kinds, k) {
			return k
		}
	}
	return profileKind(s.out.Profile)
}

// fatal reports a finding of the whole, of a seal, or of the profile that a device
// would refuse.
func (s *signing) fatal() bool {
	trusted := s.main.slices[0].result.Trusted
	// A foreign profile goes with a foreign signature, which has a kind of its own.
	bad := func(f facts.Finding) bool { return f.Fatal && (trusted || f.Code != codeForeignProfile) }
	if slices.ContainsFunc(s.out.Findings, bad) || s.out.Profile != nil && slices.ContainsFunc(s.out.Profile.Findings, bad) {
		return true
	}
	return slices.ContainsFunc(s.out.Seals, func(x facts.Seal) bool { return x.Status == facts.SignatureInvalid })
}

func (s *signing) simulator() bool {
	for _, v := range s.main.slices {
		if p := v.slice.Facts.Platform; !strings.HasSuffix(p, "-simulator") && v.slice.Facts.Arch != "x86_64" && v.slice.Facts.Arch != "i386" {
			return false
		}
	}
	return true
}

func profileKind(p *facts.Profile) facts.CodeKind {
	if p == nil {
		return facts.KindBroken
	}
	switch p.Kind {
	case "development":
		return facts.KindDevelopment
	case "ad-hoc":
		return facts.KindAdHoc
	case "enterprise":
		return facts.KindEnterprise
	case "store":
		return facts.KindStoreUpload
	}
	return facts.KindUnknown
}

// statusOf: a valid signature is one that some device or the store accepts.
func statusOf(k facts.CodeKind) facts.SignatureStatus {
	switch k {
	case facts.KindStore, facts.KindStoreUpload, facts.KindAdHoc, facts.KindDevelopment, facts.KindEnterprise:
		return facts.SignatureValid
	case facts.KindUnsigned, facts.KindAdHocSigned:
		return facts.SignatureUnsigned
	case facts.KindUnknown:
		return facts.SignatureUnknown
	case facts.KindSimulator:
		return facts.SignatureUnsigned
	}
	return facts.SignatureInvalid
}
