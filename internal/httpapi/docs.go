package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

var (
	//go:embed docs.tmpl
	docsSource string
	//go:embed docs.css
	docsStyle string
)

// docsPage is the readable form of the OpenAPI document, in one language.
type docsPage struct {
	Lang, Other  string // "zh", "en"
	HTMLLang     string
	Title, About string
	Style        template.CSS
	Groups       []docsGroup
	Schemas      []docsSchema
	Codes        []docsCode
}

type docsGroup struct {
	ID, Title  string
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []docsField
	Bodies, Responses                      []docsBody
}

// docsBody is a media type of a request or an answer.
type docsBody struct {
	Status, Description, Type string
	Schema                    docsType
	Fields                    []docsField // of a schema that has no name
}

type docsSchema struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name, In, Description string
	Type                  docsType
	Required              bool
}

// docsType is a type as people read it; Ref is the schema's name where it has one.
type docsType struct {
	Text, Ref string
	Enum      []string
}

type docsCode struct {
	Code          string
	Status        int
	Title, Detail string
}

// renderDocs makes the page in both languages: it changes with the program only.
func (a *API) renderDocs() error {
	t, err := template.New("docs").Parse(docsSource)
	if err != nil {
		return err
	}
	a.docs = map[string][]byte{}
	for _, lang := range []string{"zh", "en"} {
		var out bytes.Buffer
		if err := t.Execute(&out, a.newDocs(lang)); err != nil {
			return err
		}
		a.docs[lang] = out.Bytes()
	}
	sum := sha256.Sum256([]byte(docsStyle))
	a.docsCSP = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return nil
}

// getDocs shows the page, in the language of ?lang= or of the browser.
func (a *API) getDocs(w http.ResponseWriter, r *http.Request) {
	lang := requestOf(r.Context()).lang
	if asked := r.URL.Query().Get("lang"); asked == "zh" || asked == "en" {
		lang = asked
	}
	h := w.Header()
	h.Set("Content-Security-Policy", a.docsCSP)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Vary", "Accept-Language")
	_ = send(w, "text/html; charset=utf-8", a.docs[lang])
}

// side is the half of "中文 / English" in a language. A text without the mark is both.
func side(s, lang string) string {
	zh, en, ok := strings.Cut(s, " / ")
	if !ok || lang == "zh" {
		return zh
	}
	return en
}

func (a *API) newDocs(lang string) docsPage {
	doc := a.huma.OpenAPI()
	p := docsPage{
		Lang: lang, Other: "en", HTMLLang: "zh-CN", Title: doc.Info.Title, About: side(doc.Info.Description, lang),
		Style: template.CSS(docsStyle), // #nosec G203 -- our own file
	}
	if lang == "en" {
		p.Other, p.HTMLLang = "zh", "en"
	}
	for _, tag := range doc.Tags {
		g := docsGroup{ID: tag.Name, Title: side(tag.Description, lang)}
		for _, path := range sortedKeys(doc.Paths) {
			for _, op := range operationsOf(doc.Paths[path]) {
				if slices.Contains(op.Tags, tag.Name) {
					g.Operations = append(g.Operations, newDocsOperation(op, lang))
				}
			}
		}
		if len(g.Operations) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	schemas := doc.Components.Schemas.Map()
	for _, name := range sortedKeys(schemas) {
		p.Schemas = append(p.Schemas, docsSchema{name, fieldsOf(schemas[name], lang)})
	}
	for code, m := range a.meanings {
		p.Codes = append(p.Codes, docsCode{string(code), m.Status, m.Title.in(lang), m.Detail.in(lang)})
	}
	slices.SortFunc(p.Codes, func(x, y docsCode) int {
		if x.Status != y.Status {
			return x.Status - y.Status
		}
		return strings.Compare(x.Code, y.Code)
	})
	return p
}

// operationsOf returns those of a path, in the order in which people use them.
func operationsOf(p *huma.PathItem) []*huma.Operation {
	all := []*huma.Operation{p.Post, p.Get, p.Head, p.Put, p.Patch, p.Delete}
	return slices.DeleteFunc(all, func(op *huma.Operation) bool { return op == nil })
}

func newDocsOperation(op *huma.Operation, lang string) docsOperation {
	d := docsOperation{
		ID: op.OperationID, Method: op.Method, Path: op.Path,
		Summary: side(op.Summary, lang), Description: side(op.Description, lang),
	}
	for _, p := range op.Parameters {
		description := p.Description
		if description == "" && p.Schema != nil {
			description = p.Schema.Description
		}
		d.Parameters = append(d.Parameters, docsField{
			Name: p.Name, In: p.In, Description: side(description, lang), Type: typeOf(p.Schema), Required: p.Required,
		})
	}
	if op.RequestBody != nil {
		d.Bodies = bodiesOf("", "", op.RequestBody.Content, lang)
	}
	for _, status := range sortedKeys(op.Responses) {
		r := op.Responses[status]
		description := side(r.Description, lang)
		bodies := bodiesOf(status, description, r.Content, lang)
		if len(bodies) == 0 {
			bodies = []docsBody{{Status: status, Description: description}}
		}
		d.Responses = append(d.Responses, bodies...)
	}
	return d
}

func bodiesOf(status, description string, content map[string]*huma.MediaType, lang string) []docsBody {
	var list []docsBody
	for _, name := range sortedKeys(content) {
		b := docsBody{Status: status, Description: description, Type: name, Schema: typeOf(content[name].Schema)}
		if b.Schema.Ref == "" {
			b.Fields = fieldsOf(content[name].Schema, lang)
		}
		list = append(list, b)
	}
	return list
}

func fieldsOf(s *huma.Schema, lang string) []docsField {
	if s == nil {
		return nil
	}
	var list []docsField
	for _, name := range sortedKeys(s.Properties) {
		f := s.Properties[name]
		list = append(list, docsField{
			Name: name, Description: side(f.Description, lang), Type: typeOf(f), Required: slices.Contains(s.Required, name),
		})
	}
	return list
}

func typeOf(s *huma.Schema) docsType {
	switch {
	case s == nil:
		return docsType{}
	case s.Ref != "":
		return docsType{Ref: s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]}
	case s.Type == huma.TypeArray && s.Items != nil:
		t := typeOf(s.Items)
		if t.Text += "[]"; t.Ref != "" {
			t.Text += " "
		}
		return t
	case len(s.OneOf) > 0:
		var names []string
		for _, one := range s.OneOf {
			names = append(names, typeOf(one).Text)
		}
		return docsType{Text: strings.Join(names, " | ")}
	}
	t := docsType{Text: s.Type}
	if s.Format != "" {
		t.Text += " (" + s.Format + ")"
	}
	for _, v := range s.Enum {
		t.Enum = append(t.Enum, fmt.Sprint(v))
	}
	return t
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
