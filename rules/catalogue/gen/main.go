// Command gen checks the YAML files of the permission catalogue and compiles
// them into Go tables. It refuses an unknown key, a name that stands twice under
// one kind, a box or level nobody knows, a reason or source that is not defined
// or not used, and a fact without a source.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run("data", "."); err != nil {
		fmt.Fprintln(os.Stderr, "catalogue:", err)
		os.Exit(1)
	}
}

func run(data, out string) error {
	files, err := generate(os.DirFS(data))
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(out, "*_gen.go"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if _, kept := files[filepath.Base(name)]; !kept {
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	for name, code := range files {
		if err := os.WriteFile(filepath.Join(out, name), code, 0o644); err != nil {
			return err
		}
	}
	return nil
}
