package apk

import (
	"errors"
	"strings"

	"heyan/analyzer/apk/axml"
	"heyan/analyzer/apk/manifest"
	"heyan/analyzer/facts"
)

// maxDomains bounds each list of domains.
const maxDomains = 4096

// readNetwork reads the network security configuration (AOSP
// android.security.net.config.XmlConfigSource).
func (i *inspection) readNetwork(p *part, from *manifest.Result) {
	if i.f.App.NetworkSecurityConfig == "" {
		return
	}
	path := i.res.text(from.NetworkConfig)
	if path == "" {
		p.partial("the network security configuration %s is not in this package", i.f.App.NetworkSecurityConfig)
		return
	}
	n := &facts.Network{Path: path}
	if err := i.parseNetwork(path, n); err != nil {
		p.add(facts.Anomaly{Code: "network-config-unreadable", Detail: err.Error(), Where: path})
		p.partial("network security configuration: %v", err)
	}
	i.f.Network = n
}

func (i *inspection) parseNetwork(path string, n *facts.Network) error {
	x, err := i.openXML(path)
	if err != nil {
		return err
	}
	r := &networkReader{i: i, x: x, out: n}
	if err := eachElement(x, r.start, r.end, r.text); err != nil {
		return err
	}
	if flaw := x.Guessed(); flaw != nil {
		return errors.New(flaw.Detail)
	}
	return nil
}

// networkReader walks over one configuration.
type networkReader struct {
	i    *inspection
	x    *axml.Reader
	out  *facts.Network
	open []networkElement
	err  error
}

// networkElement is an open element; those of domain-config and base-config
// carry what they settle.
type networkElement struct {
	name      string
	cleartext *bool
	user      *bool // trusts user-added certificates
	pins      int
	domains   []string
	domain    strings.Builder
}

func (r *networkReader) start() error {
	e := networkElement{name: r.x.Name()}
	switch e.name {
	case "base-config":
		e.cleartext = r.flag("cleartextTrafficPermitted")
		r.out.CleartextPermitted = e.cleartext
	case "domain-config":
		if parent := r.enclosing("domain-config"); parent != nil {
			e.cleartext, e.user, e.pins = parent.cleartext, parent.user, parent.pins
		}
		if own := r.flag("cleartextTrafficPermitted"); own != nil {
			e.cleartext = own
		}
	case "debug-overrides":
		r.out.DebugOverrides = true
	case "trust-anchors":
		// The element replaces what was inherited.
		if c := r.config(); c != nil {
			c.user = new(bool)
		}
	case "certificates":
		if c := r.config(); c != nil && c.user != nil && r.attr("src") == "user" {
			*c.user = true
		}
	case "pin":
		if c := r.config(); c != nil {
			c.pins++
		}
	}
	r.open = append(r.open, e)
	return r.err
}

// config is the innermost base-config or domain-config, if it is not inside
// debug-overrides.
func (r *networkReader) config() *networkElement {
	for i := len(r.open) - 1; i >= 0; i-- {
		switch r.open[i].name {
		case "debug-overrides":
			return nil
		case "base-config", "domain-config":
			return &r.open[i]
		}
	}
	return nil
}

func (r *networkReader) enclosing(name string) *networkElement {
	for i := len(r.open) - 1; i >= 0; i-- {
		if r.open[i].name == name {
			return &r.open[i]
		}
	}
	return nil
}

func (r *networkReader) end() {
	if len(r.open) == 0 {
		return
	}
	e := &r.open[len(r.open)-1]
	r.open = r.open[:len(r.open)-1]
	switch e.name {
	case "domain":
		domain := strings.ToLower(strings.TrimSpace(e.domain.String()))
		if c := r.enclosing("domain-config"); c != nil && domain != "" && len(c.domains) < maxDomains {
			c.domains = append(c.domains, domain)
		}
	case "base-config":
		r.out.TrustsUser = r.out.TrustsUser || e.user != nil && *e.user
	case "domain-config":
		r.settle(e)
	}
}

func (r *networkReader) settle(e *networkElement) {
	add := func(list *[]string) {
		room := max(maxDomains-len(*list), 0)
		*list = append(*list, e.domains[:min(room, len(e.domains))]...)
	}
	if e.cleartext != nil && *e.cleartext {
		add(&r.out.CleartextDomains)
	}
	if e.user != nil && *e.user {
		add(&r.out.TrustUserDomains)
	}
	if e.pins > 0 {
		add(&r.out.PinnedDomains)
	}
}

func (r *networkReader) text(s string) {
	if n := len(r.open); n > 0 && r.open[n-1].name == "domain" {
		r.open[n-1].domain.WriteString(s)
	}
}

// attr is the text of an attribute, which Android asks for by name here.
func (r *networkReader) attr(name string) string {
	a, ok := r.x.ByName(name)
	if !ok {
		return ""
	}
	_, text, _, err := r.i.resolveAttr(r.x, a)
	if err != nil && r.err == nil {
		r.err = err
	}
	return text
}

func (r *networkReader) flag(name string) *bool {
	a, ok := r.x.ByName(name)
	if !ok {
		return nil
	}
	v, text, _, err := r.i.resolveAttr(r.x, a)
	if err != nil && r.err == nil {
		r.err = err
	}
	b := truth(v, text)
	return &b
}
