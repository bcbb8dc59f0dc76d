package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"heyan/rules/box"
)

// Files that are no check: the order of the report, and the reasons that every
// check shares which reads one thing.
const (
	orderFile  = "order.yaml"
	sharedFile = "shared.yaml"
)

// text is a sentence in both languages.
type text struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

// check is one file.
type check struct {
	ID       string            `yaml:"id"`
	ForEach  string            `yaml:"for_each"`
	Severity string            `yaml:"severity"`
	Platform string            `yaml:"platform"`
	Reads    []string          `yaml:"reads"`
	Title    text              `yaml:"title"`
	What     text              `yaml:"what"`
	Why      text              `yaml:"why"`
	Source   []string          `yaml:"source"`
	Reasons  map[string]reason `yaml:"reasons"`

	order []string // the reasons' ids as they stand in the file
}

type reason struct {
	Outcome  string `yaml:"outcome"`
	Severity string `yaml:"severity"`
	Message  text   `yaml:"message"`
	Remedy   text   `yaml:"remedy"`
}

// load reads every check of the folder, in the order of order.yaml, with those
// that are written once for all boxes spelt out.
func load(data fs.FS) ([]check, error) {
	order, err := loadOrder(data)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(data, "*.yaml")
	if err != nil {
		return nil, err
	}
	shared, err := loadShared(data)
	if err != nil {
		return nil, err
	}
	byID := map[string]check{}
	var problems []error
	for _, name := range names {
		if name == orderFile || name == sharedFile {
			continue
		}
		c, err := loadCheck(data, name)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		byID[c.ID] = c.share(shared)
	}
	list, err := arrange(byID, order)
	return list, errors.Join(append(problems, err)...)
}

func loadOrder(data fs.FS) ([]string, error) {
	raw, err := fs.ReadFile(data, orderFile)
	if err != nil {
		return nil, err
	}
	var order []string
	if err := strict(raw, &order); err != nil {
		return nil, fmt.Errorf("%s: %w", orderFile, err)
	}
	return order, nil
}

// shared is a reason that checks need not write themselves: those that read
// the thing its key names.
type shared struct {
	ID     string `yaml:"id"`
	Reason reason `yaml:"reason"`
}

func loadShared(data fs.FS) (map[string]shared, error) {
	raw, err := fs.ReadFile(data, sharedFile)
	if err != nil {
		return nil, err
	}
	var all map[string]shared
	if err := strict(raw, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", sharedFile, err)
	}
	var problems []error
	for key, s := range all {
		for _, err := range verifyReason(s.Reason, false) {
			problems = append(problems, fmt.Errorf("%s: %s: %w", sharedFile, key, err))
		}
		if !slices.Contains(readable, key) || !reasonForm.MatchString(s.ID) {
			problems = append(problems, fmt.Errorf("%s: %s: unknown key or malformed id %q", sharedFile, key, s.ID))
		}
	}
	return all, errors.Join(problems...)
}

// fileOnly reports whether the check needs no package that could be opened.
func (c check) fileOnly() bool { return slices.Equal(c.Reads, []string{"file"}) }

// share adds the shared reasons that the check does not word itself.
func (c check) share(all map[string]shared) check {
	reads := c.Reads
	if !c.fileOnly() {
		reads = append(slices.Clone(reads), "package")
	}
	for _, key := range reads {
		s, ok := all[key]
		if _, own := c.Reasons[s.ID]; ok && !own {
			c.Reasons[s.ID] = s.Reason
			c.order = append(c.order, s.ID)
		}
	}
	return c
}

func loadCheck(data fs.FS, name string) (check, error) {
	raw, err := fs.ReadFile(data, name)
	if err != nil {
		return check{}, err
	}
	var c check
	if err := strict(raw, &c); err != nil {
		return check{}, fmt.Errorf("%s: %w", name, err)
	}
	if c.order, err = reasonOrder(raw); err != nil {
		return check{}, fmt.Errorf("%s: %w", name, err)
	}
	if want := strings.ReplaceAll(c.ID, "{box}", "box") + ".yaml"; name != want {
		return check{}, fmt.Errorf("%s: check %q belongs in %s", name, c.ID, want)
	}
	if err := verify(c); err != nil {
		return check{}, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
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

// reasonOrder reads the keys under reasons in their order.
func reasonOrder(raw []byte) ([]string, error) {
	var shape struct {
		Reasons yaml.Node `yaml:"reasons"`
	}
	if err := yaml.Unmarshal(raw, &shape); err != nil {
		return nil, err
	}
	var keys []string
	for i := 0; i < len(shape.Reasons.Content); i += 2 {
		keys = append(keys, shape.Reasons.Content[i].Value)
	}
	return keys, nil
}

// arrange puts the checks into the order of the report.
func arrange(byID map[string]check, order []string) ([]check, error) {
	var list []check
	var problems []error
	for _, id := range order {
		c, ok := byID[id]
		if !ok {
			problems = append(problems, fmt.Errorf("%s: no file or a second line for check %q", orderFile, id))
			continue
		}
		delete(byID, id)
		list = append(list, expand(c)...)
	}
	for id := range byID {
		problems = append(problems, fmt.Errorf("check %q is missing from %s", id, orderFile))
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return list, errors.Join(problems...)
}

// expand spells a for_each check out, one for every box.
func expand(c check) []check {
	if c.ForEach == "" {
		return []check{c}
	}
	var list []check
	for _, b := range box.All {
		list = append(list, c.forBox(b))
	}
	return list
}

func (c check) forBox(b box.Box) check {
	zh, en := b.Label()
	words := strings.NewReplacer("{box}", string(b), "{box_zh}", zh, "{box_en}", en)
	put := func(t text) text { return text{ZH: words.Replace(t.ZH), EN: words.Replace(t.EN)} }
	one := c
	one.ID = words.Replace(c.ID)
	one.Title, one.What, one.Why = put(c.Title), put(c.What), put(c.Why)
	one.Reasons = make(map[string]reason, len(c.Reasons))
	for id, r := range c.Reasons {
		r.Message, r.Remedy = put(r.Message), put(r.Remedy)
		one.Reasons[id] = r
	}
	return one
}
