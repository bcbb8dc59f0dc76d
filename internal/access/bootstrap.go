package access

import (
	"context"
	"fmt"
	"time"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// The first organisation and the name of its first token.
const (
	FirstOrganisation = "default"
	firstToken        = "bootstrap"
)

// Scopes are all scopes, from the least to the most.
func Scopes() []record.Scope {
	return []record.Scope{record.ScopeRead, record.ScopeSubmit, record.ScopeReview, record.ScopeAdmin}
}

// Bootstrap makes the first organisation and a token with every scope where the
// database has never had one, and returns the token. won is false, and secret empty,
// where that was done before, by this process or another.
func Bootstrap(ctx context.Context, records record.Access, now time.Time, newID func(prefix string) string) (secret string, won bool, err error) {
	org := record.Organisation{ID: newID("org"), Name: FirstOrganisation, Created: now}
	secret = NewSecret()
	token := record.Token{
		ID: newID("tok"), Organisation: org.ID, Name: firstToken,
		Hash: Hash(secret), Scopes: Scopes(), Created: now,
	}
	won, err = records.Bootstrap(ctx, org, token)
	if err != nil {
		return "", false, fmt.Errorf("make the first administrator: %w", err)
	}
	if !won {
		return "", false, nil
	}
	return secret, true, nil
}

// Operator is the caller that a command beside the database acts as: who can write to
// the database needs no token. org is the organisation that it acts in.
func Operator(org string) submit.Caller {
	return submit.Caller{Organisation: org, Scopes: Scopes()}
}
