package cli

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// progress shows on a terminal how far a run is, once it takes over a second.
type progress struct {
	done   atomic.Int64
	quit   chan struct{}
	ended  sync.WaitGroup
	ending sync.Once
}

// newProgress starts the display for size bytes; it stays silent elsewhere than
// on a terminal.
func (a *app) newProgress(size int64) *progress {
	p := &progress{quit: make(chan struct{})}
	if a.StderrTerminal && size > 0 {
		p.ended.Go(func() { p.show(a.Stderr, a.t("核验中", "inspecting"), size) })
	}
	return p
}

func (p *progress) set(done int64) { p.done.Store(done) }

// stop ends the display and clears its line.
func (p *progress) stop() {
	p.ending.Do(func() { close(p.quit) })
	p.ended.Wait()
}

func (p *progress) show(w io.Writer, word string, size int64) {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	shown := false
	for {
		select {
		case <-p.quit:
			if shown {
				fmt.Fprint(w, "\r\x1b[K")
			}
			return
		case <-timer.C:
			shown = true
			fmt.Fprintf(w, "\r%s %3d%%", word, p.done.Load()*100/size)
			timer.Reset(200 * time.Millisecond)
		}
	}
}
