package sig

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"heyan/analyzer/apk/sig/internal/jar"
)

// checkedFile is the outcome of verifying a signature file against the manifest,
// which is the same for all runs that pick digests alike and found the same.
type checkedFile struct {
	findings
	ignored bool
	// names are the entries it has a section for.
	names bitset
}

// bitset is a set of small numbers.
type bitset []uint64

func newBitset(size int) bitset { return make(bitset, (size+63)/64) }

func (b bitset) add(i int) { b[i/64] |= 1 << (i % 64) }

func (b bitset) has(i int) bool { return i/64 < len(b) && b[i/64]&(1<<(i%64)) != 0 }

// verifySignatureFile verifies a signature file against the manifest.
func (r *run) verifySignatureFile(f *signatureFile) (*checkedFile, error) {
	key := fmt.Sprint(f.index, r.pickMode(), r.maxSDK >= apiNougat, r.maxSDK >= apiPie, r.found)
	if known := r.jar.checkedSFs[key]; known != nil {
		return known, nil
	}
	c := &sfChecker{run: r, jar: r.jar, file: f, mode: r.pickMode(), out: &checkedFile{}}
	if err := c.check(); err != nil {
		return nil, err
	}
	r.jar.checkedSFs[key] = c.out
	return c.out, nil
}

// sfChecker verifies one signature file
// (V1SchemeVerifier.Signer.verifySigFileAgainstManifest).
type sfChecker struct {
	run  *run
	jar  *archiveJar
	file *signatureFile
	mode pickMode
	out  *checkedFile
	// signtool: the file is by a tool whose attributes are named otherwise.
	signtool bool
}

func (c *sfChecker) fail(code, text string, args ...any) {
	c.out.fail(schemeV1, "jar-sig-"+code, text, args...)
}

func (c *sfChecker) warn(code, text string, args ...any) {
	c.out.warn(schemeV1, "jar-sig-"+code, text, args...)
}

func (c *sfChecker) check() error {
	in := jar.NewReader(c.file.content.bytes)
	main, ok := in.Next()
	if !ok {
		return exception("%q is empty", c.file.entry.Name)
	}
	if _, ok := main.Attribute("Signature-Version"); !ok {
		c.fail("missing-version-attr-in-sig-file", "%q has no attribute Signature-Version", c.file.entry.Name)
		c.out.ignored = true
		return nil
	}
	if c.run.maxSDK >= apiNougat {
		if c.checkStripping(main); c.out.failed() {
			return nil
		}
	}
	creator, _ := main.Attribute("Created-By")
	c.signtool = strings.Contains(creator, "signtool")
	whole, err := c.checkManifest(main)
	if err != nil {
		return err
	}
	if !c.signtool {
		if err := c.checkMainSection(main); err != nil {
			return err
		}
	}
	if c.out.failed() {
		return nil
	}
	return c.checkSections(in, whole)
}

// checkStripping reports schemes the package was signed with and lacks.
// (checkForStrippedApkSignatures)
func (c *sfChecker) checkStripping(main jar.Section) {
	list, ok := main.Attribute("X-Android-APK-Signed")
	if !ok {
		if len(c.run.found) > 0 {
			c.warn("no-apk-sig-strip-protection", "nothing in %q would show that newer signatures were stripped", c.file.entry.Name)
		}
		return
	}
	expected := make(map[int]bool)
	for _, text := range strings.Split(list, ",") {
		n, err := strconv.ParseInt(strings.TrimFunc(text, func(r rune) bool { return r <= ' ' }), 10, 32)
		if err != nil {
			continue
		}
		if version := int(n); schemeKnown(version, c.run.maxSDK) {
			expected[version] = true
		} else {
			c.warn("unknown-apk-sig-scheme-id", "%q references unknown signature scheme %d", c.file.entry.Name, version)
		}
	}
	for version := 2; version <= 3; version++ {
		if expected[version] && !c.run.found[version] {
			c.fail("missing-apk-sig-referenced", "%q says that the package has signature scheme v%d, and it has none: stripped?", c.file.entry.Name, version)
		}
	}
}

// checkManifest compares digests of the whole manifest. A difference is only a
// warning: its sections are compared then. (verifyManifestDigest)
func (c *sfChecker) checkManifest(main jar.Section) (bool, error) {
	suffix := "-Digest-Manifest"
	if c.signtool {
		suffix = "-Digest"
	}
	expected, err := c.mode.digests(main, suffix)
	if err != nil {
		return false, err
	}
	if len(expected) == 0 {
		c.warn("no-manifest-digest-in-sig-file", "%q has no digest of %s", c.file.entry.Name, nameJarManifest)
		return false, nil
	}
	holds := true
	for _, e := range expected {
		if actual := c.jar.manifest.sum(e.hash); !bytes.Equal(actual, e.value) {
			c.warn("zip-entry-digest-did-not-verify", "%s digest of %s is %s, %q states %s",
				hashName(e.hash), nameJarManifest, b64(actual), c.file.entry.Name, b64(e.value))
			holds = false
		}
	}
	return holds, nil
}

// checkMainSection compares digests of the manifest's main section.
// (verifyManifestMainSectionDigest)
func (c *sfChecker) checkMainSection(main jar.Section) error {
	expected, err := c.mode.digests(main, "-Digest-Manifest-Main-Attributes")
	if err != nil {
		return err
	}
	if len(expected) > 0 && !c.jar.hasMain {
		return exception("%s is empty", nameJarManifest)
	}
	for _, e := range expected {
		if actual := sum(e.hash, c.jar.main.Raw); !bytes.Equal(actual, e.value) {
			c.fail("manifest-main-section-digest-did-not-verify", "%s digest of the main section of %s is %s, %q states %s",
				hashName(e.hash), nameJarManifest, b64(actual), c.file.entry.Name, b64(e.value))
		}
	}
	return nil
}

// checkSections goes through the sections for entries; whole says that the
// manifest as a whole has been verified.
func (c *sfChecker) checkSections(in *jar.Reader, whole bool) error {
	names, foreign := newBitset(len(c.jar.entries)), make(map[string]bool)
	for n := 1; ; n++ {
		s, ok := in.Next()
		if !ok {
			break
		}
		if n > maxJarSections {
			return tooLarge("more than %d sections in %q", maxJarSections, c.file.entry.Name)
		}
		i, known := c.jar.index[s.Name]
		switch {
		case !s.Named:
			c.fail("unnnamed-sig-file-section", "section %d of %q has no name", n, c.file.entry.Name)
			c.out.ignored = true
			return nil
		case foreign[s.Name] || known && names.has(int(i)):
			c.fail("duplicate-sig-file-section", "section for %q twice in %q", s.Name, c.file.entry.Name)
			c.out.ignored = true
			return nil
		case known:
			names.add(int(i))
		default:
			foreign[s.Name] = true
		}
		if whole {
			continue
		}
		if err := c.checkSection(s, i, known); err != nil {
			return err
		}
	}
	c.out.names = names
	return nil
}

// checkSection compares digests of a manifest section.
// (verifyManifestIndividualSectionDigest)
func (c *sfChecker) checkSection(s jar.Section, entry int32, known bool) error {
	var section jar.Section
	if known {
		section, known = c.jar.section(entry)
	}
	if !known {
		c.fail("no-zip-entry-digest-in-sig-file", "%s has no section for %q, which %q names", nameJarManifest, s.Name, c.file.entry.Name)
		c.out.ignored = true
		return nil
	}
	expected, err := c.mode.digests(s, "-Digest")
	if err != nil {
		return err
	}
	if len(expected) == 0 {
		c.fail("no-zip-entry-digest-in-sig-file", "no digest for %q in %q", s.Name, c.file.entry.Name)
		return nil
	}
	raw := section.Raw
	if c.signtool && bytes.HasSuffix(raw, []byte("\n\n")) {
		raw = raw[:len(raw)-1]
	}
	for _, e := range expected {
		if actual := sum(e.hash, raw); !bytes.Equal(actual, e.value) {
			c.fail("manifest-section-digest-did-not-verify", "%s digest of the section of %s for %q is %s, %q states %s",
				hashName(e.hash), nameJarManifest, s.Name, b64(actual), c.file.entry.Name, b64(e.value))
		}
	}
	return nil
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
