package recordtest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"heyan/storage/record"
)

func isNotFound(err error) bool { return errors.Is(err, record.ErrNotFound) }

// raceTests: many at once, through two handles as through two processes.
var raceTests = []test{
	{"of many that claim a job one gets it", func(e *env) {
		other := e.Again(e.T)
		for range 5 {
			n := e.filing(orgA)
			e.create(n)
			won := e.together(16, func(i int) error {
				s := []Store{e.Store, other}[i%2]
				_, err := s.Claim(e.Context(), n.JobID, fmt.Sprint(i), e.now, lease)
				return err
			}, record.ErrNotDue)
			e.same([]any{won, e.job(n.JobID).Epoch, e.job(n.JobID).Attempts}, []any{1, int64(1), 1})
		}
	}},
	{"of many that claim a lost job one gets it", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		e.claim(n.JobID)
		e.later(lease)
		won := e.together(16, func(i int) error {
			_, err := e.Claim(e.Context(), n.JobID, fmt.Sprint(i), e.now, lease)
			return err
		}, record.ErrNotDue)
		e.same([]any{won, e.job(n.JobID).Lost}, []any{1, 1})
	}},
	{"a job that many finish has one judgement", func(e *env) {
		n := e.filing(orgA)
		e.create(n)
		j := e.claim(n.JobID)
		won := e.together(16, func(int) error {
			_, err := e.Finish(e.Context(), e.outcome(j, "pass"))
			return err
		}, record.ErrFenced)
		e.same(won, 1)
		e.same(len(must[[]record.Judgement](e)(e.Judgements(e.Context(), orgA, n.Submission.ID))), 1)
	}},
	{"finish, cancel and another's claim: one thing happens", func(e *env) {
		for range 10 {
			n := e.filing(orgA)
			e.create(n)
			j := e.claim(n.JobID)
			e.later(lease)
			e.together(3, func(i int) (err error) {
				switch i {
				case 0:
					_, err = e.Finish(e.Context(), e.outcome(j, "pass"))
				case 1:
					_, err = e.Cancel(e.Context(), orgA, n.Submission.ID, e.now)
				case 2:
					_, err = e.Claim(e.Context(), j.ID, "other", e.now, lease)
				}
				return err
			}, record.ErrFenced, record.ErrConflict, record.ErrNotDue)
			e.consistent(n.Submission.ID)
		}
	}},
	{"many uploads of the same new bytes share one object", func(e *env) {
		other := e.Again(e.T)
		for round := range 5 {
			var mu sync.Mutex
			keys, own := map[string]int{}, 0
			e.together(16, func(i int) error {
				n := e.filing(orgA)
				content := fmt.Sprintf("bytes %d", round)
				n.Blob.SHA256, n.Blob.MD5 = "sha256 of "+content, "md5 of "+content
				a, err := []Store{e.Store, other}[i%2].CreateSubmission(e.Context(), n)
				mu.Lock()
				defer mu.Unlock()
				keys[a.BlobKey]++
				if a.BlobKey == n.Blob.Key {
					own++
				}
				return err
			})
			e.same([]int{len(keys), own}, []int{1, 1})
		}
		e.same(len(must[[]record.Alarm](e)(e.Alarms(e.Context(), "", 10))), 0)
	}},
	{"of many that repair an object one does, while prechecks of it expire", func(e *env) {
		other := e.Again(e.T)
		for round := range 5 {
			content := fmt.Sprintf("lost %d", round)
			precheck := func() record.NewSubmission {
				n := e.precheck(orgA)
				n.Blob.SHA256, n.Blob.MD5 = "sha256 of "+content, "md5 of "+content
				return n
			}
			lost := precheck()
			e.judged(lost, "pass")
			for range 3 {
				e.judged(precheck(), "pass")
			}
			e.later(2 * time.Hour)
			var mu sync.Mutex
			keys, repaired := map[string]bool{}, 0
			e.together(9, func(i int) error {
				s := []Store{e.Store, other}[i%2]
				if i == 8 {
					_, err := s.ExpireSubmissions(e.Context(), e.now, 10)
					return err
				}
				n := precheck()
				n.Blob.Instead = record.Damage{Key: lost.Blob.Key, Kind: record.AlarmBlobMissing}
				a, err := s.CreateSubmission(e.Context(), n)
				mu.Lock()
				defer mu.Unlock()
				keys[a.BlobKey] = true
				if a.Repaired {
					repaired++
				}
				return err
			})
			// None may be left to be repaired, where the expiry was first.
			if len(keys) != 1 || keys[lost.Blob.Key] || repaired > 1 {
				e.Fatalf("keys %v, %d repaired", keys, repaired)
			}
			for _, s := range must[[]record.Submission](e)(e.ListSubmissions(e.Context(), record.Filter{SHA256: lost.Blob.SHA256, States: []record.State{record.StateQueued}})) {
				must[record.Submission](e)(e.Cancel(e.Context(), orgA, s.ID, e.now))
			}
			e.later(2 * time.Hour)
			must[int](e)(e.ExpireSubmissions(e.Context(), e.now, 100))
			e.same(len(e.condemned(e.now)), 1) // nothing refers to it any more, exactly
			for key := range keys {
				e.ok(e.ForgetBlob(e.Context(), key))
			}
		}
	}},
	{"of two packages with one MD5 at once one is the alarm", func(e *env) {
		e.together(8, func(i int) error {
			n := e.filing(orgA)
			n.Blob.MD5 = "one"
			_, err := e.CreateSubmission(e.Context(), n)
			return err
		})
		e.same(len(must[[]record.Alarm](e)(e.Alarms(e.Context(), "", 10))), 7)
	}},
	{"many requests with one key make one submission", func(e *env) {
		var mu sync.Mutex
		made, seen := 0, map[string]bool{}
		won := e.together(16, func(i int) error {
			n := e.filing(orgA)
			n.Idempotency = record.Idempotency{Key: "k", Request: fmt.Sprint("r", i%4/3), Expires: e.now.Add(time.Hour)}
			a, err := e.CreateSubmission(e.Context(), n)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			seen[a.Submission.ID] = true
			if !a.Replayed {
				made++
			}
			return nil
		}, record.ErrKeyReused)
		if len(seen) != 1 || made != 1 || (won != 12 && won != 4) {
			e.Fatalf("%d submissions, %d made, %d answered", len(seen), made, won)
		}
	}},
	{"an awaited package comes once", func(e *env) {
		n := e.awaiting(orgA)
		e.create(n)
		won := e.together(8, func(i int) error {
			a, err := e.AttachPackage(e.Context(), orgA, n.Submission.ID, e.blob(fmt.Sprint(i)), e.id("job"), "", e.now)
			if err == nil && a.Replayed {
				return errors.New("other bytes were taken for the same")
			}
			return err
		}, record.ErrConflict)
		e.same(won, 1)
		e.same(len(must[[]record.Job](e)(e.Due(e.Context(), "interactive", e.now, 10))), 1)
	}},
	{"a blob is not condemned under a new submission", func(e *env) {
		other := e.Again(e.T)
		for range 10 {
			n := e.precheck(orgA)
			e.expired(n)
			again := e.filing(orgB)
			again.Blob.SHA256, again.Blob.MD5 = n.Blob.SHA256, n.Blob.MD5
			var key string
			e.together(2, func(i int) error {
				if i == 0 {
					_, err := other.CondemnBlobs(e.Context(), e.now, 10)
					return err
				}
				a, err := e.CreateSubmission(e.Context(), again)
				key = a.BlobKey
				return err
			})
			live := must[record.Blob](e)(e.BlobBySHA256(e.Context(), n.Blob.SHA256))
			e.same(live.Key, key)
		}
	}},
	{"one of many starters is the first", func(e *env) {
		stores := []Store{e.Store}
		for range 7 {
			stores = append(stores, e.Again(e.T))
		}
		var mu sync.Mutex
		won := 0
		e.together(len(stores), func(i int) error {
			o := record.Organisation{ID: fmt.Sprint("org_", i), Name: fmt.Sprint("starter ", i), Created: e.now}
			first, err := stores[i].Bootstrap(e.Context(), o, e.token(o.ID))
			mu.Lock()
			defer mu.Unlock()
			if first {
				won++
			}
			return err
		})
		e.same([]int{won, len(must[[]record.Organisation](e)(e.Organisations(e.Context(), orgB, 10)))}, []int{1, 0})
		_ = won
	}},
	{"many starters have one signing key", func(e *env) {
		other := e.Again(e.T)
		var mu sync.Mutex
		active := map[string]bool{}
		e.together(8, func(i int) error {
			k := record.SigningKey{ID: fmt.Sprint("k", i), Public: []byte{1}, Private: []byte{2}, Created: e.now}
			got, err := []Store{e.Store, other}[i%2].EnsureKey(e.Context(), k)
			mu.Lock()
			defer mu.Unlock()
			active[got.ID] = true
			return err
		})
		e.same(len(active), 1)
	}},
	{"a delivery is given to one dispatcher", func(e *env) {
		w := e.webhook()
		for range 30 {
			e.delivery(w)
		}
		var mu sync.Mutex
		given := map[string]int{}
		e.together(8, func(int) error {
			for range 8 {
				list, _, err := e.ClaimDeliveries(e.Context(), e.now, lease, 5)
				if err != nil {
					return err
				}
				mu.Lock()
				for _, d := range list {
					given[d.ID]++
				}
				mu.Unlock()
			}
			return nil
		})
		e.same(len(given), 30)
		for id, n := range given {
			e.same([]any{id, n}, []any{id, 1})
		}
	}},
	{"one of many analyses", func(e *env) {
		var mu sync.Mutex
		won := 0
		e.together(16, func(i int) error {
			mine, err := e.ClaimAnalysis(e.Context(), "s", "1", fmt.Sprint(i), e.now, lease)
			mu.Lock()
			defer mu.Unlock()
			if mine {
				won++
			}
			return err
		})
		e.same(won, 1)
	}},
	{"judgements at once have numbers of their own", func(e *env) {
		sub := e.withFacts(e.filing(orgA), "pass")
		var jobs []record.Job
		for range 6 {
			_, more := e.advance(e.run(orgA), 10)
			jobs = append(jobs, e.claim(more[0].ID))
		}
		jobs = append(jobs, e.claim(e.recheck(sub, "{}").ID))
		e.together(len(jobs), func(i int) error {
			_, err := e.Finish(e.Context(), e.outcome(jobs[i], "pass"))
			return err
		})
		e.consistent(sub.ID)
		e.same(len(must[[]record.Judgement](e)(e.Judgements(e.Context(), orgA, sub.ID))), 8)
	}},
	{"a run advanced by many makes each job once", func(e *env) {
		for range 20 {
			e.withFacts(e.filing(orgA), "pass")
		}
		run := e.run(orgA)
		var mu sync.Mutex
		made := map[string]int{}
		e.together(4, func(int) error {
			for {
				r, jobs, err := e.AdvanceRejudge(e.Context(), run, func() string { return e.id("job") }, e.now, 3)
				if err != nil {
					return err
				}
				mu.Lock()
				for _, j := range jobs {
					made[j.Submission]++
				}
				mu.Unlock()
				if r.State == record.RejudgeDone {
					return nil
				}
			}
		})
		e.same(len(made), 20)
		r := must[record.Rejudge](e)(e.Rejudge(e.Context(), run))
		e.same(r.Queued, 20)
	}},
}
