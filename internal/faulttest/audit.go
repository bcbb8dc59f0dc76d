//go:build linux

package faulttest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"time"

	"heyan/internal/app"
	"heyan/internal/config"
	"heyan/internal/sweep"
	"heyan/storage/record"
)

// Audit is what is found behind the service when all its processes are stopped and
// a sweep has been made. What must never be is listed, so that it can be told.
type Audit struct {
	Submissions map[string]record.Submission // by id
	Judgements  int
	Swept       sweep.Result
	JudgedTwice []string // submissions
	Orphans     []string // objects that no row names, and unfinished uploads
	Missing     []string // filed packages that are absent or of other bytes
}

// page is how many rows are read at once.
const page = 200

// Audit stops all processes and looks.
func (in *Installation) Audit(ctx context.Context) (*Audit, error) {
	for _, n := range in.Nodes {
		n.Kill()
	}
	c, _, err := config.Load(config.Source{Environ: environ(in.Nodes[0].set)})
	if err != nil {
		return nil, err
	}
	stores, err := app.OpenStores(ctx, c, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		return nil, err
	}
	defer stores.Close()
	if err := stores.Migrate(ctx); err != nil {
		return nil, err
	}
	a := &Audit{Submissions: map[string]record.Submission{}}
	if err := a.rows(ctx, stores); err != nil {
		return nil, fmt.Errorf("rows: %w", err)
	}
	if err := a.filed(ctx, stores); err != nil {
		return nil, fmt.Errorf("filed packages: %w", err)
	}
	if err := a.rubbish(ctx, stores); err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	return a, nil
}

// rows reads every submission and counts its judgements.
func (a *Audit) rows(ctx context.Context, s *app.Stores) error {
	for f := (record.Filter{Limit: page}); ; {
		list, err := s.Records.ListSubmissions(ctx, f)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return nil
		}
		f.After = list[len(list)-1].ID
		for _, sub := range list {
			a.Submissions[sub.ID] = sub
			judgements, err := s.Records.Judgements(ctx, sub.Organisation, sub.ID)
			if err != nil {
				return err
			}
			a.Judgements += len(judgements)
			if len(judgements) > 1 {
				a.JudgedTwice = append(a.JudgedTwice, sub.ID)
			}
		}
	}
}

// filed reads every filed package, compares its bytes with its row, and looks for
// filings whose package has no row.
func (a *Audit) filed(ctx context.Context, s *app.Stores) error {
	have := map[string]bool{}
	if err := a.objects(ctx, s, have); err != nil {
		return err
	}
	for id, sub := range a.Submissions {
		if sub.Purpose == record.PurposeFiling && sub.SHA256 != "" && !have[sub.SHA256] {
			a.Missing = append(a.Missing, fmt.Sprintf("%s: nothing is known of package %s", id, sub.SHA256))
		}
	}
	return nil
}

func (a *Audit) objects(ctx context.Context, s *app.Stores, have map[string]bool) error {
	for after := ""; ; {
		list, err := s.Records.FiledBlobs(ctx, after, page)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return nil
		}
		after = list[len(list)-1].Key
		for _, b := range list {
			have[b.SHA256] = true
			if sum, err := digest(ctx, s, b.Key); err != nil || sum != b.SHA256 {
				a.Missing = append(a.Missing, fmt.Sprintf("%s: %q, %v", b.Key, sum, err))
			}
		}
	}
}

func digest(ctx context.Context, s *app.Stores, key string) (string, error) {
	r, err := s.Blobs.Open(ctx, key)
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// rubbish sweeps, without the grace that only uploads under way need, and lists
// what a sweep has left.
func (a *Audit) rubbish(ctx context.Context, s *app.Stores) (err error) {
	now := time.Now
	sweeper := &sweep.Sweeper{
		Records: s.Records, Blobs: s.Blobs, Grace: time.Second, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return now().Add(time.Minute) }, // the store's clock may be a little ahead
	}
	if a.Swept, err = sweeper.Sweep(ctx); err != nil {
		return err
	}
	n, err := s.Blobs.Sweep(ctx, sweeper.Now())
	if err != nil {
		return err
	}
	for range n {
		a.Orphans = append(a.Orphans, "an unfinished upload")
	}
	for after := ""; ; {
		list, err := s.Blobs.List(ctx, after, page)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return nil
		}
		after = list[len(list)-1].Key
		var keys []string
		for _, o := range list {
			keys = append(keys, o.Key)
		}
		known, err := s.Records.KnownKeys(ctx, keys)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if !known[key] {
				a.Orphans = append(a.Orphans, key)
			}
		}
	}
}
