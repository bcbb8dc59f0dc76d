package rules

import (
	"strings"

	"heyan/analyzer/facts"
	"heyan/rules/filing"
)

// siblingTests are the ways a check ends only where both packages are judged.
var siblingTests = []checkTest{
	{"md5", "sibling-md5", "", func(in *Input) { withSibling(in); in.Filing.MD5 = in.Sibling.File.MD5 }},
	{"platform", "filed-for-sibling", "", theirForm},
	{"md5", "filed-for-sibling", "", theirForm},
	{"version", "filed-for-sibling", "", theirForm},
	{"package-id", "filed-for-sibling", "", theirForm},
	{"certificate-digest", "filed-for-sibling", "", theirForm},
	{"public-key", "filed-for-sibling", "", theirForm},
	{"platform", "mismatch", "list not shared", func(in *Input) { theirForm(in); in.Filing.PermissionScope = filing.ScopePlatform }},
	{"public-key", "not-filed", "on their form", func(in *Input) { theirForm(in); in.Filing.PublicKey = "" }},
}

// withSibling adds the iOS package of the same app.
func withSibling(in *Input) {
	other := ordinary()
	asIPA(&other)
	in.Sibling = other.Facts
	in.Sibling.File = facts.File{Size: 2, MD5: strings.Repeat("51", 16), SHA256: strings.Repeat("51", 32)}
}

// theirForm makes the filing one for the sibling, with a list for both.
func theirForm(in *Input) {
	withSibling(in)
	*in.Filing = filing.Filing{Kind: filing.KindProvider, Round: filing.RoundFirst, Platform: filing.PlatformIOS,
		Version: "1.0", MD5: in.Sibling.File.MD5, Permissions: in.Filing.Permissions, PermissionScope: filing.ScopeShared,
		PackageID: "cn.example.other", CertificateDigest: strings.Repeat("b", 40), PublicKey: "abc"}
}
