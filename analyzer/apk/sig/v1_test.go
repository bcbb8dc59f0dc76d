package sig_test

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"testing"
	"time"

	"heyan/analyzer/apk/sig"
	"heyan/analyzer/facts"
	"heyan/analyzer/internal/ber"
)

// jarSigner signs packages with v1.
type jarSigner struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

func newJarSigner(t testing.TB) jarSigner {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(5), Subject: pkix.Name{CommonName: "signer"}, NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return jarSigner{key, cert}
}

// block is the signature block of a signature file.
func (s jarSigner) block(t testing.TB, file []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(file)
	value, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	oid := func(last ...byte) []byte { return ber.Append(nil, ber.OID, last) }
	seq := func(parts ...[]byte) []byte { return ber.Append(nil, 0x30, parts...) }
	pkcs := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1}
	sha := seq(oid(0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1))
	serial := ber.Append(nil, ber.Integer, s.cert.SerialNumber.Bytes())
	info := seq([]byte{2, 1, 1}, seq(s.cert.RawIssuer, serial), sha, seq(oid(append(pkcs, 1, 1)...)), ber.Append(nil, ber.OctetString, value))
	data := seq([]byte{2, 1, 1}, ber.Append(nil, 0x31, sha), seq(oid(append(pkcs, 7, 1)...)), ber.Append(nil, 0xa0, s.cert.Raw), ber.Append(nil, 0x31, info))
	return seq(oid(append(pkcs, 7, 2)...), ber.Append(nil, 0xa0, data))
}

type file struct {
	name   string
	data   []byte
	method uint16
}

// sign makes a package with v1 of files.
func (s jarSigner) sign(t testing.TB, files ...file) []byte {
	t.Helper()
	manifest := []byte("Manifest-Version: 1.0\r\n\r\n")
	sf := []byte("Signature-Version: 1.0\r\n")
	var sections []byte
	for _, f := range files {
		sum := sha256.Sum256(f.data)
		section := fmt.Appendf(nil, "Name: %s\r\nSHA-256-Digest: %s\r\n\r\n", f.name, base64.StdEncoding.EncodeToString(sum[:]))
		manifest = append(manifest, section...)
		sum = sha256.Sum256(section)
		sections = fmt.Appendf(sections, "Name: %s\r\nSHA-256-Digest: %s\r\n\r\n", f.name, base64.StdEncoding.EncodeToString(sum[:]))
	}
	sum := sha256.Sum256(manifest)
	sf = fmt.Appendf(sf, "SHA-256-Digest-Manifest: %s\r\n\r\n%s", base64.StdEncoding.EncodeToString(sum[:]), sections)
	files = append(files, file{"META-INF/MANIFEST.MF", manifest, zip.Deflate}, file{"META-INF/A.SF", sf, zip.Deflate}, file{"META-INF/A.RSA", s.block(t, sf), zip.Deflate})
	return pack(t, files...)
}

func pack(t testing.TB, files ...file) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		e, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: f.method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// options stand for a manifest, which these packages do not have, and for
// platforms that do without.
func options() sig.Options { return sig.Options{MinSDK: 21, MaxSDK: 25} }

func TestSigned(t *testing.T) {
	t.Parallel()
	s := newJarSigner(t)
	data := s.sign(t, file{"stored", bytes.Repeat([]byte{1}, 100_000), zip.Store}, file{"deflated", bytes.Repeat([]byte{2}, 300_000), zip.Deflate}, file{"空", nil, zip.Store})
	got := verify(t, data, options())
	if got.Status != facts.SignatureValid || len(got.Signers) != 1 || got.Signers[0].Subject != "CN=signer" {
		t.Fatalf("%s: %+v", got.Status, got.Problems)
	}
}

func TestTampered(t *testing.T) {
	t.Parallel()
	s := newJarSigner(t)
	good := []file{{"a", []byte("first"), zip.Store}, {"b", []byte("second"), zip.Deflate}}
	data := s.sign(t, good...)
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var meta []file
	for _, f := range in.File[len(good):] {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		meta = append(meta, file{f.Name, b.Bytes(), zip.Store})
	}
	with := func(files ...file) []byte { return pack(t, append(files, meta...)...) }
	for name, test := range map[string]struct {
		data   []byte
		status facts.SignatureStatus
		code   string
	}{
		"content":       {with(file{"a", []byte("firsT"), zip.Store}, good[1]), facts.SignatureInvalid, "jar-sig-zip-entry-digest-did-not-verify"},
		"entry missing": {with(good[0]), facts.SignatureInvalid, "jar-sig-missing-zip-entry-referenced-in-manifest"},
		"entry added":   {with(good[0], good[1], file{"c", nil, zip.Store}), facts.SignatureInvalid, "jar-sig-no-zip-entry-digest-in-manifest"},
		"entry twice":   {with(good[0], good[0], good[1]), facts.SignatureInvalid, "jar-sig-duplicate-zip-entry"},
		"no block":      {pack(t, good[0], good[1], meta[0], meta[1]), facts.SignatureInvalid, "jar-sig-no-signatures"},
		"no manifest":   {pack(t, good[0], good[1], meta[1], meta[2]), facts.SignatureUnsigned, "jar-sig-no-manifest"},
		"other file":    {pack(t, good[0], good[1], meta[0], meta[2], file{"META-INF/A.SF", append(meta[1].data, '\n'), zip.Store}), facts.SignatureInvalid, "jar-sig-did-not-verify"},
		"other manifest": {pack(t, good[0], good[1], meta[1], meta[2], file{"META-INF/MANIFEST.MF", append(bytes.Clone(meta[0].data), "Name: a\r\n"...), zip.Store}),
			facts.SignatureInvalid, "jar-sig-duplicate-manifest-section"},
		"not base64": {pack(t, good[0], good[1], meta[1], meta[2], file{"META-INF/MANIFEST.MF", bytes.Replace(meta[0].data, []byte("-Digest: "), []byte("-Digest: !"), 1), zip.Store}),
			facts.SignatureInvalid, "jar-sig-manifest-section-digest-did-not-verify"},
	} {
		got := verify(t, test.data, options())
		codes := make(map[string]bool)
		for _, p := range got.Problems {
			codes[p.Code] = true
		}
		if got.Status != test.status || !codes[test.code] {
			t.Errorf("%s: status %s, problems %+v; want %s and %s", name, got.Status, got.Problems, test.status, test.code)
		}
	}
	unprotected := verify(t, with(good[0], good[1], file{"META-INF/x", nil, zip.Store}), options())
	if unprotected.Status != facts.SignatureValid || len(unprotected.Warnings) != 1 || unprotected.Warnings[0].Code != "jar-sig-unprotected-zip-entry" {
		t.Errorf("entry beside the signature: %s, %+v", unprotected.Status, unprotected.Warnings)
	}
}

// TestBomb: entries that inflate to more than the budget are not inflated.
func TestBomb(t *testing.T) {
	t.Parallel()
	s := newJarSigner(t)
	data := s.sign(t, file{"a", make([]byte, 1<<20), zip.Deflate}, file{"b", make([]byte, 1<<10), zip.Deflate})
	// Both records state 4 GiB less one; "a" and "b" together pass the budget.
	for at := layoutOf(data).directory; bytes.HasPrefix(data[at:], []byte("PK\x01\x02")); {
		name := data[at+46]
		if name == 'a' || name == 'b' {
			copy(data[at+24:], []byte{0xff, 0xff, 0xff, 0xff})
		}
		at += 46 + int(data[at+28]) + int(data[at+30]) + int(data[at+32])
	}
	got := verify(t, data, options())
	if got.Status != facts.SignatureUnknown || got.Problems[len(got.Problems)-1].Code != "entry-too-large" {
		t.Errorf("%s: %+v", got.Status, got.Problems)
	}
}

// TestHugeMetaFile: a manifest beyond the limit is not read.
func TestHugeMetaFile(t *testing.T) {
	t.Parallel()
	data := pack(t, file{"META-INF/MANIFEST.MF", make([]byte, 17<<20), zip.Deflate}, file{"META-INF/A.SF", nil, zip.Store}, file{"META-INF/A.RSA", nil, zip.Store})
	got := verify(t, data, options())
	if got.Status != facts.SignatureUnknown || got.Problems[0].Code != "entry-too-large" {
		t.Errorf("%s: %+v", got.Status, got.Problems)
	}
}

func BenchmarkV1(b *testing.B) {
	s := newJarSigner(b)
	var files []file
	total := int64(0)
	for i := range 2000 {
		data := bytes.Repeat(fmt.Appendf(nil, "entry number %d; ", i), 1000)
		files = append(files, file{fmt.Sprintf("res/drawable/file%d.xml", i), data, zip.Deflate})
		total += int64(len(data))
	}
	data := s.sign(b, files...)
	b.ReportAllocs()
	b.SetBytes(total)
	for b.Loop() {
		if got := verify(b, data, options()); got.Status != facts.SignatureValid {
			b.Fatalf("%+v", got.Problems)
		}
	}
}

func BenchmarkV2(b *testing.B) {
	data := read(b, "v2-only-with-ecdsa-sha512-p521")
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if got := verify(b, data, sig.Options{MinSDK: 24}); got.Status != facts.SignatureValid {
			b.Fatalf("%+v", got.Problems)
		}
	}
}
