package archive_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
)

// odd is what is reported for the files of the corpus; all others have nothing.
// The names are without their digests.
var odd = map[string][]archive.Code{
	"janus.apk":                                              {archive.CodePrefixDEX},
	"v2-only-truncated-cd.apk":                               {archive.CodeDirectoryCut, archive.CodeDirectoryCut},
	"v2-only-garbage-between-cd-and-eocd.apk":                {archive.CodeGapAfterDirectory},
	"v2-only-wrong-apk-sig-block-magic.apk":                  {archive.CodeGapBeforeDirectory},
	"v2-only-empty.apk":                                      {archive.CodeNoEntries},
	"v1-only-with-lf-in-entry-name.apk":                      {archive.CodeNameControl},
	"v3-only-with-rsa-pkcs1-sha512-8192-digest-mismatch.apk": {archive.CodeLocalName},
	"issue1589.apk": {
		archive.CodeNameTraversal, archive.CodeNameTraversal, archive.CodeNameTraversal, archive.CodeNameTraversal,
		archive.CodeNameTraversal, archive.CodeNameTraversal, archive.CodeNameTraversal, archive.CodeNameTraversal,
	},
	"iOS_App_With_Spaces.ipa": {
		archive.CodeForeignFiles, archive.CodeWrapped,
		archive.CodeDescriptor, archive.CodeDescriptor, archive.CodeDescriptor,
		archive.CodeDescriptor, archive.CodeDescriptor, archive.CodeDescriptor,
	},
}

// formats are those of the files that are not what their kind says.
var formats = map[string]facts.Format{
	"v2-only-empty.apk":                 facts.FormatBroken,
	"invalid_manifest.apk":              facts.FormatBroken,  // ten bytes
	"with_swift_twice.ipa":              facts.FormatBroken,  // no Info.plist
	"iOS_App_With_Spaces.ipa":           facts.FormatZIP,     // wrapped in a folder
	"86439525319f-very_capable_app.ipa": facts.FormatUnknown, // a line of text
	"not-an-ipa.ipa":                    facts.FormatUnknown,
}

// TestCorpus reads real packages: the format, every anomaly, and every entry's
// content against the standard library's reader.
func TestCorpus(t *testing.T) {
	t.Parallel()
	root := os.Getenv("HEYAN_CORPUS")
	if root == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	truth, err := os.ReadFile(filepath.Join(root, "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(truth) {
		var file struct{ File, Kind string }
		if err := json.Unmarshal(line, &file); err != nil {
			t.Fatal(err)
		}
		t.Run(file.File, func(t *testing.T) {
			t.Parallel()
			checkFile(t, filepath.Join(root, "files", file.File), file.File, file.Kind)
		})
	}
}

func checkFile(t *testing.T, path, name, kind string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	a, d, err := archive.Identify(f, info.Size(), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, short, _ := strings.Cut(name, "-")
	want := facts.FormatUnknown
	if kind == "apk" || kind == "ipa" {
		want = facts.Format(kind)
	}
	for _, n := range []string{name, short} {
		if special, ok := formats[n]; ok {
			want = special
		}
	}
	if d.Format != want {
		t.Errorf("format %q (%s), want %q", d.Format, d.Detail, want)
	}
	if a == nil {
		return
	}
	local, err := a.CheckLocalHeaders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := append(append(codes(d.Anomalies), codes(a.Anomalies())...), codes(local)...)
	if diff := cmp.Diff(odd[short], got); diff != "" {
		t.Errorf("anomalies (-want +got):\n%s", diff)
	}
	if !slices.Contains(got, archive.CodeDescriptor) { // archive/zip insists on the descriptor
		compare(t, a)
	}
}

// compare reads an archive with archive/zip too.
func compare(t *testing.T, a *archive.Archive) {
	t.Helper()
	std, err := zip.NewReader(a.Source(), a.Size())
	if err != nil {
		if len(a.Anomalies()) == 0 {
			t.Errorf("archive/zip: %v", err)
		}
		return
	}
	if len(std.File) != len(a.Entries()) {
		t.Errorf("%d entries, archive/zip has %d", len(a.Entries()), len(std.File))
		return
	}
	for i, file := range std.File {
		e := &a.Entries()[i]
		if e.Name != file.Name || e.UncompressedSize != file.UncompressedSize64 || e.CRC32 != file.CRC32 {
			t.Errorf("entry %d: %q, archive/zip has %q", i, e.Name, file.Name)
		}
		content, err := a.ReadFile(e, 1<<30)
		if err != nil {
			t.Errorf("entry %q: %v", e.Name, err)
		}
		r, err := file.Open()
		if err != nil {
			t.Errorf("entry %q: archive/zip: %v", e.Name, err)
			continue
		}
		sum := crc32.NewIEEE()
		_, err = io.Copy(sum, r)
		r.Close()
		if err != nil || sum.Sum32() != crc32.ChecksumIEEE(content) {
			t.Errorf("entry %q: archive/zip reads otherwise: %v", e.Name, err)
		}
	}
}
