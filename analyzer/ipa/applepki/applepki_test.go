package applepki_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"heyan/analyzer/cert"
	"heyan/analyzer/internal/cms"
	"heyan/analyzer/ipa/applepki"
)

// TestPinned: the roots are Apple's, by the digests Apple and independent projects
// publish, and every file of the folder can be read.
func TestPinned(t *testing.T) {
	t.Parallel()
	pins := map[string]string{
		"AppleIncRootCertificate.cer": "b0b1730ecbc7ff4505142c49f1295e6eda6bcaed7e2c68c5be91b5a11001f024",
		"AppleRootCA-G2.cer":          "c2b9b042dd57830e7d117dac55ac8ae19407d38e41d88f3215bc3a890444a050",
		"AppleRootCA-G3.cer":          "63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179",
	}
	files, err := filepath.Glob("certs/*.cer")
	if err != nil || len(files) < len(pins) {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		c, err := cert.Parse(raw)
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if want, ok := pins[filepath.Base(f)]; ok {
			sum := sha256.Sum256(raw)
			if got := hex.EncodeToString(sum[:]); got != want {
				t.Errorf("%s: SHA-256 %s, want %s", f, got, want)
			}
			delete(pins, filepath.Base(f))
		}
		// Every one ends at a pinned root, by itself.
		if _, err := applepki.Apple().Verify(c, nil); err != nil {
			t.Errorf("%s: %v", f, err)
		}
		if !applepki.IsAuthority(c) {
			t.Errorf("%s is no authority", f)
		}
	}
	if len(pins) > 0 {
		t.Errorf("missing %v", pins)
	}
}

// TestGenuineProfiles: profiles that Apple signed, from 2013 to now.
func TestGenuineProfiles(t *testing.T) {
	t.Parallel()
	corpus := os.Getenv("HEYAN_CORPUS")
	if corpus == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	files, err := filepath.Glob(filepath.Join(corpus, "files", "*.mobileprovision"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no profiles: %v", err)
	}
	genuine := 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		m, err := cms.Parse(data)
		if err != nil {
			t.Logf("%s: %v", filepath.Base(f), err)
			continue
		}
		s, err := m.Verify(m.Content)
		if err != nil {
			t.Logf("%s: %v", filepath.Base(f), err)
			continue
		}
		chain, err := applepki.Apple().Verify(s.Certificate, m.Certificates)
		from, until := chain.Validity()
		t.Logf("%s: signed %v, role %q, chain of %d, %v to %v, %v", filepath.Base(f), s.SigningTime, applepki.RoleOf(s.Certificate),
			len(chain.Certificates), from, until, err)
		if err == nil {
			genuine++
			if applepki.RoleOf(s.Certificate) != applepki.RoleProfile {
				t.Errorf("%s: role %q", f, applepki.RoleOf(s.Certificate))
			}
		} else if !errors.Is(err, applepki.ErrUntrusted) {
			t.Errorf("%s: %v", f, err)
		}
	}
	if genuine == 0 {
		t.Error("no genuine profile verified")
	}
}
