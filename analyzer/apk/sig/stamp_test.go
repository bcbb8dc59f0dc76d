package sig_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/apk/sig"
	"heyan/analyzer/facts"
)

// TestStamp: who stamped it, when, and by right of which certificates.
func TestStamp(t *testing.T) {
	t.Parallel()
	got := verify(t, read(t, "stamp-valid-timestamp-value"), sig.Options{}).Stamp
	if got == nil || got.Status != facts.SignatureValid || got.Certificate == nil || got.Certificate.SHA256 != rsa2048 || got.Time != "2022-02-15T00:56:24Z" {
		t.Errorf("stamp %+v", got)
	}
	if got := verify(t, fixture(t, "school.apk"), sig.Options{}).Stamp; got != nil {
		t.Errorf("stamp of a package without: %+v", got)
	}
}

// TestStampBroken: a stamp that does not hold says why, and decides nothing else.
func TestStampBroken(t *testing.T) {
	t.Parallel()
	base := read(t, "stamp-valid-timestamp-value")
	l := layoutOf(base)
	value := pairOf(t, base, idStamp)
	without := bytes.Clone(base)
	at := bytes.Index(without[l.block:], value) + l.block
	without[at+8] ^= 0xff // another id
	flipped := bytes.Clone(base)
	flipped[at+len(value)-20] ^= 1 // in the signature over the attributes
	entryGone := withPair(t, fixture(t, "v2.apk"), value)
	tampered := bytes.Clone(base)
	tampered[200] ^= 1
	for name, test := range map[string]struct {
		data  []byte
		whole facts.SignatureStatus
		stamp facts.SignatureStatus
		codes []string
	}{
		"no block":          {without, facts.SignatureValid, facts.SignatureInvalid, []string{"source-stamp-sig-missing"}},
		"broken signature":  {flipped, facts.SignatureValid, facts.SignatureInvalid, []string{"source-stamp-did-not-verify"}},
		"no entry":          {entryGone, facts.SignatureValid, facts.SignatureInvalid, []string{"source-stamp-signature-block-without-cert-digest"}},
		"package broken":    {tampered, facts.SignatureInvalid, facts.SignatureValid, nil},
		"manifest unusable": {withoutManifest(base), facts.SignatureUnknown, facts.SignatureUnknown, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := verify(t, test.data, sig.Options{})
			if got.Status != test.whole || got.Stamp == nil || got.Stamp.Status != test.stamp {
				t.Fatalf("package %s, stamp %+v", got.Status, got.Stamp)
			}
			if diff := cmp.Diff(test.codes, codes(got.Stamp.Problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

const idStamp = 0x6dff800d

// withoutManifest renames AndroidManifest.xml in the directory.
func withoutManifest(data []byte) []byte {
	out := bytes.Clone(data)
	l := layoutOf(out)
	copy(out[l.directory+bytes.Index(out[l.directory:], []byte("AndroidManifest.xml")):], "androidManifest.xml")
	return out
}

// TestStampLineage: a stamp whose key was rotated shows the keys before it.
func TestStampLineage(t *testing.T) {
	t.Parallel()
	got := verify(t, read(t, "stamp-lineage-valid"), sig.Options{}).Stamp
	if got == nil || got.Status != facts.SignatureValid {
		t.Fatalf("stamp %+v", got)
	}
	var keys []string
	for _, n := range got.Lineage {
		keys = append(keys, n.Certificate.SHA256)
	}
	if diff := cmp.Diff([]string{rsa2048, rsa2048b}, keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStampVectors compares with apksigner on everything that has a trace of a
// stamp. HEYAN_APKSIGNER is the command, HEYAN_CORPUS and HEYAN_APKSIG_VECTORS
// folders of packages, the latter apksig's own.
func TestStampVectors(t *testing.T) {
	t.Parallel()
	command := os.Getenv("HEYAN_APKSIGNER")
	if command == "" {
		t.Skip("HEYAN_APKSIGNER is not set")
	}
	dirs := []string{"testdata", os.Getenv("HEYAN_CORPUS"), os.Getenv("HEYAN_APKSIG_VECTORS")}
	rows := 0
	for _, dir := range slices.DeleteFunc(dirs, func(d string) bool { return d == "" }) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".apk") {
				rows += compareStamp(t, command, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d packages with a trace of a stamp", rows)
}

// compareStamp asks apksigner about a package's stamp, if it has one.
func compareStamp(t *testing.T, command, path string) int {
	t.Helper()
	got := verifyFile(t, path, sig.Options{})
	if got.Stamp == nil {
		return 0
	}
	alone := run(t.Context(), command, "verify", "--verbose", "--print-certs", "--verify-source-stamp", path)
	whole := run(t.Context(), command, "verify", "--verbose", path)
	const holds = "Verified for SourceStamp: true"
	wantAlone, wantWhole := strings.Contains(alone, holds), strings.Contains(whole, holds)
	gotCert := ""
	if got.Stamp.Certificate != nil && got.Stamp.Status == facts.SignatureValid {
		gotCert = got.Stamp.Certificate.SHA256
	}
	wantCert := ""
	if m := regexp.MustCompile(`(?m)^Source Stamp Signer certificate SHA-256 digest: ([0-9a-f]{64})$`).FindStringSubmatch(alone); m != nil {
		wantCert = m[1]
	}
	gotAlone := got.Stamp.Status == facts.SignatureValid
	// apksigner looks at the stamp of a package that verifies alone.
	gotWhole := got.Status == facts.SignatureValid && gotAlone
	verdict := "equal"
	if gotAlone != wantAlone || gotWhole != wantWhole || gotCert != wantCert {
		verdict = "DIFFERENT"
		t.Errorf("%s: stamp %+v of a package that is %s; apksigner says\n%s\nand of the whole\n%s", path, got.Stamp, got.Status, alone, whole)
	}
	t.Logf("%-9s %-52s %-8s %-7s %s %v", verdict, filepath.Base(path), got.Status, got.Stamp.Status, got.Stamp.Time, codes(got.Stamp.Problems))
	return 1
}

// run returns what a command prints; that it fails is a part of its answer.
func run(ctx context.Context, command string, args ...string) string {
	out, err := exec.CommandContext(ctx, command, args...).CombinedOutput()
	if err != nil {
		return string(out) + "\n" + err.Error()
	}
	return string(out)
}
