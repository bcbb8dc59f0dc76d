package sig

import (
	"errors"
	"time"

	"heyan/analyzer/apk/sig/internal/block"
	"heyan/analyzer/facts"
)

// stampFacts is what is known of the source stamp, nil without a trace of one.
// It answers as `apksigner verify --verify-source-stamp`, that is also of packages
// that do not verify. (ApkVerifier.verifySourceStamp)
func (v *verifier) stampFacts() (*facts.SourceStamp, error) {
	if v.archive == nil {
		return nil, nil
	}
	l, err := v.directory()
	if err != nil || v.minSDK == 0 {
		// What the package is for can't be read, so neither can its stamp.
		if err = ignoreUnanswered(err); err != nil || l.stamp == nil && !v.has(block.SourceStamp) {
			return nil, err
		}
		return &facts.SourceStamp{Status: facts.SignatureUnknown}, nil
	}
	out := &facts.SourceStamp{Status: facts.SignatureInvalid}
	switch {
	case l.stamp == nil && !v.has(block.SourceStamp):
		return nil, nil
	case l.stamp == nil:
		out.Problems = stampProblem("signature-block-without-cert-digest", "there is a source stamp block without the entry that names its certificate")
		return out, nil
	}
	r := v.newRun(v.minSDK, v.maxSDK)
	s, err := r.stampAlone()
	var none *unanswered
	switch err = classify(err); {
	case errors.As(err, &none):
		out.Status = facts.SignatureUnknown
		out.Problems = []facts.SignatureProblem{{Code: none.code, Scheme: schemeStamp, Detail: none.detail}}
	case err != nil:
		return nil, err
	case r.failed():
		out.Problems, _ = r.lists()
	case s == nil:
		out.Problems = stampProblem("sig-missing", "no source stamp signature")
	default:
		s.describe(out)
	}
	return out, nil
}

func stampProblem(code, detail string) []facts.SignatureProblem {
	return []facts.SignatureProblem{{Code: "source-stamp-" + code, Scheme: schemeStamp, Detail: detail}}
}

// ignoreUnanswered keeps errors of ctx and of reading alone.
func ignoreUnanswered(err error) error {
	var none *unanswered
	if err = classify(err); errors.As(err, &none) {
		return nil
	}
	return err
}

// stampAlone takes what the signers state without comparing it with the content,
// and verifies the stamp over that.
func (r *run) stampAlone() (*stamp, error) {
	if r.maxSDK >= apiPie {
		if err := r.stated(block.V3); err != nil || r.failed() {
			return nil, err
		}
	}
	if r.maxSDK >= apiNougat && (r.minSDK < apiPie || len(r.found) == 0) {
		if err := r.stated(block.V2); err != nil || r.failed() {
			return nil, err
		}
	}
	if r.minSDK < apiNougat || len(r.found) == 0 {
		r.v1 = &jarResult{}
	}
	return r.readStamp(r.landmarks.stamp, r.minSDK)
}

// stated reads the signers of v2 or v3 and verifies their signatures.
// (ApkVerifier.getApkContentDigests)
func (r *run) stated(id uint32) error {
	value, ok, err := r.block.Value(id)
	if err != nil || !ok {
		return err
	}
	if id == block.V2 {
		r.found[2], r.v2 = true, &scheme{name: schemeV2}
		return r.parseSigners(r.v2, value, maxSigners, func(p *signerParser, b *block.Buffer) error {
			return p.parseV2(b, max(r.minSDK, apiNougat), r.maxSDK)
		})
	}
	r.found[3], r.v3 = true, &scheme{name: schemeV3}
	return r.parseSigners(r.v3, value, maxSignersV3, func(p *signerParser, b *block.Buffer) error {
		// Without a range (V3SchemeVerifier.parseSigners): what v3 says of v3.1 is
		// not looked at.
		return p.parseV3(b, schemeV3Params{name: schemeV3})
	})
}

// maxTime is the last second of the year 9999, after which a time has no RFC 3339.
const maxTime = 253402300799

func (s *stamp) describe(out *facts.SourceStamp) {
	if s.cert != nil {
		c := s.cert.Facts()
		out.Certificate = &c
	}
	if s.time > 0 && s.time <= maxTime {
		out.Time = time.Unix(s.time, 0).UTC().Format(time.RFC3339)
	}
	out.Lineage = s.lineage.facts()
	out.Problems = s.warnings
	if !s.spoilt() {
		out.Status = facts.SignatureValid
	}
}
