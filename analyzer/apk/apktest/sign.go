package apktest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"math/big"
	"time"
)

// Signer signs packages with APK Signature Scheme v2 (ECDSA P-256, SHA-256), as
// platforms from Android 7.0 (API 24) read it.
type Signer struct {
	key  crypto.Signer
	cert []byte
}

// NewSigner makes a key and its certificate.
func NewSigner() *Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("apktest: " + err.Error())
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "apktest"},
		NotBefore: time.Unix(1<<30, 0), NotAfter: time.Unix(1<<32, 0),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic("apktest: " + err.Error())
	}
	return &Signer{key: key, cert: cert}
}

const (
	endRecord       = 22 // length of the end record, without a comment
	schemeV2        = 0x7109871a
	ecdsaWithSHA256 = 0x0201
	magic           = "APK Sig Block 42"
	chunkSize       = 1 << 20
)

// Sign returns the archive with a signing block. It must end with an end record
// without a comment, as APK writes it.
func (s *Signer) Sign(apk []byte) []byte {
	end := len(apk) - endRecord
	directory := int(binary.LittleEndian.Uint32(apk[end+16:]))
	// The digest is over the end record as it is without the block: the directory
	// begins where the block will.
	block := s.block(digest(apk[:directory], apk[directory:end], apk[end:]))
	out := bytes.Join([][]byte{apk[:directory], block, apk[directory:]}, nil)
	binary.LittleEndian.PutUint32(out[len(out)-endRecord+16:], uint32(directory+len(block)))
	return out
}

// digest is the digest of the sections in chunks.
func digest(sections ...[]byte) []byte {
	top := sha256.New()
	var chunks []byte
	n := 0
	for _, section := range sections {
		for len(section) > 0 {
			chunk := section[:min(chunkSize, len(section))]
			section = section[len(chunk):]
			sum := sha256.Sum256(append(u32([]byte{0xa5}, len(chunk)), chunk...))
			chunks = append(chunks, sum[:]...)
			n++
		}
	}
	top.Write(u32([]byte{0x5a}, n))
	top.Write(chunks)
	return top.Sum(nil)
}

func (s *Signer) block(digest []byte) []byte {
	algorithm := u32(nil, ecdsaWithSHA256)
	data := bytes.Join([][]byte{
		sized(sized(algorithm, sized(digest))),
		sized(sized(s.cert)),
		sized(), // attributes
	}, nil)
	sum := sha256.Sum256(data)
	signature, err := s.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		panic("apktest: " + err.Error())
	}
	public, err := x509.MarshalPKIXPublicKey(s.key.Public())
	if err != nil {
		panic("apktest: " + err.Error())
	}
	value := sized(sized(sized(data), sized(sized(algorithm, sized(signature))), sized(public)))

	pair := append(u32(nil, schemeV2), value...)
	pair = append(u64(nil, len(pair)), pair...)
	size := u64(nil, len(pair)+8+len(magic))
	return bytes.Join([][]byte{size, pair, size, []byte(magic)}, nil)
}

// sized is the parts with their length before them.
func sized(parts ...[]byte) []byte {
	all := bytes.Join(parts, nil)
	return append(u32(nil, len(all)), all...)
}

func u32(to []byte, n int) []byte { return binary.LittleEndian.AppendUint32(to, uint32(n)) }
func u64(to []byte, n int) []byte { return binary.LittleEndian.AppendUint64(to, uint64(n)) }
