package sig_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"heyan/analyzer/apk/sig"
	"heyan/analyzer/facts"
)

// TestApksigner compares the answers with those of apksigner itself, for the
// levels of the package and for every range found. HEYAN_APKSIGNER is the command,
// HEYAN_CORPUS a folder of APKs.
func TestApksigner(t *testing.T) {
	t.Parallel()
	command, dir := os.Getenv("HEYAN_APKSIGNER"), os.Getenv("HEYAN_CORPUS")
	if command == "" || dir == "" {
		t.Skip("HEYAN_APKSIGNER or HEYAN_CORPUS is not set")
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".apk") {
			return err
		}
		compareWithApksigner(t, command, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func compareWithApksigner(t *testing.T, command, path string) {
	t.Helper()
	got := verifyFile(t, path, sig.Options{})
	want := askApksigner(t, command, path, 0, 0)
	if verifies := got.Status == facts.SignatureValid; verifies != want.verifies || !slices.Equal(digests(got.Signers), want.signers) {
		t.Errorf("%s: %s by %v, apksigner says %+v", path, got.Status, digests(got.Signers), want)
	}
	for _, r := range got.Ranges {
		if gap(got, r) {
			continue
		}
		ranged := askApksigner(t, command, path, r.MinAPI, r.MaxAPI)
		if verifies := r.Status == facts.SignatureValid; verifies != ranged.verifies {
			t.Errorf("%s from %d to %d: %s, apksigner says %+v", path, r.MinAPI, r.MaxAPI, r.Status, ranged)
		}
	}
}

// gap reports ranges in which apksigner answers for a v3.1 block that platforms
// there do not look at yet, or whose content digests it does not compare.
func gap(s facts.Signature, r facts.SignatureRange) bool {
	unchecked := slices.ContainsFunc(r.Problems, func(p facts.SignatureProblem) bool { return p.Code == "content-digest-unchecked" })
	return unchecked || r.Scheme == "v3" && r.MaxAPI >= 33 && slices.Contains(s.Present, "v3.1")
}

type apksignerAnswer struct {
	verifies bool
	signers  []string
}

func askApksigner(t *testing.T, command, path string, minSDK, maxSDK int) apksignerAnswer {
	t.Helper()
	args := []string{"verify", "--verbose", "--print-certs"}
	if minSDK > 0 {
		args = append(args, "--min-sdk-version", strconv.Itoa(minSDK))
	}
	if maxSDK > 0 {
		args = append(args, "--max-sdk-version", strconv.Itoa(maxSDK))
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), command, append(args, path)...)
	cmd.Stdout = &out
	err := cmd.Run()
	a := apksignerAnswer{verifies: err == nil}
	for _, m := range regexp.MustCompile(`(?m)^Signer .*certificate SHA-256 digest: ([0-9a-f]{64})$`).FindAllStringSubmatch(out.String(), -1) {
		a.signers = append(a.signers, m[1])
	}
	return a
}
