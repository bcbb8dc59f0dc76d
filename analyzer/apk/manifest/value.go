package manifest

import (
	"strconv"
	"strings"

	"heyan/analyzer/apk/axml"
	"heyan/analyzer/apk/restype"
)

// value is an attribute with its reference followed.
type value struct {
	restype.Value
	text string
	// ref is the reference it was declared as, or 0.
	ref uint32
	// lost: the reference leads nowhere in this package.
	lost bool
}

// value reads an attribute of the current element; ok is false where Android
// sees none.
func (m *reader) value(a attribute) (value, bool) {
	attr, seen := m.x.ByID(uint32(a), a.String())
	if seen == axml.Absent || attr.Value.Type == restype.ValueNull {
		return value{}, false
	}
	v := value{Value: attr.Value}
	if v.IsReference() {
		return m.follow(a, v)
	}
	return v, m.setText(&v, attr)
}

// setText fills in the text; a string that can't be read is no value.
func (m *reader) setText(v *value, attr axml.Attr) bool {
	text, ok, err := m.x.String(attr)
	if err != nil && m.err == nil {
		m.err = err
	}
	if !ok && err == nil {
		m.guess("manifest-unreadable-value", "the value of %q can't be read", m.x.NameOf(attr))
	}
	v.text = text
	return ok
}

// follow resolves a reference; a null one is no value.
func (m *reader) follow(a attribute, v value) (value, bool) {
	if v.Data == 0 {
		return value{}, false
	}
	v.ref = v.Data
	target, text, varies, ok := m.res.Resolve(v.ref)
	if !ok {
		v.lost, v.text = true, v.Value.String()
		return v, true
	}
	if varies && a.mustAgree() {
		m.anomaly("manifest-value-varies", "%s is %s, which differs between devices", a, v.Value)
	}
	v.Value, v.text = target, text
	if target.Type != restype.ValueString {
		v.text = target.String()
	}
	return v, true
}

// mustAgree says that an honest package has one value for all devices. Others
// often differ: a label by language, enabled by API level.
func (a attribute) mustAgree() bool {
	switch a {
	case attrName, attrPermission, attrVersionName, attrVersionCode, attrSharedUserID,
		attrDebuggable, attrTestOnly, attrMinSDK, attrTargetSDK, attrMaxSDK, attrUsesPermissionFlags:
		return true
	}
	return false
}

// text is an attribute's text, "" where there is none. A reference that leads
// nowhere makes the manifest partial.
func (m *reader) text(a attribute) string {
	v, ok := m.value(a)
	if !ok {
		return ""
	}
	m.mustResolve(a, v)
	return v.text
}

func (m *reader) mustResolve(a attribute, v value) {
	if v.lost {
		m.guess("manifest-unresolved-reference", "%s=%s of <%s> is not in this package", a, v.text, m.x.Name())
	}
}

// flag is a boolean attribute, nil where there is none.
func (m *reader) flag(a attribute) *bool {
	v, ok := m.value(a)
	if !ok {
		return nil
	}
	m.mustResolve(a, v)
	b := false
	switch {
	case v.lost:
		return nil
	case v.IsInt():
		b = v.Data != 0
	case v.Type == restype.ValueString:
		b = v.text == "true" || v.text == "TRUE" || v.text == "1"
	default:
		return nil
	}
	return &b
}

// isSet is a boolean attribute that is false where it is not declared.
func (m *reader) isSet(a attribute) bool {
	b := m.flag(a)
	return b != nil && *b
}

// number is an integer attribute.
func (m *reader) number(a attribute) (uint32, bool) {
	v, ok := m.value(a)
	if !ok {
		return 0, false
	}
	m.mustResolve(a, v)
	switch {
	case v.lost:
		return 0, false
	case v.IsInt():
		return v.Data, true
	case v.Type == restype.ValueString:
		n, err := strconv.ParseInt(v.text, 0, 64)
		return uint32(n), err == nil
	}
	return 0, false
}

// level is an API level as declared: a number or a code name.
func (m *reader) level(a attribute) string {
	v, ok := m.value(a)
	if !ok {
		return ""
	}
	m.mustResolve(a, v)
	if !v.lost && v.IsInt() {
		return strconv.Itoa(int(int32(v.Data)))
	}
	return v.text
}

// named is an attribute without a namespace, such as package and split.
func (m *reader) named(name string) string {
	a, ok := m.x.ByName(name)
	if !ok {
		return ""
	}
	s, _, err := m.x.Raw(a)
	if err != nil && m.err == nil {
		m.err = err
	}
	return s
}

// className completes a class name as Android does: one that begins with a dot,
// or has none, lies in the package.
func (m *reader) className(name string) string {
	switch {
	case name == "":
		return ""
	case strings.HasPrefix(name, "."):
		return m.f.App.ID + name
	case !strings.Contains(name, "."):
		return m.f.App.ID + "." + name
	}
	return name
}
