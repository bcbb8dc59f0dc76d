package sheet

import (
	"math"
	"strconv"
	"strings"
)

// format is as much of a number format as tells what a number stands for.
type format struct {
	date     bool
	decimals int // fixed digits after the point, -1 where the format has none
}

// general shows a number as it is.
func general() format { return format{decimals: -1} }

// number is the text of a number as its cell shows it: with the format's digits
// where they change nothing, so that 1.10 is not 1.1. What a cell can't show in
// full is lost.
func (w *workbook) number(text, style string) cell {
	text = strings.TrimSpace(text)
	if text == "" {
		return cell{}
	}
	f := general()
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(w.formats) {
		f = w.formats[i]
	}
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(n) || math.IsInf(n, 0):
		return literal(text)
	case f.date:
		return cell{text: text, fault: madeDate}
	case math.Abs(n) >= 1e15: // a number keeps 15 digits
		return cell{text: text, fault: digitsLost}
	}
	if f.decimals >= 0 {
		shown := strconv.FormatFloat(n, 'f', f.decimals, 64)
		if back, err := strconv.ParseFloat(shown, 64); err == nil && back == n {
			return cell{text: shown}
		}
	}
	return cell{text: strconv.FormatFloat(n, 'f', -1, 64)}
}

// readStyles reads which number format each cell style has.
func (w *workbook) readStyles() error {
	custom := map[string]string{}
	return w.optional("xl/styles.xml", func(e *element) error {
		switch {
		case e.end:
		case e.name == "numFmt" && len(custom) < maxFormats:
			custom[e.attr("numFmtId")] = e.attr("formatCode")
		case e.name == "xf" && e.within("cellXfs"):
			if len(w.formats) == maxFormats {
				return errTooBig
			}
			id := e.attr("numFmtId")
			if code, ok := custom[id]; ok {
				w.formats = append(w.formats, formatOf(code))
			} else {
				w.formats = append(w.formats, builtin(id))
			}
		}
		return nil
	})
}

// builtin is a format that has a number alone (ECMA-376 part 1, 18.8.30), with
// the dates of Chinese editions.
func builtin(id string) format {
	n, err := strconv.Atoi(id)
	switch {
	case err != nil:
		return general()
	case n >= 14 && n <= 22, n >= 27 && n <= 36, n >= 45 && n <= 47, n >= 50 && n <= 58:
		return format{date: true, decimals: -1}
	case n == 2, n == 4, n == 39, n == 40:
		return format{decimals: 2}
	}
	return general()
}

// formatOf reads a format's code: its first section, without quoted texts,
// colours and conditions.
func formatOf(code string) format {
	plain := plainCode(code)
	switch {
	case plain == "general" || strings.Contains(plain, "@"):
		return general()
	case strings.ContainsAny(plain, "ymdhs"):
		return format{date: true, decimals: -1}
	}
	whole, digits, ok := strings.Cut(plain, ".")
	fixed := len(digits) - len(strings.TrimLeft(digits, "0"))
	if !ok || fixed == 0 || fixed > 15 || strings.ContainsAny(plain, "%e?/") || strings.Trim(whole, "#,0") != "" {
		return general()
	}
	return format{decimals: fixed}
}

func plainCode(code string) string {
	section, _, _ := strings.Cut(code, ";")
	var b strings.Builder
	var until byte
	for i := 0; i < len(section); i++ {
		switch c := section[i]; {
		case until != 0:
			if c == until {
				until = 0
			}
		case c == '"':
			until = '"'
		case c == '[':
			until = ']'
		case c == '\\' || c == '_' || c == '*':
			i++
		default:
			b.WriteByte(c)
		}
	}
	return strings.ToLower(b.String())
}
