package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"heyan/internal/submit"
)

// readBody reads a JSON body whole, within its bound.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxJSON {
		return nil, refuse(CodeBodyTooLarge, text{}, nil)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxJSON))
	var large *http.MaxBytesError
	var known *submit.Error
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &large):
		return nil, refuse(CodeBodyTooLarge, text{}, err)
	case errors.As(err, &known):
		return nil, known
	}
	return nil, refuse(submit.CodeUploadCut, text{"请求正文没有收全，请重发", "the body did not arrive whole: send it again"}, err)
}

// bodied reads the bodies of huma's operations before huma does, so that what goes
// wrong there is told as everywhere.
func (a *API) bodied(ctx huma.Context, next func(huma.Context)) {
	if ctx.Operation().RequestBody == nil {
		next(ctx)
		return
	}
	r, w := humago.Unwrap(ctx)
	if err := plainEncoding(r); err != nil {
		a.fail(w, r, err)
		return
	}
	body, err := readBody(w, r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	next(ctx)
}

// readJSON reads a JSON body into v, a struct that the OpenAPI document describes,
// and holds it against that description.
func (a *API) readJSON(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	var plain any
	if err := json.Unmarshal(body, &plain); err != nil {
		return errJSON(err)
	}
	registry := a.huma.OpenAPI().Components.Schemas
	schema := registry.Schema(reflect.TypeOf(v).Elem(), true, "")
	found := &huma.ValidateResult{}
	huma.Validate(registry, schema, huma.NewPathBuffer([]byte("body"), 4), huma.ModeWriteToServer, plain, found)
	if len(found.Errors) > 0 {
		return errValidation(found.Errors)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return errJSON(err)
	}
	return nil
}

func errJSON(err error) error {
	e := refuse(CodeBodyInvalid, text{"请求正文不是格式正确的 JSON", "the body is not well-formed JSON"}, nil)
	e.Problems = []submit.Problem{{Path: "body", ZH: err.Error(), EN: err.Error()}}
	return e
}

// errValidation words what huma found.
func errValidation(found []error) error {
	e := refuse(submit.CodeRequestInvalid, text{}, nil)
	e.Problems = problemsOf(found)
	return e
}

func problemsOf(found []error) []submit.Problem {
	var list []submit.Problem
	for _, err := range found {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			d = &huma.ErrorDetail{Message: err.Error()}
		}
		list = append(list, submit.Problem{Path: d.Location, ZH: chinese(d.Message), EN: d.Message})
	}
	return list
}

// translate turns huma's own errors into problems, for huma.Config.Transformers. The
// status is sent already: codesOfHuma has a code of that very status.
func (a *API) translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	e := refuse(codesOfHuma(m.Status), text{}, nil)
	for _, d := range m.Errors {
		e.Problems = append(e.Problems, submit.Problem{Path: d.Location, ZH: chinese(d.Message), EN: d.Message})
	}
	return a.newFailure(ctx.Context(), e), nil
}

func codesOfHuma(status int) submit.Code {
	switch status {
	case http.StatusBadRequest:
		return CodeBodyInvalid
	case http.StatusUnprocessableEntity:
		return submit.CodeRequestInvalid
	case http.StatusUnsupportedMediaType:
		return CodeMediaType
	case http.StatusRequestEntityTooLarge:
		return CodeBodyTooLarge
	case http.StatusNotAcceptable:
		return CodeNotAcceptable
	}
	return CodeInternal
}
