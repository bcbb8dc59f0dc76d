package httpapi

import (
	"net/http"
)

func (a *API) renderDocs() error { return nil }

func (a *API) getDocs(w http.ResponseWriter, r *http.Request) {}
