package obs

import (
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics is the registry of one process and everything in it.
type Metrics struct {
	registry *prometheus.Registry

	uploadsRunning prometheus.Gauge
	uploads        *prometheus.CounterVec
	uploadBytes    prometheus.Counter
	uploadSeconds  prometheus.Histogram
	submissions    *prometheus.CounterVec
	publishFailed  *prometheus.CounterVec
	md5Twins       prometheus.Counter
	leftBehind     prometheus.Counter

	jobWait      *prometheus.HistogramVec
	jobStage     *prometheus.HistogramVec
	jobAttempts  *prometheus.CounterVec
	jobSeconds   *prometheus.HistogramVec
	verdicts     *prometheus.CounterVec
	childStopped prometheus.Counter
	factsLooked  *prometheus.CounterVec
	republished  *prometheus.CounterVec

	requests       *prometheus.CounterVec
	requestSeconds *prometheus.HistogramVec
	requestBytes   *prometheus.CounterVec
	eventStreams   prometheus.Gauge
	rateLimited    prometheus.Counter
	stalled        prometheus.Counter

	sweeps       *prometheus.CounterVec
	swept        *prometheus.CounterVec
	filed        prometheus.Gauge
	filedMissing prometheus.Gauge

	deliveries        *prometheus.CounterVec
	deliverySeconds   prometheus.Histogram
	deliveriesPutBack prometheus.Counter
}

// quick and slow are the buckets of durations, in seconds: of what a caller waits
// for, and of jobs, which grow with packages.
func quick() []float64 { return []float64{.002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30} }

func slow() []float64 {
	return []float64{.005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30, 60, 120, 300, 900}
}

// NewMetrics makes the registry of a process of this version.
func NewMetrics(version string) *Metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	f := factory{r}
	f.gaugeVec("heyan_build_info", "Always 1; the labels say what runs.", "version", "go").WithLabelValues(version, runtime.Version()).Set(1)
	m := &Metrics{registry: r}
	m.submitMetrics(f)
	m.workerMetrics(f)
	m.httpMetrics(f)
	m.sweepMetrics(f)
	m.webhookMetrics(f)
	return m
}

// Handler answers Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, Timeout: 10 * time.Second})
}

// Registry is for tests and for what watches the registry itself.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// factory makes metrics and registers them. A name that is there twice panics, at
// start and in every test.
type factory struct{ registry *prometheus.Registry }

func register[C prometheus.Collector](f factory, c C) C {
	f.registry.MustRegister(c)
	return c
}

func (f factory) counter(name, help string) prometheus.Counter {
	return register(f, prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help}))
}

func (f factory) counterVec(name, help string, labels ...string) *prometheus.CounterVec {
	return register(f, prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels))
}

func (f factory) gauge(name, help string) prometheus.Gauge {
	return register(f, prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help}))
}

func (f factory) gaugeVec(name, help string, labels ...string) *prometheus.GaugeVec {
	return register(f, prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels))
}

func (f factory) histogram(name, help string, buckets []float64) prometheus.Histogram {
	return register(f, prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}))
}

func (f factory) histogramVec(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return register(f, prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels))
}
