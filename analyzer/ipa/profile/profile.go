// Package profile reads provisioning profiles (embedded.mobileprovision): a
// property list inside a CMS message.
//
// It promises: input of at most 1 MiB, bounded nesting, no allocation from a
// length that was not checked, devices counted and never named, equal bytes
// equal results. Whether the message is signed, and by whom, is for package ipa.
package profile

import (
	"errors"
	"fmt"
	"math"
	"time"

	"heyan/analyzer/cert"
	"heyan/analyzer/facts"
	"heyan/analyzer/ipa/entitlement"
	"heyan/analyzer/ipa/plist"
)

// Limits; real profiles have 4 to 70 KB.
const (
	maxBytes        = 1 << 20
	maxCertificates = 256
	maxPlatforms    = 16
	maxText         = 1024
)

// ErrMalformed is behind every error of this package.
var ErrMalformed = errors.New("malformed provisioning profile")

// Kinds of profile.
const (
	KindDevelopment = "development"
	KindAdHoc       = "ad-hoc"
	KindEnterprise  = "enterprise"
	KindStore       = "store"
	KindUnknown     = "unknown"
)

// Parse reads a profile and the entitlements it grants. Where the profile as a
// whole could be read, it is returned even if there is an error, which then
// says what in it could not.
func Parse(data []byte) (*facts.Profile, []entitlement.Value, error) {
	if len(data) > maxBytes {
		return nil, nil, malformed("%d bytes", len(data))
	}
	content, err := unwrap(data)
	if err != nil {
		return nil, nil, err
	}
	value, err := plist.Decode(content, plist.Limits{})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	root, ok := value.(map[string]any)
	if !ok {
		return nil, nil, malformed("its property list is not a dictionary")
	}
	d := dict(root)
	granted := dict(d.dict("Entitlements"))
	p := &facts.Profile{
		Kind:           kind(d, granted),
		Name:           d.text("Name"),
		UUID:           d.text("UUID"),
		TeamName:       d.text("TeamName"),
		AppID:          granted.text("application-identifier"),
		Platforms:      d.texts("Platform", maxPlatforms),
		Created:        d.time("CreationDate"),
		Expires:        d.time("ExpirationDate"),
		Devices:        len(d.list("ProvisionedDevices")),
		GetTaskAllow:   granted.bool("get-task-allow"),
		TimeToLive:     d.int("TimeToLive"),
		XcodeManaged:   d.bool("IsXcodeManaged"),
		LocalProvision: d.bool("LocalProvision"),
	}
	if teams := d.texts("TeamIdentifier", 1); len(teams) > 0 {
		p.TeamID = teams[0]
	}
	certificates, errCertificates := readCertificates(d.list("DeveloperCertificates"))
	p.Certificates = certificates
	values, errValues := entitlement.FromPlist(granted)
	if errValues != nil {
		errValues = fmt.Errorf("%w: %w", ErrMalformed, errValues)
	}
	return p, values, errors.Join(errCertificates, errValues)
}

// kind tells what a profile is for, by whom it lets the app run.
func kind(d, granted dict) string {
	_, devices := d["ProvisionedDevices"].([]any)
	debug := granted.bool("get-task-allow")
	switch {
	case d.bool("ProvisionsAllDevices"):
		return KindEnterprise
	case devices && debug:
		return KindDevelopment
	case devices:
		return KindAdHoc
	case debug, d["Entitlements"] == nil:
		return KindUnknown
	}
	return KindStore
}

func readCertificates(list []any) ([]facts.Certificate, error) {
	var out []facts.Certificate
	var errs []error
	for i, item := range list {
		if i == maxCertificates {
			errs = append(errs, malformed("%d certificates", len(list)))
			break
		}
		raw, ok := item.([]byte)
		if !ok {
			errs = append(errs, malformed("certificate %d is not data", i+1))
			continue
		}
		c, err := cert.Parse(raw)
		if err != nil {
			errs = append(errs, fmt.Errorf("%w: certificate %d: %w", ErrMalformed, i+1, err))
			continue
		}
		out = append(out, c.Facts())
	}
	return out, errors.Join(errs...)
}

// dict is a dictionary of a property list; a value of another kind than asked
// for is as good as absent.
type dict map[string]any

func (d dict) dict(key string) map[string]any {
	m, _ := d[key].(map[string]any)
	return m
}

func (d dict) list(key string) []any {
	l, _ := d[key].([]any)
	return l
}

func (d dict) text(key string) string {
	s, _ := d[key].(string)
	return shorten(s)
}

func (d dict) texts(key string, most int) []string {
	var out []string
	for _, item := range d.list(key) {
		if s, ok := item.(string); ok && len(out) < most {
			out = append(out, shorten(s))
		}
	}
	return out
}

func (d dict) bool(key string) bool {
	b, _ := d[key].(bool)
	return b
}

// int reads a number of days, devices and the like. One that is beyond 32 bits no
// portal writes; as JSON, readers could not agree on it, nor a signature be made.
func (d dict) int(key string) int {
	n, _ := d[key].(int64)
	if n < math.MinInt32 || n > math.MaxInt32 {
		return 0
	}
	return int(n)
}

func (d dict) time(key string) string {
	t, ok := d[key].(time.Time)
	if !ok {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// shorten cuts a text longer than any a portal hands out.
func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	for i := range s {
		if i > maxText {
			return s[:i] + "…"
		}
	}
	return s
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}
