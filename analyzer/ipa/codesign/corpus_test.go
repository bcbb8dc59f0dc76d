package codesign_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"heyan/analyzer/ipa/applepki"
	"heyan/analyzer/ipa/codesign"
	"heyan/analyzer/ipa/macho"
)

// TestGenuine verifies every executable of the corpus's IPAs that Apple's tools
// signed.
func TestGenuine(t *testing.T) {
	t.Parallel()
	corpus := os.Getenv("HEYAN_CORPUS")
	if corpus == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	files, err := filepath.Glob(filepath.Join(corpus, "files", "*.ipa"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no packages: %v", err)
	}
	trusted := 0
	for _, f := range files {
		for name, data := range members(t, f) {
			file, err := macho.Read(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				continue
			}
			siblings := members(t, f)
			for _, s := range file.Slices {
				slice := data[s.Offset : s.Offset+s.Size]
				c := codesign.Code{Encryption: s.Encryption, Reread: func() (io.Reader, error) { return bytes.NewReader(slice), nil }}
				if off, size, ok := s.SignatureAt(); ok {
					c.Offset, c.Signature = off, slice[off:off+size]
					c.Pages = codesign.NewPages(off)
					_, _ = c.Pages.Write(slice)
				}
				c.InfoPlist = siblings[path.Dir(name)+"/Info.plist"]
				c.Resources = siblings[path.Dir(name)+"/_CodeSignature/CodeResources"]
				r, err := codesign.Verify(c, applepki.Apple())
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%s %s %s: role %q trusted %v adhoc %v %v team %q time %v pages %d: %+v", filepath.Base(f), path.Base(name), s.Facts.Arch,
					r.Role, r.Trusted, r.AdHoc, r.Hashes, r.Team, r.SigningTime, r.Pages, r.Findings)
				if r.Trusted {
					trusted++
					if !r.Intact() {
						t.Errorf("%s %s: %+v", f, name, r.Findings)
					}
				}
			}
		}
	}
	if trusted == 0 {
		t.Error("no genuine signature verified")
	}
}

// members are the files of a package that matter here.
func members(t *testing.T, name string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil
	}
	defer z.Close()
	out := map[string][]byte{}
	for _, e := range z.File {
		if !strings.HasPrefix(e.Name, "Payload/") || e.FileInfo().IsDir() {
			continue
		}
		r, err := e.Open()
		if err != nil {
			continue
		}
		data, err := io.ReadAll(r)
		r.Close()
		if err == nil {
			out[e.Name] = data
		}
	}
	return out
}
