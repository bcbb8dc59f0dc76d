package record_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"heyan/storage/record"
)

var update = flag.Bool("update", false, "write the tables of docs/architecture.md")

const document = "../../docs/architecture.md"

func table[S ~string](list []record.Transition[S]) string {
	var b strings.Builder
	b.WriteString("| from | to | by |\n| --- | --- | --- |\n")
	for _, t := range list {
		from := string(t.From)
		if from == "" {
			from = "–"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", from, t.To, t.By)
	}
	return b.String()
}

// TestDocumented: the tables of the architecture are those of the code.
func TestDocumented(t *testing.T) {
	data, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for mark, want := range map[string]string{
		"<!-- submission transitions -->\n": table(record.SubmissionTransitions()),
		"<!-- job transitions -->\n":        table(record.JobTransitions()),
	} {
		head, rest, ok := strings.Cut(text, mark)
		got, tail, ended := strings.Cut(rest, "<!-- end -->")
		if !ok || !ended {
			t.Fatalf("%s: no %q", document, mark)
		}
		if got != want {
			if !*update {
				t.Errorf("%s differs behind %q; run go test ./storage/record -update", document, mark)
			}
			text = head + mark + want + "<!-- end -->" + tail
		}
	}
	if *update {
		if err := os.WriteFile(document, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
