// Package obs is how operators see heyan: metrics for Prometheus, the log, and
// spans (obs/trace). Other packages declare what they report as small interfaces
// of their own; Metrics implements them all, so that Prometheus is named here
// only.
//
// Names of metrics are a public contract (docs/operations.md has the table): add,
// never rename. No label has values that a caller can choose.
package obs
