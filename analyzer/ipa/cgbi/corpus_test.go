package cgbi_test

import (
	"bytes"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heyan/analyzer/archive"
	"heyan/analyzer/ipa/cgbi"
)

// TestCorpus decodes every PNG image of real packages. An icon that came out in
// one colour would have been read wrong.
func TestCorpus(t *testing.T) {
	t.Parallel()
	root := os.Getenv("HEYAN_CORPUS")
	if root == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	paths, err := filepath.Glob(filepath.Join(root, "files", "*.ipa"))
	if err != nil {
		t.Fatal(err)
	}
	crushed := 0
	for _, name := range paths {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		a, err := archive.Open(bytes.NewReader(data), int64(len(data)), archive.Limits{})
		if err != nil {
			continue // told by the archive's own corpus test
		}
		for i := range a.Entries() {
			e := &a.Entries()[i]
			if !strings.HasSuffix(e.Name, ".png") || strings.Contains(e.Name, "__MACOSX/") {
				continue
			}
			content, err := a.ReadFile(e, 8<<20)
			if err != nil {
				t.Fatal(err)
			}
			info, err := cgbi.Read(content)
			if err != nil {
				t.Errorf("%s: %v", e.Name, err)
				continue
			}
			img, err := cgbi.Decode(content, 1<<22)
			if err != nil {
				t.Errorf("%s: %v", e.Name, err)
				continue
			}
			if info.Crushed {
				crushed++
				if strings.Contains(e.Name, "AppIcon") && plain(img.(*image.RGBA)) {
					t.Errorf("%s: one colour alone", e.Name)
				}
			}
		}
	}
	if crushed < 10 {
		t.Errorf("only %d images in Apple's form", crushed)
	}
}

func plain(img *image.RGBA) bool {
	for i := 4; i < len(img.Pix); i += 4 {
		if !bytes.Equal(img.Pix[i:i+4], img.Pix[:4]) {
			return false
		}
	}
	return true
}
