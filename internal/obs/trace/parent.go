package trace

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"
)

// Header is the header of W3C Trace Context.
const Header = "Traceparent"

// Extract returns ctx with the caller's trace, if its header is sound.
func Extract(ctx context.Context, h http.Header) context.Context {
	id, ok := parseParent(h.Get(Header))
	if !ok {
		return ctx
	}
	return context.WithValue(ctx, contextKey{}, id)
}

// Inject tells the one that is called of the trace in ctx.
func Inject(ctx context.Context, h http.Header) {
	id := fromContext(ctx)
	if !id.valid() {
		return
	}
	flags := "-00"
	if id.sampled {
		flags = "-01"
	}
	h.Set(Header, "00-"+hex.EncodeToString(id.trace[:])+"-"+hex.EncodeToString(id.span[:])+flags)
}

// ID is the trace of ctx in hex, for logs, "" where there is none.
func ID(ctx context.Context) string {
	id := fromContext(ctx)
	if !id.valid() {
		return ""
	}
	return hex.EncodeToString(id.trace[:])
}

// parseParent reads version-trace-span-flags. A version to come may append fields
// (W3C Trace Context, 4.3).
func parseParent(s string) (id identity, ok bool) {
	const size = 2 + 1 + 32 + 1 + 16 + 1 + 2
	if len(s) < size || s[2] != '-' || s[35] != '-' || s[52] != '-' || strings.ToLower(s[:size]) != s[:size] {
		return id, false
	}
	version, flags := s[:2], make([]byte, 1)
	if version == "ff" || version == "00" && len(s) != size || len(s) > size && s[size] != '-' {
		return id, false
	}
	_, err1 := hex.DecodeString(version)
	_, err2 := hex.Decode(id.trace[:], []byte(s[3:35]))
	_, err3 := hex.Decode(id.span[:], []byte(s[36:52]))
	_, err4 := hex.Decode(flags, []byte(s[53:55]))
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil || !id.valid() {
		return identity{}, false
	}
	id.sampled = flags[0]&1 == 1
	return id, true
}
