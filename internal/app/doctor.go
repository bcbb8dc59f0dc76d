package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"heyan/internal/config"
)

// Health is what doctor says of a thing.
type Health int

// Fine works; Doubtful works and is seldom meant; Broken does not.
const (
	Fine Health = iota
	Doubtful
	Broken
)

// Finding is one thing that doctor looked at, in both languages, with what to do
// where it is not Fine.
type Finding struct {
	What               string // "records"
	Health             Health
	ZH, EN             string // what was seen
	AdviceZH, AdviceEN string
}

// doctor collects findings.
type doctor struct {
	config   *config.Config
	now      func() time.Time
	findings []Finding
}

// patience is how long one look may take.
const patience = 15 * time.Second

// Examine looks at everything that a service of this configuration needs, on this
// machine and now. It makes nothing that is not there, but for one object in the
// store that it removes again.
func Examine(ctx context.Context, c *config.Config, now func() time.Time) []Finding {
	d := &doctor{config: c, now: now}
	for _, look := range []func(context.Context){
		d.data, d.records, d.blobs, d.queue, d.sandbox, d.policy, d.listen, d.certificate,
	} {
		ctx, cancel := context.WithTimeout(ctx, patience)
		look(ctx)
		cancel()
	}
	return d.findings
}

func (d *doctor) say(what string, h Health, zh, en string) *Finding {
	d.findings = append(d.findings, Finding{What: what, Health: h, ZH: zh, EN: en})
	return &d.findings[len(d.findings)-1]
}

func (f *Finding) advise(zh, en string) { f.AdviceZH, f.AdviceEN = zh, en }

func same(format string, args ...any) (zh, en string) {
	s := fmt.Sprintf(format, args...)
	return s, s
}

// failed tells an error of ours or of a component.
func (d *doctor) failed(what string, err error, zh, en string) {
	seenZH, seenEN := same("%v", err)
	var told *Error
	if errors.As(err, &told) && told.Cause != nil {
		seenZH, seenEN = same("%v", told.Cause)
	} else if told != nil {
		seenZH, seenEN = told.ZH, told.EN
	}
	d.say(what, Broken, seenZH, seenEN).advise(zh, en)
}
