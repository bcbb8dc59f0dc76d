package apk

import (
	"errors"
	"fmt"
	"io"

	"heyan/analyzer/apk/axml"
	"heyan/analyzer/apk/restype"
	"heyan/analyzer/archive"
)

// maxXML is how large an XML resource may be.
const maxXML = 1 << 20

// openXML opens a binary XML resource of the package by its path.
func (i *inspection) openXML(path string) (*axml.Reader, error) {
	entry, count := i.zip.Lookup(path)
	if count != 1 {
		return nil, fmt.Errorf("%d entries are named %q", count, path)
	}
	data, err := i.zip.ReadFile(entry, maxXML)
	if err != nil && !errors.Is(err, archive.ErrContent) {
		return nil, err
	}
	return axml.Open(data, axml.Limits{})
}

// eachElement calls start and end for every element, and text for text.
func eachElement(x *axml.Reader, start func() error, end func(), text func(string)) error {
	for {
		event, err := x.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		switch event {
		case axml.StartElement:
			if err := start(); err != nil {
				return err
			}
		case axml.EndElement:
			end()
		case axml.Text:
			s, err := x.Text()
			if err != nil {
				return err
			}
			text(s)
		}
	}
}

// resolveAttr is an attribute's value with its reference followed; ref is the
// reference.
func (i *inspection) resolveAttr(x *axml.Reader, a axml.Attr) (v restype.Value, text string, ref uint32, err error) {
	if a.Value.IsReference() {
		v, text, _, ok := i.res.Resolve(a.Value.Data)
		if !ok {
			return a.Value, a.Value.String(), a.Value.Data, nil
		}
		if v.Type != restype.ValueString {
			text = v.String()
		}
		return v, text, a.Value.Data, nil
	}
	text, _, err = x.String(a)
	return a.Value, text, 0, err
}

// truth is what Android makes of a value where a boolean is asked for.
func truth(v restype.Value, text string) bool {
	if v.IsInt() {
		return v.Data != 0
	}
	return text == "true" || text == "TRUE" || text == "1"
}
