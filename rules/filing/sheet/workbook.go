package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

// Limits of a workbook.
const (
	maxParts    = 2000     // files inside
	maxInflated = 24 << 20 // bytes of all parts that are read
	maxSheets   = 64
	maxStrings  = MaxRows * MaxColumns
	maxFormats  = 20000
	maxMerges   = 20000
)

// workbook is an XLSX file being read.
type workbook struct {
	parts   map[string]*zip.File // by name in lower case
	room    int64                // bytes that may still be inflated
	strings []string
	formats []format // of the numbers, by cell style
	tables  []table
	rows    int
}

// openWorkbook reads the visible worksheets of an XLSX file.
func openWorkbook(data []byte) ([]table, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(z.File) > maxParts {
		return nil, damaged(err)
	}
	w := &workbook{parts: make(map[string]*zip.File, len(z.File)), room: maxInflated}
	for _, f := range z.File {
		w.parts[strings.ToLower(strings.TrimPrefix(f.Name, "/"))] = f
	}
	if err := w.read(); err != nil {
		return nil, err
	}
	return w.tables, nil
}

// damaged says why a workbook can't be read.
func damaged(err error) error {
	var told *Error
	switch {
	case errors.As(err, &told):
		return told
	case errors.Is(err, errTooBig):
		return whole("工作簿展开后过大，不像是备案信息的表格", "the workbook inflates to more than a sheet of filings holds")
	case err == nil:
		err = errors.New("too many parts")
	}
	return whole("不是有效的 XLSX 工作簿：%v；请用表格软件打开后另存一份再试", "not a valid XLSX workbook: %v; open it in a table program and save it anew", err)
}

func (w *workbook) read() error {
	sheets, err := w.sheets()
	if err != nil {
		return damaged(err)
	}
	if err := w.readStrings(); err != nil {
		return damaged(err)
	}
	if err := w.readStyles(); err != nil {
		return damaged(err)
	}
	for _, s := range sheets {
		t := table{name: s.name}
		if err := w.readTable(s.part, &t); err != nil {
			return damaged(err)
		}
		t.spread()
		w.tables = append(w.tables, t)
	}
	return nil
}

// worksheet is a visible worksheet's name and its part.
type worksheet struct{ name, part string }

// sheets are the visible worksheets in the workbook's order.
func (w *workbook) sheets() ([]worksheet, error) {
	targets := map[string]string{}
	err := w.scan("xl/_rels/workbook.xml.rels", func(e *element) error {
		if e.name == "Relationship" && !e.end && len(targets) < maxParts {
			targets[e.attr("Id")] = e.attr("Target")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var list []worksheet
	err = w.scan("xl/workbook.xml", func(e *element) error {
		state := e.attr("state")
		if e.end || e.name != "sheet" || state == "hidden" || state == "veryHidden" {
			return nil
		}
		if len(list) == maxSheets {
			return errTooBig
		}
		target := targets[e.attr("id")]
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/xl", target)
		}
		list = append(list, worksheet{e.attr("name"), strings.TrimPrefix(target, "/")})
		return nil
	})
	return list, err
}

// readStrings reads the texts that cells refer to, without the readings (拼音)
// that may stand beside them.
func (w *workbook) readStrings() error {
	var text strings.Builder
	return w.optional("xl/sharedStrings.xml", func(e *element) error {
		switch {
		case e.name == "si" && !e.end:
			text.Reset()
		case e.name == "si":
			if len(w.strings) == maxStrings {
				return errTooBig
			}
			w.strings = append(w.strings, strings.Clone(text.String()))
		case e.name == "t" && e.end && !e.within("rPh"):
			text.WriteString(e.text)
		}
		return nil
	})
}

// element is the start or the end of an XML element.
type element struct {
	name  string // without its prefix
	attrs []xml.Attr
	end   bool
	text  string // at the end: the text directly inside
	path  []string
}

func (e *element) attr(name string) string {
	for _, a := range e.attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e *element) within(name string) bool {
	for _, p := range e.path {
		if p == name {
			return true
		}
	}
	return false
}

// optional scans a part that a workbook may lack.
func (w *workbook) optional(name string, visit func(*element) error) error {
	if w.parts[strings.ToLower(name)] == nil {
		return nil
	}
	return w.scan(name, visit)
}

// scan streams over one part.
func (w *workbook) scan(name string, visit func(*element) error) error {
	f := w.parts[strings.ToLower(name)]
	if f == nil {
		return errors.New("there is no " + path.Base(name))
	}
	part, err := f.Open()
	if err != nil {
		return err
	}
	defer part.Close()
	return scanXML(&budget{r: part, left: &w.room}, visit)
}

// maxDepth of elements in a part.
const maxDepth = 64

// scanXML visits every start and end. Tokens are taken raw, and the open elements
// counted here, so that depth costs nothing.
func scanXML(r io.Reader, visit func(*element) error) error {
	d := xml.NewDecoder(&tagGuard{r: r})
	var open []string
	var text strings.Builder
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(open) == maxDepth {
				return errTooBig
			}
			open = append(open, t.Name.Local)
			text.Reset()
			err = visit(&element{name: t.Name.Local, attrs: t.Attr, path: open})
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != t.Name.Local {
				return errors.New("elements are not nested")
			}
			err = visit(&element{name: t.Name.Local, end: true, text: text.String(), path: open})
			open = open[:len(open)-1]
			text.Reset()
		case xml.CharData:
			if text.Len() <= maxCell {
				text.Write(t)
			}
		}
		if err != nil {
			return err
		}
	}
}

// budget ends with errTooBig after the bytes that are left.
type budget struct {
	r    io.Reader
	left *int64
}

func (b *budget) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if *b.left -= int64(n); *b.left < 0 {
		return 0, errTooBig
	}
	return n, err
}

// maxRun is the longest tag, or text between tags: the parser keeps a whole one.
// A cell of Excel has 32,767 characters at the most.
const maxRun = 256 << 10

// tagGuard refuses longer ones. It may take a text for a tag that has not ended,
// never a tag for a text.
type tagGuard struct {
	r     io.Reader
	state byte // 0 outside, '<' just opened, 't' in a tag, '!' in a comment or instruction, or the open quote
	size  int
}

func (g *tagGuard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	for _, c := range p[:n] {
		if g.step(c); g.size > maxRun {
			return 0, errTooBig
		}
	}
	return n, err
}

func (g *tagGuard) step(c byte) {
	g.size++
	switch g.state {
	case 0:
		if c == '<' {
			g.state, g.size = '<', 0
		}
	case '"', '\'':
		if c == g.state {
			g.state = 't'
		}
	default:
		g.inTag(c)
	}
}

func (g *tagGuard) inTag(c byte) {
	switch {
	case c == '>':
		g.state, g.size = 0, 0
	case g.state == '!':
	case g.state == '<' && (c == '!' || c == '?'):
		g.state = '!'
	case c == '"' || c == '\'':
		g.state = c
	default:
		g.state = 't'
	}
}
