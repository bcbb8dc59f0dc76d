package ipa

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"heyan/analyzer/facts"
	"heyan/analyzer/internal/cms"
	"heyan/analyzer/ipa/applepki"
	"heyan/analyzer/ipa/entitlement"
)

// codeForeignProfile: Apple did not sign the profile.
const codeForeignProfile = "profile-not-apple"

// verifyProfile verifies the profile's own signature, up to Apple.
func (i *inspection) verifyProfile(data []byte, p *facts.Profile) {
	refuse := func(code, detail string) {
		p.Status = facts.SignatureInvalid
		p.Findings = append(p.Findings, facts.Finding{Code: code, Apple: "0xe8008015", Detail: detail, Fatal: true})
	}
	m, err := cms.Parse(data)
	if err != nil {
		refuse("profile-malformed", err.Error())
		return
	}
	signer, err := m.Verify(m.Content)
	if err != nil {
		refuse("profile-altered", err.Error())
		return
	}
	switch _, err := i.authorities.Verify(signer.Certificate, m.Certificates); {
	case errors.Is(err, applepki.ErrUntrusted):
		refuse(codeForeignProfile, "")
	case err != nil:
		refuse(codeForeignProfile, err.Error())
	case applepki.RoleOf(signer.Certificate) != applepki.RoleProfile:
		refuse(codeForeignProfile, "its signer may not sign profiles")
	default:
		p.Status = facts.SignatureValid
	}
}

// provisioned compares a developer's signature with the profile: without one that
// fits, no device installs the app.
func (s *signing) provisioned() {
	main := s.main.slices[0].result
	if !main.Trusted || main.Role == applepki.RoleStore {
		return
	}
	p := s.out.Profile
	if p == nil {
		s.find(facts.Finding{Code: "profile-missing", Apple: "0xe8008015", Where: s.lay.app().path, Fatal: true})
		return
	}
	signer := main.Signer()
	if !slices.ContainsFunc(p.Certificates, func(c facts.Certificate) bool { return c.SHA256 == signer }) {
		s.find(facts.Finding{Code: "certificate-not-in-profile", Apple: "0xe8008015", Where: s.main.entry.Name, Fatal: true})
	}
	s.granted(main.Entitlements)
}

// granted: the profile covers every entitlement of the app.
func (s *signing) granted(wanted []entitlement.Value) {
	granted := map[string]string{}
	for _, g := range s.profileGrants {
		granted[g.Key] = g.Value
	}
	for _, w := range wanted {
		g, ok := granted[w.Key]
		switch {
		case w.Key == "application-identifier":
			if !ok || !covers(g, w.Value) || !s.ownID(w.Value) {
				s.find(facts.Finding{Code: "application-identifier", Apple: "0xe8008016", Where: s.main.entry.Name, Fatal: true,
					Detail: "the profile allows " + shorten(g) + ", the code claims " + shorten(w.Value)})
			}
		case w.Value == "false":
		case !ok || !covers(g, w.Value):
			s.find(facts.Finding{Code: "entitlement-not-granted", Apple: "0xe8008016", Where: s.main.entry.Name, Detail: shorten(w.Key), Fatal: true})
		}
	}
}

// ownID: the application-identifier ends in the bundle's own id.
func (s *signing) ownID(value string) bool {
	id, _ := s.lay.app().plist.text("CFBundleIdentifier")
	var claimed string
	if json.Unmarshal([]byte(value), &claimed) != nil {
		return false
	}
	_, rest, ok := strings.Cut(claimed, ".")
	return ok && rest == id
}

// covers reports whether a profile's value allows a value, both as JSON: equal, a
// pattern that ends in *, or a list that allows every item.
func covers(granted, wanted string) bool {
	if granted == wanted {
		return true
	}
	var g, w any
	if json.Unmarshal([]byte(granted), &g) != nil || json.Unmarshal([]byte(wanted), &w) != nil {
		return false
	}
	return coversValue(g, w)
}

func coversValue(granted, wanted any) bool {
	switch g := granted.(type) {
	case string:
		if list, ok := wanted.([]any); ok { // "*" allows any list
			return !slices.ContainsFunc(list, func(w any) bool { return !coversValue(g, w) })
		}
		w, ok := wanted.(string)
		if !ok {
			return g == "*"
		}
		if prefix, pattern := strings.CutSuffix(g, "*"); pattern {
			return strings.HasPrefix(w, prefix)
		}
		return g == w
	case []any:
		if list, ok := wanted.([]any); ok {
			return !slices.ContainsFunc(list, func(w any) bool { return !coversValue(g, w) })
		}
		return slices.ContainsFunc(g, func(one any) bool { return coversValue(one, wanted) })
	case bool:
		w, ok := wanted.(bool)
		return ok && (g || !w)
	}
	return false
}
