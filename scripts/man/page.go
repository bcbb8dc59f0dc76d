package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// page is one manual page, in roff with the macros of man(7).
type page struct {
	name string // "heyan-check.1"
	text []byte
}

// pages are those of the command and everything below it that heyan itself
// explains.
func pages(c *cobra.Command) []page {
	list := []page{write(c)}
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() && child.Name() != "completion" {
			list = append(list, pages(child)...)
		}
	}
	return list
}

func title(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

func write(c *cobra.Command) page {
	var w bytes.Buffer
	fmt.Fprintf(&w, ".TH %s 1 \"\" \"heyan\" \"User Commands\"\n", strings.ToUpper(title(c)))
	fmt.Fprintf(&w, ".SH NAME\n%s \\- %s\n", escape(title(c)), escape(c.Short))
	fmt.Fprintf(&w, ".SH SYNOPSIS\n")
	if c.Runnable() && !c.HasAvailableSubCommands() {
		fmt.Fprintf(&w, ".B %s\n", escape(c.UseLine()))
	} else {
		fmt.Fprintf(&w, ".B %s\n[command] [flags]\n", escape(c.CommandPath()))
	}
	if c.Long != "" {
		fmt.Fprintf(&w, ".SH DESCRIPTION\n")
		literal(&w, c.Long)
	}
	commands(&w, c)
	options(&w, "OPTIONS", c.NonInheritedFlags())
	options(&w, "GLOBAL OPTIONS", c.InheritedFlags())
	if c.Example != "" {
		fmt.Fprintf(&w, ".SH EXAMPLES\n")
		literal(&w, c.Example)
	}
	seeAlso(&w, c)
	return page{name: title(c) + ".1", text: w.Bytes()}
}

func commands(w *bytes.Buffer, c *cobra.Command) {
	if !c.HasAvailableSubCommands() {
		return
	}
	fmt.Fprintf(w, ".SH COMMANDS\n")
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() {
			fmt.Fprintf(w, ".TP\n.B %s\n%s\n", escape(child.Name()), escape(child.Short))
		}
	}
}

// options lists flags with their defaults, in the order of their names.
func options(w *bytes.Buffer, heading string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(w, ".SH %s\n", heading)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		value, usage := pflag.UnquoteUsage(f)
		fmt.Fprintf(w, ".TP\n.B %s", escape(name))
		if value != "" {
			fmt.Fprintf(w, " \\fR%s", escape(value))
		}
		fmt.Fprintf(w, "\n%s", escape(usage))
		if def := f.DefValue; def != "" && def != "false" && def != "[]" {
			fmt.Fprintf(w, " (default: %s)", escape(def))
		}
		fmt.Fprintln(w)
	})
}

func seeAlso(w *bytes.Buffer, c *cobra.Command) {
	var names []string
	if c.HasParent() {
		names = append(names, title(c.Parent()))
	}
	for _, child := range c.Commands() {
		if child.IsAvailableCommand() && child.Name() != "completion" {
			names = append(names, title(child))
		}
	}
	if len(names) == 0 {
		return
	}
	fmt.Fprintf(w, ".SH SEE ALSO\n")
	for i, n := range names {
		comma := ","
		if i == len(names)-1 {
			comma = ""
		}
		fmt.Fprintf(w, ".BR %s (1)%s\n", escape(n), comma)
	}
}

// literal keeps the lines of a help text as they are.
func literal(w *bytes.Buffer, s string) {
	fmt.Fprintf(w, ".nf\n")
	for line := range strings.Lines(strings.TrimRight(s, "\n")) {
		fmt.Fprintln(w, escape(strings.TrimRight(line, "\n")))
	}
	fmt.Fprintf(w, ".fi\n")
}

// escape makes a line mean itself to roff.
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		return `\&` + s
	}
	return s
}
