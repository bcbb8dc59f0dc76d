// Command bench makes the large package of the benchmarks and measures heyan
// beside md5sum, aapt and apksigner. scripts/bench/peers.sh runs it.
//
//	bench gen BASE OUT            an unsigned package of 500 MB around BASE's manifest and resources
//	bench genipa OUT              a signed iOS package of 500 MB
//	bench measure FLAG… PACKAGE=FILING…
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 3 && args[0] == "gen" {
		return generate(args[1], args[2])
	}
	if len(args) == 2 && args[0] == "genipa" {
		return generateIPA(args[1])
	}
	if len(args) > 1 && args[0] == "measure" {
		return measure(args[1:])
	}
	return fmt.Errorf("usage: bench gen BASE OUT | bench genipa OUT | bench measure FLAG… PACKAGE=FILING…")
}
