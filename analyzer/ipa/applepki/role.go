package applepki

import "heyan/analyzer/cert"

// Role is what Apple lets a certificate sign.
type Role string

// The roles, by the extensions Apple puts into leaves.
const (
	RoleStore        Role = "store"               // App Store application signing: Apple itself
	RoleDevelopment  Role = "apple-development"   // Apple Development
	RoleIPhone       Role = "iphone-developer"    // iPhone Developer
	RoleDistribution Role = "apple-distribution"  // Apple Distribution
	RoleIPhoneDist   Role = "iphone-distribution" // iPhone Distribution, enterprises' too
	RoleProfile      Role = "profile"             // provisioning profile signing: Apple itself
	RoleNone         Role = ""
)

// RoleOf reads the role from a leaf. A certificate that is no authority and whose
// chain holds has the role that Apple wrote into it; before the chain is verified
// it means nothing.
func RoleOf(leaf *cert.Certificate) Role {
	for _, r := range [...]struct {
		oid  string
		role Role
	}{
		{appleExtensions + "1.3", RoleStore},
		{appleExtensions + "2.2.1", RoleProfile},
		{appleExtensions + "58", RoleProfile}, // seen in profiles since 2022
		{appleExtensions + "1.7", RoleDistribution},
		{appleExtensions + "1.4", RoleIPhoneDist},
		{appleExtensions + "1.12", RoleDevelopment},
		{appleExtensions + "1.2", RoleIPhone},
	} {
		if leaf.Extension(r.oid) != nil {
			return r.role
		}
	}
	return RoleNone
}

// IsAuthority reports whether the certificate may issue others, which no leaf may.
func IsAuthority(c *cert.Certificate) bool { return authority(c, 0) == nil }
