package httpapi

import (
	"context"
	"strconv"
)

// Sweep looks through the staging folder, as the API does by itself every few minutes.
func (a *API) Sweep(ctx context.Context) error { return a.staging.sweep(ctx) }

// Meanings is the table of codes: status, Chinese and English title of each.
func Meanings() map[string][3]string {
	out := map[string][3]string{}
	for code, m := range meanings() {
		out[string(code)] = [3]string{strconv.Itoa(m.Status), m.Title.ZH, m.Title.EN}
	}
	return out
}

// Chinese words a message of huma's.
func Chinese(message string) string { return chinese(message) }
