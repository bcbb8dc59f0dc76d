// Package jar reads JAR manifests and signature files as apksig does
// (ManifestParser): sections of attributes, lines that go on with a space, line
// ends of any kind, nothing refused.
//
// It promises: sections refer to the file, which is never copied as a whole;
// time is linear in the file for reading, and in the section for a look-up.
package jar

import (
	"bytes"
	"strings"

	"heyan/analyzer/apk/sig/internal/apkzip"
)

// Section is a part of the file up to and with the empty line that ends it.
type Section struct {
	// Raw is the section's bytes, which digests are over.
	Raw []byte
	// Name is the value of the first attribute, if that one is called Name.
	Name string
	// Named tells an empty name from none.
	Named bool
}

// Reader reads sections one after another.
type Reader struct {
	rest []byte
	size int
}

// NewReader reads from file.
func NewReader(file []byte) *Reader { return &Reader{rest: file, size: len(file)} }

// Offset is how much of the file has been read: up to the last section's end.
func (r *Reader) Offset() int { return r.size - len(r.rest) }

// Next is the next section; ok is false at the end.
func (r *Reader) Next() (s Section, ok bool) {
	start := r.rest
	for {
		line, after := cutLine(start)
		if len(line) > 0 {
			break
		}
		if len(start) == 0 {
			r.rest = nil
			return Section{}, false
		}
		start = after
	}
	rest := start
	for len(rest) > 0 {
		line, after := cutLine(rest)
		rest = after
		if len(line) == 0 {
			break
		}
	}
	r.rest = rest
	size := len(start) - len(rest)
	s.Raw = start[:size:size]
	if first, _, ok := cutAttribute(s.Raw); ok {
		name, value := split(first)
		if equalFold(name, "Name") {
			s.Name, s.Named = apkzip.Text(value), true
		}
	}
	return s, true
}

// Attribute is the value of the first attribute of a name, whatever its case.
func (s Section) Attribute(name string) (value string, ok bool) {
	for rest := s.Raw; ; {
		attr, after, ok := cutAttribute(rest)
		if !ok {
			return "", false
		}
		if key, value := split(attr); equalFold(key, name) {
			return apkzip.Text(value), true
		}
		rest = after
	}
}

// equalFold avoids making a string of every attribute's name.
func equalFold(key []byte, name string) bool {
	return len(key) <= 4*len(name) && strings.EqualFold(string(key), name)
}

// split separates name and value at the first colon with a space behind it.
func split(attr []byte) (name, value []byte) {
	name, value, _ = bytes.Cut(attr, []byte(": "))
	return name, value
}

// cutLine separates the first line, without its end, from the rest.
func cutLine(b []byte) (line, rest []byte) {
	for i, c := range b {
		switch {
		case c == '\n':
			return b[:i], b[i+1:]
		case c != '\r':
			continue
		case i+1 < len(b) && b[i+1] == '\n':
			return b[:i], b[i+2:]
		}
		return b[:i], b[i+1:]
	}
	return b, nil
}

// cutAttribute separates the first attribute, its continuation lines joined, from
// the rest of a section; ok is false at the section's end.
func cutAttribute(b []byte) (attr, rest []byte, ok bool) {
	attr, rest = cutLine(b)
	if len(attr) == 0 {
		return nil, nil, false
	}
	joined := false
	for len(rest) > 0 && rest[0] == ' ' {
		line, after := cutLine(rest)
		if !joined {
			attr, joined = bytes.Clone(attr), true
		}
		attr, rest = append(attr, line[1:]...), after
	}
	return attr, rest, true
}
