package codesign

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"heyan/analyzer/facts"
	"heyan/analyzer/internal/ber"
	"heyan/analyzer/internal/cms"
	"heyan/analyzer/ipa/applepki"
	"heyan/analyzer/ipa/plist"
)

func (v *verifier) fatal(code, apple, detail string) {
	v.out.Findings = append(v.out.Findings, facts.Finding{Code: code, Apple: apple, Detail: detail, Fatal: true})
}

func (v *verifier) fatalf(code, apple, detail string, args ...any) {
	v.fatal(code, apple, fmt.Sprintf(detail, args...))
}

func (v *verifier) note(code, apple, detail string) {
	v.out.Findings = append(v.out.Findings, facts.Finding{Code: code, Apple: apple, Detail: detail})
}

// special compares everything a directory binds beside the code. What is there
// and not bound is as bad as what is bound and differs: anybody may have put it.
func (v *verifier) special(d *directory) {
	v.slot(d, slotInfoPlist, v.code.InfoPlist, "info-plist", "errSecCSInfoPlistFailed", "errSecCSInfoPlistFailed")
	v.slot(d, slotResources, v.code.Resources, "resources", "errSecCSResourceDirectoryFailed", "errSecCSResourcesNotFound")
	v.slot(d, slotRequirements, v.blob.blobs[slotRequirements], "requirements", "errSecCSSignatureFailed", "errSecCSSignatureFailed")
	v.slot(d, slotEntitlements, v.blob.blobs[slotEntitlements], "entitlements", "errSecCSSignatureFailed", "errSecCSSignatureFailed")
	v.slot(d, slotEntitlementsDER, v.blob.blobs[slotEntitlementsDER], "entitlements-der", "errSecCSSignatureFailed", "errSecCSSignatureFailed")
	for n := slotConstraintFirst; n <= slotConstraintLast; n++ {
		v.slot(d, n, v.blob.blobs[uint32(n)], "launch-constraint", "errSecCSSignatureFailed", "errSecCSSignatureFailed")
	}
}

func (v *verifier) slot(d *directory, slot int, content []byte, name, differs, absent string) {
	bound := d.bound(slot)
	switch {
	case bound == nil && content == nil:
	case bound == nil:
		v.fatalf(name+"-unbound", differs, "%s does not bind slot %d", d.hash, slot)
	case content == nil:
		v.fatalf(name+"-missing", absent, "%s binds slot %d", d.hash, slot)
	case !bytes.Equal(bound, d.hash.sum(content)):
		v.fatalf(name+"-altered", differs, "slot %d of %s", slot, d.hash)
	}
}

// pages compares the code, page by page. Pages inside what FairPlay covered are
// counted apart: a store's copy that was decrypted differs there and nowhere else.
func (v *verifier) pages(d *directory) error {
	digests, size, err := v.digests(d)
	if err != nil {
		return err
	}
	bad, covered, first := 0, 0, -1
	for n := range d.slots {
		if at := n * size; at+size <= len(digests) && bytes.Equal(digests[at:at+d.hash.size()], d.code(n)) {
			continue
		}
		if bad++; first < 0 {
			first = n
		}
		if v.fairPlayCovers(d, n) {
			covered++
		}
	}
	if bad == 0 {
		return nil
	}
	f := facts.Finding{Code: "page-altered", Apple: "errSecCSSignatureFailed", Fatal: true, Count: bad,
		Detail: fmt.Sprintf("%d of %d pages by %s, the first is %d", bad, d.slots, d.hash, first)}
	if covered == bad {
		f.Code = CodeDecryptedPages
	}
	v.out.Findings = append(v.out.Findings, f)
	return nil
}

// CodeDecryptedPages: the only pages that differ are those that were encrypted.
const CodeDecryptedPages = "page-decrypted"

// digests are those of the pages as the directory cuts them: made on the way where
// pages are of 4 KiB, else by reading the slice again.
func (v *verifier) digests(d *directory) (all []byte, size int, err error) {
	if d.pageShift == 12 && d.hash != SHA384 && v.code.Pages != nil {
		if !v.code.Pages.complete() {
			return nil, d.hash.size(), nil // cut short: every page left out differs
		}
		all, size = v.code.Pages.digests(d.hash)
		return all, size, nil
	}
	src, err := v.code.Reread()
	if err != nil {
		return nil, 0, err
	}
	page := int64(1) << d.pageShift
	if d.pageShift == 0 {
		page = d.limit
	}
	h := d.hash.function().New()
	for left := d.limit; left > 0; {
		h.Reset()
		n, err := io.CopyN(h, src, min(page, left))
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, 0, err
		}
		if n < min(page, left) {
			break
		}
		all, left = h.Sum(all), left-n
	}
	return all, h.Size(), nil
}

func (v *verifier) fairPlayCovers(d *directory, page int) bool {
	e := v.code.Encryption
	if e == nil || d.pageShift == 0 {
		return false
	}
	from := int64(page) << d.pageShift
	return from < e.Offset+e.Size && from+1<<d.pageShift > e.Offset || v.commandPage(page)
}

// commandPage: the first page holds LC_ENCRYPTION_INFO itself, whose cryptid
// decrypting tools set to 0.
func (v *verifier) commandPage(page int) bool { return page == 0 && v.code.Encryption.ID == 0 }

// fairPlay tells a decrypted copy from an altered one: only the App Store's own
// signature over encrypted code can be that.
func (v *verifier) fairPlay() {
	decrypted := false
	for n, f := range v.out.Findings {
		if f.Code != CodeDecryptedPages {
			continue
		}
		if v.out.Role == applepki.RoleStore && v.out.Trusted && v.code.Encryption.ID == 0 {
			decrypted = true
		} else {
			v.out.Findings[n].Code = "page-altered"
		}
	}
	v.out.Decrypted = decrypted
}

// message verifies who signed the directories.
func (v *verifier) message() {
	first := v.blob.directories[0]
	if len(v.blob.cms) == 0 {
		if first.flags&flagAdHoc == 0 {
			v.fatal("cms-missing", "errSecCSSignatureFailed", "no message, and not marked as ad hoc")
		}
		v.out.AdHoc = true
		return
	}
	m, err := cms.Parse(v.blob.cms)
	if err != nil {
		v.fatal("cms-malformed", "errSecCSSignatureInvalid", err.Error())
		return
	}
	v.out.Certificates = m.Certificates
	signer, err := m.Verify(first.raw)
	if err != nil {
		v.fatal("cms-invalid", "errSecCSSignatureFailed", err.Error())
		return
	}
	v.out.Leaf, v.out.SigningTime = signer.Certificate, signer.SigningTime
	v.alternates(signer)
	v.out.Role = applepki.RoleOf(signer.Certificate)
	v.out.Chain, err = v.authorities.Verify(signer.Certificate, m.Certificates)
	switch {
	case errors.Is(err, applepki.ErrUntrusted):
		v.note("chain-untrusted", "CSSMERR_TP_NOT_TRUSTED", "")
	case err != nil:
		v.fatal("chain-broken", "CSSMERR_TP_NOT_TRUSTED", err.Error())
	default:
		v.out.Trusted = true
	}
}

// Apple's signed attributes: the cdhashes of all directories as a property list,
// and their whole digests with algorithms.
const (
	oidCDHashes  = "1.2.840.113635.100.9.1"
	oidCDHashes2 = "1.2.840.113635.100.9.2"
)

// alternates: the message signs the primary directory alone. The others are bound
// by the attributes, or by nothing; then anybody may have swapped them.
func (v *verifier) alternates(s *cms.Signer) {
	plistAttr, pairs := s.Attributes[oidCDHashes], s.Attributes[oidCDHashes2]
	if len(plistAttr) == 0 && len(pairs) == 0 {
		if len(v.blob.directories) > 1 {
			v.fatal("alternate-unbound", "errSecCSSignatureFailed", "the message names no directory but the first")
		}
		return
	}
	if len(plistAttr) > 0 && !v.namedByPlist(plistAttr) {
		v.fatal("cdhash-attribute", "errSecCSSignatureFailed", "attribute "+oidCDHashes+" names other directories")
	}
	if len(pairs) > 0 && !v.namedByPairs(pairs) {
		v.fatal("cdhash-attribute", "errSecCSSignatureFailed", "attribute "+oidCDHashes2+" names other directories")
	}
}

// namedByPlist: {cdhashes: [20 bytes, …]} lists every directory in its order.
func (v *verifier) namedByPlist(values []ber.Value) bool {
	if len(values) != 1 || !values[0].Is(ber.OctetString) {
		return false
	}
	root, err := plist.Decode(values[0].Body, plist.Limits{})
	if err != nil {
		return false
	}
	dict, _ := root.(map[string]any)
	list, _ := dict["cdhashes"].([]any)
	if len(list) != len(v.blob.directories) {
		return false
	}
	for n, d := range v.blob.directories {
		if h, ok := list[n].([]byte); !ok || !bytes.Equal(h, d.cdhash()) {
			return false
		}
	}
	return true
}

// namedByPairs: SEQUENCE {algorithm, whole digest}, one for every hash in use.
func (v *verifier) namedByPairs(values []ber.Value) bool {
	named := map[string]bool{}
	for _, p := range values {
		parts, err := p.Children(2)
		if err != nil || len(parts) != 2 || !parts[0].Is(ber.OID) || !parts[1].Is(ber.OctetString) {
			return false
		}
		oid, err := ber.ParseOID(parts[0].Body)
		if err != nil {
			return false
		}
		named[oid+hex.EncodeToString(parts[1].Body)] = true
	}
	for _, d := range v.blob.directories {
		if !named[oidOf(d.hash.function())+hex.EncodeToString(d.digest())] {
			return false
		}
	}
	return true
}

func oidOf(h crypto.Hash) string {
	switch h {
	case crypto.SHA1:
		return "1.3.14.3.2.26"
	case crypto.SHA384:
		return "2.16.840.1.101.3.4.2.2"
	}
	return "2.16.840.1.101.3.4.2.1"
}
