package filing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxSize of a filing's file and maxText of one of its values, in bytes.
const (
	MaxSize = 256 << 10
	maxText = 16 << 10
)

// Parse reads a filing from YAML or JSON. Keys and words of a list may be the
// form's Chinese or the English ids; a field left blank is as one left out.
// Numbers and dates keep the digits that were written. Every problem is
// reported, in one *ParseError; unknown keys, unknown words, repeats, YAML
// aliases and tags are problems.
func Parse(data []byte) (*Filing, error) {
	var p parser
	root := p.read(data)
	if root == nil {
		return nil, p.err()
	}
	f := &Filing{Kind: KindProvider, Round: RoundFirst, PermissionScope: ScopePlatform}
	p.mapping(f, root)
	if err := p.err(); err != nil {
		return nil, err
	}
	return f, nil
}

type parser struct {
	problems
	listedKeys bool // the accepted keys were listed once
}

// read gives the top node, or nil with the problem noted.
func (p *parser) read(data []byte) *yaml.Node {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case len(data) > MaxSize:
		p.add(0, "", say("文件超过 256 KiB，不是备案表", "the file is over 256 KiB: not a filing"))
		return nil
	case !utf8.Valid(data):
		p.add(0, "", say("文件不是 UTF-8 编码，请用 UTF-8 另存后再试", "the file is not UTF-8: save it as UTF-8"))
		return nil
	}
	root, err := decode(data)
	if err != nil {
		line, detail := yamlError(err)
		p.add(line, "", say("不是有效的 YAML 或 JSON：%s", "not valid YAML or JSON: %s", detail))
		return nil
	}
	if root == nil {
		p.add(0, "", say("文件里没有任何字段", "the file has no fields"))
		return nil
	}
	if root.Kind != yaml.MappingNode {
		p.add(root.Line, "", say("备案文件应写成“字段: 值”的形式", "a filing is written as lines of \"field: value\""))
		return nil
	}
	return root
}

// decode reads JSON as JSON, since YAML refuses some of it (surrogate pairs,
// tabs), and everything else as one YAML document. The tree is never expanded:
// an alias stays a node of its own.
func decode(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("unreadable: %v", r)
		}
	}()
	if json.Valid(data) {
		return decodeJSON(data)
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := d.Decode(new(yaml.Node)); err == nil {
		return nil, errors.New("more than one document")
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// yamlError splits "yaml: line 3: …" into its line and words.
func yamlError(err error) (line int, detail string) {
	detail = strings.TrimPrefix(err.Error(), "yaml: ")
	if n, _ := fmt.Sscanf(detail, "line %d:", &line); n == 1 {
		_, detail, _ = strings.Cut(detail, ": ")
	}
	return line, clip(detail)
}

// mapping fills f from the fields of the filing.
func (p *parser) mapping(f *Filing, root *yaml.Node) {
	seen := map[string]int{}
	for i := 0; i+1 < len(root.Content) && !p.full(); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if !p.plain(key, key.Value) || !p.plain(value, key.Value) {
			continue
		}
		fd := p.field(key, value)
		if fd == nil {
			p.unknownKey(key)
			continue
		}
		if line, twice := seen[fd.id]; twice {
			p.add(key.Line, key.Value, say("“%s”重复填写，第 %d 行已有“%s”", "%q repeats the field of line %d (%s)", key.Value, line, fd.zh))
			continue
		}
		seen[fd.id] = key.Line
		p.value(f, fd, key, value)
	}
}

// plain refuses what YAML has and a filing never needs: aliases, anchors, tags.
func (p *parser) plain(n *yaml.Node, key string) bool {
	switch {
	case n.Kind == yaml.AliasNode, n.Anchor != "":
		p.add(n.Line, key, say("“%s”：不支持 YAML 的锚点与引用（& 和 *），含这些符号的值请加引号", "%q: YAML anchors and aliases (& and *) are not accepted; quote a value that has them", clip(key)))
		return false
	case n.Style&yaml.TaggedStyle != 0:
		p.add(n.Line, key, say("“%s”：不支持 YAML 标签（!），含该符号的值请加引号", "%q: YAML tags (!) are not accepted; quote a value that has one", clip(key)))
		return false
	}
	return true
}

// field is the field a key names.
func (p *parser) field(key, value *yaml.Node) *field {
	if key.Kind != yaml.ScalarNode {
		return nil
	}
	if fold(key.Value) == eitherField {
		if value.Kind == yaml.ScalarNode && !isBoxes(value.Value) {
			return fieldByID(FieldPermissionsText)
		}
		return fieldByID(FieldPermissions)
	}
	return fieldByWord(key.Value)
}

func (p *parser) unknownKey(key *yaml.Node) {
	words := fieldWords()
	m := say("没有“%s”这个字段", "there is no field %q", clip(key.Value))
	m = suggest(m, key.Value, words)
	if !p.listedKeys {
		p.listedKeys = true
		m = accepted(m, words)
	}
	p.add(key.Line, key.Value, m)
}

// suggest adds the nearest accepted word.
func suggest(m Text, got string, words []word) Text {
	w, ok := nearest(got, words)
	if !ok {
		return m
	}
	return Text{
		ZH: m.ZH + "，是不是“" + w.zh + "”？",
		EN: m.EN + fmt.Sprintf(", did you mean %q?", w.id),
	}
}

// accepted adds the list of accepted words.
func accepted(m Text, words []word) Text {
	var zh, en []string
	for _, w := range words {
		zh = append(zh, w.zh)
		en = append(en, w.id+" ("+w.zh+")")
	}
	return Text{
		ZH: strings.TrimSuffix(m.ZH, "？") + "。可填：" + strings.Join(zh, "、"),
		EN: strings.TrimSuffix(m.EN, "?") + "; accepted: " + strings.Join(en, ", "),
	}
}
