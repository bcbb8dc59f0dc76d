package recordtest

import (
	"time"

	"heyan/storage/record"
)

func (e *env) token(org string) record.Token {
	id := e.id("tok")
	return record.Token{ID: id, Organisation: org, Name: "name", Hash: "hash of " + id,
		Scopes: []record.Scope{record.ScopeSubmit, record.ScopeRead}, Created: e.now}
}

var accessTests = []test{
	{"the first administrator is made once", func(e *env) {
		o := record.Organisation{ID: "org_first", Name: "first", Created: e.now}
		k := e.token(o.ID)
		k.Scopes = []record.Scope{record.ScopeAdmin}
		e.same(must[bool](e)(e.Bootstrap(e.Context(), o, k)), true)
		other := record.Organisation{ID: "org_second", Name: "second", Created: e.now}
		e.same(must[bool](e)(e.Bootstrap(e.Context(), other, e.token(other.ID))), false)
		e.same(must[record.Token](e)(e.TokenByHash(e.Context(), k.Hash, e.now)), k)
		e.same(must[record.Organisation](e)(e.Organisation(e.Context(), o.ID)), o)
		_, err := e.Organisation(e.Context(), other.ID)
		e.is(err, record.ErrNotFound)
	}},
	{"a token lets in until it is revoked, expires or its organisation is shut", func(e *env) {
		ctx := e.Context()
		lets := func(k record.Token) error {
			_, err := e.TokenByHash(ctx, k.Hash, e.now)
			return err
		}
		revoked, expiring, shut := e.token(orgA), e.token(orgA), e.token(orgB)
		expiring.Expires = e.now.Add(time.Minute)
		for _, k := range []record.Token{revoked, expiring, shut} {
			e.ok(e.CreateToken(ctx, k))
			e.ok(lets(k))
		}
		e.ok(e.RevokeToken(ctx, orgA, revoked.ID, e.now))
		e.ok(e.RevokeToken(ctx, orgA, revoked.ID, e.now.Add(time.Hour))) // stays as it was
		e.is(lets(revoked), record.ErrNotFound)
		e.ok(e.SetOrganisationDisabled(ctx, orgB, true))
		e.is(lets(shut), record.ErrNotFound)
		e.ok(e.SetOrganisationDisabled(ctx, orgB, false))
		e.ok(lets(shut))
		revoked.Revoked = e.now
		e.same(must[[]record.Token](e)(e.Tokens(ctx, orgA)), []record.Token{revoked, expiring})
		e.later(time.Minute)
		e.is(lets(expiring), record.ErrNotFound)
		e.is(lets(record.Token{Hash: "none"}), record.ErrNotFound)
		e.is(e.RevokeToken(ctx, orgA, "tok_none", e.now), record.ErrNotFound)
		e.is(e.SetOrganisationDisabled(ctx, "org_none", true), record.ErrNotFound)
	}},
	{"a token's hash is taken once, and is an organisation's", func(e *env) {
		k := e.token(orgA)
		e.ok(e.CreateToken(e.Context(), k))
		k.ID = "tok_other"
		e.is(e.CreateToken(e.Context(), k), record.ErrConflict)
		e.is(e.CreateToken(e.Context(), e.token("org_none")), record.ErrNotFound)
	}},
	{"use is noted to the minute", func(e *env) {
		k := e.token(orgA)
		e.ok(e.CreateToken(e.Context(), k))
		for _, after := range []time.Duration{0, 10 * time.Second, -time.Hour} {
			e.ok(e.TouchToken(e.Context(), k.ID, e.now.Add(after)))
		}
		e.same(must[[]record.Token](e)(e.Tokens(e.Context(), orgA))[0].LastUsed, e.now.Truncate(time.Minute))
		e.ok(e.TouchToken(e.Context(), k.ID, e.now.Add(time.Minute)))
		e.same(must[[]record.Token](e)(e.Tokens(e.Context(), orgA))[0].LastUsed, e.now.Truncate(time.Minute).Add(time.Minute))
	}},
	{"organisations have names of their own", func(e *env) {
		e.is(e.CreateOrganisation(e.Context(), record.Organisation{ID: "org_c", Name: "name of " + orgA}), record.ErrConflict)
		e.is(e.CreateOrganisation(e.Context(), record.Organisation{ID: orgA, Name: "new"}), record.ErrConflict)
		e.ok(e.SetOrganisationDisabled(e.Context(), orgB, true))
		want := []record.Organisation{
			{ID: orgA, Name: "name of " + orgA, Created: e.now},
			{ID: orgB, Name: "name of " + orgB, Created: e.now, Disabled: true},
		}
		e.same(must[[]record.Organisation](e)(e.Organisations(e.Context(), "", 10)), want)
		e.same(must[[]record.Organisation](e)(e.Organisations(e.Context(), orgA, 1)), want[1:])
	}},
	{"the database says what it is", func(e *env) {
		version, skew, err := e.Check(e.Context(), time.Now())
		e.ok(err)
		if version == "" || skew.Abs() > time.Minute {
			e.Fatalf("version %q, skew %s", version, skew)
		}
		_, skew, err = e.Check(e.Context(), time.Now().Add(-time.Hour))
		e.ok(err)
		if skew < 50*time.Minute || skew > 70*time.Minute {
			e.Fatalf("skew %s against a clock that is an hour late", skew)
		}
	}},
}

var keyTests = []test{
	{"one signing key is active", func(e *env) {
		first := record.SigningKey{ID: "k1", Public: []byte("public 1"), Private: []byte("private 1"), Created: e.now}
		second := record.SigningKey{ID: "k2", Public: []byte("public 2"), Private: []byte("private 2"), Created: e.now.Add(time.Second)}
		e.same(must[record.SigningKey](e)(e.EnsureKey(e.Context(), first)), first)
		e.same(must[record.SigningKey](e)(e.EnsureKey(e.Context(), second)), first)
		e.ok(e.RotateKey(e.Context(), second, e.now))
		e.same(must[record.SigningKey](e)(e.EnsureKey(e.Context(), first)), second)
		first.Private, second.Private, first.Retired = nil, nil, e.now
		e.same(must[[]record.SigningKey](e)(e.PublicKeys(e.Context())), []record.SigningKey{second, first})
	}},
	{"alarms are listed, the newest first", func(e *env) {
		var want []record.Alarm
		for range 5 {
			a := record.Alarm{ID: e.id("alm"), Kind: record.AlarmBlobMissing, Detail: "key", Submission: "sub_1", Created: e.now}
			e.ok(e.RaiseAlarm(e.Context(), a))
			e.ok(e.RaiseAlarm(e.Context(), a)) // once
			want = append([]record.Alarm{a}, want...)
		}
		e.same(must[[]record.Alarm](e)(e.Alarms(e.Context(), "", 3)), want[:3])
		e.same(must[[]record.Alarm](e)(e.Alarms(e.Context(), want[2].ID, 3)), want[3:])
	}},
}
