package filing

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"heyan/rules/box"
)

// value puts one field's value into f.
func (p *parser) value(f *Filing, fd *field, key, value *yaml.Node) {
	if isNull(value) {
		return
	}
	switch {
	case fd.text != nil:
		if s, ok := p.scalar(key, value); ok {
			*fd.text(f) = s
		}
	case fd.one != nil:
		p.oneOf(f, fd, key, value)
	case fd.id == FieldPermissions:
		p.permissions(f, key, value)
	case fd.id == FieldFeatures:
		p.features(f, key, value)
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// scalar is the text of a value as it was written, blanks around it dropped.
func (p *parser) scalar(key, n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		p.add(n.Line, key.Value, say("“%s”只能填一个值", "%q takes one value", key.Value))
		return "", false
	}
	if len(n.Value) > maxText {
		p.add(n.Line, key.Value, say("“%s”的内容过长（超过 16 KiB）", "%q is too long (over 16 KiB)", key.Value))
		return "", false
	}
	return strings.TrimSpace(n.Value), true
}

func (p *parser) oneOf(f *Filing, fd *field, key, n *yaml.Node) {
	s, ok := p.scalar(key, n)
	if !ok || s == "" {
		return
	}
	if id, ok := find(fd.of, s); ok {
		fd.one(f, id)
		return
	}
	p.unknownWord(key, n.Line, s, fd.of)
}

func (p *parser) unknownWord(key *yaml.Node, line int, got string, words []word) {
	m := say("“%s”不能填“%s”", "%q can't be %q", key.Value, clip(got))
	p.add(line, key.Value, accepted(suggest(m, got, words), words))
}

func (p *parser) permissions(f *Filing, key, n *yaml.Node) {
	ids, filed := p.list(key, n, boxWords())
	if !filed {
		return
	}
	f.Permissions = []box.Box{}
	for _, b := range box.All {
		if slices.Contains(ids, string(b)) {
			f.Permissions = append(f.Permissions, b)
		}
	}
}

func (p *parser) features(f *Filing, key, n *yaml.Node) {
	ids, _ := p.list(key, n, featureWords)
	for _, w := range featureWords {
		if slices.Contains(ids, w.id) {
			f.Features = append(f.Features, Feature(w.id))
		}
	}
}

// list reads ticked words: a YAML list, or one text of words with commas
// between. filed is false where the field was left blank; a list without
// entries, or the word 无, is an answer.
func (p *parser) list(key, n *yaml.Node, words []word) (ids []string, filed bool) {
	for _, entry := range p.entries(key, n) {
		filed = true
		if entry.text == "" || p.full() {
			continue
		}
		id, ok := find(words, entry.text)
		switch {
		case !ok:
			p.unknownWord(key, entry.line, entry.text, words)
		case !slices.Contains(ids, id): // ticked twice is ticked
			ids = append(ids, id)
		}
	}
	return ids, filed
}

// maxWords of one list; the longest has 13 to choose from.
const maxWords = 100

// entry is one word of a list; an empty text stands for "none at all".
type entry struct {
	text string
	line int
}

func (p *parser) entries(key, n *yaml.Node) []entry {
	var list []entry
	switch n.Kind {
	case yaml.ScalarNode:
		s, ok := p.scalar(key, n)
		if !ok || s == "" {
			return nil
		}
		for _, word := range splitWords(s) {
			list = append(list, entry{word, n.Line})
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if !p.plain(item, key.Value) {
				continue
			}
			if s, ok := p.scalar(key, item); ok && s != "" && !isNull(item) {
				list = append(list, entry{s, item.Line})
			}
		}
		if len(n.Content) == 0 {
			return []entry{{"", n.Line}}
		}
	default:
		p.add(n.Line, key.Value, say("“%s”应填一个列表，或填“无”", "%q takes a list, or none", key.Value))
	}
	if len(list) > maxWords {
		p.add(n.Line, key.Value, say("“%s”填了 %d 项，太多", "%q has %d entries: too many", key.Value, len(list)))
		return nil
	}
	if len(list) == 1 && meansNone(list[0].text) {
		list[0].text = ""
	}
	return list
}

// splitWords cuts "短信、电话" as people copy it from the form.
func splitWords(s string) []string {
	var list []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、，,;；\n", r) }) {
		if w = strings.TrimSpace(w); w != "" {
			list = append(list, w)
		}
	}
	return list
}

// isBoxes reports whether a text is nothing but names of boxes, or 无.
func isBoxes(s string) bool {
	words := boxWords()
	for _, w := range splitWords(s) {
		if _, ok := find(words, w); !ok && !meansNone(w) {
			return false
		}
	}
	return true
}
