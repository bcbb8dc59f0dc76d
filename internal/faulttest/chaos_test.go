//go:build linux

package faulttest

import (
	"testing"
	"time"
)

// TestChaos is the short form of scripts/chaos.
func TestChaos(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Embedded, Distributed} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			r, err := Chaos(within(t, 4*time.Minute), t, ChaosOptions{
				Options: Options{Mode: mode, Binary: heyan}, Submissions: 80, Callers: 4, Seed: 1,
				Calm: 400 * time.Millisecond, Pace: 50 * time.Millisecond, Log: t.Output(),
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s\n%s", r.Took, r)
			if r.Failed() {
				t.Error("something happened that never must")
			}
		})
	}
}
