package sig_test

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"heyan/analyzer/apk/idsig"
	"heyan/analyzer/apk/sig"
	"heyan/analyzer/facts"
)

// v4file is a v4 signature file in parts, to be changed and written again.
type v4file struct {
	version uint32
	hashing idsig.Hashing
	signers []idsig.Signer
	tree    []byte // with its length in front; nil writes none
	rest    []byte
}

func readV4(t *testing.T, data []byte) *v4file {
	t.Helper()
	f, err := idsig.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return &v4file{version: idsig.Version, hashing: f.Hashing, signers: f.Signers, tree: data[len(data)-int(f.Tree.Size())-4:]}
}

func (f *v4file) bytes() []byte {
	le := binary.LittleEndian
	hashing := append(le.AppendUint32(nil, f.hashing.Algorithm), f.hashing.Log2BlockSize)
	hashing = slices.Concat(hashing, prefixed(f.hashing.Salt), prefixed(f.hashing.RootHash))
	var signers []byte
	for i, s := range f.signers {
		body := slices.Concat(prefixed(s.Digest), prefixed(s.Certificate), prefixed(s.Additional), prefixed(s.PublicKey),
			le.AppendUint32(nil, s.Algorithm), prefixed(s.Signature))
		if i > 0 {
			body = append(le.AppendUint32(nil, s.Block), prefixed(body)...)
		}
		signers = append(signers, body...)
	}
	return slices.Concat(le.AppendUint32(nil, f.version), prefixed(hashing), prefixed(signers), f.tree, f.rest)
}

// sign signs anew with a key of testdata/keys, as a package of size bytes.
func (f *v4file) sign(t *testing.T, i, size int, key string) {
	t.Helper()
	s := &f.signers[i]
	sum := sha256.Sum256(idsig.SignedData(int64(size), f.hashing, *s))
	signature, err := rsa.SignPKCS1v15(nil, privateKey(t, key), crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	s.Algorithm, s.Signature = 0x0103, signature
}

func privateKey(t *testing.T, name string) *rsa.PrivateKey {
	t.Helper()
	data, err := os.ReadFile("../../../testdata/keys/" + name + ".pk8")
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(data)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

func certificate(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile("../../../testdata/keys/" + name + ".pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// v4case is a package with a v4 file and what is to be said of it.
type v4case struct {
	apk, file []byte
	status    facts.SignatureStatus
	problems  []string
	warnings  []string
	tree      bool
}

// v4cases is every way a v4 file can be good or bad. (One function: what each
// changes stands beside what comes of it.)
func v4cases(t *testing.T) map[string]v4case {
	school, rotated := fixture(t, "school.apk"), fixture(t, "v31-rotated.apk")
	file := fixture(t, "school.apk.idsig")
	const valid, invalid, unknown = facts.SignatureValid, facts.SignatureInvalid, facts.SignatureUnknown
	changed := func(change func(f *v4file)) []byte {
		f := readV4(t, file)
		f.signers = slices.Clone(f.signers)
		change(f)
		return f.bytes()
	}
	resigned := func(change func(f *v4file)) []byte {
		return changed(func(f *v4file) {
			change(f)
			f.sign(t, 0, len(school), "school")
		})
	}
	flipped := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[len(b)-1] ^= 1
		return b
	}
	le := binary.LittleEndian
	bad := func(code string, file []byte) v4case {
		return v4case{apk: school, file: file, status: invalid, problems: []string{code}}
	}
	good := func(file []byte, tree bool, warnings ...string) v4case {
		return v4case{apk: school, file: file, status: valid, tree: tree, warnings: warnings}
	}
	return map[string]v4case{
		"as made":             good(file, true),
		"v2 alone":            {apk: fixture(t, "v2.apk"), file: fixture(t, "v2.apk.idsig"), status: valid, tree: true},
		"v3.1":                {apk: rotated, file: fixture(t, "v31-rotated.apk.idsig"), status: valid, tree: true},
		"signed anew":         good(resigned(func(*v4file) {}), true),
		"no tree":             good(changed(func(f *v4file) { f.tree = nil }), false),
		"tree cut":            good(file[:len(file)-1], false, "idsig-tree-cut"),
		"tree's length cut":   good(changed(func(f *v4file) { f.tree = f.tree[:3] }), false, "idsig-tree-cut"),
		"data after":          good(changed(func(f *v4file) { f.rest = []byte("x") }), true, "idsig-data-after-tree"),
		"salt said":           good(resigned(func(f *v4file) { f.hashing.Salt = []byte("salt") }), true, "idsig-unusual-hashing"),
		"other hash said":     good(resigned(func(f *v4file) { f.hashing.Algorithm = 2 }), true, "idsig-unusual-hashing"),
		"tree changed":        bad("v4-sig-apk-tree-did-not-verify", flipped(file)),
		"tree empty":          bad("v4-sig-apk-tree-did-not-verify", changed(func(f *v4file) { f.tree = make([]byte, 4) })),
		"tree longer":         bad("v4-sig-apk-tree-did-not-verify", changed(func(f *v4file) { f.tree = prefixed(f.tree[4:], make([]byte, 4096)) })),
		"tree negative":       bad("idsig-malformed", changed(func(f *v4file) { f.tree = []byte{0, 0, 0, 0x80} })),
		"root changed":        bad("v4-sig-did-not-verify", changed(func(f *v4file) { f.hashing.RootHash = flipped(f.hashing.RootHash) })),
		"root signed anew":    bad("v4-sig-apk-root-did-not-verify", resigned(func(f *v4file) { f.hashing.RootHash = flipped(f.hashing.RootHash) })),
		"digest signed anew":  bad("v4-sig-v2-v3-digests-mismatch", resigned(func(f *v4file) { f.signers[0].Digest = flipped(f.signers[0].Digest) })),
		"signature changed":   bad("v4-sig-did-not-verify", changed(func(f *v4file) { f.signers[0].Signature = flipped(f.signers[0].Signature) })),
		"signature gone":      bad("v4-sig-verify-exception", changed(func(f *v4file) { f.signers[0].Signature = nil })),
		"algorithm unknown":   bad("v4-sig-unknown-sig-algorithm", changed(func(f *v4file) { f.signers[0].Algorithm = 0x0999 })),
		"key malformed":       bad("v4-sig-malformed-public-key", changed(func(f *v4file) { f.signers[0].PublicKey = []byte("key") })),
		"key of another kind": bad("v4-sig-malformed-public-key", changed(func(f *v4file) { f.signers[0].Algorithm = 0x0201 })),
		"certificate malformed": bad("v4-sig-malformed-certificate", resigned(func(f *v4file) {
			f.signers[0].Certificate = []byte("certificate")
		})),
		"certificate of another key": bad("v4-sig-public-key-mismatch-between-certificate-and-signatures-record", resigned(func(f *v4file) {
			f.signers[0].Certificate = certificate(t, "second").Raw
		})),
		"another signer": bad("v4-sig-v2-v3-signers-mismatch", changed(func(f *v4file) {
			c := certificate(t, "second")
			f.signers[0].Certificate, f.signers[0].PublicKey = c.Raw, c.RawSubjectPublicKeyInfo
			f.sign(t, 0, len(school), "second")
		})),
		"two signers": bad("v4-sig-multiple-signers", changed(func(f *v4file) {
			f.signers = append(f.signers, f.signers[0])
		})),
		"second signature broken": bad("v4-sig-did-not-verify", changed(func(f *v4file) {
			f.signers = append(f.signers, f.signers[0])
			f.signers[1].Signature = flipped(f.signers[1].Signature)
		})),
		"of another package":   bad("v4-sig-did-not-verify", slices.Clone(fixture(t, "v2.apk.idsig"))),
		"version 3":            bad("idsig-malformed", changed(func(f *v4file) { f.version = 3 })),
		"nothing":              bad("idsig-malformed", []byte{}),
		"hashing too long":     bad("idsig-malformed", slices.Concat(file[:4], le.AppendUint32(nil, 1<<31-1), file[8:])),
		"hashing negative":     bad("idsig-malformed", slices.Concat(file[:4], le.AppendUint32(nil, 1<<31), file[8:])),
		"signers cut":          bad("idsig-malformed", file[:200]),
		"signers too many":     bad("idsig-malformed", changed(func(f *v4file) { f.signers = slices.Repeat(f.signers, 30) })),
		"v3.1 with one signer": {apk: rotated, file: oneSigner(t), status: invalid, problems: []string{"v41-sig-needs-two-signers"}},
		"package changed":      {apk: fixture(t, "tampered-v2-entry.apk"), file: fixture(t, "v2.apk.idsig"), status: invalid, problems: []string{"idsig-package-not-verified"}},
		"package with v1":      {apk: fixture(t, "v1.apk"), file: file, status: invalid, problems: []string{"idsig-without-v2-v3"}},
		"no package":           {apk: school[:5000], file: file, status: unknown},
	}
}

func oneSigner(t *testing.T) []byte {
	f := readV4(t, fixture(t, "v31-rotated.apk.idsig"))
	f.signers = f.signers[:1]
	return f.bytes()
}

func TestIDSig(t *testing.T) {
	t.Parallel()
	for name, test := range v4cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := verify(t, test.apk, sig.Options{})
			after := verify(t, test.apk, sig.Options{IDSig: bytes.NewReader(test.file), IDSigSize: int64(len(test.file))})
			got := after.IDSig
			if got == nil {
				t.Fatal("not looked at")
			}
			after.IDSig = nil
			if diff := gocmp.Diff(before, after); diff != "" {
				t.Errorf("the package's own signature (-without +with):\n%s", diff)
			}
			if got.Status != test.status || got.Tree != test.tree {
				t.Errorf("status %s, tree %t: %+v", got.Status, got.Tree, got.Problems)
			}
			if diff := gocmp.Diff(test.problems, codes(got.Problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := gocmp.Diff(test.warnings, codes(got.Warnings)); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIDSigSigners: who signed it is told.
func TestIDSigSigners(t *testing.T) {
	t.Parallel()
	file := fixture(t, "v31-rotated.apk.idsig")
	got := *verify(t, fixture(t, "v31-rotated.apk"), sig.Options{IDSig: bytes.NewReader(file), IDSigSize: int64(len(file))}).IDSig
	want := facts.IDSig{Status: facts.SignatureValid, Version: 2, Tree: true, Signer: schoolKey, RotatedSigner: secondKey, RootHash: got.RootHash}
	if diff := gocmp.Diff(want, got); diff != "" || len(got.RootHash) != 64 {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestIDSigReadError: failing to read the file is an error, not an answer.
func TestIDSigReadError(t *testing.T) {
	t.Parallel()
	data, file := fixture(t, "school.apk"), fixture(t, "school.apk.idsig")[:300]
	if _, err := sig.Verify(t.Context(), bytes.NewReader(data), int64(len(data)), sig.Options{IDSig: bytes.NewReader(file), IDSigSize: 5694}); err == nil {
		t.Error("no error though the file is shorter than stated")
	}
}

// TestIDSigApksigner compares with `apksigner verify --v4-signature-file` on all
// of these and on apksig's own vectors (HEYAN_APKSIG_VECTORS).
func TestIDSigApksigner(t *testing.T) {
	t.Parallel()
	command := os.Getenv("HEYAN_APKSIGNER")
	if command == "" {
		t.Skip("HEYAN_APKSIGNER is not set")
	}
	cases := v4cases(t)
	if dir := os.Getenv("HEYAN_APKSIG_VECTORS"); dir != "" {
		found, err := filepath.Glob(filepath.Join(dir, "*.idsig"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no vectors in %s: %v", dir, err)
		}
		for _, path := range found {
			cases[filepath.Base(path)] = v4case{apk: readFile(t, strings.TrimSuffix(path, ".idsig")), file: readFile(t, path)}
		}
	}
	folder := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		test := cases[name]
		apk, file := filepath.Join(folder, "p.apk"), filepath.Join(folder, "p.idsig")
		if err := cmp.Or(os.WriteFile(apk, test.apk, 0o600), os.WriteFile(file, test.file, 0o600)); err != nil {
			t.Fatal(err)
		}
		got := verify(t, test.apk, sig.Options{IDSig: bytes.NewReader(test.file), IDSigSize: int64(len(test.file))}).IDSig
		text := run(t.Context(), command, "verify", "--verbose", "--v4-signature-file", file, apk)
		want := strings.Contains(text, "Verified using v4 scheme (APK Signature Scheme v4): true")
		if (got.Status == facts.SignatureValid) != want {
			t.Errorf("%s: %+v, apksigner says\n%s", name, got, text)
		}
		t.Logf("%-28s heyan %-8s apksigner %-5t %v", name, got.Status, want, codes(got.Problems))
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
