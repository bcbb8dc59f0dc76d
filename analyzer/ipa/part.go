package ipa

import (
	"context"
	"errors"
	"fmt"

	"heyan/analyzer"
	"heyan/analyzer/archive"
	"heyan/analyzer/facts"
)

// part collects what one reader has to say of itself.
type part struct {
	f          *facts.Facts
	name       string
	status     facts.Status
	detail     string
	anomalies  []facts.Anomaly
	unexamined []facts.Unexamined
	counts     map[string]int // anomalies by code
}

func (i *inspection) newPart(name string) *part {
	return &part{f: i.f, name: name, status: facts.StatusOK, counts: map[string]int{}}
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
		p.add("reader-panic", p.name, "%v", err)
		p.fail("%v", err)
	case err != nil:
		p.fail("%v", err)
	}
	return nil
}

// medium reports whether err is the input's fault and not the package's.
func medium(err error) bool {
	return errors.Is(err, archive.ErrRead) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// perCode is how many anomalies of one code a part keeps.
const perCode = 32

// add records an anomaly; beyond perCode they are counted.
func (p *part) add(code, where, format string, args ...any) {
	if p.counts[code]++; p.counts[code] <= perCode {
		p.anomalies = append(p.anomalies, facts.Anomaly{Code: code, Detail: fmt.Sprintf(format, args...), Where: where})
	}
}

// addAll records what another reader found in the file where.
func (p *part) addAll(found []facts.Anomaly, where string) {
	for _, a := range found {
		if a.Where != "" && where != "" {
			a.Where = where + " " + a.Where
		} else {
			a.Where += where
		}
		p.add(a.Code, a.Where, "%s", a.Detail)
	}
}

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

// close enters the part in the facts.
func (p *part) close() {
	p.f.Analyzers = append(p.f.Analyzers, facts.Analyzer{Name: p.name, Version: Version, Status: p.status, Detail: p.detail})
	seen := map[string]int{}
	for _, a := range p.anomalies {
		p.f.Anomalies = append(p.f.Anomalies, a)
		if seen[a.Code]++; seen[a.Code] == perCode && p.counts[a.Code] > perCode {
			p.f.Anomalies = append(p.f.Anomalies, facts.Anomaly{
				Code: a.Code, Detail: fmt.Sprintf("and %d more, %d in all", p.counts[a.Code]-perCode, p.counts[a.Code]),
			})
		}
	}
	p.f.Unexamined = append(p.f.Unexamined, p.unexamined...)
}
