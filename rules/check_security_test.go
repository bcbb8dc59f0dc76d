package rules

import (
	"strings"

	"heyan/analyzer/facts"
)

func app(edit func(*facts.App)) func(*Input) { return func(in *Input) { edit(&in.Facts.App) } }

func network(n *facts.Network) func(*Input) {
	return func(in *Input) {
		in.Facts.App.NetworkSecurityConfig, in.Facts.Network = "res/xml/net.xml", n
	}
}

func schemes(minOS string, list ...string) func(*Input) {
	return func(in *Input) { in.Facts.App.MinOS, in.Facts.Signature.Schemes = minOS, list }
}

func certificateKey(algorithm string, bits int, signature string) func(*Input) {
	return func(in *Input) {
		c := &in.Facts.Signature.Signers[0]
		c.Key.Algorithm, c.Key.Bits, c.SignatureAlgorithm = algorithm, bits, signature
	}
}

func components(target string, list ...facts.Component) func(*Input) {
	return func(in *Input) {
		in.Facts.App.TargetOS = target
		for _, c := range list {
			c.Enabled = true
			in.Facts.Components = append(in.Facts.Components, c)
		}
	}
}

func definitions(level string, list ...facts.Component) func(*Input) {
	return func(in *Input) {
		in.Facts.PermissionDefinitions = []facts.PermissionDefinition{{Kind: "permission", Name: "cn.example.P", ProtectionLevel: level}}
		components("34", list...)(in)
	}
}

var (
	yes, no  = true, false
	filter   = []facts.IntentFilter{{Actions: []string{"android.intent.action.VIEW"}}}
	homeIcon = []facts.IntentFilter{{Actions: []string{"android.intent.action.MAIN"}, Categories: []string{"android.intent.category.LAUNCHER"}}}
	guardedP = facts.Component{Kind: "service", Name: "cn.example.S", Exported: &yes, Permission: "cn.example.P"}
)

var securityTests = []checkTest{
	{"security.janus", "covered", "", nil},
	{"security.janus", "covered", "v1 alone on newer versions", schemes("26", "v1")},
	{"security.janus", "covered", "v1 with v2", schemes("19", "v1", "v2")},
	{"security.janus", "v1-only", "", schemes("25", "v1")},
	{"security.janus", "v1-only", "no lowest version", schemes("", "v1")},
	{"security.janus", "dex-prefix", "anomaly", withAnomalies("zip-invalid-prefix-dex")},
	{"security.janus", "dex-prefix", "warning", func(in *Input) {
		in.Facts.Signature.Warnings = []facts.SignatureProblem{{Code: "dex-before-zip", Detail: "the file starts with a DEX"}}
	}},
	{"security.janus", "signature-unreadable", "", unread(facts.AnalyzerSignature)},
	{"security.janus", "no-signer", "", status(facts.SignatureInvalid)},
	{"security.janus", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},

	{"security.weak-key", "strong", "", nil},
	{"security.weak-key", "strong", "curve", certificateKey("EC", 256, "ECDSA-SHA256")},
	{"security.weak-key", "very-weak", "", certificateKey("RSA", 512, "SHA256-RSA")},
	{"security.weak-key", "weak", "RSA", certificateKey("RSA", 1024, "SHA256-RSA")},
	{"security.weak-key", "weak", "DSA", certificateKey("DSA", 1024, "DSA-SHA1")},
	{"security.weak-key", "weak", "curve", certificateKey("EC", 192, "ECDSA-SHA256")},
	{"security.weak-key", "weak-digest", "SHA-1", certificateKey("RSA", 2048, "SHA1-RSA")},
	{"security.weak-key", "weak-digest", "MD5, as Java says it", certificateKey("RSA", 2048, "MD5withRSA")},
	{"security.weak-key", "very-weak", "one of two", func(in *Input) {
		in.Facts.Signature.Signers = append(in.Facts.Signature.Signers, signer("b"))
		certificateKey("RSA", 768, "SHA1-RSA")(in)
	}},
	{"security.weak-key", "no-signer", "", status(facts.SignatureUnsigned)},
	{"security.weak-key", "signature-unreadable", "", unread(facts.AnalyzerSignature)},

	{"security.cleartext", "refused", "", nil},
	{"security.cleartext", "refused", "by the manifest", app(func(a *facts.App) { a.TargetOS, a.UsesCleartext = "27", &no })},
	{"security.cleartext", "refused", "the configuration counts", func(in *Input) {
		in.Facts.App.UsesCleartext = &yes
		network(&facts.Network{CleartextPermitted: &no})(in)
	}},
	{"security.cleartext", "permitted", "", app(func(a *facts.App) { a.UsesCleartext = &yes })},
	{"security.cleartext", "permitted", "by the configuration", network(&facts.Network{CleartextPermitted: &yes})},
	{"security.cleartext", "default-permitted", "", app(func(a *facts.App) { a.TargetOS = "27" })},
	{"security.cleartext", "default-permitted", "no target", app(func(a *facts.App) { a.TargetOS = "" })},
	{"security.cleartext", "domains", "", network(&facts.Network{CleartextDomains: []string{"localhost", "example.cn"}})},
	{"security.cleartext", "local-domains", "", network(&facts.Network{CleartextDomains: []string{"localhost", "127.0.0.1", "10.0.2.2"}})},
	{"security.cleartext", "config-unread", "", network(nil)},
	{"security.cleartext", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},

	{"security.user-ca", "system-only", "", nil},
	{"security.user-ca", "system-only", "debug alone", network(&facts.Network{DebugOverrides: true})},
	{"security.user-ca", "trusted", "", network(&facts.Network{TrustsUser: true})},
	{"security.user-ca", "trusted", "for a site", network(&facts.Network{TrustUserDomains: []string{"example.cn"}})},
	{"security.user-ca", "trusted-by-default", "", app(func(a *facts.App) { a.TargetOS = "23" })},
	{"security.user-ca", "config-unread", "", network(nil)},
	{"security.user-ca", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},

	{"security.exported", "none", "", nil},
	{"security.exported", "none", "launcher", components("34", facts.Component{Kind: "activity", Exported: &yes, IntentFilters: homeIcon})},
	{"security.exported", "none", "guarded", components("34", guardedP)},
	{"security.exported", "none", "not exported", components("34", facts.Component{Kind: "activity", Exported: &no, IntentFilters: filter})},
	{"security.exported", "none", "must say since 31", components("31", facts.Component{Kind: "activity", IntentFilters: filter})},
	{"security.exported", "none", "provider by default", components("17", facts.Component{Kind: "provider"})},
	{"security.exported", "none", "provider guarded both ways", components("34", facts.Component{Kind: "provider", Exported: &yes, ReadPermission: "r", WritePermission: "w"})},
	{"security.exported", "none", "disabled", func(in *Input) {
		in.Facts.Components = []facts.Component{{Kind: "service", Exported: &yes}}
	}},
	{"security.exported", "open", "", components("34", facts.Component{Kind: "service", Name: "cn.example.S", Exported: &yes})},
	{"security.exported", "open", "by its filter", components("30", facts.Component{Kind: "receiver", Name: "cn.example.R", IntentFilters: filter})},
	{"security.exported", "open", "provider of old", components("16", facts.Component{Kind: "provider", Name: "cn.example.P"})},
	{"security.exported", "open", "provider guarded one way", components("34", facts.Component{Kind: "provider", Exported: &yes, ReadPermission: "r"})},
	{"security.exported", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},

	{"security.custom-permission", "none", "", nil},
	{"security.custom-permission", "none", "signature", definitions("signature", guardedP)},
	{"security.custom-permission", "none", "signature in digits", definitions("0x2", guardedP)},
	{"security.custom-permission", "none", "guards nothing", definitions("normal")},
	{"security.custom-permission", "normal-level", "", definitions("normal", guardedP)},
	{"security.custom-permission", "normal-level", "by default", definitions("", guardedP)},
	{"security.custom-permission", "normal-level", "with flags", definitions("normal|instant", guardedP)},
	{"security.custom-permission", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},

	{"security.shared-user-id", "none", "", nil},
	{"security.shared-user-id", "shared", "", app(func(a *facts.App) { a.SharedUserID = "cn.example.shared" })},
	{"security.shared-user-id", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},

	{"security.backup", "refused", "", nil},
	{"security.backup", "refused", "no content", app(func(a *facts.App) { a.AllowBackup, a.FullBackupContent = &yes, "false" })},
	{"security.backup", "rules", "", app(func(a *facts.App) { a.AllowBackup, a.DataExtractionRules = &yes, "res/xml/rules.xml" })},
	{"security.backup", "allowed", "", app(func(a *facts.App) { a.AllowBackup = &yes })},
	{"security.backup", "allowed-by-default", "", app(func(a *facts.App) { a.AllowBackup = nil })},
	{"security.backup", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},

	{"security.target-sdk", "modern", "", nil},
	{"security.target-sdk", "modern", "code name", app(func(a *facts.App) { a.TargetOS = "Tiramisu" })},
	{"security.target-sdk", "no-runtime-permissions", "", app(func(a *facts.App) { a.TargetOS = "22" })},
	{"security.target-sdk", "no-runtime-permissions", "nothing declared", app(func(a *facts.App) { a.MinOS, a.TargetOS = "", "" })},
	{"security.target-sdk", "undetermined", "", app(func(a *facts.App) { a.TargetOS = "@x" })},
	{"security.target-sdk", "manifest-unreadable", "", unread(facts.AnalyzerManifest)},
}

// previous is an earlier report of the same app.
func previous(edits ...func(*Input)) func(*Input) {
	return func(in *Input) {
		in.Previous = &Previous{Platform: "android", PackageID: "cn.example.app", Version: "3.1.0", Build: "310",
			SHA256: strings.Repeat("1", 64), Certificates: []string{a64}}
		for _, edit := range edits {
			edit(in)
		}
	}
}

// elsewhere is what the records say of other organisations.
func elsewhere(e Elsewhere, edits ...func(*Input)) func(*Input) {
	return func(in *Input) {
		in.Elsewhere = e
		for _, edit := range edits {
			edit(in)
		}
	}
}

func build(before, now string) func(*Input) {
	return previous(func(in *Input) { in.Previous.Build, in.Facts.App.Build = before, now })
}

func certificates(list ...string) func(*Input) {
	return func(in *Input) { in.Previous.Certificates = list }
}

var (
	b64        = strings.Repeat("b", 64)
	otherPhone = func(in *Input) { in.Previous.Platform = "ios" }
)

var continuityTests = []checkTest{
	{"continuity.package-id", "no-previous", "", nil},
	{"continuity.package-id", "other-platform", "", previous(otherPhone)},
	{"continuity.package-id", "equal", "", previous()},
	{"continuity.package-id", "changed", "", previous(func(in *Input) { in.Previous.PackageID = "cn.example.old" })},
	{"continuity.package-id", "manifest-unreadable", "", previous(unread(facts.AnalyzerManifest))},

	{"continuity.signer", "no-previous", "", nil},
	{"continuity.signer", "other-platform", "", previous(otherPhone)},
	{"continuity.signer", "same", "", previous()},
	{"continuity.signer", "rotated", "", previous(rotate, certificates(b64))},
	{"continuity.signer", "changed", "", previous(certificates(b64))},
	{"continuity.signer", "changed", "one signer more", previous(certificates(a64, b64))},
	{"continuity.signer", "changed", "rotation without the data", previous(rotate, certificates(b64), func(in *Input) {
		in.Facts.Signature.Lineage[0].Capabilities = []string{"auth"}
	})},
	{"continuity.signer", "previous-unsigned", "", previous(certificates())},
	{"continuity.signer", "no-signer", "", previous(status(facts.SignatureInvalid))},
	{"continuity.signer", "signature-unreadable", "", previous(unread(facts.AnalyzerSignature))},

	{"continuity.version-code", "no-previous", "", nil},
	{"continuity.version-code", "other-platform", "", previous(otherPhone)},
	{"continuity.version-code", "ascending", "", previous()},
	{"continuity.version-code", "ascending", "64 bits", build("4294967296", "8589934592")},
	{"continuity.version-code", "ascending", "dotted", build("1.9", "1.10")},
	{"continuity.version-code", "not-ascending", "", build("320", "320")},
	{"continuity.version-code", "not-ascending", "dotted", build("1.2.1", "1.2")},
	{"continuity.version-code", "same-package", "", previous(func(in *Input) { in.Previous.SHA256 = in.Facts.File.SHA256 })},
	{"continuity.version-code", "undetermined", "", build("a", "320")},
	{"continuity.version-code", "undetermined", "nothing", build("", "320")},
	{"continuity.version-code", "manifest-unreadable", "", previous(unread(facts.AnalyzerManifest))},

	{"continuity.other-organisation", "no-records", "", nil},
	{"continuity.other-organisation", "no-records", "unreadable", unread(facts.AnalyzerManifest)},
	{"continuity.other-organisation", "only-here", "", elsewhere(ElsewhereNone)},
	{"continuity.other-organisation", "only-here", "ios", elsewhere(ElsewhereNone, asIPA)},
	{"continuity.other-organisation", "filed-elsewhere", "", elsewhere(ElsewhereFiled)},
	{"continuity.other-organisation", "manifest-unreadable", "", elsewhere(ElsewhereFiled, unread(facts.AnalyzerManifest))},
	{"continuity.other-organisation", "manifest-unreadable", "no id", elsewhere(ElsewhereNone, app(func(a *facts.App) { a.ID = "" }))},
}
