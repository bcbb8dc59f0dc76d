// Command heyan-reader is the child that reads packages, and nothing else of heyan.
// It is never started by hand: heyan holds it, and starts it for every package. See
// internal/sandbox.
package main

import (
	"os"

	"heyan/analyzer/formats"
	"heyan/internal/sandbox"
)

func main() { os.Exit(sandbox.Child(formats.Analyze)) }
