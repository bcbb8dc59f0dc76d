package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// text is a sentence in both languages, or the name of one defined elsewhere.
type text struct {
	ZH   string `yaml:"zh"`
	EN   string `yaml:"en"`
	name string
}

func (t *text) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&t.name)
	}
	type plain text
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i].Value; k != "zh" && k != "en" {
			return fmt.Errorf("line %d: reason has an unknown key %q", n.Line, k)
		}
	}
	return n.Decode((*plain)(t))
}

// fact is one row.
type fact struct {
	Kind             string         `yaml:"kind"`
	Name             string         `yaml:"name"`
	Platform         string         `yaml:"platform"`
	Origin           string         `yaml:"origin"`
	Box              string         `yaml:"box"`
	Accept           []string       `yaml:"accept"`
	Strength         string         `yaml:"strength"`
	Confidence       string         `yaml:"confidence"`
	Levels           map[int]string `yaml:"levels"`
	Last             int            `yaml:"last"`
	Flags            []string       `yaml:"flags"`
	Group            string         `yaml:"group"`
	Since            string         `yaml:"since"`
	Deprecated       string         `yaml:"deprecated"`
	Needs            []string       `yaml:"needs"`
	NeverForLocation bool           `yaml:"never_for_location"`
	Below            *below         `yaml:"below"`
	CoveredBy        string         `yaml:"covered_by"`
	Reason           text           `yaml:"reason"`
	Source           []string       `yaml:"source"`

	file string
}

type below struct {
	API int    `yaml:"api"`
	Box string `yaml:"box"`
}

type factFile struct {
	Defaults fact            `yaml:"defaults"`
	Reasons  map[string]text `yaml:"reasons"`
	Facts    []yaml.Node     `yaml:"facts"`
}

type split struct {
	Has         []string `yaml:"has"`
	Gets        []string `yaml:"gets"`
	TargetBelow int      `yaml:"target_below"`
	Demands     bool     `yaml:"demands"`
	AAPT        bool     `yaml:"aapt"`
	Source      []string `yaml:"source"`
}

type synonyms struct {
	Source       []string            `yaml:"source"`
	Boxes        map[string][]string `yaml:"boxes"`
	NoBox        []string            `yaml:"no_box"`
	Negations    []string            `yaml:"negations"`
	NotNegations []string            `yaml:"not_negations"`
	Fillers      []string            `yaml:"fillers"`
	Purposes     []string            `yaml:"purposes"`
	Turns        []string            `yaml:"turns"`
	Affirmations []string            `yaml:"affirmations"`
}

// catalogue is everything under data.
type catalogue struct {
	Version   string `yaml:"version"`
	NewestAPI int    `yaml:"newest_api"`

	facts   []fact
	reasons map[string]text
	sources map[string]string
	splits  []split
	words   synonyms
	digest  string
}

// load reads every file and fills the defaults in; check judges the whole.
func load(data fs.FS) (*catalogue, error) {
	c := &catalogue{reasons: map[string]text{}}
	var problems []error
	for name, into := range map[string]any{
		"catalogue.yaml": c, "sources.yaml": &c.sources, "synonyms.yaml": &c.words,
		"implied.yaml": &struct {
			Splits *[]split `yaml:"splits"`
		}{&c.splits},
	} {
		problems = append(problems, strictFile(data, name, into))
	}
	names, err := factFiles(data)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		problems = append(problems, c.loadFacts(data, name))
	}
	c.digest, err = digest(data)
	problems = append(problems, err)
	slices.SortFunc(problems, byText)
	return c, errors.Join(problems...)
}

func factFiles(data fs.FS) ([]string, error) {
	names, err := fs.Glob(data, "*/*.yaml")
	if err != nil {
		return nil, err
	}
	return append(names, "reasons.yaml"), nil
}

func (c *catalogue) loadFacts(data fs.FS, name string) error {
	var f factFile
	if err := strictFile(data, name, &f); err != nil {
		return err
	}
	for id, t := range f.Reasons {
		if _, twice := c.reasons[id]; twice {
			return fmt.Errorf("%s: reason %q is defined twice", name, id)
		}
		c.reasons[id] = t
	}
	for i := range f.Facts {
		one := f.Defaults
		one.Levels, one.Accept = nil, slices.Clone(f.Defaults.Accept)
		if err := strictNode(&f.Facts[i], &one); err != nil {
			return fmt.Errorf("%s:%d: %w", name, f.Facts[i].Line, err)
		}
		if one.Levels == nil {
			one.Levels = f.Defaults.Levels
		}
		one.file = name
		c.facts = append(c.facts, one)
	}
	return nil
}

func strictFile(data fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(data, name)
	if err != nil {
		return err
	}
	if err := strict(raw, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// strictNode decodes a row over its defaults without unknown or repeated keys. A
// node alone decodes loosely, so it is written out and read again.
func strictNode(n *yaml.Node, into any) error {
	raw, err := yaml.Marshal(n)
	if err != nil {
		return err
	}
	return strict(raw, into)
}

// strict decodes one document without unknown or repeated keys.
func strict(raw []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("more than one document")
	}
	return nil
}

// digest covers the name and the bytes of every file, in the order of the names.
func digest(data fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(data, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(data, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(raw))
		_, err = sum.Write(raw)
		return err
	})
	return fmt.Sprintf("sha256:%x", sum.Sum(nil)), err
}

func byText(a, b error) int {
	say := func(err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	return strings.Compare(say(a), say(b))
}
