// Package codesign verifies the embedded code signature of one slice of a Mach-O
// file, as Apple's systems do: every CodeDirectory, every page, every special
// slot, the CMS message over them and its certificate's way to Apple.
//
// It promises: every offset, count and size is checked against the blob it is in;
// all hash types are compared, not the one that suits; nothing panics; memory is
// the signature's and 52 bytes for each page; equal bytes give equal findings. It
// says what it found under our own stable code and Apple's name for it, and no
// opinion of what that means for a filing.
//
// Sources: xnu osfmk/kern/cs_blobs.h, bsd/kern/ubc_subr.c; Security
// OSX/libsecurity_codesigning (codedirectory.h, StaticCode.cpp, CSCommon.h).
package codesign

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"heyan/analyzer/cert"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/applepki"
	"heyan/analyzer/ipa/entitlement"
	"heyan/analyzer/ipa/macho"
)

// Code is one slice and what its signature speaks of.
type Code struct {
	// Signature is what LC_CODE_SIGNATURE points at, nil where there is none, and
	// Offset where that begins in the slice.
	Signature []byte
	Offset    int64
	// Pages has seen the slice from its first byte to Offset.
	Pages *Pages
	// Reread reads the slice again from its first byte, for pages that are not of
	// 4 KiB and for SHA-384.
	Reread func() (io.Reader, error)
	// Encryption is LC_ENCRYPTION_INFO, nil without one.
	Encryption *macho.Encryption
	// InfoPlist and Resources are the bundle's Info.plist and
	// _CodeSignature/CodeResources, nil where it has none. A loose library has
	// neither.
	InfoPlist, Resources []byte
}

// Result is what verifying gave.
type Result struct {
	Findings []facts.Finding
	// Signed: there is a signature; AdHoc: nobody made it.
	Signed, AdHoc bool
	// Trusted: a certificate signed, and its chain ends at Apple.
	Trusted bool
	// Decrypted: the only pages that differ are those FairPlay covered.
	Decrypted bool

	Identifier, Team string
	Hashes           []string
	CDHash           string
	Pages            int
	Leaf             *cert.Certificate
	Role             applepki.Role
	Chain            applepki.Chain
	Certificates     []*cert.Certificate // as carried
	SigningTime      time.Time
	// Entitlements are what the signature grants, in both forms.
	Entitlements []entitlement.Value
}

// Intact reports whether nothing fatal was found.
func (r *Result) Intact() bool {
	for _, f := range r.Findings {
		if f.Fatal {
			return false
		}
	}
	return true
}

// Signer is the SHA-256 of the leaf, "" without one.
func (r *Result) Signer() string {
	if r.Leaf == nil {
		return ""
	}
	sum := sha256.Sum256(r.Leaf.Raw)
	return hex.EncodeToString(sum[:])
}

// CDHashBytes is CDHash undone, nil without one.
func (r *Result) CDHashBytes() []byte {
	b, _ := hex.DecodeString(r.CDHash) // made by hex above
	return b
}

// Verify verifies a slice's signature. The error is that of reading the slice
// again; what is wrong with the signature is a finding.
func Verify(c Code, authorities *applepki.Authorities) (*Result, error) {
	v := &verifier{code: c, authorities: authorities, out: &Result{}}
	err := v.run()
	return v.out, err
}

// verifier is one Verify call.
type verifier struct {
	code        Code
	authorities *applepki.Authorities
	blob        *superBlob
	out         *Result
}

func (v *verifier) run() error {
	if v.code.Signature == nil {
		v.fatal("unsigned", "errSecCSUnsigned", "")
		return nil
	}
	v.out.Signed = true
	if len(v.code.Signature) > MaxSignature {
		v.fatal("signature-malformed", "errSecCSSignatureInvalid", "larger than is read")
		return nil
	}
	var err error
	if v.blob, err = parse(v.code.Signature); err != nil {
		if errors.Is(err, errUnsupported) {
			v.fatal("signature-unsupported", "errSecCSSignatureUnsupported", err.Error())
		} else {
			v.fatal("signature-malformed", "errSecCSSignatureInvalid", err.Error())
		}
		return nil
	}
	v.describe()
	for _, d := range v.blob.directories {
		v.limit(d)
		v.special(d)
		if err := v.pages(d); err != nil {
			return err
		}
	}
	v.agree()
	v.entitlements()
	v.message()
	v.requirement()
	v.fairPlay()
	return nil
}

// describe enters what the best directory says.
func (v *verifier) describe() {
	best := v.blob.best()
	v.out.Identifier, v.out.Team, v.out.CDHash = best.identifier, best.team, hex.EncodeToString(best.cdhash())
	for _, d := range v.blob.directories {
		v.out.Hashes = append(v.out.Hashes, d.hash.String())
	}
	v.out.Pages = best.slots
}

// limit: all code up to the signature is covered, and nothing stands behind.
func (v *verifier) limit(d *directory) {
	if d.limit != v.code.Offset {
		v.fatalf("code-limit", "errSecCSSignatureFailed", "%s covers %d bytes, the signature begins at %d", d.hash, d.limit, v.code.Offset)
	}
}

// agree: alternates say the same of the same code.
func (v *verifier) agree() {
	first := v.blob.directories[0]
	for _, d := range v.blob.directories[1:] {
		if d.identifier != first.identifier || d.team != first.team || d.flags != first.flags || d.limit != first.limit {
			v.fatalf("directories-disagree", "errSecCSSignatureInvalid", "identifier, team, flags or limit of %s and %s", first.hash, d.hash)
		}
	}
}

// entitlements: both forms say the same.
func (v *verifier) entitlements() {
	content := func(slot uint32) []byte {
		if b := v.blob.blobs[slot]; b != nil {
			return b[8:]
		}
		return nil
	}
	values, found, err := entitlement.Parse(content(slotEntitlements), content(slotEntitlementsDER))
	v.out.Entitlements = values
	if err != nil {
		v.fatal("entitlements-malformed", "errSecCSSignatureInvalid", err.Error())
	}
	for _, a := range found {
		if a.Code == entitlement.CodeDiffer {
			v.fatal("entitlements-differ", "", a.Detail)
		}
	}
}
