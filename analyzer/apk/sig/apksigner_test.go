package sig_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"heyan/analyzer/apk/sig"
	"heyan/analyzer/facts"
)

// TestApksigner compares verdict and signers with those of apksigner itself, for
// the levels of the package and for every range found, on every APK of a folder:
// HEYAN_APKSIGNER is the command, HEYAN_CORPUS the folder. Where they differ, one
// of the differences that docs/signatures.md lists must be the reason.
func TestApksigner(t *testing.T) {
	t.Parallel()
	command, dir := os.Getenv("HEYAN_APKSIGNER"), os.Getenv("HEYAN_CORPUS")
	if command == "" || dir == "" {
		t.Skip("HEYAN_APKSIGNER or HEYAN_CORPUS is not set")
	}
	paths := make(chan string)
	c := &comparison{command: command, table: make(map[string]int)}
	var workers sync.WaitGroup
	for range 2 { // starting Java is what takes the time
		workers.Go(func() {
			for path := range paths {
				c.compare(t, path)
			}
		})
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".apk") {
			paths <- path
		}
		return err
	})
	close(paths)
	workers.Wait()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range slices.Sorted(maps.Keys(c.table)) {
		t.Logf("%4d  %s", c.table[row], row)
	}
}

// comparison counts the answers compared.
type comparison struct {
	command string
	mu      sync.Mutex
	table   map[string]int
}

func (c *comparison) count(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.table[fmt.Sprintf(format, args...)]++
}

func (c *comparison) compare(t *testing.T, path string) {
	got, err := verifyPath(t, path)
	if err != nil {
		t.Error(err)
		return
	}
	want := askApksigner(t, c.command, path, 0, 0)
	if verifies := got.Status == facts.SignatureValid; verifies != want.verifies || !slices.Equal(digests(got.Signers), want.all()) {
		t.Errorf("%s: %s by %v, apksigner says %+v", path, got.Status, digests(got.Signers), want)
	}
	c.count("package            %-8s  equal", got.Status)
	for _, r := range got.Ranges {
		ranged := askApksigner(t, c.command, path, r.MinAPI, r.MaxAPI)
		equal := ranged.verifies == (r.Status == facts.SignatureValid) && slices.Equal(r.Signers, ranged.at(r.MinAPI))
		reason := gap(got, r)
		row := fmt.Sprintf("range by %-9s %-8s", r.Scheme, r.Status)
		switch {
		case equal:
			c.count("%s  equal", row)
		case reason != "":
			c.count("%s  differs: %s", row, reason)
		default:
			t.Errorf("%s from %d to %d: %s by %v, apksigner says %+v", path, r.MinAPI, r.MaxAPI, r.Status, r.Signers, ranged)
		}
	}
}

// verifyPath is verifyFile for goroutines that are not the test's own.
func verifyPath(t *testing.T, path string) (facts.Signature, error) {
	file, err := os.Open(path)
	if err != nil {
		return facts.Signature{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return facts.Signature{}, err
	}
	return sig.Verify(t.Context(), file, info.Size(), sig.Options{})
}

// gap names the difference of docs/signatures.md that a range may show: apksigner
// answers for a v3.1 block that platforms there do not look at yet, or does not
// compare its content digests.
func gap(s facts.Signature, r facts.SignatureRange) string {
	unchecked := slices.ContainsFunc(r.Problems, func(p facts.SignatureProblem) bool { return p.Code == "content-digest-unchecked" })
	switch {
	case unchecked:
		return "2, content digests of v3.1"
	case r.Scheme == "v3" && r.MaxAPI >= 33 && slices.Contains(s.Present, "v3.1"):
		return "1, below a v3.1 block"
	}
	return ""
}

type apksignerAnswer struct {
	verifies bool
	signers  []printedSigner
}

// printedSigner is a certificate as apksigner prints it, with its levels where
// there is a v3.1 block.
type printedSigner struct {
	digest   string
	min, max int
}

func (a apksignerAnswer) all() (list []string) {
	for _, s := range a.signers {
		list = append(list, s.digest)
	}
	return list
}

// at is the signers for one level.
func (a apksignerAnswer) at(level int) (list []string) {
	for _, s := range a.signers {
		if s.max == 0 || s.min <= level && level <= s.max {
			list = append(list, s.digest)
		}
	}
	if len(list) > 1 && a.signers[0].max != 0 {
		return list[:1] // v3.1 is printed before v3, and goes before it
	}
	return list
}

var printedLine = regexp.MustCompile(`(?m)^Signer (?:#\d+|\(minSdkVersion=(\d+)(?: \(dev release=true\))?, maxSdkVersion=(\d+)\)) certificate SHA-256 digest: ([0-9a-f]{64})$`)

func askApksigner(t *testing.T, command, path string, minSDK, maxSDK int) apksignerAnswer {
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
	for _, m := range printedLine.FindAllStringSubmatch(out.String(), -1) {
		low, _ := strconv.Atoi(m[1])
		high, _ := strconv.Atoi(m[2])
		a.signers = append(a.signers, printedSigner{m[3], low, high})
	}
	return a
}
