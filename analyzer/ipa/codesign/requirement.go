package codesign

import (
	"bytes"
	"crypto/sha1" // #nosec G505 -- anchors are named by it
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"heyan/analyzer/cert"
	"heyan/analyzer/internal/ber"
)

// requirement checks that the code meets its own designated requirement, by which
// systems tell an update from another app (requirement.h of Security).
func (v *verifier) requirement() {
	blob := v.blob.blobs[slotRequirements]
	if blob == nil || v.out.Leaf == nil {
		return
	}
	expr, err := designated(blob)
	if err != nil {
		v.fatal("requirement-invalid", "errSecCSReqInvalid", err.Error())
		return
	}
	if expr == nil {
		return
	}
	e := &evaluator{code: v.out, rest: expr}
	met := e.expression(0)
	switch {
	case errors.Is(e.err, errUnsupported):
		v.note("requirement-unexamined", "", e.err.Error())
	case e.err != nil:
		v.fatal("requirement-invalid", "errSecCSReqInvalid", e.err.Error())
	case !met && v.out.Trusted:
		v.fatal("requirement-failed", "errSecCSReqFailed", "")
	}
}

const (
	magicRequirement = 0xfade0c00
	kindDesignated   = 3
	maxRequirements  = 16
	maxExpression    = 64 // nesting, and a budget of operators below
	maxOperators     = 1000
)

// designated is the expression of the designated requirement, nil without one.
func designated(blob []byte) ([]byte, error) {
	be := binary.BigEndian
	if len(blob) < 12 {
		return nil, malformed("requirements of %d bytes", len(blob))
	}
	count := be.Uint32(blob[8:])
	if count > maxRequirements || int(count)*8+12 > len(blob) {
		return nil, malformed("%d requirements", count)
	}
	for n := range int(count) {
		kind, at := be.Uint32(blob[12+8*n:]), int64(be.Uint32(blob[16+8*n:]))
		if kind != kindDesignated {
			continue
		}
		if at+12 > int64(len(blob)) {
			return nil, malformed("a requirement at %d of %d", at, len(blob))
		}
		r := blob[at:]
		size := int64(be.Uint32(r[4:]))
		if be.Uint32(r) != magicRequirement || size < 12 || size > int64(len(r)) || be.Uint32(r[8:]) != 1 {
			return nil, malformed("a requirement that is no expression")
		}
		return r[12:size], nil
	}
	return nil, nil
}

// Operators of an expression (requirement.h, ExprOp).
const (
	opFalse = iota
	opTrue
	opIdent
	opAppleAnchor
	opAnchorHash
	opInfoKeyValue
	opAnd
	opOr
	opCDHash
	opNot
	opInfoKeyField
	opCertField
	opTrustedCert
	opTrustedCerts
	opCertGeneric
	opAppleGenericAnchor
)

// Matches of a field (requirement.h, MatchOperation).
const (
	matchExists = iota
	matchEqual
	matchContains
	matchBeginsWith
	matchEndsWith
)

// evaluator goes through an expression in prefix order; both sides of and/or are
// always read, so that what follows is found.
type evaluator struct {
	code  *Result
	rest  []byte
	steps int
	err   error
}

func (e *evaluator) expression(depth int) bool {
	if e.steps++; e.err == nil && (depth > maxExpression || e.steps > maxOperators) {
		e.err = malformed("an expression of more than %d operators", maxOperators)
	}
	op := e.word()
	if e.err != nil {
		return false
	}
	switch op & 0x00ffffff {
	case opFalse:
		return false
	case opTrue:
		return true
	case opIdent:
		return string(e.data()) == e.code.Identifier
	case opAnd:
		a, b := e.expression(depth+1), e.expression(depth+1)
		return a && b
	case opOr:
		a, b := e.expression(depth+1), e.expression(depth+1)
		return a || b
	case opNot:
		return !e.expression(depth + 1)
	case opAppleAnchor:
		return e.code.Trusted && appleSoftware(e.code.Chain.Certificates)
	case opAppleGenericAnchor:
		return e.code.Trusted
	case opAnchorHash:
		c, want := e.certificate(), e.data()
		if c == nil {
			return false
		}
		sum := sha1.Sum(c.Raw) // #nosec G401
		return bytes.Equal(sum[:], want)
	case opCertField:
		c, field := e.certificate(), string(e.data())
		return e.match(subjectField(c, field))
	case opCertGeneric:
		c, field := e.certificate(), e.data()
		oid, err := ber.ParseOID(field)
		if c == nil || err != nil {
			return e.match(nil)
		}
		return e.match(c.Extension(oid))
	}
	e.err = unsupportedOp(op)
	return false
}

// appleSoftware: Apple made it itself (reqinterp.cpp, appleSigned).
func appleSoftware(chain []*cert.Certificate) bool {
	if len(chain) < 3 {
		return false
	}
	names := cert.NameValues(chain[len(chain)-2].Subject, "CN")
	return slices.Contains(names, "Apple Code Signing Certification Authority")
}

func unsupportedOp(op uint32) error {
	return fmt.Errorf("%w: requirement operator %d", errUnsupported, op)
}

func (e *evaluator) word() uint32 {
	if len(e.rest) < 4 {
		if e.err == nil {
			e.err = malformed("an expression cut short")
		}
		return 0
	}
	w := binary.BigEndian.Uint32(e.rest)
	e.rest = e.rest[4:]
	return w
}

// data is a counted string, padded to a word.
func (e *evaluator) data() []byte {
	n := int64(e.word())
	padded := (n + 3) &^ 3
	if e.err != nil || padded > int64(len(e.rest)) {
		if e.err == nil {
			e.err = malformed("an expression cut short")
		}
		return nil
	}
	out := e.rest[:n]
	e.rest = e.rest[padded:]
	return out
}

// certificate takes a position in the chain: 0 is the leaf, -1 the root.
func (e *evaluator) certificate() *cert.Certificate {
	n := int(int32(e.word()))
	chain := e.code.Chain.Certificates
	if n < 0 {
		n += len(chain)
	}
	if n < 0 || n >= len(chain) {
		return nil
	}
	return chain[n]
}

func (e *evaluator) match(value []byte) bool {
	op := e.word()
	if op == matchExists {
		return value != nil
	}
	want := e.data()
	switch op {
	case matchEqual:
		return value != nil && bytes.Equal(value, want)
	case matchContains:
		return value != nil && bytes.Contains(value, want)
	case matchBeginsWith:
		return bytes.HasPrefix(value, want) && value != nil
	case matchEndsWith:
		return bytes.HasSuffix(value, want) && value != nil
	}
	if e.err == nil {
		e.err = unsupportedOp(op)
	}
	return false
}

// subjectField is a part of the subject's name, nil where it is absent.
func subjectField(c *cert.Certificate, field string) []byte {
	names := []string{"subject.C", "subject.L", "subject.O", "subject.OU", "subject.CN", "subject.UID"}
	if c == nil || !slices.Contains(names, field) {
		return nil
	}
	values := cert.NameValues(c.Subject, strings.TrimPrefix(field, "subject."))
	if len(values) == 0 {
		return nil
	}
	return []byte(values[len(values)-1])
}
