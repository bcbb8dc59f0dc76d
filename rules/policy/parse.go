package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"heyan/rules/box"
)

// Parse reads a policy from YAML. What the file leaves out is as in the default
// policy. Every problem is reported, in one *ParseError.
func Parse(data []byte) (*Policy, error) {
	r := reader{policy: Default()}
	r.policy.severities, r.policy.missing = map[string]Severity{}, map[box.Box]Severity{}
	if root := r.read(data); root != nil {
		r.top(root)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return r.policy, nil
}

// reader reads one file.
type reader struct {
	problems
	policy *Policy
}

// read gives the top mapping, or nil with the problem noted.
func (r *reader) read(data []byte) *yaml.Node {
	switch {
	case len(data) > MaxSize:
		r.add(0, "", say("文件超过 256 KiB，不是政策文件", "the file is over 256 KiB: not a policy"))
		return nil
	case !utf8.Valid(data):
		r.add(0, "", say("文件不是 UTF-8 编码，请用 UTF-8 另存后再试", "the file is not UTF-8: save it as UTF-8"))
		return nil
	}
	root, err := decode(data)
	if err != nil {
		line, detail := yamlError(err)
		r.add(line, "", say("不是有效的 YAML：%s", "not valid YAML: %s", detail))
		return nil
	}
	if root == nil {
		r.add(0, "", say("文件里没有内容；heyan policy default 可打印一份作为起点", "the file is empty; heyan policy default prints one to start from"))
		return nil
	}
	if root.Kind != yaml.MappingNode {
		r.add(root.Line, "", say("政策文件应写成“键: 值”的形式", "a policy is written as lines of \"key: value\""))
		return nil
	}
	return root
}

// decode reads one YAML document into a tree that is never expanded.
func decode(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, fmt.Errorf("unreadable: %v", r)
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
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
	if len(doc.Content) == 0 || isNull(doc.Content[0]) {
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

// top reads the sections of the file.
func (r *reader) top(root *yaml.Node) {
	r.mapping(root, []section{
		{"schema", r.schema},
		{"name", func(_, v *yaml.Node) { r.text(v, "name", &r.policy.Name) }},
		{"severity", func(_, v *yaml.Node) { r.severity(v) }},
		{"parameters", func(_, v *yaml.Node) { r.parameters(v) }},
		{"rules", func(_, v *yaml.Node) { r.rules(v) }},
	})
}

func (r *reader) schema(_, v *yaml.Node) {
	if s, ok := r.scalar(v, "schema"); ok && s != Schema {
		r.add(v.Line, "schema", say("schema 是 %q，本版本只认 %q", "schema is %q, this version knows %q", clip(s), Schema))
	}
}

// section is one accepted key of a mapping and what reads its value.
type section struct {
	key  string
	read func(key, value *yaml.Node)
}

// mapping reads a mapping all of whose keys are known, and returns those that were
// given. A key left blank is as one left out.
func (r *reader) mapping(n *yaml.Node, sections []section) map[string]*yaml.Node {
	seen := map[string]*yaml.Node{}
	r.each(n, func(key, value *yaml.Node) {
		for _, s := range sections {
			if s.key == key.Value {
				if !isNull(value) {
					seen[s.key] = key
					s.read(key, value)
				}
				return
			}
		}
		words := make([]string, len(sections))
		for i, s := range sections {
			words[i] = s.key
		}
		r.add(key.Line, key.Value, say("没有 %q 这个键", "there is no key %q", clip(key.Value)).accepting(words))
	})
	return seen
}

// each calls f with the keys and values of a mapping; repeats and what YAML has
// beyond plain values are problems.
func (r *reader) each(n *yaml.Node, f func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.add(n.Line, "", say("这里应写成“键: 值”的形式", "this is written as lines of \"key: value\""))
		return
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content) && !r.full(); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if !r.plain(key) || !r.plain(value) {
			continue
		}
		if key.Kind != yaml.ScalarNode {
			r.add(key.Line, "", say("键应是一个词", "a key is one word"))
			continue
		}
		if line, twice := lines[key.Value]; twice {
			r.add(key.Line, key.Value, say("%q 与第 %d 行重复", "%q repeats line %d", clip(key.Value), line))
			continue
		}
		lines[key.Value] = key.Line
		f(key, value)
	}
}

// plain refuses what YAML has and a policy never needs: aliases, anchors, tags.
func (r *reader) plain(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		r.add(n.Line, "", say("不支持 YAML 的锚点、引用和标签（& * !），含这些符号的值请加引号", "YAML anchors, aliases and tags (& * !) are not accepted; quote a value that has them"))
		return false
	}
	return true
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// scalar is one value as text.
func (r *reader) scalar(n *yaml.Node, key string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		r.add(n.Line, key, say("%q 只能填一个值", "%q takes one value", clip(key)))
		return "", false
	}
	return strings.TrimSpace(n.Value), true
}

// oneOf is one value of those accepted.
func (r *reader) oneOf(n *yaml.Node, key string, words []string) (string, bool) {
	s, ok := r.scalar(n, key)
	if !ok {
		return "", false
	}
	for _, w := range words {
		if s == w {
			return s, true
		}
	}
	r.add(n.Line, key, say("%q 不能填 %q", "%q can't be %q", clip(key), clip(s)).accepting(words))
	return "", false
}

// maxSentence is the longest sentence of a policy, in bytes.
const maxSentence = 2000

// text reads {zh: …, en: …}, both needed.
func (r *reader) text(n *yaml.Node, key string, into *Text) {
	r.mapping(n, []section{
		{"zh", func(_, v *yaml.Node) { into.ZH = r.sentence(v, key+".zh") }},
		{"en", func(_, v *yaml.Node) { into.EN = r.sentence(v, key+".en") }},
	})
	if n.Kind == yaml.MappingNode && (into.ZH == "" || into.EN == "") {
		r.add(n.Line, key, say("%q 要有 zh 和 en 两种文字", "%q needs both zh and en", key))
	}
}

func (r *reader) sentence(n *yaml.Node, key string) string {
	s, _ := r.scalar(n, key)
	if len(s) > maxSentence {
		r.add(n.Line, key, say("%q 太长", "%q is too long", key))
	}
	return s
}
