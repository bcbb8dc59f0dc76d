// Command gen compiles the checks' YAML files into Go tables. It refuses a file
// that would leave a reader of a report without words: see check.go.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run("data", "tables.go"); err != nil {
		fmt.Fprintln(os.Stderr, "checks:", err)
		os.Exit(1)
	}
}

func run(data, out string) error {
	code, err := generate(os.DirFS(data))
	if err != nil {
		return err
	}
	return os.WriteFile(out, code, 0o644)
}
