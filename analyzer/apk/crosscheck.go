package apk

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/avast/apkparser"
	"github.com/shogo82148/androidbinary"

	"heyan/analyzer"
	"heyan/analyzer/apk/axml"
	"heyan/analyzer/apk/restype"
	"heyan/analyzer/facts"
)

// What a manifest may weigh for the other readers to see it: they decode it
// whole, and one of them allocates what the document says.
const (
	maxCheckedManifest = 2 << 20
	maxCheckedText     = 2 << 20
	maxCheckedNodes    = 50_000
	maxNamespaces      = 64
)

// declaration is what every reader of a manifest must agree on.
type declaration struct {
	id, version string
	build       string
	permissions map[string]bool
}

// crossCheck lets two other readers read the manifest. What they can't read is
// an anomaly. Where they read something else than we did, and nothing explains
// it, the manifest is partial.
func (i *inspection) crossCheck(p *part) error {
	data := i.man.data
	if len(data) > maxCheckedManifest {
		return nil
	}
	w := axml.Weigh(data)
	if !w.Sound || w.Strings > maxCheckedText || w.Output > maxCheckedText || w.Nodes > maxCheckedNodes || w.Namespaces > maxNamespaces {
		return nil // what is odd about it is said already
	}
	own, explained, err := ownDeclaration(data)
	if err != nil {
		return nil // as the manifest's own status says
	}
	for _, reader := range []struct {
		name string
		read func([]byte) (*declaration, error)
	}{
		{"androidbinary", readWithAndroidbinary},
		{"apkparser", readWithApkparser},
	} {
		var other *declaration
		err := analyzer.Fence(reader.name, func() (err error) {
			other, err = reader.read(data)
			return err
		})
		if err != nil {
			p.add(facts.Anomaly{Code: "reader-error-" + reader.name, Detail: err.Error(), Where: "AndroidManifest.xml"})
			continue
		}
		diff := own.differs(other)
		if diff == "" {
			continue
		}
		if explained != "" {
			diff += "; explained: " + explained
		} else {
			p.partial("%s reads it differently: %s", reader.name, diff)
		}
		p.add(facts.Anomaly{Code: "reader-difference-" + reader.name, Detail: diff, Where: "AndroidManifest.xml"})
	}
	return nil
}

// differs says in what other is not d.
func (d *declaration) differs(other *declaration) string {
	switch {
	case d.id != other.id:
		return fmt.Sprintf("package %q and %q", d.id, other.id)
	case d.version != other.version && !unresolved(d.version) && !unresolved(other.version):
		return fmt.Sprintf("versionName %q and %q", d.version, other.version)
	case !sameNumber(d.build, other.build):
		return fmt.Sprintf("versionCode %q and %q", d.build, other.build)
	case maps.Equal(d.permissions, other.permissions):
		return ""
	}
	return fmt.Sprintf("permissions %s and %s", only(d.permissions, other.permissions), only(other.permissions, d.permissions))
}

func unresolved(s string) bool { return strings.HasPrefix(s, "@") }

func sameNumber(a, b string) bool {
	if a == b || unresolved(a) || unresolved(b) {
		return true
	}
	x, errX := strconv.ParseInt(a, 0, 64)
	y, errY := strconv.ParseInt(b, 0, 64)
	return errX == nil && errY == nil && uint32(x) == uint32(y)
}

// only lists what is in a and not in b.
func only(a, b map[string]bool) string {
	var out []string
	for name := range a {
		if !b[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return fmt.Sprintf("%q", out)
}

func isUsesPermission(name string) bool {
	return name == "uses-permission" || name == "uses-permission-sdk-23" || name == "uses-permission-sdk-m"
}

const (
	idName        = 0x01010003
	idVersionCode = 0x0101021b
	idVersionName = 0x0101021c
)

// ownDeclaration reads the manifest by resource id. explained says why other
// readers may well differ.
func ownDeclaration(data []byte) (d *declaration, explained string, err error) {
	x, err := axml.Open(data, axml.Limits{})
	if err != nil {
		return nil, "", err
	}
	d = &declaration{permissions: make(map[string]bool)}
	byID := func(id uint32, name string) (string, uint8) {
		a, seen := x.ByID(id, name)
		if seen == axml.Absent {
			return "", restype.ValueNull
		}
		if garbled := x.NameOf(a); garbled != name {
			explained = fmt.Sprintf("attribute %q is spelt %q", name, garbled)
		}
		if !a.HasNamespace() {
			explained = fmt.Sprintf("attribute %q has no namespace", name)
		}
		if a.HasOwnSource() {
			explained = fmt.Sprintf("the source text of %q is not its value", name)
		}
		s, _, e := x.String(a)
		err = errors.Join(err, e)
		if !isPrintable(s) {
			explained = fmt.Sprintf("%q has characters that XML can't hold", name)
		}
		return s, a.Value.Type
	}
	for {
		event, e := x.Next()
		if errors.Is(e, io.EOF) {
			break
		}
		if e != nil || err != nil {
			return nil, "", errors.Join(e, err)
		}
		switch {
		case event == axml.EndElement && x.Depth() == 1:
			return d, explained, nil
		case event != axml.StartElement:
		case x.Depth() == 1:
			if a, ok := x.ByName("package"); ok {
				d.id, _, err = x.Raw(a)
			}
			d.build, _ = byID(idVersionCode, "versionCode")
			version, kind := byID(idVersionName, "versionName")
			if d.version = version; kind != restype.ValueString {
				d.version = "@"
			}
		case x.Depth() == 2 && isUsesPermission(x.Name()):
			if name, kind := byID(idName, "name"); kind == restype.ValueString {
				d.permissions[name] = true
			}
		}
	}
	return d, explained, err
}

// isPrintable reports whether XML text can hold s as it stands.
func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 || r == 0xfffd || r == 0xfffe || r == 0xffff || r >= 0xd800 && r < 0xe000
	})
}

// collector gathers a declaration from XML tokens.
type collector struct {
	declaration
	depth int
	done  bool
}

// EncodeToken implements apkparser.ManifestEncoder.
func (c *collector) EncodeToken(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		c.depth++
		if !c.done {
			c.start(t)
		}
	case xml.EndElement:
		c.done = c.done || c.depth == 1
		c.depth--
	}
	return nil
}

// Flush implements apkparser.ManifestEncoder.
func (c *collector) Flush() error { return nil }

func (c *collector) start(t xml.StartElement) {
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "":
			if c.depth == 1 && a.Name.Local == "package" {
				first(&c.id, a.Value)
			}
		case c.depth == 1 && a.Name.Local == "versionCode":
			first(&c.build, a.Value)
		case c.depth == 1 && a.Name.Local == "versionName":
			first(&c.version, a.Value)
		case c.depth == 2 && a.Name.Local == "name" && isUsesPermission(t.Name.Local):
			if !unresolved(a.Value) {
				c.permissions[a.Value] = true
			}
			return
		}
	}
}

func first(to *string, value string) {
	if *to == "" {
		*to = value
	}
}

func newCollector() *collector {
	return &collector{declaration: declaration{permissions: make(map[string]bool)}}
}

func readWithApkparser(data []byte) (*declaration, error) {
	c := newCollector()
	err := apkparser.ParseXmlWithConfig(bytes.NewReader(data), c, nil, &apkparser.ParseConfig{MaxStringTableBytes: maxCheckedText})
	return &c.declaration, err
}

func readWithAndroidbinary(data []byte) (*declaration, error) {
	file, err := androidbinary.NewXMLFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	c := newCollector()
	for tokens := xml.NewDecoder(file.Reader()); ; {
		token, err := tokens.Token()
		if errors.Is(err, io.EOF) {
			return &c.declaration, nil
		}
		if err != nil {
			return nil, err
		}
		if err := c.EncodeToken(token); err != nil {
			return nil, err
		}
	}
}
