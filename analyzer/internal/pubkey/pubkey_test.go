package pubkey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"testing"
)

func message() []byte { return []byte("what is signed") }

func spki(t testing.TB, public any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func sum(hash crypto.Hash) []byte {
	h := hash.New()
	h.Write(message())
	return h.Sum(nil)
}

func check(t *testing.T, der []byte, scheme Scheme, hash crypto.Hash, sig []byte) {
	t.Helper()
	key, err := Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	if got := key.SPKI(); string(got) != string(der) {
		t.Errorf("SPKI %x, want %x", got, der)
	}
	if ok, err := key.Verify(scheme, hash, sig, message()[:3], message()[3:]); !ok || err != nil {
		t.Errorf("good signature: %v, %v", ok, err)
	}
	if ok, _ := key.Verify(scheme, hash, sig, message(), []byte{0}); ok {
		t.Error("signature of other data holds")
	}
	for i := 0; i < len(sig); i += 1 + len(sig)/16 {
		changed := append([]byte(nil), sig...)
		changed[i] ^= 1
		if ok, _ := key.Verify(scheme, hash, changed, message()); ok {
			t.Errorf("signature with byte %d changed holds", i)
		}
	}
	if ok, err := key.Verify(scheme, hash, sig[1:], message()); ok || err == nil {
		t.Errorf("short signature: %v, %v", ok, err)
	}
	if ok, err := key.Verify(DSS, crypto.SHA1, sig, message()); ok || err == nil {
		t.Errorf("other scheme: %v, %v", ok, err)
	}
}

func TestRSA(t *testing.T) {
	t.Parallel()
	// 1025 and 1031 bits: the encoded message is shorter than the modulus, or its
	// first byte holds few bits.
	for _, bits := range []int{1024, 1025, 1031, 2048} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		der := spki(t, &key.PublicKey)
		for _, hash := range []crypto.Hash{crypto.MD5, crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			sig, err := rsa.SignPKCS1v15(nil, key, hash, sum(hash))
			if err != nil {
				t.Fatal(err)
			}
			check(t, der, PKCS1, hash, sig)
		}
		sig, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum(crypto.SHA256), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		if err != nil {
			t.Fatal(err)
		}
		check(t, der, PSS, crypto.SHA256, sig)
	}
}

func TestECDSA(t *testing.T) {
	t.Parallel()
	for _, curve := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := ecdsa.SignASN1(rand.Reader, key, sum(crypto.SHA512))
		if err != nil {
			t.Fatal(err)
		}
		der := spki(t, &key.PublicKey)
		check(t, der, ECDSA, crypto.SHA512, sig)
		der[len(der)-1] ^= 1
		off, err := Parse(der)
		if err != nil || !off.OffCurve {
			t.Fatalf("point off the curve: %+v, %v", off, err)
		}
		if ok, err := off.Verify(ECDSA, crypto.SHA512, sig, message()); ok || err != nil {
			t.Errorf("point off the curve: %v, %v", ok, err)
		}
	}
}

func FuzzKey(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(spki(f, &key.PublicKey), []byte("\x30\x06\x02\x01\x01\x02\x01\x01"))
	rsaKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(spki(f, &rsaKey.PublicKey), make([]byte, 128))
	f.Fuzz(func(t *testing.T, der, sig []byte) {
		k, err := Parse(der)
		if err != nil {
			return
		}
		if again, err := Parse(k.SPKI()); err != nil && k.Kind != EC && k.params != nil {
			t.Fatalf("%+v does not read back: %v", again, err)
		}
		for _, scheme := range []Scheme{PKCS1, PSS, DSS, ECDSA} {
			_, _ = k.Verify(scheme, crypto.SHA256, sig, message())
		}
	})
}
