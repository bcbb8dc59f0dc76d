//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"heyan/internal/faulttest"
)

// idle measures how soon a worker has what comes to a service with nothing to do:
// one submission at a time, with pauses.
func idle(ctx context.Context, s settings) error {
	fmt.Printf("### idle: %d submissions, one at a time, bar: acknowledged → started p95 < 20 ms\n\n", s.idle)
	fmt.Println("| mode | acknowledged → started p50 / p95 / p99 | acknowledged → verdict p50 / p95 / p99 | post → 201 p50 / p95 / p99 |")
	fmt.Println("| --- | ---: | ---: | ---: |")
	for _, mode := range []faulttest.Mode{faulttest.Embedded, faulttest.Distributed} {
		err := with(s, mode, func(in *faulttest.Installation) error {
			took, err := oneByOne(ctx, s, in)
			if err != nil {
				return err
			}
			all, err := outcomes(ctx, in)
			if err != nil {
				return err
			}
			var started, ended []time.Duration
			for _, o := range all {
				started = append(started, o.started.Sub(o.acknowledged))
				ended = append(ended, o.ended.Sub(o.acknowledged))
			}
			fmt.Printf("| %s | %s | %s | %s |\n", mode, spread(started), spread(ended), spread(took))
			return nil
		})
		if err != nil {
			return err
		}
	}
	fmt.Println()
	return nil
}

// betweenTwo is more than a verdict takes on a machine that is not busy.
const betweenTwo = 120 * time.Millisecond

func oneByOne(ctx context.Context, s settings, in *faulttest.Installation) (took []time.Duration, err error) {
	packages := forms(s.idle, s.size)
	c := &connection{addr: in.APIs()[0].Addr, token: in.Token}
	defer c.close()
	for _, b := range packages {
		select {
		case <-time.After(betweenTwo):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		posted := time.Now()
		if err := c.post(b, "key-"+b.p.SHA256); err != nil {
			return nil, err
		}
		took = append(took, time.Since(posted))
	}
	return took, nil
}
