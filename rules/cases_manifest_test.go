package rules_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"heyan/analyzer/facts"
)

// readManifest turns a manifest in short form into facts: elements and attributes
// as in Android, without the "android:" prefix, a permission or component name
// without a dot standing for "android.permission.NAME" or "cn.example.xuetang.NAME".
// It knows only what the cases need.
func readManifest(t *testing.T, data []byte, f *facts.Facts) {
	t.Helper()
	m := manifest{f: f, d: xml.NewDecoder(bytes.NewReader(data))}
	for {
		token, err := m.d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("manifest.xml: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			m.path = append(m.path, e.Name.Local)
			if err := m.open(e.Name.Local, attributes(e)); err != nil {
				t.Fatalf("manifest.xml: %v", err)
			}
		case xml.EndElement:
			m.close(e.Name.Local)
			m.path = m.path[:len(m.path)-1]
		}
	}
}

type manifest struct {
	f      *facts.Facts
	d      *xml.Decoder
	path   []string
	filter *facts.IntentFilter
}

func attributes(e xml.StartElement) map[string]string {
	a := map[string]string{}
	for _, attr := range e.Attr {
		a[attr.Name.Local] = attr.Value
	}
	return a
}

func (m *manifest) open(element string, a map[string]string) error {
	app := &m.f.App
	switch element {
	case "manifest":
		app.SharedUserID, app.Split, app.CoreApp = a["sharedUserId"], a["split"], a["coreApp"] == "true"
	case "uses-sdk":
		app.MinOS, app.TargetOS, app.MaxOS = a["min"], a["target"], a["max"]
	case "uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m":
		m.request(facts.Source(element), a)
	case "permission":
		m.f.PermissionDefinitions = append(m.f.PermissionDefinitions, facts.PermissionDefinition{
			Kind: element, Name: longName("android.permission.", a["name"]), ProtectionLevel: a["protectionLevel"], Where: m.where()})
	case "uses-feature":
		m.f.Features = append(m.f.Features, facts.Feature{Name: a["name"], Required: a["required"] != "false"})
	case "application":
		app.Debuggable, app.TestOnly = a["debuggable"] == "true", a["testOnly"] == "true"
		app.UsesCleartext, app.AllowBackup = boolean(a["usesCleartextTraffic"]), boolean(a["allowBackup"])
		app.RequestLegacyExternalStorage = a["requestLegacyExternalStorage"] == "true"
	case "activity", "service", "receiver", "provider":
		if m.inside("queries") {
			m.query(facts.Query{Provider: a["authorities"]}, "provider:"+a["authorities"])
			return nil
		}
		m.component(element, a)
	case "package":
		m.query(facts.Query{Package: a["name"]}, "package:"+a["name"])
	case "intent-filter", "intent":
		m.filter = &facts.IntentFilter{}
	case "action":
		m.filter.Actions = append(m.filter.Actions, a["name"])
	case "category":
		m.filter.Categories = append(m.filter.Categories, a["name"])
	case "data":
		if a["scheme"] != "" {
			m.filter.Schemes = append(m.filter.Schemes, a["scheme"])
		}
		if a["mimeType"] != "" {
			m.filter.MimeTypes = append(m.filter.MimeTypes, a["mimeType"])
		}
	case "queries":
	default:
		return fmt.Errorf("unknown element %q", element)
	}
	return nil
}

func (m *manifest) close(element string) {
	switch element {
	case "intent-filter":
		c := &m.f.Components[len(m.f.Components)-1]
		c.IntentFilters = append(c.IntentFilters, *m.filter)
	case "intent":
		m.query(facts.Query{Intent: m.filter}, "intent:"+strings.Join(m.filter.Actions, ","))
	}
}

func (m *manifest) request(source facts.Source, a map[string]string) {
	p := facts.Permission{Name: longName("android.permission.", a["name"]), Source: source, Where: m.where(),
		MinOS: a["minSdkVersion"], MaxOS: a["maxSdkVersion"]}
	if a["flags"] != "" {
		p.Flags = strings.Fields(a["flags"])
	}
	m.f.Permissions = append(m.f.Permissions, p)
}

// component also gives the permission fact of a component that the system binds to.
func (m *manifest) component(kind string, a map[string]string) {
	c := facts.Component{Kind: kind, Name: longName("cn.example.xuetang.", a["name"]), Enabled: true,
		Exported: boolean(a["exported"]), Where: m.where()}
	if a["permission"] != "" {
		c.Permission = longName("android.permission.", a["permission"])
	}
	if a["foregroundServiceType"] != "" {
		c.ForegroundServiceType = strings.Split(a["foregroundServiceType"], "|")
	}
	m.f.Components = append(m.f.Components, c)
	if strings.HasPrefix(a["permission"], "BIND_") {
		m.f.Permissions = append(m.f.Permissions, facts.Permission{
			Name: c.Permission, Source: facts.SourceComponent, Where: c.Where, Component: c.Name})
	}
}

func (m *manifest) query(q facts.Query, name string) {
	q.Where = m.where()
	m.f.Queries = append(m.f.Queries, q)
	m.f.Permissions = append(m.f.Permissions, facts.Permission{Name: name, Source: facts.SourceQueries, Where: q.Where})
}

func (m *manifest) inside(element string) bool {
	return len(m.path) > 1 && m.path[len(m.path)-2] == element
}

func (m *manifest) where() string {
	line, _ := m.d.InputPos()
	return fmt.Sprintf("AndroidManifest.xml:%d", line)
}

// longName spells a short name out. A name that begins with "=" stands as it is.
func longName(prefix, name string) string {
	if literal, ok := strings.CutPrefix(name, "="); ok {
		return literal
	}
	if name == "" || strings.Contains(name, ".") {
		return name
	}
	return prefix + name
}

func boolean(s string) *bool {
	if s == "" {
		return nil
	}
	b := s == "true"
	return &b
}
