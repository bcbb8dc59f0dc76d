//go:build linux

package main

import (
	"fmt"

	"heyan/internal/faulttest"
)

// stage stands in for a test: what it starts is ended by end.
type stage struct{ cleanups []func() }

type failure string

// Helper implements servertest.TB.
func (*stage) Helper() {}

// Fatalf ends the measurement.
func (*stage) Fatalf(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }

// Cleanup adds what end does, last first.
func (t *stage) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *stage) end() {
	for len(t.cleanups) > 0 {
		last := len(t.cleanups) - 1
		t.cleanups[last]()
		t.cleanups = t.cleanups[:last]
	}
}

// with starts an installation as an operator would run it, the sandbox required,
// for the time of measure.
func with(s settings, mode faulttest.Mode, measure func(*faulttest.Installation) error) (err error) {
	t := &stage{}
	defer t.end()
	defer func() {
		if why := recover(); why != nil {
			f, ours := why.(failure)
			if !ours {
				panic(why)
			}
			err = fmt.Errorf("%s", f)
		}
	}()
	return measure(faulttest.Start(t, faulttest.Options{
		Mode: mode, Binary: s.heyan, APIs: s.apis, Workers: s.workers, Slots: s.slots,
		Set: map[string]string{"sandbox": "required"},
	}))
}
