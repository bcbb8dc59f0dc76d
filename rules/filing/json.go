package filing

import (
	"bytes"
	"encoding/json"
	"errors"

	"go.yaml.in/yaml/v3"
)

// maxDepth of a JSON filing: fields and lists of words need two.
const maxDepth = 16

// decodeJSON builds the same tree as YAML would, with the lines of the text and
// numbers as they are written.
func decodeJSON(data []byte) (*yaml.Node, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	b := jsonBuilder{data: data, decoder: d, line: 1}
	return b.node(0)
}

type jsonBuilder struct {
	data    []byte
	decoder *json.Decoder
	offset  int
	line    int
}

func (b *jsonBuilder) node(depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, errors.New("nested too deep")
	}
	token, err := b.decoder.Token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: b.lineNow()}
	switch v := token.(type) {
	case json.Delim:
		n.Kind = yaml.SequenceNode
		if v == '{' {
			n.Kind = yaml.MappingNode
		}
		return n, b.children(n, depth)
	case string:
		n.Tag, n.Value = "!!str", v
	case json.Number:
		n.Tag, n.Value = "!!float", v.String()
	case bool:
		n.Tag, n.Value = "!!bool", "false"
		if v {
			n.Value = "true"
		}
	case nil:
		n.Tag = "!!null"
	}
	return n, nil
}

// children reads to the end of an object or array; keys and values alternate in
// an object, as they do in a YAML mapping.
func (b *jsonBuilder) children(n *yaml.Node, depth int) error {
	for b.decoder.More() {
		child, err := b.node(depth + 1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, child)
	}
	_, err := b.decoder.Token()
	return err
}

// lineNow is the line on which the last token ends.
func (b *jsonBuilder) lineNow() int {
	end := int(b.decoder.InputOffset())
	b.line += bytes.Count(b.data[b.offset:end], []byte("\n"))
	b.offset = end
	return b.line
}
