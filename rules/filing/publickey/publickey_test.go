package publickey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sampleKey is a 1024-bit RSA public key; its modulus need not be one of two primes.
func sampleKey() *rsa.PublicKey {
	n, _ := new(big.Int).SetString(strings.Repeat("c0ffee0123456789", 16), 16)
	return &rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537}
}

func ecKey(t testing.TB) (spki []byte, point string) {
	curve := elliptic.P256().Params()
	spki, err := x509.MarshalPKIXPublicKey(&ecdsa.PublicKey{Curve: elliptic.P256(), X: curve.Gx, Y: curve.Gy})
	if err != nil {
		t.Fatal(err)
	}
	return spki, "04" + fmt.Sprintf("%064x%064x", curve.Gx, curve.Gy)
}

func TestRead(t *testing.T) {
	t.Parallel()
	key := sampleKey()
	h, d := key.N.Text(16), key.N.String()
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := x509.MarshalPKCS1PublicKey(key)
	colons := strings.Join(pairs(h), ":")
	oneLinePEM := "-----BEGIN PUBLIC KEY-----" + base64.StdEncoding.EncodeToString(spki) + "-----END PUBLIC KEY-----"
	ecSPKI, point := ecKey(t)
	tests := []struct {
		name string
		in   string
		want Reading // the first reading, without its DER
	}{
		{"hex", h, Reading{Form: FormHex, Hex: h}},
		{"upper case", strings.ToUpper(h), Reading{Form: FormHex, Hex: h}},
		{"0x", "0x" + h, Reading{Form: FormHex, Hex: h}},
		{"leading 00", "00" + h, Reading{Form: FormHex, Hex: h}},
		{"colons", "00:" + colons, Reading{Form: FormHex, Hex: h}},
		{"blanks and lines", strings.Join(pairs(h), " \n"), Reading{Form: FormHex, Hex: h}},
		{"full width", strings.Map(func(r rune) rune { return r + 0xfee0 }, h), Reading{Form: FormHex, Hex: h}},
		{"openssl label", "Modulus=" + strings.ToUpper(h), Reading{Form: FormHex, Hex: h}},
		{"openssl text", "Public-Key: (1024 bit)\nModulus:\n    00:" + colons + "\nExponent: 65537 (0x10001)", Reading{Form: FormHex, Hex: h, Exponent: "65537 (0x10001)"}},
		{"java text", "Sun RSA public key, 1024 bits\n  params: null\n  modulus: " + d + "\n  public exponent: 65537", Reading{Form: FormHex, Hex: d, Exponent: "65537"}},
		{"chinese labels", "模数：" + h + " 指数：65537", Reading{Form: FormHex, Hex: h, Exponent: "65537"}},
		{"keychain", "256 字节：" + strings.ToUpper(strings.Join(pairs(h), " ")), Reading{Form: FormHex, Hex: h}},
		{"keychain with its label", "Public Key  256 bytes : " + strings.Join(pairs(h), " "), Reading{Form: FormHex, Hex: h}},
		{"decimal is hex first", d, Reading{Form: FormHex, Hex: d}},
		{"SPKI hex", hex.EncodeToString(spki), Reading{Form: FormSPKI, Hex: h}},
		{"PKCS#1 hex", strings.ToUpper(hex.EncodeToString(pkcs1)), Reading{Form: FormPKCS1, Hex: h}},
		{"SPKI base64", base64.StdEncoding.EncodeToString(spki), Reading{Form: FormSPKI, Hex: h}},
		{"base64 without padding", base64.RawURLEncoding.EncodeToString(spki), Reading{Form: FormSPKI, Hex: h}},
		{"modulus base64", base64.StdEncoding.EncodeToString(key.N.Bytes()), Reading{Form: FormBase64, Hex: h}},
		{"PEM", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})), Reading{Form: FormSPKI, Hex: h}},
		{"PEM of PKCS#1", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1})), Reading{Form: FormPKCS1, Hex: h}},
		{"PEM in one line", oneLinePEM, Reading{Form: FormSPKI, Hex: h}},
		{"curve point", point, Reading{Form: FormHex, Hex: point[1:]}},
		{"curve SPKI", hex.EncodeToString(ecSPKI), Reading{Form: FormSPKI, Hex: point[1:]}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			list := Read(tt.in)
			if len(list) == 0 {
				t.Fatal("no reading")
			}
			got := list[0]
			got.DER = nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("reading differs (-want +got):\n%s", diff)
			}
		})
	}
	list := Read(d)
	if last := list[len(list)-1]; last.Form != FormDecimal || last.Decimal != d {
		t.Errorf("decimal digits are not read as decimal: %+v", last)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "   ", "见附件", "hello", "-----BEGIN PUBLIC KEY-----!!!-----END PUBLIC KEY-----", strings.Repeat("a", maxText+1)} {
		if got := Read(s); len(got) != 0 {
			t.Errorf("%.40q read as %+v", s, got)
		}
	}
}

func TestReadCertificate(t *testing.T) {
	t.Parallel()
	// A SEQUENCE of a SEQUENCE, an algorithm and a bit string.
	der, err := hex.DecodeString("300f" + "3003020101" + "300406022a03" + "03020011")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{hex.EncodeToString(der), "-----BEGIN CERTIFICATE-----" + base64.StdEncoding.EncodeToString(der) + "-----END CERTIFICATE-----"} {
		list := Read(s)
		if len(list) == 0 || list[0].Form != FormCertificate {
			t.Errorf("%s read as %+v", s, list)
		}
	}
}

func TestPoint(t *testing.T) {
	t.Parallel()
	spki, point := ecKey(t)
	if got := Point(hex.EncodeToString(spki)); got != point {
		t.Errorf("point %s, want %s", got, point)
	}
	for _, s := range []string{"", "zz", "3000"} {
		if got := Point(s); got != "" {
			t.Errorf("point of %q is %q", s, got)
		}
	}
}

func pairs(h string) []string {
	var out []string
	for i := 0; i+1 < len(h); i += 2 {
		out = append(out, h[i:i+2])
	}
	return out
}

func FuzzRead(f *testing.F) {
	key := sampleKey()
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		f.Fatal(err)
	}
	ecSPKI, point := ecKey(f)
	for _, s := range []string{
		key.N.Text(16), key.N.String(), key.N.Text(16) + "010001", hex.EncodeToString(spki), base64.StdEncoding.EncodeToString(spki),
		string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})), hex.EncodeToString(ecSPKI), point,
		"Modulus (2048 bit): 00:c0 Exponent: 65537", "模数=１２ 指数=3", "3003020100", "-----BEGIN X-----AAAA-----END",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Read(s)
		if diff := cmp.Diff(got, Read(s)); diff != "" {
			t.Fatalf("two readings differ:\n%s", diff)
		}
		for _, r := range got {
			if strings.HasPrefix(r.Hex, "0") || strings.HasPrefix(r.Decimal, "0") || len(r.DER) > maxText {
				t.Fatalf("reading %+v of %q", r, s)
			}
		}
	})
}
