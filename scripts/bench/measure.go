package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// peer is one command to measure on one package.
type peer struct {
	name    string
	command []string
	times   []time.Duration
	kib     int
}

// measure prints a Markdown table for every PACKAGE=FILING, measured in turns:
// each round runs every peer once, so that a busy machine is unfair to all alike.
func measure(args []string) error {
	flags := flag.NewFlagSet("measure", flag.ContinueOnError)
	heyan := flags.String("heyan", "heyan", "the heyan to measure")
	apksigner := flags.String("apksigner", "apksigner", "the apksigner to measure")
	runs := flags.Int("runs", 5, "rounds for a package of 10 MB and more")
	small := flags.Int("small-runs", 30, "rounds for a smaller package")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, pair := range flags.Args() {
		file, filing, _ := strings.Cut(pair, "=")
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		rounds := *runs
		if info.Size() < 10<<20 {
			rounds = *small
		}
		peers := peersOf(file, *heyan, *apksigner, filing)
		if err := measureAll(peers, rounds); err != nil {
			return err
		}
		print(filepath.Base(file), info.Size(), rounds, peers)
	}
	return nil
}

// peersOf are the commands to compare on a package, first the one that the others
// are divided by.
func peersOf(file, heyan, apksigner, filing string) []*peer {
	check := &peer{name: "heyan check", command: []string{heyan, "check", file, "--filing", filing}}
	md5sum := &peer{name: "md5sum", command: []string{"md5sum", file}}
	if filepath.Ext(file) == ".ipa" {
		both := &peer{name: "md5sum & sha256sum", command: []string{"sh", "-c", `md5sum "$1" & sha256sum "$1"; wait`, "sh", file}}
		return []*peer{both, md5sum, check}
	}
	return []*peer{md5sum, check,
		{name: "aapt dump badging", command: []string{"aapt", "dump", "badging", file}},
		{name: "apksigner verify", command: []string{apksigner, "verify", file}},
	}
}

func measureAll(peers []*peer, rounds int) error {
	for _, p := range peers { // a first round warms the page cache and is not counted
		kib, err := peak(p.command)
		if err != nil {
			return err
		}
		p.kib = kib
	}
	for range rounds {
		for _, p := range peers {
			took, err := wall(p.command)
			if err != nil {
				return err
			}
			p.times = append(p.times, took)
		}
	}
	for _, p := range peers {
		slices.Sort(p.times)
	}
	return nil
}

func print(name string, size int64, rounds int, peers []*peer) {
	fmt.Printf("### %s, %d kB, %d rounds\n\n", name, (size+999)/1000, rounds)
	fmt.Printf("| command | best | median | p95 | best ÷ that of %[1]s | median ÷ that of %[1]s | peak memory |\n", peers[0].name)
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, p := range peers {
		best, median := p.times[0], p.quantile(50)
		fmt.Printf("| %s | %s | %s | %s | %.2f | %.2f | %.1f MiB |\n", p.name,
			show(best), show(median), show(p.quantile(95)),
			ratio(best, peers[0].times[0]), ratio(median, peers[0].quantile(50)), float64(p.kib)/1024)
	}
	fmt.Println()
}

// quantile picks by nearest rank; the times are sorted.
func (p *peer) quantile(percent int) time.Duration {
	rank := (len(p.times)*percent + 99) / 100
	return p.times[max(rank, 1)-1]
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func show(d time.Duration) string {
	if d < 100*time.Millisecond {
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.3f s", d.Seconds())
}
