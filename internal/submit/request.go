package submit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"heyan/queue"
	"heyan/storage/record"
)

// request is a Request that was checked.
type request struct {
	form       form
	purpose    record.Purpose
	lane       queue.Lane
	supersedes string
	key        string
}

// check reads a request's parts. It looks nothing up but what is superseded.
func (s *Service) check(ctx context.Context, c Caller, r Request) (request, error) {
	if err := checkKey(r.IdempotencyKey); err != nil {
		return request{}, err
	}
	req := request{purpose: r.Purpose, lane: r.Lane, supersedes: r.Supersedes, key: r.IdempotencyKey}
	def(&req.purpose, record.PurposeFiling)
	def(&req.lane, queue.Interactive)
	problems := req.problems()
	if len(problems) > 0 {
		return request{}, errInvalid(problems...)
	}
	var err error
	if req.form, err = readForm(r.Filing); err != nil {
		return request{}, err
	}
	return req, s.checkSupersedes(ctx, c, r.Supersedes)
}

func (r request) problems() []Problem {
	var found []Problem
	if r.purpose != record.PurposeFiling && r.purpose != record.PurposePrecheck {
		found = append(found, Problem{Path: "purpose",
			ZH: "purpose 应为 filing（备案）或 precheck（预检）",
			EN: "purpose is filing or precheck"})
	}
	if !slices.Contains(queue.Lanes(), r.lane) {
		found = append(found, Problem{Path: "lane",
			ZH: "lane 应为 interactive（即时）或 batch（批量）",
			EN: "lane is interactive or batch"})
	}
	return found
}

// checkSupersedes refuses early what the records would refuse after the package
// was received: the organisation must have the earlier submission.
func (s *Service) checkSupersedes(ctx context.Context, c Caller, id string) error {
	if id == "" {
		return nil
	}
	_, err := s.records.Submission(ctx, c.Organisation, id)
	if errors.Is(err, record.ErrNotFound) {
		return errSupersedes()
	}
	return told(err)
}

func errSupersedes() *Error {
	return errInvalid(Problem{Path: "supersedes",
		ZH: "supersedes 所指的提交不存在，请核对编号",
		EN: "supersedes names no submission of yours: check the id"})
}

// reserved stands in a request's digest for the package that is still to come.
const reserved = "reserved"

// digest covers all that was asked, with the package's SHA-256 or reserved.
func (r request) digest(org, pkg string) string {
	return requestDigest("submit", org, r.form.digest, string(r.purpose), string(r.lane), r.supersedes, pkg)
}

// requestDigest hashes the parts as a JSON list: no two lists have one text.
func requestDigest(parts ...string) string {
	text, err := json.Marshal(parts)
	if err != nil {
		panic("submit: strings did not marshal: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (s *Service) idempotency(key, digest string, now time.Time) record.Idempotency {
	if key == "" {
		return record.Idempotency{}
	}
	return record.Idempotency{Key: key, Request: digest, Expires: now.Add(s.limits.IdempotencyFor)}
}

// maxKey is how long an idempotency key may be.
const maxKey = 255

func checkKey(key string) error {
	if len(key) > maxKey {
		return errKeyInvalid()
	}
	for _, b := range []byte(key) {
		if b <= 0x20 || b > 0x7e {
			return errKeyInvalid()
		}
	}
	return nil
}

// checkSHA256 accepts what an Upload may announce, in lower case.
func checkSHA256(announced string) (string, error) {
	if announced == "" {
		return "", nil
	}
	low := strings.ToLower(announced)
	if b, err := hex.DecodeString(low); err != nil || len(b) != sha256.Size {
		return "", errInvalid(Problem{Path: "repr-digest",
			ZH: "所声明的 SHA-256 应为 32 字节",
			EN: "an announced SHA-256 has 32 bytes"})
	}
	return low, nil
}

// maxFileName is how much of a file's name is kept, in bytes.
const maxFileName = 255

// fileName is what people are shown: the last part of what was sent, without
// anything that could be taken for a path or steer a terminal.
func fileName(sent string) string {
	if i := strings.LastIndexAny(sent, `/\`); i >= 0 {
		sent = sent[i+1:]
	}
	name := strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, sent))
	for len(name) > maxFileName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if name == "." || name == ".." {
		return ""
	}
	return name
}

// submission is the row that a request makes, without a package.
func (s *Service) submission(c Caller, r request, now time.Time) record.Submission {
	return record.Submission{
		ID: s.newID("sub"), Organisation: c.Organisation, CreatedBy: c.Token,
		Purpose: r.purpose, Lane: string(r.lane), Supersedes: r.supersedes,
		Filing: r.form.body, FilingDigest: r.form.digest,
		Platform: r.form.platform, AppName: r.form.appName,
		Created: now, Updated: now,
	}
}

// withPackage adds the package that was received.
func withPackage(sub record.Submission, b record.Blob, name string, keep time.Duration) record.Submission {
	sub.State = record.StateQueued
	sub.SHA256, sub.MD5, sub.Size = b.SHA256, b.MD5, b.Size
	sub.FileName = fileName(name)
	sub.Acknowledged = sub.Created
	if sub.Purpose == record.PurposePrecheck {
		sub.Expires = sub.Created.Add(keep)
	}
	return sub
}
