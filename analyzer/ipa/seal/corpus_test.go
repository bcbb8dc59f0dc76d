package seal_test

import (
	"archive/zip"
	"crypto/sha1"
	"crypto/sha256"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/seal"
)

// TestGenuine compares the sealed apps of the corpus with their seals.
func TestGenuine(t *testing.T) {
	t.Parallel()
	corpus := os.Getenv("HEYAN_CORPUS")
	if corpus == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	names, err := filepath.Glob(filepath.Join(corpus, "files", "*.ipa"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no packages: %v", err)
	}
	clean := 0
	for _, name := range names {
		root, sealed, files := app(t, name)
		if sealed == nil {
			continue
		}
		s, err := seal.Parse(sealed)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		exe := strings.TrimSuffix(filepath.Base(root), ".app")
		got := s.Compare(seal.Bundle{Executable: exe, Files: files})
		t.Logf("%s %s: version %d, %d files, %d altered %d missing %d added %+v %v", filepath.Base(name), root, got.Version, got.Files,
			got.AlteredCount, got.MissingCount, got.AddedCount, got.Findings, got.Added)
		if got.Status == facts.SignatureValid {
			clean++
		}
	}
	if clean == 0 {
		t.Error("no seal holds")
	}
}

// app reads the app of a package.
func app(t *testing.T, name string) (root string, sealed []byte, files []seal.File) {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		return "", nil, nil
	}
	defer z.Close()
	for _, e := range z.File {
		parts := strings.SplitN(e.Name, "/", 3)
		if len(parts) < 3 || parts[0] != "Payload" || !strings.HasSuffix(parts[1], ".app") || e.FileInfo().IsDir() {
			continue
		}
		root = parts[1]
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		if parts[2] == "_CodeSignature/CodeResources" {
			sealed = data
		}
		one, two := sha1.Sum(data), sha256.Sum256(data)
		f := seal.File{Path: parts[2], SHA1: one[:], SHA256: two[:]}
		if e.Mode()&fs.ModeSymlink != 0 {
			f.Link, f.Target = true, string(data)
		}
		files = append(files, f)
	}
	return root, sealed, files
}
