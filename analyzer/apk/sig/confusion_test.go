package sig_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/apk/sig"
	"heyan/analyzer/facts"
)

const idV2 = 0x7109871a

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("../../../testdata/apk/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// blockOf is where the pairs of an APK's signing block lie.
func blockOf(t *testing.T, apk []byte) (end int, pairs []byte) {
	t.Helper()
	eocd := bytes.LastIndex(apk, []byte("PK\x05\x06"))
	end = int(binary.LittleEndian.Uint32(apk[eocd+16:]))
	size := int(binary.LittleEndian.Uint64(apk[end-24:]))
	return end, apk[end-size : end-24]
}

// pairOf finds the pair with an id, its length in front.
func pairOf(t *testing.T, apk []byte, id uint32) []byte {
	t.Helper()
	_, pairs := blockOf(t, apk)
	for len(pairs) > 0 {
		n := 8 + int(binary.LittleEndian.Uint64(pairs))
		if binary.LittleEndian.Uint32(pairs[8:]) == id {
			return pairs[:n]
		}
		pairs = pairs[n:]
	}
	t.Fatalf("no block 0x%08x", id)
	return nil
}

// withPair puts one more pair at the end of the signing block. The digests of v2
// do not cover the block, so the package stays validly signed.
func withPair(t *testing.T, apk, more []byte) []byte {
	t.Helper()
	end, pairs := blockOf(t, apk)
	start := end - 24 - len(pairs) - 8
	body := slices.Concat(pairs, more)
	size := binary.LittleEndian.AppendUint64(nil, uint64(len(body)+24))
	out := slices.Concat(apk[:start], size, body, size, []byte("APK Sig Block 42"), apk[end:])
	eocd := bytes.LastIndex(out, []byte("PK\x05\x06"))
	binary.LittleEndian.PutUint32(out[eocd+16:], uint32(end+len(more)))
	return out
}

// TestSignerConfusion: a second v2 block names somebody else. The package is
// signed as before, and the other name is told.
func TestSignerConfusion(t *testing.T) {
	t.Parallel()
	honest, stranger := fixture(t, "v2.apk"), fixture(t, "ec.apk")
	before := verify(t, honest, sig.Options{})
	after := verify(t, withPair(t, honest, pairOf(t, stranger, idV2)), sig.Options{})
	if after.Status != facts.SignatureValid {
		t.Fatalf("status %s: %+v", after.Status, after.Problems)
	}
	if diff := cmp.Diff(before.Signers, after.Signers); diff != "" {
		t.Errorf("signers (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff([]string(nil), codes(before.Warnings)); diff != "" {
		t.Errorf("warnings of the honest package: %s", diff)
	}
	if diff := cmp.Diff([]string{"verity-padding-misaligned", "repeated-signature-block", "other-signer"}, codes(after.Warnings)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func codes(problems []facts.SignatureProblem) (list []string) {
	for _, p := range problems {
		list = append(list, p.Code)
	}
	return list
}
