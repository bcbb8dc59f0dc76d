package sig_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/apk/sig"
	"heyan/analyzer/facts"
)

// Digests of the keys of testdata/keys.
const (
	schoolKey = "83d6979c67e119b06a1e34934dd2fe82d57441e78836e655fec0e713f39adf34"
	secondKey = "3a23d70ea066cc5dbf60fc13193a6d83cdaad69081f55d79d06896f88b0231b8"
)

// TestRotation: the lineage has its oldest signer first and its newest last, and
// the ranges say which of them a device goes by.
func TestRotation(t *testing.T) {
	t.Parallel()
	usual := []string{"installed-data", "shared-uid", "permission", "auth"}
	lineage := []rotated{{schoolKey, usual}, {secondKey, usual}}
	type by struct {
		Min, Max       int
		Scheme, Signer string
	}
	for name, want := range map[string][]by{
		"v3-rotated.apk":  {{24, 27, "v2", schoolKey}, {28, 0, "v3", secondKey}},
		"v31-rotated.apk": {{24, 27, "v2", schoolKey}, {28, 32, "v3", schoolKey}, {33, 0, "v3.1", secondKey}},
	} {
		got := verify(t, fixture(t, name), sig.Options{})
		if diff := cmp.Diff(lineage, rotation(got)); diff != "" {
			t.Errorf("%s: lineage (-want +got):\n%s", name, diff)
		}
		var ranges []by
		for _, r := range got.Ranges {
			ranges = append(ranges, by{r.MinAPI, r.MaxAPI, r.Scheme, strings.Join(r.Signers, ",")})
		}
		if diff := cmp.Diff(want, ranges); diff != "" {
			t.Errorf("%s: ranges (-want +got):\n%s", name, diff)
		}
	}
}

// rotated is a certificate of a lineage with what it is still good for.
type rotated struct {
	Signer       string
	Capabilities []string
}

func rotation(s facts.Signature) (list []rotated) {
	for _, n := range s.Lineage {
		list = append(list, rotated{n.Certificate.SHA256, n.Capabilities})
	}
	return list
}

// TestLineageVectors compares with `apksigner lineage` on everything that
// verifies and has a v3 block; see TestStampVectors for the variables.
func TestLineageVectors(t *testing.T) {
	t.Parallel()
	command := os.Getenv("HEYAN_APKSIGNER")
	if command == "" {
		t.Skip("HEYAN_APKSIGNER is not set")
	}
	dirs := []string{"testdata", "../../../testdata/apk", os.Getenv("HEYAN_CORPUS"), os.Getenv("HEYAN_APKSIG_VECTORS")}
	table := make(map[int]int)
	for _, dir := range slices.DeleteFunc(dirs, func(d string) bool { return d == "" }) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".apk") {
				return err
			}
			got := verifyFile(t, path, sig.Options{})
			if got.Status != facts.SignatureValid || !slices.Contains(got.Schemes, "v3") {
				return nil
			}
			want := readLineage(run(t.Context(), command, "lineage", "--in", path, "--print-certs", "--verbose"))
			if diff := cmp.Diff(want, rotation(got)); diff != "" {
				t.Errorf("%s (-apksigner +heyan):\n%s", path, diff)
			}
			table[len(want)]++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, size := range slices.Sorted(maps.Keys(table)) {
		t.Logf("%3d packages with a lineage of %d", table[size], size)
	}
}

// readLineage reads what `apksigner lineage --print-certs -v` prints.
func readLineage(text string) (list []rotated) {
	names := map[string]string{"installed data": "installed-data", "shared UID": "shared-uid", "permission": "permission", "rollback": "rollback", "auth": "auth"}
	line := regexp.MustCompile(`(?m)^(?:Signer #\d+ in lineage certificate SHA-256 digest: ([0-9a-f]{64})|Has (.+) capability *: true)$`)
	for _, m := range line.FindAllStringSubmatch(text, -1) {
		if m[1] != "" {
			list = append(list, rotated{m[1], []string{}})
		} else {
			last := &list[len(list)-1]
			last.Capabilities = append(last.Capabilities, names[m[2]])
		}
	}
	return list
}
