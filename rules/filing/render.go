package filing

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"heyan/rules/box"
)

// Notes are the comments Render puts beside what it writes. They may hold
// anything; line breaks and control characters in them become blanks.
type Notes struct {
	Head   []string             // above everything
	Fields map[string][]string  // above a field, by its id
	Boxes  map[box.Box][]string // above a box, ticked or not
}

// Render writes the filing as YAML to edit: every field of the form in its
// order, with the form's words ("zh") or the English ids ("en"). What is not
// filed stands as a comment, ready to be filled in. Parse reads it back equal.
func Render(f *Filing, notes Notes, lang string) []byte {
	r := renderer{filing: f, notes: notes, lang: lang}
	r.comments("", notes.Head)
	for i := range fields {
		r.field(&fields[i])
	}
	return r.out.Bytes()
}

type renderer struct {
	out    bytes.Buffer
	filing *Filing
	notes  Notes
	lang   string
}

func (r *renderer) comments(indent string, lines []string) {
	for _, line := range lines {
		r.line(indent + strings.TrimRight("# "+oneLine(line), " "))
	}
}

func (r *renderer) line(s string) {
	r.out.WriteString(s)
	r.out.WriteByte('\n')
}

func (r *renderer) word(w word) string {
	if r.lang == "en" {
		return w.id
	}
	return w.zh
}

func (r *renderer) field(fd *field) {
	r.comments("", r.notes.Fields[fd.id])
	name := r.word(fd.word)
	switch {
	case fd.id == FieldPermissions:
		r.permissions(name)
	case fd.id == FieldFeatures:
		r.features(name)
	case fd.text != nil:
		r.scalar(name, quote(*fd.text(r.filing)), *fd.text(r.filing) != "", fd.starred)
	default:
		r.choice(name, fd)
	}
}

// scalar writes "name: value"; an optional field without one as a comment.
func (r *renderer) scalar(name, value string, filed, starred bool) {
	if !filed && !starred {
		name = "# " + name
	}
	r.line(name + ": " + value)
}

func (r *renderer) choice(name string, fd *field) {
	id := r.filing.chosen(fd.id)
	i := slices.IndexFunc(fd.of, func(w word) bool { return w.id == id })
	if i < 0 {
		r.scalar(name, `""`, false, fd.starred)
		return
	}
	r.scalar(name, r.word(fd.of[i]), true, fd.starred)
}

// chosen is the id filed in a field of one word.
func (f *Filing) chosen(id string) string {
	switch id {
	case FieldKind:
		return string(f.Kind)
	case FieldRound:
		return string(f.Round)
	case FieldPlatform:
		return string(f.Platform)
	case FieldPermissionScope:
		return string(f.PermissionScope)
	case FieldPreinstalled:
		return strconv.FormatBool(f.Preinstalled)
	}
	return ""
}

// permissions writes every box, those not ticked as comments.
func (r *renderer) permissions(name string) {
	ticked := r.filing.Permissions
	switch {
	case ticked == nil:
		r.line("# " + name + ": []")
	case len(ticked) == 0:
		r.line(name + ": []")
	default:
		r.line(name + ":")
	}
	for _, w := range boxWords() {
		b := box.Box(w.id)
		r.comments("  ", r.notes.Boxes[b])
		mark := "  # - "
		if slices.Contains(ticked, b) {
			mark = "  - "
		}
		r.line(mark + r.word(w))
	}
}

func (r *renderer) features(name string) {
	var words []string
	for _, w := range featureWords {
		if slices.Contains(r.filing.Features, Feature(w.id)) {
			words = append(words, r.word(w))
		}
	}
	r.scalar(name, "["+strings.Join(words, ", ")+"]", len(words) > 0, false)
}

// quote writes a text so that YAML can take it for nothing else.
func quote(s string) string { return strconv.Quote(strings.ToValidUTF8(s, "\uFFFD")) }

// oneLine keeps a comment a comment.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
}
