package sig

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// checkedEntries is the outcome of verifying the entries, the same for all runs
// that pick digests alike and have the same signers left.
type checkedEntries struct {
	findings
	signers bitset // by signature file
}

// verifyEntries verifies the entries' data against the manifest and makes sure
// that the same signers signed them all. A planning run only notes which digests
// that takes. (V1SchemeVerifier.verifyJarEntriesAgainstManifestAndSigners)
func (r *run) verifyEntries(signers []*jarSigner) (*checkedEntries, error) {
	key := fmt.Sprint(r.pickMode())
	names := make([]bitset, len(r.jar.files))
	for _, s := range signers {
		key += fmt.Sprint(" ", s.file.index)
		checked, err := r.verifySignatureFile(s.file)
		if err != nil {
			return nil, err
		}
		names[s.file.index] = checked.names
	}
	if known := r.jar.checked[key]; known != nil {
		return known, nil
	}
	c := &entryChecker{jar: r.jar, mode: r.pickMode(), names: names, out: &checkedEntries{}}
	if err := c.match(); err != nil {
		return nil, err
	}
	if r.planning {
		return c.out, nil
	}
	if err := r.jar.store.compute(r.verifier); err != nil {
		return nil, err
	}
	if err := c.compare(); err != nil {
		return nil, err
	}
	r.jar.checked[key] = c.out
	return c.out, nil
}

// entryChecker verifies all entries for one set of signers.
type entryChecker struct {
	jar   *archiveJar
	mode  pickMode
	names []bitset // of each signature file, nil of those ignored
	out   *checkedEntries
	found []finding
}

// finding is what is to be said or to be compared of an entry; both are done in
// the order of the entries' data.
type finding struct {
	entry    int32
	code     string // of an error found without reading data
	detail   string
	expected []namedDigest
}

// match finds the digests to compare and the signers of every entry.
func (c *entryChecker) match() error {
	first := int32(-1)
	for _, i := range c.byOffset() {
		name := c.jar.entries[i].Name
		if strings.HasPrefix(name, prefixMeta) {
			continue
		}
		section, ok := c.jar.section(i)
		if !ok {
			c.note(i, "jar-sig-no-zip-entry-digest-in-manifest", "no digest for %q in %s", name, nameJarManifest)
			continue
		}
		signers := c.signersOf(i)
		switch {
		case signers == nil:
			c.note(i, "jar-sig-zip-entry-not-signed", "%q is not signed", name)
			continue
		case first < 0:
			first, c.out.signers = i, signers
		case !slices.Equal(signers, c.out.signers):
			c.note(i, "jar-sig-zip-entry-signers-mismatch", "%q and %q are signed by different signers: %s and %s",
				c.jar.entries[first].Name, name, c.signerNames(c.out.signers), c.signerNames(signers))
			continue
		}
		expected, err := c.mode.digests(section, "-Digest")
		if err != nil {
			return err
		}
		if len(expected) == 0 {
			c.note(i, "jar-sig-no-zip-entry-digest-in-manifest", "no digest for %q in %s", name, nameJarManifest)
			continue
		}
		for _, e := range expected {
			c.jar.store.want(c.jar, i, e.hash)
		}
		c.found = append(c.found, finding{entry: i, expected: expected})
	}
	if first < 0 {
		c.note(-1, "jar-sig-no-signed-zip-entries", "no entries are covered by JAR signatures")
	}
	return nil
}

func (c *entryChecker) note(entry int32, code, text string, args ...any) {
	c.found = append(c.found, finding{entry: entry, code: code, detail: fmt.Sprintf(text, args...)})
}

// byOffset is the entries in the order of their data.
func (c *entryChecker) byOffset() []int32 {
	order := make([]int32, len(c.jar.entries))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		return cmp.Compare(c.jar.entries[a].HeaderOffset, c.jar.entries[b].HeaderOffset)
	})
	return order
}

// signersOf are the signature files that name an entry, nil for none.
func (c *entryChecker) signersOf(entry int32) bitset {
	var out bitset
	for file, names := range c.names {
		if names.has(int(entry)) {
			if out == nil {
				out = newBitset(maxSigners)
			}
			out.add(file)
		}
	}
	return out
}

func (c *entryChecker) signerNames(signers bitset) string {
	var out []string
	for _, f := range c.jar.files {
		if signers.has(f.index) {
			out = append(out, fmt.Sprintf("%q", f.name))
		}
	}
	return strings.Join(out, ", ")
}

// compare compares the digests of the data, all of them now computed.
func (c *entryChecker) compare() error {
	for _, f := range c.found {
		if f.code != "" {
			c.out.fail(schemeV1, f.code, "%s", f.detail)
			continue
		}
		if err := c.jar.store.broken[f.entry]; err != nil {
			return err
		}
		for _, e := range f.expected {
			if actual := c.jar.store.digest(f.entry, e.hash); !bytes.Equal(actual, e.value) {
				c.out.fail(schemeV1, "jar-sig-zip-entry-digest-did-not-verify", "%s digest of %q is %s, %s states %s",
					hashName(e.hash), c.jar.entries[f.entry].Name, b64(actual), nameJarManifest, b64(e.value))
			}
		}
	}
	return nil
}
