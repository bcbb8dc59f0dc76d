// Package apk is the analyzer of Android packages: it opens the archive, reads
// AndroidManifest.xml, resources.arsc and the signature, and searches small
// texts for the filing number.
//
// What it promises: each part runs behind a fence and says in Facts.Analyzers
// how far it came; a part that fails loses none of the others'. A manifest that
// can't be read is "failed", one that had to be guessed at "partial", never an
// empty list of permissions that looks complete. Memory stays bounded whatever
// the package's size; nothing inside the package names a file outside it.
package apk

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"heyan/analyzer"
	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
)

// Version is the version of the readers in this package; it changes whenever
// the same bytes may give other facts.
const Version = "2"

// Analyzer reads Android packages. Its zero value is ready for use, and it may
// be used by several goroutines.
type Analyzer struct{}

// New returns an Analyzer.
func New() *Analyzer { return &Analyzer{} }

var _ analyzer.Analyzer = (*Analyzer)(nil)

// Format implements analyzer.Analyzer.
func (*Analyzer) Format() facts.Format { return facts.FormatAPK }

// Version implements analyzer.Analyzer.
func (*Analyzer) Version() string { return Version }

// Analyze implements analyzer.Analyzer.
func (*Analyzer) Analyze(ctx context.Context, in analyzer.Input, f *facts.Facts) error {
	f.Permissions = []facts.Permission{}
	i := &inspection{ctx: ctx, in: in, f: f}
	if err := i.run(); err != nil {
		return err
	}
	return ctx.Err()
}

// inspection is the state of one Analyze call.
type inspection struct {
	ctx context.Context
	in  analyzer.Input
	f   *facts.Facts
	zip *archive.Archive
	res *resources
	man manifestPart
}

// run runs the readers: the signature's beside all others, since it opens the
// package for itself.
func (i *inspection) run() error {
	ctx, cancel := context.WithCancel(i.ctx)
	defer cancel()
	signature := i.newPart(facts.AnalyzerSignature)
	verified := make(chan error, 1)
	go func() {
		verified <- signature.run(func(p *part) error { return i.readSignature(ctx, p) })
	}()
	err := i.readContents()
	if err != nil {
		cancel()
	}
	if sigErr := <-verified; err == nil {
		err = sigErr
	}
	signature.close()
	i.f.Unexamined = append(i.f.Unexamined, facts.Unexamined{
		Check: "code",
		Code:  facts.UnexaminedCode,
		Why:   "this version does not examine which SDKs the package holds and what its code uses",
	})
	return err
}

// readContents runs all readers that read entries of the archive.
func (i *inspection) readContents() error {
	open := i.newPart(facts.AnalyzerArchive)
	if err := open.run(i.openArchive); err != nil {
		return err
	}
	if i.zip == nil {
		open.close()
		i.closeUnread()
		return nil
	}
	i.res = &resources{zip: i.zip}
	man := i.newPart(facts.AnalyzerManifest)
	if err := man.run(i.readManifest); err != nil {
		return err
	}
	return i.readRest(open, man)
}

// readRest runs the parts that build on the manifest side by side. They fill
// different fields of the facts, and their findings are entered in a fixed
// order when all have ended.
func (i *inspection) readRest(open, man *part) error {
	res, text, check := i.newPart(facts.AnalyzerResources), i.newPart(facts.AnalyzerText), i.newPart(facts.AnalyzerManifest)
	var errs [4]error
	var wait sync.WaitGroup
	wait.Go(func() { errs[0] = text.run(i.readText) })
	wait.Go(func() { errs[1] = check.run(i.crossCheck) })
	wait.Go(func() { errs[2] = open.run(i.checkHeaders) })
	errs[3] = res.run(i.readResources)
	wait.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	man.take(check)
	doubtArchive(open, man)
	for _, p := range []*part{open, man, res, text} {
		p.close()
	}
	return nil
}

// closeUnread says of every other part that it had nothing to read.
func (i *inspection) closeUnread() {
	for _, name := range []string{facts.AnalyzerManifest, facts.AnalyzerResources, facts.AnalyzerText} {
		p := i.newPart(name)
		p.fail("the archive can't be opened")
		p.close()
	}
}

// medium reports whether err is the input's fault and not the package's.
func medium(err error) bool {
	return errors.Is(err, archive.ErrRead) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// part collects what one reader has to say of itself.
type part struct {
	f          *facts.Facts
	name       string
	status     facts.Status
	detail     string
	anomalies  []facts.Anomaly
	unexamined []facts.Unexamined
}

func (i *inspection) newPart(name string) *part {
	return &part{f: i.f, name: name, status: facts.StatusOK}
}

// run runs a reader behind a fence; its panic fails the part. Only a fault of
// the medium is returned.
func (p *part) run(read func(*part) error) error {
	err := analyzer.Fence(p.name, func() error { return read(p) })
	if medium(err) {
		return err
	}
	var panicked *analyzer.PanicError
	switch {
	case errors.As(err, &panicked):
		p.add(facts.Anomaly{Code: "reader-panic", Detail: err.Error(), Where: p.name})
		p.fail("%v", err)
	case err != nil:
		p.fail("%v", err)
	}
	return nil
}

func (p *part) add(a ...facts.Anomaly) { p.anomalies = append(p.anomalies, a...) }

// fail and partial lower the status; the first reason for the lowest stays.
func (p *part) fail(format string, args ...any) {
	if p.status != facts.StatusFailed {
		p.status, p.detail = facts.StatusFailed, fmt.Sprintf(format, args...)
	}
}

// partial is described at fail.
func (p *part) partial(format string, args ...any) {
	if p.status == facts.StatusOK {
		p.status, p.detail = facts.StatusPartial, fmt.Sprintf(format, args...)
	}
}

// take adds what a second reader found. Its own failure is only an anomaly.
func (p *part) take(other *part) {
	p.add(other.anomalies...)
	if other.status == facts.StatusPartial {
		p.partial("%s", other.detail)
	}
}

// close enters the part in the facts.
func (p *part) close() {
	p.f.Analyzers = append(p.f.Analyzers, facts.Analyzer{
		Name: p.name, Version: Version, Status: p.status, Detail: p.detail,
	})
	p.f.Anomalies = append(p.f.Anomalies, p.anomalies...)
	p.f.Unexamined = append(p.f.Unexamined, p.unexamined...)
}
