package submit

import (
	"context"
	"errors"
	"fmt"
	"io"

	"heyan/storage/blob"
	"heyan/storage/record"
)

// find returns a submission that the caller may see.
func (s *Service) find(ctx context.Context, c Caller, id string) (record.Submission, error) {
	sub, err := s.records.Submission(ctx, c.sees(), id)
	return sub, told(err)
}

// Get returns a submission.
func (s *Service) Get(ctx context.Context, c Caller, id string) (record.Submission, error) {
	if err := allow(c, methodGet); err != nil {
		return record.Submission{}, err
	}
	return s.find(ctx, c, id)
}

// maxList is the largest page, defaultList the one of a filter without a limit.
const (
	maxList     = 500
	defaultList = 50
)

// List returns submissions, the newest first. Filter.Organisation is the
// administrator's to choose; to others there is only their own.
func (s *Service) List(ctx context.Context, c Caller, f record.Filter) ([]record.Submission, error) {
	if err := allow(c, methodList); err != nil {
		return nil, err
	}
	if !c.admin() {
		if f.Organisation != "" && f.Organisation != c.Organisation {
			return nil, nil
		}
		f.Organisation = c.Organisation
	}
	f.Limit = page(f.Limit)
	list, err := s.records.ListSubmissions(ctx, f)
	return list, told(err)
}

func page(limit int) int {
	if limit <= 0 {
		return defaultList
	}
	return min(limit, maxList)
}

// Progress returns where a submission and its newest job stand.
func (s *Service) Progress(ctx context.Context, c Caller, id string) (Progress, error) {
	if err := allow(c, methodProgress); err != nil {
		return Progress{}, err
	}
	sub, err := s.find(ctx, c, id)
	if err != nil {
		return Progress{}, err
	}
	job, err := s.records.LatestJob(ctx, sub.Organisation, id)
	if err != nil && !errors.Is(err, record.ErrNotFound) {
		return Progress{}, told(err)
	}
	return Progress{Submission: sub, Job: job}, nil
}

// Judgements returns all judgements of a submission, oldest first.
func (s *Service) Judgements(ctx context.Context, c Caller, id string) ([]record.Judgement, error) {
	if err := allow(c, methodJudgements); err != nil {
		return nil, err
	}
	sub, err := s.find(ctx, c, id)
	if err != nil {
		return nil, err
	}
	list, err := s.records.Judgements(ctx, sub.Organisation, id)
	return list, told(err)
}

// Report returns a judgement and its report; seq 0 is the one in force.
func (s *Service) Report(ctx context.Context, c Caller, id string, seq int) (record.Judgement, record.Report, error) {
	if err := allow(c, methodReport); err != nil {
		return record.Judgement{}, record.Report{}, err
	}
	sub, err := s.find(ctx, c, id)
	if err != nil {
		return record.Judgement{}, record.Report{}, err
	}
	j, r, err := s.records.Report(ctx, sub.Organisation, id, seq)
	if errors.Is(err, record.ErrNotFound) {
		return j, r, errNoReport(sub, seq)
	}
	return j, r, told(err)
}

func errNoReport(sub record.Submission, seq int) *Error {
	if sub.Judgement == 0 {
		return &Error{Code: CodeNotFound,
			ZH: fmt.Sprintf("尚无核验报告，这份提交当前的状态是 %s", sub.State),
			EN: fmt.Sprintf("there is no report yet: the submission is %s", sub.State)}
	}
	return &Error{Code: CodeNotFound,
		ZH: fmt.Sprintf("没有第 %d 次核验，请先查询核验记录", seq),
		EN: fmt.Sprintf("there is no judgement %d: list the judgements first", seq)}
}

// Package opens a submission's package. The caller closes it.
func (s *Service) Package(ctx context.Context, c Caller, id string) (io.ReadCloser, record.Submission, error) {
	if err := allow(c, methodPackage); err != nil {
		return nil, record.Submission{}, err
	}
	sub, err := s.find(ctx, c, id)
	if err != nil {
		return nil, record.Submission{}, err
	}
	if sub.SHA256 == "" {
		return nil, sub, errPackageGone()
	}
	r, err := s.open(ctx, sub)
	return r, sub, err
}

func (s *Service) open(ctx context.Context, sub record.Submission) (io.ReadCloser, error) {
	b, err := s.records.BlobBySHA256(ctx, sub.SHA256)
	if errors.Is(err, record.ErrNotFound) {
		return nil, errPackageGone()
	}
	if err != nil {
		return nil, told(err)
	}
	r, err := s.openObject(ctx, b)
	switch {
	case errors.Is(err, blob.ErrNotFound):
		// An expiry may have come between; a filing's package that is gone is found
		// by the sweeper's audit, which raises the alarm.
		s.log.ErrorContext(ctx, "package is not in the store", "submission", sub.ID, "key", b.Key)
		return nil, errPackageGone()
	case err != nil:
		return nil, errUnavailable(err)
	}
	return r, nil
}

// openObject opens an object of the size that the records name.
func (s *Service) openObject(ctx context.Context, b record.Blob) (io.ReadCloser, error) {
	o, err := s.blobs.Stat(ctx, b.Key)
	if err != nil {
		return nil, err
	}
	if o.Size != b.Size {
		return nil, fmt.Errorf("object %q has %d bytes, recorded are %d", b.Key, o.Size, b.Size)
	}
	return s.blobs.Open(ctx, b.Key)
}

// Facts returns what was seen of a package that the caller's organisation
// submitted, heyan.facts/1 JSON.
func (s *Service) Facts(ctx context.Context, c Caller, sha256 string) ([]byte, error) {
	if err := allow(c, methodFacts); err != nil {
		return nil, err
	}
	if sum, err := checkSHA256(sha256); err != nil || sum == "" {
		return nil, errNoFacts()
	} else {
		sha256 = sum
	}
	if !c.admin() {
		visible, err := s.records.FactsVisible(ctx, c.Organisation, sha256)
		if err != nil {
			return nil, told(err)
		}
		if !visible {
			return nil, errNoFacts()
		}
	}
	body, _, err := s.records.Facts(ctx, sha256, "")
	if errors.Is(err, record.ErrNotFound) {
		return nil, errNoFacts()
	}
	return body, told(err)
}

func errNoFacts() *Error {
	return &Error{Code: CodeNotFound,
		ZH: "没有此安装包的检测结果，请核对 SHA-256",
		EN: "nothing is known of this package: check the SHA-256"}
}
