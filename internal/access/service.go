package access

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"heyan/internal/submit"
	"heyan/storage/record"
)

// Records is what the service needs of the database.
type Records interface {
	record.Access
	record.Organisations
}

// Config is what a Service is made of.
type Config struct {
	Records Records
	Now     func() time.Time
	NewID   func(prefix string) string
}

// Service manages organisations and tokens. Errors are *submit.Error.
type Service struct {
	records Records
	now     func() time.Time
	newID   func(prefix string) string
}

// New returns a Service. Now and NewID may be nil.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	// As the records keep times, so that what is answered is what will be read.
	now := func() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }
	s := &Service{records: c.Records, now: now, newID: c.NewID}
	if s.newID == nil {
		s.newID = func(prefix string) string { return record.NewID(prefix, s.now()) }
	}
	return s
}

const maxName = 200 // characters

// cleanName checks the name of an organisation or a token, which people read.
func cleanName(name string) (string, error) {
	name = strings.TrimSpace(name)
	bad := func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, bad) {
		return "", invalid("名称要有 1 到 200 个字，不含控制字符", "a name has 1 to 200 characters and no control characters")
	}
	return name, nil
}

func isAdmin(c submit.Caller) bool { return slices.Contains(c.Scopes, record.ScopeAdmin) }

// ownOrganisation is the organisation that a request is about: the caller's, or for
// administrators any.
func ownOrganisation(c submit.Caller, asked string) (string, error) {
	switch {
	case c.Organisation == "": // to the records an empty one may be all of them
		return "", noOrganisation()
	case asked == "" || asked == c.Organisation:
		return c.Organisation, nil
	case isAdmin(c):
		return asked, nil
	}
	return "", noOrganisation()
}
