// Package httpapi is heyan's HTTP interface: the API under /v1, what operators and
// probes ask (/healthz, /readyz, /metrics), and the API's own description
// (/openapi.json, /docs). It turns requests into calls of the use cases
// (internal/submit, internal/access, internal/webhook) and their answers into
// HTTP. It decides nothing: who may do what is said there.
//
// # Promises
//
// A package is streamed, whatever its size: neither memory nor a temporary file
// grows with it, but for resumable uploads, which are staged in a folder until
// they are whole.
//
// A request that cannot succeed is refused as early as it is known, and the
// refusal arrives: where the client is still sending, the connection lingers and
// what comes is thrown away, within a bound (respond.go). A client that stalls is
// let go (pace.go), and does not hold up others.
//
// Every error is a problem+json (RFC 9457) with a stable code, in the caller's
// language; problem.go has the only table of codes. What does not exist and what
// is another organisation's are the same answer, byte for byte, but for the
// request's id.
//
// # Cookies
//
// The API knows bearer tokens alone, so that no page of another site can make a
// browser use it. Pages that know cookies belong to Config.Root, behind
// http.CrossOriginProtection.
package httpapi
