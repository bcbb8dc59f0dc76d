package access_test

import (
	"strings"
	"testing"
	"time"

	"heyan/internal/access"
	"heyan/internal/submit"
	"heyan/storage/record"
)

func scopes(s ...record.Scope) []record.Scope { return s }

// TestGrants: who can make a token with which scopes.
func TestGrants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org, other := w.organisation(t, "one"), w.organisation(t, "two")
	callers := map[string]submit.Caller{"admin": w.admin}
	for name, have := range map[string][]record.Scope{
		"read": scopes("read"), "submit": scopes("submit", "read"),
		"review": scopes("review"), "reviewer": scopes("review", "submit", "read"), "admin of one": scopes("admin"),
	} {
		callers[name], _ = w.issue(t, w.admin, access.NewToken{Organisation: org, Scopes: have})
	}
	for _, c := range []struct {
		by     string
		org    string
		scopes []record.Scope
		want   submit.Code
	}{
		{"admin", org, scopes("admin"), ""},
		{"admin", other, scopes("submit", "read", "review", "admin"), ""},
		{"admin of one", other, scopes("submit"), ""},
		{"reviewer", org, scopes("submit"), ""},
		{"reviewer", "", scopes("review", "read", "read"), ""},
		{"review", org, scopes("review"), ""},
		{"review", org, scopes("submit"), submit.CodeForbidden},
		{"review", org, scopes("review", "admin"), submit.CodeForbidden},
		{"reviewer", org, scopes("admin"), submit.CodeForbidden},
		{"reviewer", other, scopes("read"), submit.CodeNotFound},
		{"reviewer", w.admin.Organisation, scopes("read"), submit.CodeNotFound},
		{"submit", org, scopes("submit"), submit.CodeForbidden},
		{"read", org, scopes("read"), submit.CodeForbidden},
		{"admin", org, nil, submit.CodeRequestInvalid},
		{"admin", org, scopes("root"), submit.CodeRequestInvalid},
		{"admin", org, scopes("read", ""), submit.CodeRequestInvalid},
		{"admin", "org_none", scopes("read"), submit.CodeNotFound},
	} {
		issued, err := w.service.CreateToken(t.Context(), callers[c.by], access.NewToken{Organisation: c.org, Name: "x", Scopes: c.scopes})
		if c.want != "" {
			wantCode(t, err, c.want)
			continue
		}
		if err != nil {
			t.Errorf("%s for %q, %v: %v", c.by, c.org, c.scopes, err)
			continue
		}
		got, err := w.auth.Authenticate(t.Context(), issued.Secret)
		if err != nil || c.org != "" && got.Organisation != c.org {
			t.Errorf("%s made %+v, %v", c.by, got, err)
		}
	}
}

func TestTokenThatExpiresMakesNoneThatDoesNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	end := w.now().Add(time.Hour)
	short, _ := w.issue(t, w.admin, access.NewToken{Scopes: scopes("review"), Expires: end})
	for _, c := range []struct {
		expires time.Time
		want    submit.Code
	}{
		{end, ""}, {end.Add(-time.Minute), ""},
		{time.Time{}, submit.CodeForbidden}, {end.Add(time.Second), submit.CodeForbidden},
		{w.now(), submit.CodeRequestInvalid},
	} {
		_, err := w.service.CreateToken(t.Context(), short, access.NewToken{Name: "x", Scopes: scopes("review"), Expires: c.expires})
		if c.want != "" {
			wantCode(t, err, c.want)
		} else if err != nil {
			t.Error(err)
		}
	}
	admin, _ := w.issue(t, w.admin, access.NewToken{Scopes: scopes("admin"), Expires: end})
	if _, err := w.service.CreateToken(t.Context(), admin, access.NewToken{Name: "x", Scopes: scopes("read")}); err != nil {
		t.Error(err)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org, other := w.organisation(t, "one"), w.organisation(t, "two")
	reviewer, _ := w.issue(t, w.admin, access.NewToken{Organisation: org, Scopes: scopes("review")})
	machine, _ := w.issue(t, w.admin, access.NewToken{Organisation: org, Scopes: scopes("submit")})
	second, _ := w.issue(t, w.admin, access.NewToken{Organisation: org, Scopes: scopes("submit")})
	admin, _ := w.issue(t, w.admin, access.NewToken{Organisation: org, Scopes: scopes("admin")})
	stranger, _ := w.issue(t, w.admin, access.NewToken{Organisation: other, Scopes: scopes("review")})
	revoke := func(c submit.Caller, org, id string) error {
		return w.service.RevokeToken(t.Context(), c, org, id)
	}
	wantCode(t, revoke(stranger, org, machine.Token), submit.CodeNotFound)
	wantCode(t, revoke(stranger, "", machine.Token), submit.CodeNotFound)
	wantCode(t, revoke(machine, "", second.Token), submit.CodeForbidden)
	wantCode(t, revoke(reviewer, "", admin.Token), submit.CodeForbidden)
	wantCode(t, revoke(reviewer, "", "tok_none"), submit.CodeNotFound)
	wantCode(t, revoke(submit.Caller{Scopes: access.Scopes()}, "", machine.Token), submit.CodeNotFound)
	for _, c := range []struct {
		by submit.Caller
		id string
	}{{machine, machine.Token}, {machine, machine.Token}, {reviewer, second.Token}, {w.admin, admin.Token}} {
		if err := revoke(c.by, org, c.id); err != nil {
			t.Error(err)
		}
	}
	list, err := w.service.Tokens(t.Context(), reviewer, "")
	if err != nil || len(list) != 4 {
		t.Fatal(list, err)
	}
	for _, token := range list {
		if want := token.ID != reviewer.Token; token.Revoked.IsZero() == want {
			t.Errorf("%s revoked: %v", token.ID, token.Revoked)
		}
	}
}

func TestOrganisations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.organisation(t, "  一个机构 ")
	reviewer, _ := w.issue(t, w.admin, access.NewToken{Organisation: one, Scopes: scopes("review", "read", "submit")})

	_, err := w.service.CreateOrganisation(t.Context(), w.admin, "一个机构")
	wantCode(t, err, submit.CodeNameTaken)
	_, err = w.service.CreateOrganisation(t.Context(), reviewer, "x")
	wantCode(t, err, submit.CodeForbidden)
	for _, name := range []string{"", "  ", "a\nb", "a\u202eb", strings.Repeat("长", 201), "\xff"} {
		_, err = w.service.CreateOrganisation(t.Context(), w.admin, name)
		wantCode(t, err, submit.CodeRequestInvalid)
	}
	if o, err := w.service.Organisation(t.Context(), reviewer, one); err != nil || o.Name != "一个机构" {
		t.Error(o, err)
	}
	_, err = w.service.Organisation(t.Context(), reviewer, w.admin.Organisation)
	wantCode(t, err, submit.CodeNotFound)
	_, err = w.service.Organisation(t.Context(), w.admin, "org_none")
	wantCode(t, err, submit.CodeNotFound)

	all, err := w.service.Organisations(t.Context(), w.admin, "", 0)
	if err != nil || len(all) != 2 {
		t.Error(all, err)
	}
	own, err := w.service.Organisations(t.Context(), reviewer, "", 0)
	if err != nil || len(own) != 1 || own[0].ID != one {
		t.Error(own, err)
	}
	if more, err := w.service.Organisations(t.Context(), reviewer, one, 0); err != nil || len(more) != 0 {
		t.Error(more, err)
	}

	wantCode(t, w.service.SetOrganisationDisabled(t.Context(), reviewer, one, true), submit.CodeForbidden)
	wantCode(t, w.service.SetOrganisationDisabled(t.Context(), w.admin, w.admin.Organisation, true), submit.CodeWrongState)
	wantCode(t, w.service.SetOrganisationDisabled(t.Context(), w.admin, "org_none", true), submit.CodeNotFound)

	// The operator's command works in any organisation.
	if _, err := w.service.CreateToken(t.Context(), access.Operator(w.admin.Organisation), access.NewToken{Name: "again", Scopes: access.Scopes()}); err != nil {
		t.Error(err)
	}
}
