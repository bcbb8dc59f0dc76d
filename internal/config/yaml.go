package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// file takes a YAML file. It is walked node by node against the fields, so that
// every problem is told with its line and not the first alone.
func (l *loader) file(name string) {
	data, err := readFile(name)
	if err != nil {
		l.add(name, "", "读不到配置文件：%v。请检查路径和权限", "the configuration can't be read: %v. Check the path and its permissions", err)
		return
	}
	root, err := parse(data)
	if err != nil {
		l.add(name, "", "不是有效的 YAML：%v", "not valid YAML: %v", err)
		return
	}
	if root == nil {
		return
	}
	(&document{loader: l, name: name}).mapping(root, "")
}

// parse gives the top node of the one document, nil where there is none.
func parse(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is a second document")
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return nil, nil
	}
	return doc.Content[0], nil
}

// document is a file being read.
type document struct {
	*loader
	name string
}

func (d *document) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d", d.name, n.Line) }

// mapping reads the section whose keys begin with prefix.
func (d *document) mapping(n *yaml.Node, prefix string) {
	if n.Kind != yaml.MappingNode {
		d.add(d.at(n), strings.TrimSuffix(prefix, "."), "应写成“键: 值”的形式", "it is written as lines of \"key: value\"")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		key := prefix + name.Value
		switch {
		case seen[key]:
			d.add(d.at(name), key, "写了两次", "it is there twice")
		case d.both(seen, key):
			d.add(d.at(name), key, "同一个密钥既写了值又写了文件，请只留一个", "a secret's value and its file are both given, keep one")
		default:
			d.entry(name, value, prefix, key)
		}
		seen[key] = true
	}
}

// both reports whether a secret and its file are given side by side.
func (d *document) both(seen map[string]bool, key string) bool {
	f, file := d.field(key)
	if f == nil || !f.Secret {
		return false
	}
	if file {
		return seen[f.Key]
	}
	return seen[f.Key+fileSuffix]
}

func (d *document) entry(name, value *yaml.Node, prefix, key string) {
	if section := d.byKey[key]; section != nil && section.Section {
		if value.Tag != "!!null" {
			d.mapping(value, key+".")
		}
		return
	}
	f, file := d.field(key)
	if f == nil {
		accepted := d.keys(prefix)
		if prefix == "" {
			accepted = d.top()
		}
		d.unknown(d.at(name), key, accepted)
		return
	}
	text, ok := d.text(f, value)
	switch {
	case !ok:
		zh, en := f.want()
		d.add(d.at(value), key, "写法不对，应为：%[1]s", "it is not written rightly, it takes %[2]s", zh, en)
	case file:
		d.secretFile(d.at(value), f, text)
	case f.Secret && text == "":
		// An empty secret is none.
	default:
		d.take(d.at(value), f, text)
	}
}

// top are the keys of the top level, sections included.
func (d *document) top() []string {
	var keys []string
	for _, f := range d.fields {
		if f.Depth == 0 {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

// text is a value as set takes it. An empty value of a key is "".
func (d *document) text(f *Field, n *yaml.Node) (string, bool) {
	_, list := f.value.Interface().([]string)
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return "", true
	case n.Kind == yaml.ScalarNode:
		return n.Value, true
	case n.Kind != yaml.SequenceNode || !list:
		return "", false
	}
	items := make([]string, 0, len(n.Content))
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode {
			return "", false
		}
		items = append(items, item.Value)
	}
	return strings.Join(items, ","), true
}
