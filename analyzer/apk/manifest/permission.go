package manifest

import (
	"strings"

	"heyan/analyzer/apk/axml"
	"heyan/analyzer/apk/restype"
	"heyan/analyzer/facts"
)

// usesPermission reads one of the three elements that ask for a permission. Its
// name must be written out: Android ignores a reference here.
func (m *reader) usesPermission(source facts.Source) place {
	name, seen := m.x.ByID(uint32(attrName), attrName.String())
	p := facts.Permission{
		Source: source,
		Where:  m.where(),
		MinOS:  m.level(attrMinSDK),
		MaxOS:  m.level(attrMaxSDK),
		Name:   m.text(attrName),
	}
	switch {
	case seen == axml.Absent || p.Name == "":
		m.anomaly("manifest-permission-without-name", "<%s> has no name and is ignored", source)
		return placeIgnored
	case name.Value.Type != restype.ValueString:
		m.guess("manifest-permission-name-type", "the name of <%s> is no plain string; Android ignores it", source)
	}
	if feature := m.text(attrRequiredFeature); feature != "" {
		p.RequiredFeature = append(p.RequiredFeature, feature)
	}
	if feature := m.text(attrRequiredNotFeature); feature != "" {
		p.RequiredNotFeature = append(p.RequiredNotFeature, feature)
	}
	if bits, ok := m.number(attrUsesPermissionFlags); ok {
		p.Flags = permissionFlags(bits)
	}
	m.permission = &p
	return placePermission
}

func (m *reader) permissionChild(name string) {
	switch name {
	case "required-feature":
		m.permission.RequiredFeature = append(m.permission.RequiredFeature, m.text(attrName))
	case "required-not-feature":
		m.permission.RequiredNotFeature = append(m.permission.RequiredNotFeature, m.text(attrName))
	}
}

// permissionDefinition reads a permission the app defines itself.
func (m *reader) permissionDefinition(kind string) {
	d := facts.PermissionDefinition{
		Kind:  kind,
		Name:  m.text(attrName),
		Group: m.text(attrPermissionGroup),
		Where: m.where(),
	}
	if bits, ok := m.number(attrProtectionLevel); ok {
		d.ProtectionLevel = protectionLevel(bits)
	}
	m.f.PermissionDefinitions = append(m.f.PermissionDefinitions, d)
}

// bound records that the system binds to a component, which is a power of its
// own: the component is guarded by a BIND_ permission.
func (m *reader) bound(c *facts.Component) {
	if !strings.HasPrefix(c.Permission[strings.LastIndexByte(c.Permission, '.')+1:], "BIND_") {
		return
	}
	m.f.Permissions = append(m.f.Permissions, facts.Permission{
		Name:      c.Permission,
		Source:    facts.SourceComponent,
		Where:     c.Where,
		Component: c.Name,
	})
}
