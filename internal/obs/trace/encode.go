package trace

import (
	"encoding/hex"
	"log/slog"
	"strconv"
)

// The shapes of OTLP 1 in JSON: opentelemetry-proto, trace/v1/trace.proto; ids are
// hex, 64-bit numbers strings.
type (
	payload struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   resource     `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	resource struct {
		Attributes []attribute `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope  `json:"scope"`
		Spans []span `json:"spans"`
	}
	scope struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	span struct {
		TraceID      string      `json:"traceId"`
		SpanID       string      `json:"spanId"`
		ParentSpanID string      `json:"parentSpanId,omitempty"`
		Name         string      `json:"name"`
		Kind         Kind        `json:"kind"`
		Start        string      `json:"startTimeUnixNano"`
		End          string      `json:"endTimeUnixNano"`
		Attributes   []attribute `json:"attributes,omitempty"`
		Status       *status     `json:"status,omitempty"`
	}
	status struct {
		Code    int    `json:"code"`
		Message string `json:"message,omitempty"`
	}
	attribute struct {
		Key   string         `json:"key"`
		Value map[string]any `json:"value"`
	}
)

// statusError is OTLP's STATUS_CODE_ERROR.
const statusError = 2

func (t *Tracer) encode(batch []*Span) payload {
	spans := make([]span, len(batch))
	for i, s := range batch {
		spans[i] = s.encode()
	}
	return payload{ResourceSpans: []resourceSpans{{
		Resource: resource{Attributes: attributes([]slog.Attr{
			slog.String("service.name", t.config.Service), slog.String("service.version", t.config.Version),
			slog.String("service.instance.id", t.config.Instance),
		})},
		ScopeSpans: []scopeSpans{{Scope: scope{Name: "heyan", Version: t.config.Version}, Spans: spans}},
	}}}
}

func (s *Span) encode() span {
	out := span{
		TraceID: hex.EncodeToString(s.id.trace[:]), SpanID: hex.EncodeToString(s.id.span[:]),
		Name: s.name, Kind: s.kind, Attributes: attributes(s.attrs),
		Start: strconv.FormatInt(s.start.UnixNano(), 10), End: strconv.FormatInt(s.end.UnixNano(), 10),
	}
	if s.parent != [8]byte{} {
		out.ParentSpanID = hex.EncodeToString(s.parent[:])
	}
	if s.failure != "" {
		out.Status = &status{Code: statusError, Message: s.failure}
	}
	return out
}

func attributes(attrs []slog.Attr) []attribute {
	list := make([]attribute, 0, len(attrs))
	for _, a := range attrs {
		v := a.Value.Resolve()
		value := map[string]any{}
		switch v.Kind() {
		case slog.KindInt64:
			value["intValue"] = strconv.FormatInt(v.Int64(), 10)
		case slog.KindBool:
			value["boolValue"] = v.Bool()
		case slog.KindFloat64:
			value["doubleValue"] = v.Float64()
		default:
			value["stringValue"] = v.String()
		}
		list = append(list, attribute{Key: a.Key, Value: value})
	}
	return list
}
