package sig

import "heyan/analyzer/apk/sig/cert"

type stamp struct {
	findings
	cert *cert.Certificate
}

func (r *run) verifyStamp() error { return nil }
