package manifest

import (
	"slices"

	"heyan/analyzer/facts"
)

const bindAccessibility = "android.permission.BIND_ACCESSIBILITY_SERVICE"

func (m *reader) applicationChild(name string) place {
	switch name {
	case "activity", "activity-alias", "service", "receiver", "provider":
		m.startComponent(name)
		return placeComponent
	case "meta-data":
		d, _ := m.metaData()
		m.f.MetaData = append(m.f.MetaData, d)
	}
	return placeIgnored
}

func (m *reader) startComponent(kind string) {
	c := &facts.Component{
		Kind:            kind,
		Name:            m.className(m.text(attrName)),
		Exported:        m.flag(attrExported),
		Enabled:         true,
		ReadPermission:  m.text(attrReadPermission),
		WritePermission: m.text(attrWritePermission),
		Authorities:     m.text(attrAuthorities),
		TargetActivity:  m.className(m.text(attrTargetActivity)),
		Where:           m.where(),
	}
	if enabled := m.flag(attrEnabled); enabled != nil {
		c.Enabled = *enabled
	}
	// An alias has its own permission or none; any other component without one
	// has the application's. An empty one takes the application's away.
	if own, declared := m.value(attrPermission); declared {
		m.mustResolve(attrPermission, own)
		c.Permission = own.text
	} else if kind != "activity-alias" {
		c.Permission = m.appPermission
	}
	if bits, ok := m.number(attrForegroundServiceType); ok && kind == "service" {
		c.ForegroundServiceType = foregroundServiceTypes(bits)
	}
	m.component = c
	m.componentLabel = m.label()
}

func (m *reader) componentChild(name string) place {
	switch name {
	case "intent-filter":
		m.filter = &facts.IntentFilter{}
		return placeFilter
	case "meta-data":
		d, ref := m.metaData()
		m.component.MetaData = append(m.component.MetaData, d)
		if d.Name == "android.accessibilityservice" && m.component.Permission == bindAccessibility && ref != 0 {
			m.out.Accessibility = append(m.out.Accessibility, Description{Component: len(m.f.Components), Ref: ref})
		}
	}
	return placeIgnored
}

// filterChild reads a child of <intent-filter> or <intent>.
func (m *reader) filterChild(name string, to *facts.IntentFilter) {
	add := func(list *[]string, a attribute) {
		if s := m.text(a); s != "" {
			*list = append(*list, s)
		}
	}
	switch name {
	case "action":
		add(&to.Actions, attrName)
	case "category":
		add(&to.Categories, attrName)
	case "data":
		add(&to.Schemes, attrScheme)
		add(&to.Hosts, attrHost)
		add(&to.MimeTypes, attrMimeType)
	}
}

func (m *reader) endFilter() {
	f := m.filter
	m.filter = nil
	m.component.IntentFilters = append(m.component.IntentFilters, *f)
	isLauncher := slices.Contains(f.Actions, "android.intent.action.MAIN") &&
		slices.Contains(f.Categories, "android.intent.category.LAUNCHER")
	if isLauncher && m.launcherLabel == nil && m.component.Enabled {
		label := m.componentLabel
		m.launcherLabel = &label
		m.out.LauncherLabel = label
	}
}

func (m *reader) endComponent() {
	m.f.Components = append(m.f.Components, *m.component)
	m.bound(m.component)
	m.component = nil
}
