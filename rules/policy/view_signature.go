package policy

type signatureView struct {
	Status       string            `json:"status"`
	Schemes      []string          `json:"schemes"`
	Present      []string          `json:"present"`
	Problems     []problemView     `json:"problems"`
	Warnings     []problemView     `json:"warnings"`
	Signers      []certificateView `json:"signers"`
	Certificates []certificateView `json:"certificates"`
	Profile      profileView       `json:"profile"`
	Kind         string            `json:"kind"`
	Code         []codeView        `json:"code"`
	Seals        []sealView        `json:"seals"`
	Findings     []findingView     `json:"findings"`
	Validity     validityView      `json:"validity"`
}

// codeView is one slice of an IPA's code.
type codeView struct {
	Bundle      string        `json:"bundle"`
	Path        string        `json:"path"`
	Slice       string        `json:"slice"`
	Kind        string        `json:"kind"`
	Status      string        `json:"status"`
	Identifier  string        `json:"identifier"`
	TeamID      string        `json:"team_id"`
	Role        string        `json:"role"`
	SigningTime string        `json:"signing_time"`
	Findings    []findingView `json:"findings"`
}

type sealView struct {
	Bundle       string        `json:"bundle"`
	Version      int           `json:"version"`
	Status       string        `json:"status"`
	AlteredCount int           `json:"altered_count"`
	MissingCount int           `json:"missing_count"`
	AddedCount   int           `json:"added_count"`
	Findings     []findingView `json:"findings"`
}

type findingView struct {
	Code  string `json:"code"`
	Apple string `json:"apple"`
	Where string `json:"where"`
	Fatal bool   `json:"fatal"`
	Count int    `json:"count"`
}

type validityView struct {
	AtSigning string `json:"at_signing"`
	Until     string `json:"until"`
}

type problemView struct {
	Code   string `json:"code"`
	Scheme string `json:"scheme"`
	Detail string `json:"detail"`
}

type certificateView struct {
	Subject            string  `json:"subject"`
	Issuer             string  `json:"issuer"`
	Serial             string  `json:"serial"`
	NotBefore          string  `json:"not_before"`
	NotAfter           string  `json:"not_after"`
	SignatureAlgorithm string  `json:"signature_algorithm"`
	MD5                string  `json:"md5"`
	SHA1               string  `json:"sha1"`
	SHA256             string  `json:"sha256"`
	Key                keyView `json:"key"`
}

type keyView struct {
	Algorithm string `json:"algorithm"`
	Bits      int    `json:"bits"`
	Curve     string `json:"curve"`
}

type profileView struct {
	Status       string   `json:"status"`
	Kind         string   `json:"kind"`
	Name         string   `json:"name"`
	TeamID       string   `json:"team_id"`
	TeamName     string   `json:"team_name"`
	AppID        string   `json:"app_id"`
	Platforms    []string `json:"platforms"`
	Created      string   `json:"created"`
	Expires      string   `json:"expires"`
	Devices      int      `json:"devices"`
	GetTaskAllow bool     `json:"get_task_allow"`
}

type numberView struct {
	Number string `json:"number"`
	Where  string `json:"where"`
}

type anomalyView struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Where  string `json:"where"`
}

type unexaminedView struct {
	Check string `json:"check"`
	Why   string `json:"why"`
}

type filingView struct {
	Kind                string   `json:"kind"`
	Round               string   `json:"round"`
	Platform            string   `json:"platform"`
	AppName             string   `json:"app_name"`
	ShortName           string   `json:"short_name"`
	Provider            string   `json:"provider"`
	Version             string   `json:"version"`
	MD5                 string   `json:"md5"`
	Permissions         []string `json:"permissions"`
	PermissionsText     string   `json:"permissions_text"`
	PermissionScope     string   `json:"permission_scope"`
	Features            []string `json:"features"`
	PackageID           string   `json:"package_id"`
	CertificateDigest   string   `json:"certificate_digest"`
	PublicKey           string   `json:"public_key"`
	SecurityCertificate string   `json:"security_certificate"`
	FilingNumber        string   `json:"filing_number"`
	Preinstalled        bool     `json:"preinstalled"`
}

// categoryView is a row of the matrix of the 13 boxes.
type categoryView struct {
	ID          string   `json:"id"`
	Filed       bool     `json:"filed"`
	Declared    []string `json:"declared"`
	Implied     []string `json:"implied"`
	ExplainedBy []string `json:"explained_by"`
	Outcome     string   `json:"outcome"`
}

// readingView is a permission as the catalogue reads it.
type readingView struct {
	Name       string   `json:"name"`
	Source     string   `json:"source"`
	Where      string   `json:"where"`
	Declared   bool     `json:"declared"`
	ImpliedBy  string   `json:"implied_by"`
	Level      string   `json:"level"`
	Group      string   `json:"group"`
	Effective  bool     `json:"effective"`
	Category   string   `json:"category"`
	Acceptable []string `json:"acceptable"`
	Strength   string   `json:"strength"`
	Confidence string   `json:"confidence"`
}
