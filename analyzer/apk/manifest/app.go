package manifest

import (
	"strconv"
	"strings"

	"heyan/analyzer/apk/restype"
	"heyan/analyzer/facts"
)

// readManifest reads the attributes of <manifest>.
func (m *reader) readManifest() {
	app := &m.f.App
	app.ID = m.named("package")
	app.Split = m.named("split")
	app.ConfigForSplit = m.named("configForSplit")
	app.CoreApp = m.named("coreApp") == "true"
	app.Build = m.build()
	app.Version = m.text(attrVersionName)
	app.SharedUserID = m.text(attrSharedUserID)
	app.CompileOS = m.level(attrCompileSDK)
	app.IsFeatureSplit = m.isSet(attrIsFeatureSplit)
	app.IsSplitRequired = m.isSet(attrIsSplitRequired)
	for t := range strings.SplitSeq(m.text(attrRequiredSplitTypes), ",") {
		if t = strings.TrimSpace(t); t != "" {
			app.RequiredSplits = append(app.RequiredSplits, t)
		}
	}
	if n, ok := m.number(attrInstallLocation); ok {
		app.InstallLocation = installLocation(n)
	}
	if app.ID == "" {
		m.guess("manifest-no-package", "<manifest> has no package")
	}
}

// build is versionCodeMajor and versionCode as one number
// (PackageInfo.composeLongVersionCode).
func (m *reader) build() string {
	code, haveCode := m.number(attrVersionCode)
	major, haveMajor := m.number(attrVersionCodeMajor)
	if !haveCode && !haveMajor {
		return ""
	}
	return strconv.FormatInt(int64(uint64(major)<<32|uint64(code)), 10)
}

func installLocation(n uint32) string {
	switch n {
	case 0:
		return "auto"
	case 1:
		return "internalOnly"
	case 2:
		return "preferExternal"
	}
	return strconv.Itoa(int(int32(n)))
}

// readApplication reads the attributes of <application>.
func (m *reader) readApplication() {
	app := &m.f.App
	m.out.Label = m.label()
	m.out.Icon = m.reference(attrIcon)
	m.out.RoundIcon = m.reference(attrRoundIcon)
	m.appPermission = m.text(attrPermission)
	app.ApplicationClass = m.className(m.text(attrName))
	app.Debuggable = m.isSet(attrDebuggable)
	app.TestOnly = m.isSet(attrTestOnly)
	app.AllowBackup = m.flag(attrAllowBackup)
	app.FullBackupContent = m.rules(attrFullBackupContent)
	app.DataExtractionRules = m.rules(attrDataExtractionRules)
	app.UsesCleartext = m.flag(attrUsesCleartext)
	app.HasCode = m.flag(attrHasCode)
	app.ExtractNativeLibs = m.flag(attrExtractNativeLibs)
	app.RequestLegacyExternalStorage = m.isSet(attrRequestLegacyStorage)
	app.PreserveLegacyExternalStorage = m.isSet(attrPreserveLegacyStorage)
	app.NetworkSecurityConfig = m.rules(attrNetworkConfig)
	m.out.NetworkConfig = m.reference(attrNetworkConfig)
}

// label is a label as declared: a text or a reference, not resolved yet.
func (m *reader) label() Text {
	v, ok := m.value(attrLabel)
	switch {
	case !ok:
		return Text{}
	case v.ref != 0:
		return Text{Ref: v.ref}
	}
	return Text{Text: v.text}
}

// reference is an attribute's reference, 0 where it is none.
func (m *reader) reference(a attribute) uint32 {
	v, _ := m.value(a)
	return v.ref
}

// rules is an attribute that is a boolean or names an XML file.
func (m *reader) rules(a attribute) string {
	v, _ := m.value(a)
	return v.text
}

// readUsesSDK reads <uses-sdk>. Where there are several the last counts.
func (m *reader) readUsesSDK() {
	m.usesSDK++
	if m.usesSDK > 1 {
		m.anomaly("manifest-several-uses-sdk", "<uses-sdk> number %d takes the place of the one before", m.usesSDK)
	}
	app := &m.f.App
	app.MinOS = m.level(attrMinSDK)
	app.TargetOS = m.level(attrTargetSDK)
	app.MaxOS = m.level(attrMaxSDK)
}

func (m *reader) usesFeature() {
	name := m.text(attrName)
	if name == "" {
		return // an OpenGL ES version
	}
	required := m.flag(attrRequired)
	m.f.Features = append(m.f.Features, facts.Feature{Name: name, Required: required == nil || *required})
}

// metaData reads <meta-data>. What can't be resolved is shown as declared: it
// decides nothing.
func (m *reader) metaData() (facts.MetaData, uint32) {
	d := facts.MetaData{Name: m.text(attrName)}
	if v, ok := m.value(attrValue); ok {
		d.Value = v.text
	}
	v, ok := m.value(attrResource)
	if ok {
		d.Resource = restype.Value{Type: restype.ValueReference, Data: v.ref}.String()
		if v.ref == 0 || !v.lost && v.Type == restype.ValueString {
			d.Resource = v.text
		}
	}
	return d, v.ref
}
