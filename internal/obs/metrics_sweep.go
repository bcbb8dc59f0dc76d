package obs

import "heyan/internal/sweep"

func (m *Metrics) sweepMetrics(f factory) {
	m.sweeps = f.counterVec("heyan_sweeps_total", "Sweeps, by whether all of it worked.", "outcome")
	m.swept = f.counterVec("heyan_swept_total", "What sweeps did: submissions expired, packages deleted, orphans and unfinished uploads removed.", "what")
	m.filed = f.gauge("heyan_filed_packages", "Filed packages at the last audit.")
	m.filedMissing = f.gauge("heyan_filed_packages_missing", "Filed packages that the store did not have whole at the last audit. Anything but 0 is an alarm.")
}

type sweepMetrics struct{ *Metrics }

// Sweep is what internal/sweep reports to.
func (m *Metrics) Sweep() sweep.Metrics { return sweepMetrics{m} }

func (m sweepMetrics) Swept(r sweep.Result, err error) {
	outcome := "ok"
	if err != nil {
		outcome = "failed"
	}
	m.sweeps.WithLabelValues(outcome).Inc()
	m.swept.WithLabelValues("expired").Add(float64(r.Expired))
	m.swept.WithLabelValues("deleted").Add(float64(r.Deleted))
	m.swept.WithLabelValues("orphans").Add(float64(r.Orphans))
	m.swept.WithLabelValues("unfinished").Add(float64(r.Unfinished))
}

func (m sweepMetrics) Audited(filed, missing int) {
	m.filed.Set(float64(filed))
	m.filedMissing.Set(float64(missing))
}
