package ipa_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"heyan/analyzer/facts"

	"github.com/google/go-cmp/cmp"
)

// truth is what plistlib and zipfile say of a package of the corpus.
type truth struct {
	File string `json:"file"`
	Kind string `json:"kind"`
	IPA  struct {
		Main       map[string]any            `json:"main"`
		Nested     map[string]map[string]any `json:"nested"`
		Frameworks []string                  `json:"frameworks"`
		Strings    []string                  `json:"InfoPlist_strings"`
		Infos      []string                  `json:"strict_main_info_plists"`
		Executable *struct {
			Magic string `json:"magic"`
		} `json:"executable"`
		Provision *struct {
			Entitlements   map[string]any
			ExpirationDate string
			Name, UUID     string
			TeamIdentifier []string
			AllDevices     bool `json:"ProvisionsAllDevices"`
			Devices        *int `json:"nProvisionedDevices"`
		} `json:"provision"`
		Metadata bool `json:"itunes_metadata"`
	} `json:"ipa"`
}

// TestCorpus compares the facts of every package with an app in it.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("HEYAN_CORPUS")
	if dir == "" {
		t.Skip("HEYAN_CORPUS is not set")
	}
	s := &score{t: t, fields: map[string][2]int{}}
	for _, want := range readTruth(t, dir) {
		if want.Kind != "ipa" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, "files", want.File))
		if err != nil {
			t.Fatal(err)
		}
		s.file = want.File
		f := analyze(t, data)
		if len(want.IPA.Infos) == 0 {
			s.broken(f)
			continue
		}
		s.compare(want, f)
	}
	s.print()
}

type score struct {
	t        *testing.T
	file     string
	fields   map[string][2]int
	messages []string
}

func (s *score) check(field string, want, got any) {
	s.t.Helper()
	n := s.fields[field]
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("%s: %s (-plistlib +heyan):\n%s", s.file, field, diff)
		n[1]++
	} else {
		n[0]++
	}
	s.fields[field] = n
}

// broken: a package without an app says why, each in words of its own.
func (s *score) broken(f *facts.Facts) {
	if f.Format == facts.FormatIPA {
		s.t.Errorf("%s is an IPA", s.file)
	}
	if f.FormatDetail == "" || f.Format != facts.FormatUnknown && slices.Contains(s.messages, f.FormatDetail) {
		s.t.Errorf("%s: detail %q", s.file, f.FormatDetail)
	}
	s.messages = append(s.messages, f.FormatDetail)
	s.t.Logf("%s: %s: %s", s.file, f.Format, f.FormatDetail)
}

func (s *score) compare(want truth, f *facts.Facts) {
	main := want.IPA.Main
	text := func(key string) string {
		if main[key] == nil {
			return ""
		}
		return fmt.Sprint(main[key])
	}
	s.check("format", facts.FormatIPA, f.Format)
	s.check("id", text("CFBundleIdentifier"), f.App.ID)
	s.check("version", text("CFBundleShortVersionString"), f.App.Version)
	s.check("build", text("CFBundleVersion"), f.App.Build)
	s.check("min_os", text("MinimumOSVersion"), f.App.MinOS)
	s.check("platforms", texts(main["CFBundleSupportedPlatforms"]), f.App.SupportedOSNames)
	name := text("CFBundleDisplayName")
	if name == "" {
		name = text("CFBundleName")
	}
	s.check("name", name, f.App.Names["default"])
	s.check("url_schemes", texts(main["url_schemes"]), f.URLSchemes)
	s.check("device_family", joined(main["UIDeviceFamily"]), metaData(f, "UIDeviceFamily"))
	s.check("query_schemes", texts(main["LSApplicationQueriesSchemes"]), declared(f, facts.SourceQueryScheme))
	s.check("background_modes", texts(main["UIBackgroundModes"]), declared(f, facts.SourceBackgroundMode))
	s.check("transport_security", main["NSAppTransportSecurity"] != nil, f.TransportSecurity != nil)
	s.check("usage_descriptions", usage(main["usage_descriptions"]), purposes(f))
	s.check("nested", slices.Sorted(maps.Keys(want.IPA.Nested)), nested(f))
	s.check("frameworks", want.IPA.Frameworks, named(f, "framework"))
	s.check("itunes_metadata", want.IPA.Metadata, anomaly(f, "store-purchaser-metadata"))
	if want.IPA.Executable != nil {
		s.check("executable", true, len(f.Executables) > 0 && f.Executables[0].Bundle == f.Bundles[0].Path)
	}
	for _, name := range []string{facts.AnalyzerBundle, facts.AnalyzerStrings, facts.AnalyzerProfile, facts.AnalyzerPrivacy, facts.AnalyzerIPAText} {
		s.check(name, true, f.OK(name))
	}
	s.check(facts.AnalyzerMachO, want.IPA.Executable != nil, f.OK(facts.AnalyzerMachO))
	s.profile(want, f.Signature.Profile)
}

func (s *score) profile(want truth, got *facts.Profile) {
	p := want.IPA.Provision
	s.check("profile", p != nil, got != nil)
	if p == nil || got == nil {
		return
	}
	s.check("profile name", p.Name, got.Name)
	s.check("profile uuid", p.UUID, got.UUID)
	s.check("profile team", p.TeamIdentifier[0], got.TeamID)
	s.check("profile app id", p.Entitlements["application-identifier"], any(got.AppID))
	s.check("profile get-task-allow", p.Entitlements["get-task-allow"], any(got.GetTaskAllow))
	s.check("profile enterprise", p.AllDevices, got.Kind == "enterprise")
	if expires, err := time.Parse(time.RFC3339, got.Expires); err != nil || expires.Format(time.DateTime) != p.ExpirationDate {
		s.t.Errorf("%s: profile expires %q, plistlib %q", s.file, got.Expires, p.ExpirationDate)
	}
	if p.Devices != nil {
		s.check("profile devices", *p.Devices, got.Devices)
	}
}

func (s *score) print() {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "field\tequal\tdifferent")
	for _, field := range slices.Sorted(maps.Keys(s.fields)) {
		fmt.Fprintf(w, "%s\t%d\t%d\n", field, s.fields[field][0], s.fields[field][1])
	}
	w.Flush()
	s.t.Logf("\n%s", out.String())
}

func readTruth(t *testing.T, dir string) []truth {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list []truth
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var kind struct{ Kind string }
		if err := json.Unmarshal(lines.Bytes(), &kind); err != nil {
			t.Fatal(err)
		}
		if kind.Kind != "ipa" {
			continue
		}
		var one truth
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	if err := lines.Err(); err != nil || len(list) == 0 {
		t.Fatalf("%d packages: %v", len(list), err)
	}
	return list
}

func texts(v any) []string {
	var out []string
	list, _ := v.([]any)
	for _, item := range list {
		out = append(out, fmt.Sprint(item))
	}
	return out
}

func joined(v any) string { return strings.Join(texts(v), ",") }

func usage(v any) map[string]string {
	out := map[string]string{}
	dict, _ := v.(map[string]any)
	for key, text := range dict {
		out[key] = fmt.Sprint(text)
	}
	return out
}

func metaData(f *facts.Facts, name string) string {
	for _, m := range f.MetaData {
		if m.Name == name {
			return m.Value
		}
	}
	return ""
}

// declared are the names of a source that the app itself declares.
func declared(f *facts.Facts, source facts.Source) []string {
	var out []string
	for _, p := range f.Permissions {
		if p.Source == source && p.Where == f.Bundles[0].Path+"/Info.plist" {
			out = append(out, p.Name)
		}
	}
	return out
}

func purposes(f *facts.Facts) map[string]string {
	out := map[string]string{}
	for _, p := range f.Permissions {
		if p.Source == facts.SourcePurposeString && p.Where == f.Bundles[0].Path+"/Info.plist" {
			out[p.Name] = p.Purpose["default"]
		}
	}
	return out
}

// nested are the bundles that are programs of their own, as plistlib's list has
// them: by the path of their Info.plist.
func nested(f *facts.Facts) []string {
	var out []string
	for _, b := range f.Bundles[1:] {
		switch b.Kind {
		case "appex", "watch", "app-clip":
			out = append(out, b.Path+"/Info.plist")
		}
	}
	slices.Sort(out)
	return out
}

func named(f *facts.Facts, kind string) []string {
	out := []string{}
	for _, b := range f.Bundles {
		if b.Kind == kind {
			out = append(out, filepath.Base(b.Path))
		}
	}
	slices.Sort(out)
	return out
}

func anomaly(f *facts.Facts, code string) bool {
	return slices.ContainsFunc(f.Anomalies, func(a facts.Anomaly) bool { return a.Code == code })
}
