package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"heyan/internal/report"
)

// ticker redraws one line of a terminal until it is stopped, and clears it then.
type ticker struct {
	quit   chan struct{}
	ended  sync.WaitGroup
	ending sync.Once
}

// run draws after the delay, and five times a second from then on.
func (t *ticker) run(w io.Writer, delay time.Duration, line func() string) {
	t.quit = make(chan struct{})
	t.ended.Go(func() {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		shown := false
		for {
			select {
			case <-t.quit:
				if shown {
					fmt.Fprint(w, "\r\x1b[K")
				}
				return
			case <-timer.C:
				shown = true
				fmt.Fprintf(w, "\r\x1b[K%s", line())
				timer.Reset(200 * time.Millisecond)
			}
		}
	})
}

// stop ends the display and waits for it.
func (t *ticker) stop() {
	if t.quit == nil {
		return
	}
	t.ending.Do(func() { close(t.quit) })
	t.ended.Wait()
}

// progress shows on a terminal how far one package is, once it takes over a
// second; elsewhere it is silent.
type progress struct {
	ticker
	app  *app
	done atomic.Int64
}

func (a *app) newProgress() *progress { return &progress{app: a} }

func (p *progress) start(size int64) {
	if !p.app.StderrTerminal || size <= 0 {
		return
	}
	word := p.app.t("核验中", "inspecting")
	p.run(p.app.Stderr, time.Second, func() string { return fmt.Sprintf("%s %3d%%", word, p.done.Load()*100/size) })
}

func (p *progress) set(done int64) { p.done.Store(done) }

// batchProgress shows how far a run of several packages is: a bar, how many are
// done, and what is under way.
type batchProgress struct {
	ticker
	app     *app
	total   int
	lock    sync.Mutex
	done    int
	current []string
}

func (a *app) newBatchProgress(total int) *batchProgress {
	p := &batchProgress{app: a, total: total}
	if a.StderrTerminal {
		p.run(a.Stderr, 300*time.Millisecond, p.line)
	}
	return p
}

func (p *batchProgress) begin(path string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.current = append(p.current, path)
}

func (p *batchProgress) end(path string) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if i := slices.Index(p.current, path); i >= 0 {
		p.current = slices.Delete(p.current, i, i+1)
	}
}

// took counts a package that is told, whether it was read or not.
func (p *batchProgress) took() {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.done++
}

// barWidth is how many cells the bar has.
const barWidth = 20

func (p *batchProgress) line() string {
	p.lock.Lock()
	defer p.lock.Unlock()
	full := barWidth * p.done / max(p.total, 1)
	line := fmt.Sprintf("[%s%s] %d/%d ", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), p.done, p.total)
	names := report.Clean(strings.Join(p.current, ", "))
	return line + report.Shorten(names, report.Columns-1-report.Width(line))
}
