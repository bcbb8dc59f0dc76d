package config

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the tables of docs/operations*.md anew")

// TestManual: the tables in the manuals are those of the struct.
func TestManual(t *testing.T) {
	t.Parallel()
	const begin, end = "checked by a test -->\n", "<!-- /config -->"
	for lang, name := range map[string]string{"zh": "../../docs/operations.md", "en": "../../docs/operations.en.md"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, ok1 := strings.Cut(string(data), begin)
		have, after, ok2 := strings.Cut(rest, end)
		if !ok1 || !ok2 {
			t.Fatalf("%s has no place for the table", name)
		}
		want := Table(lang)
		if *update {
			if err := os.WriteFile(name, []byte(before+begin+want+end+after), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s: go test ./internal/config -update (-want +have)\n%s", name, diff)
		}
	}
}
