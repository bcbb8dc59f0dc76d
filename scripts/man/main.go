// Command man writes the manual pages of heyan's commands into docs/man, one a
// command, from the commands' own help:
//
//	go run ./scripts/man
package main

import (
	"log"
	"os"
	"path/filepath"

	"heyan/internal/cli"
)

// dir is where the pages are, from the root of the repository.
const dir = "docs/man"

func main() {
	log.SetFlags(0)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		log.Fatal(err)
	}
	for _, p := range pages(cli.Commands("en")) {
		if err := os.WriteFile(filepath.Join(dir, p.name), p.text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
