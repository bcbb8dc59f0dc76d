// Command screenshot draws what a terminal shows as SVG: text with ANSI colours on
// standard input, a picture on standard output. Every run of characters is placed
// by its column, so wide characters stay aligned in any font.
//
//	script -qec 'heyan check …' /dev/null | go run ./scripts/screenshot > docs/images/check.svg
package main

import (
	"bufio"
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"

	"golang.org/x/text/width"
)

const (
	cell, line, margin = 8.4, 20, 16
	columns            = 80
)

var escape = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// style is what the last escape sequences asked for.
type style struct {
	fill string
	bold bool
}

var palette = map[string]string{"31": "#f47067", "32": "#8ddb8c", "33": "#f6d365", "2": "#8b949e"}

func (s *style) apply(codes string) {
	for _, c := range strings.Split(codes, ";") {
		switch {
		case c == "0" || c == "":
			*s = style{}
		case c == "1":
			s.bold = true
		case palette[c] != "":
			s.fill = palette[c]
		}
	}
}

func main() {
	var body strings.Builder
	rows := 0
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		rows++
		drawLine(&body, strings.TrimRight(in.Text(), "\r"), rows)
	}
	w, h := columns*cell+2*margin, rows*line+2*margin
	fmt.Printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d">
<rect width="100%%" height="100%%" rx="8" fill="#161b22"/>
<g font-family="Menlo,Consolas,'DejaVu Sans Mono','WenQuanYi Micro Hei Mono','Noto Sans Mono CJK SC',monospace" font-size="14" fill="#d6dde5" xml:space="preserve">
%s</g></svg>
`, w, h, w, h, body.String())
}

func drawLine(out *strings.Builder, text string, row int) {
	var s style
	column := 0
	for text != "" {
		at := escape.FindStringSubmatchIndex(text)
		run := text
		if at != nil {
			run = text[:at[0]]
		}
		column = drawRun(out, run, s, row, column)
		if at == nil {
			return
		}
		s.apply(text[at[2]:at[3]])
		text = text[at[1]:]
	}
}

// drawRun places each stretch of equally wide characters at its own column.
func drawRun(out *strings.Builder, run string, s style, row, column int) int {
	runes := []rune(run)
	for i := 0; i < len(runes); {
		j, w := i+1, cells(runes[i])
		for w == 1 && j < len(runes) && cells(runes[j]) == 1 {
			j++
		}
		if piece := string(runes[i:j]); strings.TrimSpace(piece) != "" {
			fmt.Fprintf(out, `<text x="%.1f" y="%d"%s>%s</text>`+"\n", margin+float64(column)*cell, margin+row*line-5, s.attributes(), html.EscapeString(piece))
		}
		column += w * (j - i)
		i = j
	}
	return column
}

func (s style) attributes() string {
	var a string
	if s.fill != "" {
		a += fmt.Sprintf(` fill=%q`, s.fill)
	}
	if s.bold {
		a += ` font-weight="bold"`
	}
	return a
}

func cells(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
