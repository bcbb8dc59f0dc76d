//go:build linux

package faulttest

import (
	"testing"
	"time"
)

// TestChaos is the short form of scripts/chaos.
func TestChaos(t *testing.T) {
	for mode, n := range map[Mode]int{Embedded: 80, Distributed: 80} {
		t.Run(string(mode), func(t *testing.T) {
			r, err := Chaos(within(t, 4*time.Minute), t, ChaosOptions{
				Options: Options{Mode: mode, Binary: heyan}, Submissions: n, Callers: 4, Seed: 1,
				Calm: 300 * time.Millisecond, Log: t.Output(),
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
