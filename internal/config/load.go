package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// Source is where values come from. The zero Source gives the defaults.
type Source struct {
	// File is a YAML file, "" for none.
	File string
	// Environ is as os.Environ has it.
	Environ []string
	// Set holds flags: key to value.
	Set map[string]string
	// Role is what the process will do; it decides which mixes make sense.
	Role Role
}

// Role is what a process does.
type Role int

// RoleAny checks what is wrong for every process; RoleServe and RoleWorker are
// those of heyan serve and heyan worker.
const (
	RoleAny Role = iota
	RoleServe
	RoleWorker
)

// maxFile bounds what is read of a configuration or a secret's file.
const maxFile = 1 << 20

// Load reads the configuration. Everything that is wrong is in one *Error;
// warnings are things that work but are seldom meant.
func Load(s Source) (c *Config, warnings []Problem, err error) {
	c = Default()
	l := &loader{fields: c.Fields(), byKey: map[string]*Field{}}
	for _, f := range l.fields {
		l.byKey[f.Key] = f
	}
	if s.File != "" {
		l.file(s.File)
	}
	l.environ(s.Environ)
	l.flags(s.Set)
	c.fill()
	l.check(c, s.Role)
	if err := l.problems.err(); err != nil {
		return nil, l.warnings.list, err
	}
	return c, l.warnings.list, nil
}

type loader struct {
	problems
	warnings problems
	fields   []*Field
	byKey    map[string]*Field
}

// take sets one field from text and tells what is wrong with it.
func (l *loader) take(where string, f *Field, text string) {
	f.origin = where
	if err := f.set(text); err != nil {
		zh, en := f.want()
		l.add(where, f.Key, "不能是 %[1]q，应为：%[2]s", "%[1]q can't be, it takes %[3]s", text, zh, en)
	}
}

// secretFile sets a secret from a file. Line ends at its end do not belong to it.
func (l *loader) secretFile(where string, f *Field, name string) {
	f.origin = where
	if name == "" {
		return
	}
	data, err := readFile(name)
	if err != nil {
		l.add(where, f.Key+fileSuffix, "读不到 %[1]q：%[2]v。请检查路径和权限", "%[1]q can't be read: %[2]v. Check the path and its permissions", name, err)
		return
	}
	value := strings.TrimRight(string(data), "\r\n")
	if value == "" {
		l.add(where, f.Key+fileSuffix, "%q 是空的", "%q is empty", name)
	}
	// A Secret takes every text.
	_ = f.set(value)
}

func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, plain(err)
	case info.IsDir():
		return nil, errors.New("is a directory")
	case info.Size() > maxFile:
		return nil, fmt.Errorf("over %d bytes", maxFile)
	}
	data, err := os.ReadFile(name)
	return data, plain(err)
}

// plain takes the path off an error that is told with it anyway.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// field finds the field of a key, and whether the key names a secret's file.
func (l *loader) field(key string) (f *Field, file bool) {
	if f = l.byKey[key]; f != nil && !f.Section {
		return f, false
	}
	if base, ok := strings.CutSuffix(key, fileSuffix); ok {
		if f = l.byKey[base]; f != nil && f.Secret {
			return f, true
		}
	}
	return nil, false
}

// environ takes the variables HEYAN_*; an empty one is none. Those that no field knows get a warning and
// no more: Kubernetes makes such names of its own accord (HEYAN_SERVICE_HOST).
func (l *loader) environ(environ []string) {
	known := map[string]string{}
	for _, f := range l.fields {
		if f.Section {
			continue
		}
		known[f.Env] = f.Key
		if f.Secret {
			known[f.Env+strings.ToUpper(fileSuffix)] = f.Key + fileSuffix
		}
	}
	for _, entry := range slices.Sorted(slices.Values(environ)) {
		name, value, _ := strings.Cut(entry, "=")
		key, ok := known[name]
		switch {
		case value == "" || !strings.HasPrefix(name, "HEYAN_") || slices.Contains(otherVariables(), name):
		case !ok:
			l.warnings.add(name, "", "没有这个设置，未使用", "there is no such setting, it is not used")
		default:
			l.give(name, key, value)
		}
	}
}

// otherVariables are read elsewhere.
func otherVariables() []string {
	return []string{"HEYAN_LANG", "HEYAN_CONFIG", "HEYAN_SERVER", "HEYAN_TOKEN", "HEYAN_CORPUS"}
}

// flags takes what was said on the command line.
func (l *loader) flags(set map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(set)) {
		where := "--set " + key
		if f, _ := l.field(key); f == nil {
			l.unknown(where, key, l.keys(""))
			continue
		}
		l.give(where, key, set[key])
	}
}

// give sets the field of a key that is known.
func (l *loader) give(where, key, value string) {
	f, file := l.field(key)
	if file {
		l.secretFile(where, f, value)
		return
	}
	l.take(where, f, value)
}

// keys are those below a section ("" is the top), without their prefix.
func (l *loader) keys(section string) []string {
	var keys []string
	for _, f := range l.fields {
		rest, ok := strings.CutPrefix(f.Key, section)
		switch {
		case !ok || section == "" && f.Section:
		case section != "" && strings.Contains(rest, "."):
		default:
			keys = append(keys, rest)
			if f.Secret {
				keys = append(keys, rest+fileSuffix)
			}
		}
	}
	return keys
}

func (l *loader) unknown(where, key string, accepted []string) {
	l.add(where, key, "没有这个设置；可用的有：%[1]s", "there is no such setting; accepted: %[2]s", strings.Join(accepted, "、"), strings.Join(accepted, ", "))
}
