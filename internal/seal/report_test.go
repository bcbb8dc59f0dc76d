package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"heyan/analyzer"
	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/rules/filing"
)

// reports are the tricky one and what heyan makes of real packages.
func reports(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{"tricky": []byte(tricky)}
	for _, name := range []string{"apk/school.apk", "ipa/school.ipa"} {
		data, err := os.ReadFile(filepath.Join("../../testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		f, err := inspect.Facts(t.Context(), analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}, inspect.Options{})
		if err != nil {
			t.Fatal(err)
		}
		filed, err := filing.Parse([]byte("platform: android\nversion: \"1\"\nmd5: 00000000000000000000000000000000\npermissions: []\n"))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := report.Encode(&out, inspect.Judge(inspect.JudgeInput{Facts: f, Filing: filed, AsOf: "2026-11-21"})); err != nil {
			t.Fatal(err)
		}
		all[name] = out.Bytes()
	}
	return all
}

// TestSignedReportKeepsItsContract: it is a heyan.report/1 as the unsigned one is.
func TestSignedReportKeepsItsContract(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schemas/report-1.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(signed(t, reports(t)["apk/school.apk"])))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Error(err)
	}
}
