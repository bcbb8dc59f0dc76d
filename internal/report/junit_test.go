package report_test

import (
	"bytes"
	"encoding/xml"
	"os"
	"path/filepath"
	"testing"

	"heyan/analyzer"
	"heyan/internal/report"
	"heyan/rules"
)

// junitDoc is what the schemas of Ant and of Jenkins both demand; unknown
// attributes and elements are caught.
type junitDoc struct {
	XMLName xml.Name   `xml:"testsuites"`
	Attrs   []xml.Attr `xml:",any,attr"`
	Suites  []struct {
		Name       string     `xml:"name,attr"`
		Package    *string    `xml:"package,attr"`
		ID         *int       `xml:"id,attr"`
		Timestamp  string     `xml:"timestamp,attr"`
		Hostname   string     `xml:"hostname,attr"`
		Tests      int        `xml:"tests,attr"`
		Failures   int        `xml:"failures,attr"`
		Errors     int        `xml:"errors,attr"`
		Skipped    int        `xml:"skipped,attr"`
		Time       *float64   `xml:"time,attr"`
		Attrs      []xml.Attr `xml:",any,attr"`
		Properties []struct {
			Properties []struct {
				Name  string  `xml:"name,attr"`
				Value *string `xml:"value,attr"`
			} `xml:"property"`
		} `xml:"properties"`
		Cases []struct {
			Name    string         `xml:"name,attr"`
			Class   string         `xml:"classname,attr"`
			Time    *float64       `xml:"time,attr"`
			Attrs   []xml.Attr     `xml:",any,attr"`
			Skipped []junitMessage `xml:"skipped"`
			Error   []junitMessage `xml:"error"`
			Failure []junitMessage `xml:"failure"`
			Other   []junitOther   `xml:",any"`
		} `xml:"testcase"`
		Out   []string     `xml:"system-out"`
		Err   []string     `xml:"system-err"`
		Other []junitOther `xml:",any"`
	} `xml:"testsuite"`
	Other []junitOther `xml:",any"`
}

type junitMessage struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
}

type junitOther struct{ XMLName xml.Name }

func junit(t *testing.T, reports []*report.Named, lang string) junitDoc {
	t.Helper()
	var out bytes.Buffer
	if err := report.JUnit(&out, reports, lang); err != nil {
		t.Fatal(err)
	}
	var doc junitDoc
	if err := xml.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestJUnitShape holds every fixture against what the schemas demand, and against
// the verdict: a suite is green exactly where the verdict is pass.
func TestJUnitShape(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../../testdata/apk/*.apk")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d fixtures (%v)", len(names), err)
	}
	list := samples(t)
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, judgedAs(t, filepath.Base(name), analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}, "school"))
	}
	list[0].Name = ""
	doc := junit(t, list, "zh")
	if len(doc.Suites) != len(list) || len(doc.Attrs)+len(doc.Other) > 0 {
		t.Fatalf("%d suites, %v %v", len(doc.Suites), doc.Attrs, doc.Other)
	}
	for i, s := range doc.Suites {
		n := list[i]
		if s.Name == "" || s.Package == nil || s.ID == nil || *s.ID != i || s.Time == nil || s.Hostname == "" ||
			s.Timestamp != "2026-09-01T00:00:00" || len(s.Attrs)+len(s.Other) > 0 || len(s.Properties) != 1 || len(s.Out) != 1 || len(s.Err) != 1 {
			t.Errorf("suite %d: %+v", i, s)
		}
		if green := s.Failures+s.Errors == 0; green != (n.Report.Verdict == rules.Pass) {
			t.Errorf("%s: the verdict is %q, %d failures, %d errors", n.Name, n.Report.Verdict, s.Failures, s.Errors)
		}
		var failures, errors, skipped int
		for _, c := range s.Cases {
			failures, errors, skipped = failures+len(c.Failure), errors+len(c.Error), skipped+len(c.Skipped)
			if c.Name == "" || c.Class == "" || c.Time == nil || len(c.Attrs)+len(c.Other) > 0 || len(c.Failure)+len(c.Error)+len(c.Skipped) > 1 {
				t.Errorf("case %+v", c)
			}
			for _, m := range append(c.Failure, c.Error...) {
				if m.Type == "" || m.Message == "" {
					t.Errorf("%s: %+v", c.Name, m)
				}
			}
		}
		if s.Tests != len(s.Cases) || s.Tests != len(n.Report.Checks) || s.Failures != failures || s.Errors != errors || s.Skipped != skipped {
			t.Errorf("%s: counted %d %d %d %d", n.Name, s.Tests, s.Failures, s.Errors, s.Skipped)
		}
	}
}

// TestJUnitLanguage: names and messages are in the language asked for.
func TestJUnitLanguage(t *testing.T) {
	t.Parallel()
	list := []*report.Named{sample(t, "school", "school")}
	if name := junit(t, list, "en").Suites[0].Cases[3].Name; name != "Package MD5 [md5]" {
		t.Errorf("English case %q", name)
	}
	if name := junit(t, list, "zh").Suites[0].Cases[3].Name; name != "安装包MD5码 [md5]" {
		t.Errorf("Chinese case %q", name)
	}
}
