package ipatest

import (
	"crypto/sha1" // #nosec G505 -- seals hold both
	"crypto/sha256"
	"path"
	"slices"
	"strings"

	"heyan/analyzer/ipa/machotest"
)

// Signing is how a bundle and all in it are signed.
type Signing struct {
	Developer *Developer
	// Entitlements of the app; nested bundles get their own application-identifier.
	Entitlements map[string]any
	// Change makes one bundle's signature lie; path is inside the archive.
	Change func(path string, s *machotest.Signature)
}

// Signed is the sample app with everything, signed for a kind: development,
// ad-hoc, enterprise or store (as it is uploaded).
func Signed(kind string) Bundle {
	d := NewDeveloper(MarkDistribution)
	values := ProfileValues(kind)
	values["DeveloperCertificates"] = []any{d.Certificate()}
	app := App()
	app.Profile = Profile(values)
	return app.Sign(Signing{Developer: d, Entitlements: Entitlements(kind == "development")})
}

// Sign seals and signs a bundle, what is nested in it first.
func (b Bundle) Sign(s Signing) Bundle { return b.sign(s, b.Path, true) }

func (b Bundle) sign(s Signing, at string, app bool) Bundle {
	b.Nested = slices.Clone(b.Nested)
	for n, nested := range b.Nested {
		b.Nested[n] = nested.sign(s, path.Join(at, nested.Path), false)
	}
	if b.InfoPlist == nil {
		b.InfoPlist = machotest.Plist(b.Info)
	}
	name, _ := b.Info["CFBundleExecutable"].(string)
	id, _ := b.Info["CFBundleIdentifier"].(string)
	sealed := seal(b, name)
	b.Files = append(slices.Clone(b.Files), File{"_CodeSignature/CodeResources", sealed})
	signature := &machotest.Signature{Identifier: id, Team: Team, SHA1: true, InfoPlist: b.InfoPlist, CodeResources: sealed}
	if s.Developer != nil {
		signature.SignDirectory = s.Developer.sign
	}
	entitlements := s.Entitlements
	if !app && entitlements != nil {
		entitlements = With(entitlements, map[string]any{"application-identifier": Team + "." + id})
	}
	if entitlements != nil && b.Info["CFBundlePackageType"] != "FMWK" {
		signature.Entitlements, signature.EntitlementsDER = machotest.Plist(entitlements), machotest.DER(entitlements)
	}
	if s.Change != nil {
		s.Change(at, signature)
	}
	signed, err := signature.Sign(b.Executable)
	if err != nil {
		panic(err)
	}
	b.Executable = signed
	return b
}

// seal writes CodeResources as Xcode does: both versions, all files but those its
// rules leave out.
func seal(b Bundle, executable string) []byte {
	files, files2 := map[string]any{}, map[string]any{}
	b.each("", func(name string, data []byte) {
		name = strings.TrimPrefix(name, "/")
		if data == nil || name == executable {
			return
		}
		one, two := sha1.Sum(data), sha256.Sum256(data) // #nosec G401
		files[name] = one[:]
		if name != "Info.plist" && name != "PkgInfo" {
			files2[name] = map[string]any{"hash": one[:], "hash2": two[:]}
		}
	})
	weighed := func(weight float64, key string) map[string]any { return map[string]any{key: true, "weight": weight} }
	return machotest.Plist(map[string]any{
		"files": files, "files2": files2,
		"rules": map[string]any{"^.*": true, `^.*\.lproj/`: weighed(1000, "optional"), "^version.plist$": true},
		"rules2": map[string]any{
			"^.*": true, `^.*\.lproj/`: weighed(1000, "optional"), `^(.*/)?\.DS_Store$`: weighed(2000, "omit"),
			`^Info\.plist$`: weighed(20, "omit"), `^PkgInfo$`: weighed(20, "omit"),
		},
	})
}
