package facts

// CodeKind is who vouches for an IPA, or for one slice of code in it.
type CodeKind string

// The kinds, by the certificate that signed and the profile that goes with it.
const (
	KindStore          CodeKind = "store"           // signed by the App Store, encrypted, intact
	KindStoreDecrypted CodeKind = "store-decrypted" // signed by the App Store, then decrypted
	KindStoreUpload    CodeKind = "store-upload"    // as a provider uploads it to the App Store
	KindAdHoc          CodeKind = "ad-hoc"          // for the devices its profile names
	KindDevelopment    CodeKind = "development"     // for the devices its profile names, debuggable
	KindEnterprise     CodeKind = "enterprise"      // for an organisation's own devices
	KindAdHocSigned    CodeKind = "ad-hoc-signed"   // a signature that nobody made
	KindUnsigned       CodeKind = "unsigned"
	KindSimulator      CodeKind = "simulator" // for Xcode's simulator, not for devices
	KindBroken         CodeKind = "broken"    // changed after it was signed
	KindNotApple       CodeKind = "not-apple" // the chain does not end at Apple
	KindUnknown        CodeKind = "unknown"   // could not be read whole
)

// CodeSignature is what verifying the code signature of one slice of one Mach-O
// file of an IPA gave.
type CodeSignature struct {
	Bundle string          `json:"bundle"` // path of the bundle it belongs to
	Path   string          `json:"path"`   // of the file inside the archive
	Slice  string          `json:"slice"`  // architecture
	Kind   CodeKind        `json:"kind"`
	Status SignatureStatus `json:"status"`
	// Identifier and TeamID are as the best CodeDirectory says.
	Identifier string `json:"identifier,omitempty"`
	TeamID     string `json:"team_id,omitempty"`
	// Hashes are the digests of the CodeDirectories: sha1, sha256, sha256-truncated, sha384.
	Hashes []string `json:"hashes,omitempty"`
	// CDHash is the best CodeDirectory's digest cut to 20 bytes, hex.
	CDHash string `json:"cdhash,omitempty"`
	// Signer is the SHA-256 of the leaf certificate, one of Signature.Signers or
	// Signature.Certificates; empty without a CMS signature.
	Signer string `json:"signer,omitempty"`
	// Role is what Apple's extensions allow the leaf: store, iphone-developer,
	// iphone-distribution, apple-development, apple-distribution, or empty.
	Role string `json:"role,omitempty"`
	// SigningTime is the signed attribute, RFC 3339 in UTC; the App Store sets none.
	SigningTime string `json:"signing_time,omitempty"`
	// Pages is how many pages were compared.
	Pages    int       `json:"pages,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
}

// Seal is what comparing a bundle's files with its CodeResources gave.
type Seal struct {
	Bundle  string          `json:"bundle"`
	Version int             `json:"version,omitempty"` // 1 or 2, 0 without a seal
	Status  SignatureStatus `json:"status"`
	Files   int             `json:"files,omitempty"` // how many were compared
	// Altered, Missing and Added are paths inside the bundle, sorted, at most 100
	// each; the counts are of all.
	Altered      []string  `json:"altered,omitempty"`
	Missing      []string  `json:"missing,omitempty"`
	Added        []string  `json:"added,omitempty"`
	AlteredCount int       `json:"altered_count,omitempty"`
	MissingCount int       `json:"missing_count,omitempty"`
	AddedCount   int       `json:"added_count,omitempty"`
	Findings     []Finding `json:"findings,omitempty"`
}

// Finding is one thing a verifier of an IPA found.
type Finding struct {
	// Code is our stable name; rules/finding has the words for it in both languages.
	Code string `json:"code"`
	// Apple is the platform's own name for it: errSecCSBadResource, ITMS-91053,
	// 0xe8008017; empty where it has none.
	Apple string `json:"apple,omitempty"`
	Where string `json:"where,omitempty"`
	// Detail is for people who look closer, English, never personal data.
	Detail string `json:"detail,omitempty"`
	// Fatal: a device or the system would refuse it.
	Fatal bool `json:"fatal,omitempty"`
	// Count is how often it was found, where more than once.
	Count int `json:"count,omitempty"`
}

// Validity is when a certificate or profile holds: three different questions.
type Validity struct {
	// AtSigning is whether the chain was valid at the signing time; absent where
	// the signature has no time.
	AtSigning *bool `json:"at_signing,omitempty"`
	// Until is the earliest end in the chain, RFC 3339 in UTC. Whether that is past
	// is a question for the day of the judgement.
	Until string `json:"until,omitempty"`
}

// SourceStamp is an APK's SourceStamp block: who distributed it. Status is the
// answer of `apksigner verify --verify-source-stamp`, which believes what the
// signers state of the package: whether that is true is Signature.Status.
type SourceStamp struct {
	Status      SignatureStatus    `json:"status"`
	Certificate *Certificate       `json:"certificate,omitempty"`
	Time        string             `json:"time,omitempty"` // RFC 3339, UTC
	Lineage     []LineageNode      `json:"lineage,omitempty"`
	Problems    []SignatureProblem `json:"problems,omitempty"`
}

// IDSig is what an APK Signature Scheme v4 file beside the package says. Status is
// apksigner's answer to `verify --v4-signature-file`: valid where it verifies and
// says that v4 did. It takes no part in Signature.Status.
type IDSig struct {
	Status   SignatureStatus `json:"status"`
	Version  int             `json:"version,omitempty"`
	RootHash string          `json:"root_hash,omitempty"` // hex, of the Merkle tree over the package
	// Tree: the file has the tree itself, and it is that of the package.
	Tree   bool   `json:"tree,omitempty"`
	Signer string `json:"signer,omitempty"` // SHA-256 of its certificate
	// RotatedSigner is that of the second signer, for the platforms that go by v3.1.
	RotatedSigner string `json:"rotated_signer,omitempty"`
	// Problems decide against it, Warnings do not.
	Problems []SignatureProblem `json:"problems,omitempty"`
	Warnings []SignatureProblem `json:"warnings,omitempty"`
}

// SigningBlockEntry is one pair of the APK Signing Block.
type SigningBlockEntry struct {
	ID   string `json:"id"` // 0x%08x
	Size int64  `json:"size"`
	// Name is what the id is known for: v2, v3, v3.1, source-stamp, verity-padding,
	// dependency-info, play-frosting, meituan-channel, ...; empty for others.
	Name string `json:"name,omitempty"`
	// Outside: schemes do not cover its contents, so that anybody may change them.
	Outside bool `json:"outside,omitempty"`
	// Text is what is written in it where it is a channel's plain text, cut to 256 bytes.
	Text string `json:"text,omitempty"`
}
