package ipa

import (
	"slices"
	"strings"

	"heyan/analyzer/facts"
)

// enterApp enters what the app's Info.plist says of the app as a whole.
func (i *inspection) enterApp(p *part) {
	b := i.lay.app()
	app, d := &i.f.App, b.plist
	text := func(key string) string {
		value, ok := d.text(key)
		if _, isText := d[key].(string); ok && !isText {
			p.add("info-plist-type", b.info.Name, "%s is no text", key)
		}
		if strings.TrimSpace(value) == "" {
			p.add("info-plist-missing", b.info.Name, "there is no %s", key)
		}
		return value
	}
	if app.ID = text("CFBundleIdentifier"); app.ID == "" {
		p.fail("%s has no CFBundleIdentifier, so it is no app's", b.info.Name)
	}
	app.Version = text("CFBundleShortVersionString")
	app.Build = text("CFBundleVersion")
	app.MinOS, _ = d.text("MinimumOSVersion")
	app.CompileOS, _ = d.text("DTPlatformVersion")
	app.SupportedOSNames = d.texts("CFBundleSupportedPlatforms")
	i.checkPlatforms(p)
	i.f.MetaData = metaData(d)
	i.f.URLSchemes = urlSchemes(d)
	i.f.TransportSecurity = transportSecurity(d.dict("NSAppTransportSecurity"))
	if i.lay.assets {
		p.unexamined = append(p.unexamined, facts.Unexamined{
			Check: "asset-catalog", Code: facts.UnexaminedAssets,
			Why: "the images in " + i.lay.root + assetsName + " are not read",
		})
	}
}

// checkPlatforms compares the two places that say what the app was built for.
func (i *inspection) checkPlatforms(p *part) {
	b := i.lay.app()
	built, ok := b.plist.text("DTPlatformName")
	names := i.f.App.SupportedOSNames
	if !ok || len(names) == 0 {
		return
	}
	same := slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, built) })
	if !same {
		p.add("info-plist-platform", b.info.Name, "DTPlatformName is %q, CFBundleSupportedPlatforms %q", shorten(built), shorten(strings.Join(names, ", ")))
	}
}

// metaData are values that tell how and for what the app was built.
func metaData(d info) []facts.MetaData {
	var out []facts.MetaData
	for _, key := range []string{"CFBundleDevelopmentRegion", "CFBundlePackageType", "DTPlatformName", "DTSDKName", "DTXcode", "LSRequiresIPhoneOS", "UIDeviceFamily"} {
		value, ok := d.text(key)
		if list := d.texts(key); !ok && len(list) > 0 {
			value, ok = strings.Join(list, ","), true
		}
		if ok {
			out = append(out, facts.MetaData{Name: key, Value: shorten(value)})
		}
	}
	return out
}

func urlSchemes(d info) []string {
	var out []string
	for _, item := range d.dicts("CFBundleURLTypes") {
		for _, scheme := range item.texts("CFBundleURLSchemes") {
			if len(out) < maxList && !slices.Contains(out, scheme) {
				out = append(out, scheme)
			}
		}
	}
	return out
}

// transportSecurity reads NSAppTransportSecurity. A domain is insecure where its
// exception allows plain HTTP.
func transportSecurity(d info) *facts.TransportSecurity {
	if d == nil {
		return nil
	}
	t := &facts.TransportSecurity{
		AllowsArbitraryLoads:    d.isTrue("NSAllowsArbitraryLoads"),
		AllowsArbitraryInWeb:    d.isTrue("NSAllowsArbitraryLoadsInWebContent"),
		AllowsArbitraryForMedia: d.isTrue("NSAllowsArbitraryLoadsForMedia"),
		AllowsLocalNetworking:   d.isTrue("NSAllowsLocalNetworking"),
	}
	domains := d.dict("NSExceptionDomains")
	for _, name := range domains.keys() {
		domain := domains.dict(name)
		insecure := domain.isTrue("NSExceptionAllowsInsecureHTTPLoads") ||
			domain.isTrue("NSTemporaryExceptionAllowsInsecureHTTPLoads") || domain.isTrue("NSThirdPartyExceptionAllowsInsecureHTTPLoads")
		if insecure && len(t.InsecureDomains) < maxList {
			t.InsecureDomains = append(t.InsecureDomains, name)
		}
	}
	return t
}

// maxShown is how much of a value a message repeats.
const maxShown = 200

func shorten(s string) string {
	if len(s) > maxShown {
		return strings.ToValidUTF8(s[:maxShown], "") + "..."
	}
	return s
}
