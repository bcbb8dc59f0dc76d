package facts

// SignatureStatus is the answer to "does the signature hold".
type SignatureStatus string

// For an APK the status is apksigner's answer for the package's own
// minSdkVersion and up; SignatureUnknown where apksigner could not answer
// (no readable ZIP, no readable manifest).
const (
	SignatureValid    SignatureStatus = "valid"
	SignatureInvalid  SignatureStatus = "invalid"
	SignatureUnsigned SignatureStatus = "unsigned"
	SignatureUnknown  SignatureStatus = "unknown"
)

// Signature is who signed the package and whether that holds.
type Signature struct {
	Status SignatureStatus `json:"status"`
	// Schemes are those that verified: v1, v2, v3, v3.1, in this order.
	Schemes []string `json:"schemes,omitempty"`
	// Present are the schemes of which there is a block or file, valid or not.
	Present []string `json:"present,omitempty"`
	// Problems decide against the signature, Warnings do not. Codes are the
	// names of apksig's ApkVerifier.Issue, or ours, in lower case with hyphens.
	Problems []SignatureProblem `json:"problems,omitempty"`
	Warnings []SignatureProblem `json:"warnings,omitempty"`
	// Signers are the certificates apksigner prints as the signers' own, in its
	// order: the leaf of each signer.
	Signers []Certificate `json:"signers,omitempty"`
	// Certificates are all other certificates carried (chains, older signers).
	Certificates []Certificate `json:"certificates,omitempty"`
	// Ranges answers per API range, ascending, without gaps from minSdk on.
	Ranges  []SignatureRange `json:"ranges,omitempty"`
	Lineage []LineageNode    `json:"lineage,omitempty"`
	// Profile is the app's provisioning profile (ipa).
	Profile *Profile `json:"profile,omitempty"`
	// BlockIDs are the ids in the APK Signing Block, in order, as 0x%08x.
	BlockIDs []string `json:"block_ids,omitempty"`
	// Blocks are the same with what they are; IDSig is of the file beside the
	// package, nil where none was given (apk).
	Blocks []SigningBlockEntry `json:"blocks,omitempty"`
	Stamp  *SourceStamp        `json:"stamp,omitempty"`
	IDSig  *IDSig              `json:"idsig,omitempty"`
	// Kind is who vouches for the package; Code is every slice of every Mach-O
	// file, Seals every sealed bundle, Findings what concerns the whole (ipa).
	Kind     CodeKind        `json:"kind,omitempty"`
	Code     []CodeSignature `json:"code,omitempty"`
	Seals    []Seal          `json:"seals,omitempty"`
	Findings []Finding       `json:"findings,omitempty"`
	Validity *Validity       `json:"validity,omitempty"`
}

// SignatureProblem is one finding of a verifier.
type SignatureProblem struct {
	Code   string `json:"code"`
	Scheme string `json:"scheme,omitempty"`
	Detail string `json:"detail"`
}

// SignatureRange is what devices of an API range see.
type SignatureRange struct {
	MinAPI int `json:"min_api"`
	// MaxAPI is absent where the range is open.
	MaxAPI int             `json:"max_api,omitempty"`
	Scheme string          `json:"scheme,omitempty"` // the scheme such a device goes by
	Status SignatureStatus `json:"status"`
	// Signers are SHA-256 digests of the signers' certificates.
	Signers  []string           `json:"signers,omitempty"`
	Problems []SignatureProblem `json:"problems,omitempty"`
}

// LineageNode is one certificate of a proof of rotation, oldest first.
type LineageNode struct {
	Certificate Certificate `json:"certificate"`
	// Capabilities: installed-data, shared-uid, permission, rollback, auth.
	Capabilities []string `json:"capabilities"`
}

// Certificate is one X.509 certificate; digests are over its DER bytes, as
// lower-case hex; times are RFC 3339 in UTC.
type Certificate struct {
	Subject            string `json:"subject"`
	Issuer             string `json:"issuer"`
	Serial             string `json:"serial"` // lower-case hex
	NotBefore          string `json:"not_before"`
	NotAfter           string `json:"not_after"`
	SignatureAlgorithm string `json:"signature_algorithm,omitempty"`
	MD5                string `json:"md5"`
	SHA1               string `json:"sha1"`
	SHA256             string `json:"sha256"`
	Key                Key    `json:"key"`
}

// Key is a public key. Modulus and exponent are set for RSA.
type Key struct {
	Algorithm  string `json:"algorithm"` // RSA, DSA, EC, or the OID
	Bits       int    `json:"bits,omitempty"`
	Curve      string `json:"curve,omitempty"`
	ModulusHex string `json:"modulus_hex,omitempty"` // lower case, no leading zeros
	ModulusDec string `json:"modulus_dec,omitempty"`
	Exponent   string `json:"exponent,omitempty"` // decimal
	// SPKI is the SubjectPublicKeyInfo in DER, lower-case hex.
	SPKI string `json:"spki,omitempty"`
}
