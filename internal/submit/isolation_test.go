package submit_test

import (
	"context"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// things are what organisation a has.
type things struct {
	judged, awaiting, queued record.Submission
	run                      string
}

func makeThings(t *testing.T, w *world) things {
	t.Helper()
	th := things{judged: w.mustSubmit(t, "a", "judged"), awaiting: w.mustReserve(t)}
	w.judge(t, th.judged, "pass")
	if err := w.records.PutFacts(t.Context(), sumSHA256("judged"), "1", []byte(`{}`), w.clock.now()); err != nil {
		t.Fatal(err)
	}
	th.queued = w.mustSubmit(t, "a", "queued")
	run, err := w.Rejudge(t.Context(), caller("a", record.ScopeAdmin), submit.RejudgeRequest{Organisation: "a"})
	if err != nil {
		t.Fatal(err)
	}
	th.run = run.ID
	return th
}

// use is one method, called on a's things.
type use struct {
	name    string
	scopes  []record.Scope // besides admin
	foreign submit.Code    // what another organisation gets; "" is an empty answer
	call    func(ctx context.Context, w *world, c submit.Caller, th things) error
}

var (
	submits = []record.Scope{record.ScopeSubmit}
	reads   = []record.Scope{record.ScopeSubmit, record.ScopeRead, record.ScopeReview}
)

func uses() []use {
	return []use{
		{"Submit", submits, "", func(ctx context.Context, w *world, c submit.Caller, _ things) error {
			_, err := w.Submit(ctx, c, request(""), upload("new"))
			return err
		}},
		{"Submit superseding", submits, submit.CodeRequestInvalid, func(ctx context.Context, w *world, c submit.Caller, th things) error {
			r := request("")
			r.Supersedes = th.judged.ID
			_, err := w.Submit(ctx, c, r, upload("new"))
			return err
		}},
		{"Reserve", submits, "", func(ctx context.Context, w *world, c submit.Caller, _ things) error {
			_, err := w.Reserve(ctx, c, request(""))
			return err
		}},
		{"Attach", submits, submit.CodeNotFound, func(ctx context.Context, w *world, c submit.Caller, th things) error {
			_, err := w.Attach(ctx, c, th.awaiting.ID, upload("attached"))
			return err
		}},
		{"Get", reads, submit.CodeNotFound, func(ctx context.Context, w *world, c submit.Caller, th things) error {
			_, err := w.Get(ctx, c, th.judged.ID)
			return err
		}},
		{"List", reads, "", func(ctx context.Context, w *world, c submit.Caller, _ things) error {
			_, err := w.List(ctx, c, record.Filter{})
			return err
		}},
		{"Progress", reads, submit.CodeNotFound, func(ctx context.Context, w *world, c submit.Caller, th things) error {
			_, err := w.Progress(ctx, c, th.queued.ID)
			return err
		}},
		{"Judgements", reads, submit.CodeNotFound, func(ctx context.Context, w *world, c submit.Caller, th things) error {
			_, err := w.Judgements(ctx, c, th.judged.ID)
			return err
		}},
		{"Report", reads, submit.CodeNotFound, func(ctx context.Context, w *world, c submit.Caller, th things) error {
			_, _, err := w.Report(ctx, c, th.judged.ID, 0)
			return err
		}},
		{"Package", reads, submit.CodeNotFound, func(ctx context.Context, w *world, c submit.Caller, th things) error {
			r, _, err := w.Package(ctx, c, th.judged.ID)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, r)
			_ = r.Close()
			return err
		}},
		{"Facts", reads, submit.CodeNotFound, func(ctx context.Context, w *world, c submit.Caller, th things) error {
			_, err := w.Facts(ctx, c, th.judged.SHA256)
			return err
		}},
		{"Recheck", []record.Scope{record.ScopeReview}, submit.CodeNotFound, func(ctx context.Context, w *world, c submit.Caller, th things) error {
			_, err := w.Recheck(ctx, c, th.judged.ID, filed("2"), "")
			return err
		}},
		{"Cancel", []record.Scope{record.ScopeSubmit, record.ScopeReview}, submit.CodeNotFound, func(ctx context.Context, w *world, c submit.Caller, th things) error {
			_, err := w.Cancel(ctx, c, th.queued.ID)
			return err
		}},
		{"Rejudge", nil, "", func(ctx context.Context, w *world, c submit.Caller, _ things) error {
			_, err := w.Rejudge(ctx, c, submit.RejudgeRequest{})
			return err
		}},
		{"GetRejudge", nil, "", func(ctx context.Context, w *world, c submit.Caller, th things) error {
			_, err := w.GetRejudge(ctx, c, th.run)
			return err
		}},
		{"ListRejudges", nil, "", func(ctx context.Context, w *world, c submit.Caller, _ things) error {
			_, err := w.ListRejudges(ctx, c, 0)
			return err
		}},
		{"CancelRejudge", nil, "", func(ctx context.Context, w *world, c submit.Caller, th things) error {
			_, err := w.CancelRejudge(ctx, c, th.run)
			return err
		}},
		{"Alarms", nil, "", func(ctx context.Context, w *world, c submit.Caller, _ things) error {
			_, err := w.Alarms(ctx, c, "", 0)
			return err
		}},
	}
}

// Every method, by every scope, on its own organisation's things and on another's.
func TestScopesAndOrganisations(t *testing.T) {
	t.Parallel()
	for _, u := range uses() {
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			th := makeThings(t, w)
			before := snapshot(t, w)
			for _, scope := range []record.Scope{"", "unheard-of", record.ScopeSubmit, record.ScopeRead, record.ScopeReview} {
				err := u.call(t.Context(), w, caller("b", scope), th)
				switch {
				case !slices.Contains(u.scopes, scope):
					wantCode(t, err, submit.CodeForbidden)
					wantCode(t, u.call(t.Context(), w, caller("a", scope), th), submit.CodeForbidden)
				case u.foreign == "" && err != nil:
					t.Errorf("scope %q: %v", scope, err)
				case u.foreign != "":
					wantCode(t, err, u.foreign)
				}
				if diff := cmp.Diff(before, snapshot(t, w)); diff != "" {
					t.Fatalf("scope %q of b changed a's things (-before +after):\n%s", scope, diff)
				}
			}
			// Nobody is an administrator without an organisation: to the records that
			// would be all of them.
			for _, scope := range []record.Scope{record.ScopeSubmit, record.ScopeReview, record.ScopeAdmin} {
				wantCode(t, u.call(t.Context(), w, caller("", scope), th), submit.CodeForbidden)
			}
			own := caller("a", record.ScopeAdmin)
			if len(u.scopes) > 0 {
				own = caller("a", u.scopes[0])
			}
			if err := u.call(t.Context(), w, own, th); err != nil {
				t.Errorf("its own: %v", err)
			}
		})
	}
}

// An administrator reaches the things of every organisation.
func TestAdministrator(t *testing.T) {
	t.Parallel()
	for _, u := range uses() {
		if u.foreign == submit.CodeRequestInvalid {
			continue // no submission of one organisation supersedes another's
		}
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			th := makeThings(t, w)
			if err := u.call(t.Context(), w, caller("b", record.ScopeAdmin), th); err != nil {
				t.Error(err)
			}
		})
	}
}

// snapshot is what a has.
func snapshot(t *testing.T, w *world) []record.Submission {
	t.Helper()
	list, err := w.records.ListSubmissions(t.Context(), record.Filter{Organisation: "a", Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestListIsOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.mustSubmit(t, "a", "one"), w.mustSubmit(t, "b", "two")
	for _, tt := range []struct {
		name   string
		caller submit.Caller
		filter record.Filter
		want   []string
	}{
		{"own", caller("a"), record.Filter{}, []string{a.ID}},
		{"own, named", caller("a"), record.Filter{Organisation: "a"}, []string{a.ID}},
		{"another's", caller("a"), record.Filter{Organisation: "b"}, nil},
		{"another's by bytes", caller("a"), record.Filter{SHA256: b.SHA256}, nil},
		{"administrator", caller("a", record.ScopeAdmin), record.Filter{}, []string{b.ID, a.ID}},
		{"administrator of one", caller("a", record.ScopeAdmin), record.Filter{Organisation: "b"}, []string{b.ID}},
	} {
		list, err := w.List(t.Context(), tt.caller, tt.filter)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var got []string
		for _, s := range list {
			got = append(got, s.ID)
		}
		slices.Sort(got)
		slices.Sort(tt.want)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// Facts are of bytes, not of organisations: whoever did not submit them sees none.
func TestFactsOfSharedBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	th := makeThings(t, w)
	_, err := w.Facts(t.Context(), caller("b"), th.judged.SHA256)
	wantCode(t, err, submit.CodeNotFound)
	w.mustSubmit(t, "b", "judged")
	if body, err := w.Facts(t.Context(), caller("b"), th.judged.SHA256); err != nil || string(body) != "{}" {
		t.Errorf("after submitting the same bytes: %s, %v", body, err)
	}
	for _, sum := range []string{"", "..", sumSHA256("unknown"), "' OR 1=1 --"} {
		_, err := w.Facts(t.Context(), caller("a"), sum)
		wantCode(t, err, submit.CodeNotFound)
	}
}
