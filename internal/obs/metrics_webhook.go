package obs

import (
	"time"

	"heyan/internal/webhook"
)

func (m *Metrics) webhookMetrics(f factory) {
	m.deliveries = f.counterVec("heyan_webhook_attempts_total", "Attempts to deliver, by outcome: delivered, failed, dead, blocked.", "outcome")
	m.deliverySeconds = f.histogram("heyan_webhook_attempt_seconds", "How long attempts to deliver took.", quick())
	m.deliveriesPutBack = f.counter("heyan_webhook_put_back_total", "Deliveries put back because their receiver is slow.")
}

type webhookMetrics struct{ *Metrics }

// Webhook is what internal/webhook reports to.
func (m *Metrics) Webhook() webhook.Metrics { return webhookMetrics{m} }

func (m webhookMetrics) DeliveryAttempted(outcome string, took time.Duration) {
	m.deliveries.WithLabelValues(outcome).Inc()
	m.deliverySeconds.Observe(took.Seconds())
}

func (m webhookMetrics) DeliveriesPutBack(n int) { m.deliveriesPutBack.Add(float64(n)) }
