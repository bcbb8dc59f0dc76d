// Package pkcs7 reads the SignedData of a JAR signature block, as leniently and
// as strictly as apksig's own BER parser does.
//
// It promises: everything refers to the input; lists are bounded (Max…); no
// cryptography.
package pkcs7

import (
	"fmt"
	"math/big"

	"heyan/analyzer/internal/ber"
)

// Bounds of the lists read. Real blocks hold one signer and a few certificates.
const (
	MaxCertificates = 256
	MaxSigners      = 64
	maxAttributes   = 64
	maxOther        = 1024
)

// Object identifiers.
const (
	oidSignedData    = "1.2.840.113549.1.7.2"
	OIDContentType   = "1.2.840.113549.1.9.3"
	OIDMessageDigest = "1.2.840.113549.1.9.4"
)

// SignedData is the part of it that verification looks at.
type SignedData struct {
	// ContentType is that of the encapsulated content, "" where there is none.
	ContentType string
	// Content is the encapsulated content's value, nil where it is elsewhere.
	Content *ber.Value
	// Certificates is nil where the field is absent.
	Certificates [][]byte
	// Signers is nil where the field is absent.
	Signers []SignerInfo
}

// SignerInfo is one signature.
type SignerInfo struct {
	// Issuer and Serial name the certificate; nil where absent.
	Issuer       []byte
	Serial       *big.Int
	DigestOID    string
	SignatureOID string
	// SignedAttributes is their encoding, nil where absent.
	SignedAttributes []byte
	Signature        []byte
	// Complete is false where mandatory fields are missing.
	Complete bool
}

// Parse reads a ContentInfo with SignedData in it.
func Parse(b []byte) (*SignedData, error) {
	outer, err := sequence(b)
	if err != nil {
		return nil, err
	}
	var (
		kind    string
		content []byte
	)
	err = outer.Fields([]ber.Field{
		{Tag: ber.OID, Set: ber.Oid(&kind)},
		{Class: ber.Context, Tag: 0, Explicit: true, Set: func(v ber.Value) error {
			content = v.Full
			return nil
		}},
	})
	if err != nil {
		return nil, err
	}
	if kind != oidSignedData {
		return nil, fmt.Errorf("content type %q is not SignedData", kind)
	}
	if content == nil {
		return nil, ber.ErrNull
	}
	inner, err := sequence(content)
	if err != nil {
		return nil, err
	}
	out := &SignedData{}
	return out, inner.Fields(out.fields())
}

func sequence(b []byte) (ber.Value, error) {
	v, err := ber.One(b)
	if err == nil && !v.Is(ber.Sequence) {
		err = fmt.Errorf("%w: not a sequence", ber.ErrMalformed)
	}
	return v, err
}

func (s *SignedData) fields() []ber.Field {
	var ignored string
	return []ber.Field{
		{Tag: ber.Integer, Set: ber.Small},
		{Tag: ber.Set, Set: ber.Each(maxOther, func(v ber.Value) error { return algorithm(v, &ignored) })},
		{Tag: ber.Sequence, Set: func(v ber.Value) error {
			return v.Fields([]ber.Field{
				{Tag: ber.OID, Set: ber.Oid(&s.ContentType)},
				{Class: ber.Context, Tag: 0, Explicit: true, Optional: true, Set: func(v ber.Value) error {
					s.Content = &v
					return nil
				}},
			})
		}},
		{Class: ber.Context, Tag: 0, Optional: true, Set: func(v ber.Value) error {
			s.Certificates = [][]byte{}
			return ber.Each(MaxCertificates, func(c ber.Value) error {
				s.Certificates = append(s.Certificates, c.Full)
				return nil
			})(v)
		}},
		{Class: ber.Context, Tag: 1, Optional: true, Set: ber.Each(maxOther, nothing)},
		{Tag: ber.Set, Set: func(v ber.Value) error {
			s.Signers = []SignerInfo{}
			return ber.Each(MaxSigners, s.addSigner)(v)
		}},
	}
}

func nothing(ber.Value) error { return nil }

func algorithm(v ber.Value, oid *string) error {
	if !v.Is(ber.Sequence) {
		return ber.ErrTag
	}
	return v.Fields([]ber.Field{
		{Tag: ber.OID, Set: ber.Oid(oid)},
		{Tag: -1, Optional: true, Set: nothing},
	})
}

func (s *SignedData) addSigner(v ber.Value) error {
	if !v.Is(ber.Sequence) {
		return ber.ErrTag
	}
	var info SignerInfo
	err := v.Fields([]ber.Field{
		{Tag: ber.Integer, Set: ber.Small},
		{Tag: -1, Set: info.identify},
		{Tag: ber.Sequence, Set: func(v ber.Value) error { return algorithm(v, &info.DigestOID) }},
		{Class: ber.Context, Tag: 0, Optional: true, Set: func(v ber.Value) error {
			info.SignedAttributes = v.Full
			return nil
		}},
		{Tag: ber.Sequence, Set: func(v ber.Value) error { return algorithm(v, &info.SignatureOID) }},
		{Tag: ber.OctetString, Set: func(v ber.Value) error {
			info.Signature, info.Complete = v.Body, true
			return nil
		}},
		{Class: ber.Context, Tag: 1, Optional: true, Set: ber.Each(maxAttributes, func(v ber.Value) error {
			_, err := attribute(v)
			return err
		})},
	})
	s.Signers = append(s.Signers, info)
	return err
}

// identify reads issuer and serial; apksig knows no other way to name a
// certificate, and refuses a subject key identifier.
func (i *SignerInfo) identify(v ber.Value) error {
	if !v.Is(ber.Sequence) {
		return fmt.Errorf("%w: signer is not named by issuer and serial", ber.ErrMalformed)
	}
	return v.Fields([]ber.Field{
		{Tag: -1, Set: func(v ber.Value) error {
			i.Issuer = v.Full
			return nil
		}},
		{Tag: ber.Integer, Set: func(v ber.Value) error {
			i.Serial = ber.BigInt(v.Body)
			return nil
		}},
	})
}
