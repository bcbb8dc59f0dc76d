package profile_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/smallstep/pkcs7"

	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/entitlement"
	"heyan/analyzer/ipa/profile"
)

// truth is what other readers say of a file of the corpus.
type truth struct {
	File, Kind string
	IPA        *struct {
		Provision *provision
	}
}

type provision struct {
	Entitlements         map[string]any
	ExpirationDate       string
	Name                 string
	UUID                 string
	TeamIdentifier       []string
	ProvisionsAllDevices bool
	Devices              *int `json:"nProvisionedDevices"`
}

// TestCorpus reads the profiles of real packages, and those that came alone.
func TestCorpus(t *testing.T) {
	t.Parallel()
	root := os.Getenv("HEYAN_CORPUS")
	if root == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	lines, err := os.ReadFile(filepath.Join(root, "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	known, alone := 0, 0
	for line := range bytes.Lines(lines) {
		var want truth
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasSuffix(want.File, ".mobileprovision"):
			alone++
			readAlone(t, filepath.Join(root, "files", want.File))
		case want.IPA != nil && want.IPA.Provision != nil:
			known++
			readEmbedded(t, filepath.Join(root, "files", want.File), want.IPA.Provision)
		}
	}
	if known < 4 || alone < 4 {
		t.Errorf("only %d known profiles, %d alone", known, alone)
	}
}

// readAlone: a profile is read where another reader of CMS reads it as well.
func readAlone(t *testing.T, name string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, errOther := pkcs7.Parse(data)
	p, values, err := profile.Parse(data)
	if (err == nil) != (errOther == nil) {
		t.Errorf("%s: %v, another reader: %v", filepath.Base(name), err, errOther)
	}
	if err == nil && (p.Kind == profile.KindUnknown || p.Expires == "" || len(p.Certificates) == 0 || len(values) == 0) {
		t.Errorf("%s: %+v", filepath.Base(name), p)
	}
}

func readEmbedded(t *testing.T, name string, want *provision) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	a, err := archive.Open(bytes.NewReader(data), int64(len(data)), archive.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range a.Entries() {
		e := &a.Entries()[i]
		if !strings.HasSuffix(e.Name, ".app/embedded.mobileprovision") || strings.Count(e.Name, "/") != 2 {
			continue
		}
		content, err := a.ReadFile(e, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		p, values, err := profile.Parse(content)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
			return
		}
		compare(t, filepath.Base(name), want, p, values)
		return
	}
	t.Errorf("%s: no profile found", filepath.Base(name))
}

func compare(t *testing.T, name string, want *provision, p *facts.Profile, values []entitlement.Value) {
	t.Helper()
	got := provision{
		Name: p.Name, UUID: p.UUID, ProvisionsAllDevices: p.Kind == profile.KindEnterprise, Entitlements: map[string]any{},
		ExpirationDate: strings.NewReplacer("T", " ", "Z", "").Replace(p.Expires),
	}
	if p.TeamID != "" {
		got.TeamIdentifier = []string{p.TeamID}
	}
	if p.Kind == profile.KindAdHoc || p.Kind == profile.KindDevelopment {
		got.Devices = &p.Devices
	}
	for _, v := range values {
		var value any
		if err := json.Unmarshal([]byte(v.Value), &value); err != nil {
			t.Fatal(err)
		}
		got.Entitlements[v.Key] = value
	}
	if diff := cmp.Diff(*want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
