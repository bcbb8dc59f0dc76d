package sig_test

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heyan/analyzer/apk/sig"
	"heyan/analyzer/facts"
)

// truth is a line of the corpus' truth file, as apksigner 35.0.2 answered.
type truth struct {
	File      string `json:"file"`
	Kind      string `json:"kind"`
	Signature *struct {
		Verdict string `json:"verdict"`
		Schemes string `json:"schemes"`
		Cert    string `json:"cert_sha256"`
	} `json:"signature"`
}

// TestCorpus compares verdict, schemes and signers with the truth on every APK.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("HEYAN_CORPUS")
	if dir == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	list, err := os.Open(filepath.Join(dir, "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	table := make(map[string]int)
	lines := bufio.NewScanner(list)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var want truth
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if want.Kind != "apk" || want.Signature == nil {
			continue
		}
		got := verifyFile(t, filepath.Join(dir, "files", want.File), sig.Options{})
		equal := matches(got, want)
		if !equal {
			t.Errorf("%s: want %+v\ngot %s by %v, signers %v, problems %+v", want.File, *want.Signature, got.Status, got.Schemes, digests(got.Signers), got.Problems)
		}
		table[want.Signature.Verdict]++
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, verdict := range slices.Sorted(maps.Keys(table)) {
		t.Logf("%4d %s", table[verdict], verdict)
	}
}

func verifyFile(t *testing.T, path string, opt sig.Options) facts.Signature {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	got, err := sig.Verify(t.Context(), file, info.Size(), opt)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return got
}

func digests(list []facts.Certificate) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.SHA256)
	}
	return out
}

func matches(got facts.Signature, want truth) bool {
	schemes := slices.DeleteFunc(strings.Split(want.Signature.Schemes, "+"), func(s string) bool { return s == "stamp" || s == "" })
	certs := slices.DeleteFunc(strings.Split(want.Signature.Cert, ","), func(s string) bool { return s == "" })
	switch want.Signature.Verdict {
	case "VERIFIES":
		return got.Status == facts.SignatureValid && slices.Equal(got.Schemes, schemes) && slices.Equal(digests(got.Signers), certs)
	case "FAILS":
		return got.Status == facts.SignatureInvalid && len(got.Signers) == 0 && len(got.Problems) > 0
	case "UNSIGNED":
		return got.Status == facts.SignatureUnsigned && len(got.Present) == 0
	case "ERROR":
		return got.Status == facts.SignatureUnknown && len(got.Problems) > 0
	case "FAILS(v1 missing for its minSdk); VERIFIES(minSdk>=28)":
		return got.Status == facts.SignatureInvalid && slices.ContainsFunc(got.Ranges, func(r facts.SignatureRange) bool {
			return r.MinAPI <= 28 && (r.MaxAPI == 0 || r.MaxAPI >= 28) && r.Status == facts.SignatureValid &&
				slices.Contains(schemes, r.Scheme) && slices.Equal(r.Signers, certs)
		})
	}
	return false
}
