package machotest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"heyan/analyzer/ipa/machotest"
)

// TestDirectory: every digest of the code directory is that of its page.
func TestDirectory(t *testing.T) {
	t.Parallel()
	sig := &machotest.Signature{Identifier: "cn.example", Team: "TEAM", Entitlements: []byte("x"), InfoPlist: []byte("info")}
	image := machotest.Slice{Code: 9000, Signature: sig}.Bytes()
	check(t, image)
	again, err := (&machotest.Signature{Identifier: "other", SignDirectory: func(d ...[]byte) []byte {
		sum := sha256.Sum256(d[0])
		return sum[:]
	}}).Sign(image)
	if err != nil {
		t.Fatal(err)
	}
	check(t, again)
	if _, err := sig.Sign(machotest.Slice{}.Bytes()); err == nil {
		t.Error("signed what has no room for it")
	}
}

func check(t *testing.T, image []byte) {
	t.Helper()
	be := binary.BigEndian
	blob := bytes.Index(image, []byte{0xfa, 0xde, 0x0c, 0xc0})
	d := image[blob+int(be.Uint32(image[blob+16:])):]
	limit, first := int(be.Uint32(d[32:])), int(be.Uint32(d[16:]))
	if limit != blob || int(be.Uint32(d[28:])) != (limit+4095)/4096 {
		t.Fatalf("code limit %d, signature at %d", limit, blob)
	}
	for page := 0; page*4096 < limit; page++ {
		sum := sha256.Sum256(image[page*4096 : min(limit, page*4096+4096)])
		if !bytes.Equal(sum[:], d[first+32*page:][:32]) {
			t.Errorf("page %d has another digest", page)
		}
	}
}
