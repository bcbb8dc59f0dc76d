package obs

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"heyan/queue"
	"heyan/storage/record"
)

// Backlog is where the numbers of waiting jobs come from.
type Backlog struct {
	// Jobs are the records' numbers: record.JobAdmin.Backlog.
	Jobs func(ctx context.Context, now time.Time) ([]record.Backlog, error)
	// Messages are the queue's: queue.Queue.Depth.
	Messages func(ctx context.Context) (map[queue.Lane]int64, error)
	Now      func() time.Time
}

// backlogFresh is how long an answer is used again: several Prometheus servers, or
// an impatient one, do not load the database.
const backlogFresh = 5 * time.Second

// Watch adds the depth and age of the backlog, asked for as Prometheus asks.
func (m *Metrics) Watch(b Backlog) { m.registry.MustRegister(newBacklog(b)) }

// WatchDropped adds the number of spans that tracing threw away.
func (m *Metrics) WatchDropped(dropped func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "heyan_spans_dropped_total", Help: "Spans that could not be sent to the collector.",
	}, func() float64 { return float64(dropped()) }))
}

type backlogCollector struct {
	source                         Backlog
	jobs, oldest, messages, failed *prometheus.Desc

	lock     sync.Mutex
	asked    time.Time
	backlog  []record.Backlog
	depth    map[queue.Lane]int64
	jobsErr  error
	queueErr error
}

func newBacklog(b Backlog) *backlogCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &backlogCollector{
		source:   b,
		jobs:     desc("heyan_jobs", "Jobs in the database, by lane and state: queued, running, dead.", "lane", "state"),
		oldest:   desc("heyan_jobs_oldest_due_seconds", "How long the oldest job has been due, 0 where none waits.", "lane"),
		messages: desc("heyan_queue_messages", "Messages in the queue, those being worked on included.", "lane"),
		failed:   desc("heyan_backlog_unreachable", "1 where the numbers could not be had from the part.", "part"),
	}
}

// Describe implements prometheus.Collector.
func (c *backlogCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.jobs
	out <- c.oldest
	out <- c.messages
	out <- c.failed
}

// Collect implements prometheus.Collector. A part that cannot be asked shows as
// unreachable and leaves the other metrics alone.
func (c *backlogCollector) Collect(out chan<- prometheus.Metric) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.ask()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now := c.source.Now()
	for _, b := range everyLane(c.backlog, c.jobsErr) {
		gauge(c.jobs, float64(b.Queued), b.Lane, "queued")
		gauge(c.jobs, float64(b.Running), b.Lane, "running")
		gauge(c.jobs, float64(b.Dead), b.Lane, "dead")
		age := 0.0
		if !b.OldestDue.IsZero() {
			age = max(0, now.Sub(b.OldestDue).Seconds())
		}
		gauge(c.oldest, age, b.Lane)
	}
	for lane, n := range c.depth {
		gauge(c.messages, float64(n), string(lane))
	}
	gauge(c.failed, flag(c.jobsErr), "records")
	gauge(c.failed, flag(c.queueErr), "queue")
}

// everyLane adds the lanes in which nothing is, so that their numbers are 0 and not
// absent.
func everyLane(list []record.Backlog, err error) []record.Backlog {
	if err != nil {
		return nil
	}
	for _, lane := range queue.Lanes() {
		if !slices.ContainsFunc(list, func(b record.Backlog) bool { return b.Lane == string(lane) }) {
			list = append(list, record.Backlog{Lane: string(lane)})
		}
	}
	return list
}

func flag(err error) float64 {
	if err != nil {
		return 1
	}
	return 0
}

// ask renews the numbers where they are stale; those of a part that fails go.
func (c *backlogCollector) ask() {
	now := c.source.Now()
	if d := now.Sub(c.asked); !c.asked.IsZero() && d >= 0 && d < backlogFresh {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	c.asked = now
	c.backlog, c.jobsErr = c.source.Jobs(ctx, now)
	c.depth, c.queueErr = c.source.Messages(ctx)
}
