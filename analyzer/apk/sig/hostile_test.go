package sig_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/apk/sig"
	"heyan/analyzer/facts"
)

// layout is where the parts of a small package are.
type layout struct{ block, directory, eocd int }

func layoutOf(data []byte) layout {
	l := layout{eocd: bytes.LastIndex(data, []byte("PK\x05\x06"))}
	l.directory = int(binary.LittleEndian.Uint32(data[l.eocd+16:]))
	l.block = l.directory
	if bytes.HasSuffix(data[:l.directory], []byte("APK Sig Block 42")) {
		l.block -= 8 + int(binary.LittleEndian.Uint64(data[l.directory-24:]))
	}
	return l
}

// shifted puts bytes before a package and moves all its offsets.
func shifted(data []byte, prefix string) []byte {
	out := append([]byte(prefix), data...)
	l := layoutOf(data)
	le := binary.LittleEndian
	move := func(at int) { le.PutUint32(out[at:], le.Uint32(out[at:])+uint32(len(prefix))) }
	move(len(prefix) + l.eocd + 16)
	for at := len(prefix) + l.directory; bytes.HasPrefix(out[at:], []byte("PK\x01\x02")); {
		move(at + 42)
		at += 46 + int(le.Uint16(out[at+28:])) + int(le.Uint16(out[at+30:])) + int(le.Uint16(out[at+32:]))
	}
	return out
}

// withBlock replaces the signing block of a package.
func withBlock(data, block []byte) []byte {
	l := layoutOf(data)
	out := append(bytes.Clone(data[:l.block]), block...)
	directory := len(out)
	out = append(out, data[l.directory:]...)
	binary.LittleEndian.PutUint32(out[directory+l.eocd-l.directory+16:], uint32(directory))
	return out
}

// signingBlock makes a block of pairs.
func signingBlock(pairs ...pair) []byte {
	le := binary.LittleEndian
	var body []byte
	for _, p := range pairs {
		body = le.AppendUint64(body, uint64(4+len(p.value)))
		body = le.AppendUint32(body, p.id)
		body = append(body, p.value...)
	}
	size := uint64(len(body) + 24)
	out := append(le.AppendUint64(nil, size), body...)
	return append(le.AppendUint64(out, size), "APK Sig Block 42"...)
}

type pair struct {
	id    uint32
	value []byte
}

// prefixed writes a length-prefixed field.
func prefixed(parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(body))), body...)
}

// TestTruncated: a package cut anywhere is never valid, and never an error.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"v2-only-with-ecdsa-sha512-p521", "v1-only-two-signers", "stamp-valid-timestamp-value"} {
		data := read(t, name)
		for size := 0; size < len(data); size += 1 + size/97 {
			if got := verify(t, data[:size], sig.Options{MinSDK: 24}); got.Status != facts.SignatureUnknown {
				t.Fatalf("%s cut to %d bytes is %s", name, size, got.Status)
			}
		}
	}
}

// TestFlipped: of a package with v2, no byte outside the signing block may change.
func TestFlipped(t *testing.T) {
	t.Parallel()
	data := read(t, "v2-only-with-ecdsa-sha512-p521")
	l := layoutOf(data)
	for i := 0; i < len(data); i += 17 {
		if i >= l.block && i < l.directory {
			continue
		}
		changed := bytes.Clone(data)
		changed[i] ^= 0x10
		if got := verify(t, changed, sig.Options{MinSDK: 24}); got.Status == facts.SignatureValid {
			t.Fatalf("valid though byte %d was changed", i)
		}
	}
}

func TestHostileBlocks(t *testing.T) {
	t.Parallel()
	base := read(t, "v2-only-with-ecdsa-sha512-p521")
	const v2 = 0x7109871a
	huge := []byte{0xff, 0xff, 0xff, 0x7f}
	negative := []byte{0xff, 0xff, 0xff, 0xff}
	signer := prefixed(prefixed(), prefixed(), prefixed())
	many := bytes.Repeat(signer, 11)
	for name, test := range map[string]struct {
		block  []byte
		status facts.SignatureStatus
		code   string
	}{
		"empty value":           {signingBlock(pair{v2, nil}), facts.SignatureInvalid, "v2-sig-malformed-signers"},
		"no signers":            {signingBlock(pair{v2, prefixed()}), facts.SignatureInvalid, "v2-sig-no-signers"},
		"2^31 length":           {signingBlock(pair{v2, huge}), facts.SignatureInvalid, "v2-sig-malformed-signers"},
		"negative length":       {signingBlock(pair{v2, negative}), facts.SignatureUnknown, "unexpected-exception"},
		"negative inner length": {signingBlock(pair{v2, prefixed(negative)}), facts.SignatureUnknown, "unexpected-exception"},
		"signer too long":       {signingBlock(pair{v2, prefixed(huge)}), facts.SignatureInvalid, "v2-sig-malformed-signer"},
		"empty signer":          {signingBlock(pair{v2, prefixed(signer)}), facts.SignatureInvalid, "v2-sig-no-signatures"},
		"eleven signers":        {signingBlock(pair{v2, prefixed(many)}), facts.SignatureInvalid, "v2-sig-max-signatures-exceeded"},
		"short signature": {signingBlock(pair{v2, prefixed(prefixed(prefixed(), prefixed(prefixed([]byte{1})), prefixed()))}),
			facts.SignatureInvalid, "v2-sig-malformed-signature"},
		"many signatures": {signingBlock(pair{v2, prefixed(prefixed(prefixed(), prefixed(bytes.Repeat(prefixed(make([]byte, 8)), 5000)), prefixed()))}),
			facts.SignatureUnknown, "entry-too-large"},
		"huge value":      {signingBlock(pair{v2, make([]byte, 5<<20)}), facts.SignatureUnknown, "entry-too-large"},
		"many pairs":      {signingBlock(make([]pair, 5000)...), facts.SignatureUnknown, "entry-too-large"},
		"other id":        {signingBlock(pair{1, signer}), facts.SignatureInvalid, "jar-sig-no-manifest"},
		"malformed pairs": {broken(signingBlock(pair{v2, signer})), facts.SignatureInvalid, "jar-sig-no-manifest"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := verify(t, withBlock(base, test.block), sig.Options{MinSDK: 24})
			codes := make(map[string]bool)
			for _, p := range got.Problems {
				codes[p.Code] = true
			}
			if got.Status != test.status || !codes[test.code] {
				t.Errorf("status %s, problems %+v; want %s and %s", got.Status, got.Problems, test.status, test.code)
			}
		})
	}
}

// broken makes the first pair claim more than the block holds.
func broken(block []byte) []byte {
	binary.LittleEndian.PutUint64(block[8:], 1<<32)
	return block
}

// TestDuplicateBlocks: of two values with the same id, the first counts.
func TestDuplicateBlocks(t *testing.T) {
	t.Parallel()
	base := read(t, "v2-only-with-ecdsa-sha512-p521")
	l := layoutOf(base)
	value := base[l.block+8+12 : l.block+8+8+int(binary.LittleEndian.Uint64(base[l.block+8:]))]
	const v2 = 0x7109871a
	if got := verify(t, withBlock(base, signingBlock(pair{v2, value}, pair{v2, nil})), sig.Options{MinSDK: 24}); got.Status != facts.SignatureValid {
		t.Errorf("good value first: %s %+v", got.Status, got.Problems)
	}
	if got := verify(t, withBlock(base, signingBlock(pair{v2, nil}, pair{v2, value})), sig.Options{MinSDK: 24}); got.Status != facts.SignatureInvalid {
		t.Errorf("bad value first: %s", got.Status)
	}
}

func TestNotAPackage(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{"nothing": nil, "zeros": make([]byte, 100_000), "text": bytes.Repeat([]byte("PK\x05\x06"), 30_000)} {
		want := answer{Status: facts.SignatureUnknown, Codes: []string{"malformed-apk"}}
		if diff := cmp.Diff(want, answerOf(verify(t, data, sig.Options{}))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// failing fails to read what comes after some offset.
type failing struct {
	data []byte
	from int64
}

var errDisk = errors.New("disk on fire")

func (f failing) ReadAt(p []byte, offset int64) (int, error) {
	if offset+int64(len(p)) > f.from && offset < int64(len(f.data))-100 {
		return 0, errDisk
	}
	return bytes.NewReader(f.data).ReadAt(p, offset)
}

// TestReadError: failing to read is an error and never an answer.
func TestReadError(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"v2-only-with-ecdsa-sha512-p521", "v1-only-two-signers", "golden-rsa-verity-out"} {
		data := read(t, name)
		for from := 0; from < len(data)-200; from += 333 {
			_, err := sig.Verify(t.Context(), failing{data, int64(from)}, int64(len(data)), sig.Options{MinSDK: 24})
			if !errors.Is(err, errDisk) {
				t.Fatalf("%s failing from %d on: error %v", name, from, err)
			}
		}
		_, err := sig.Verify(t.Context(), bytes.NewReader(data), int64(len(data))+10, sig.Options{})
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s shorter than stated: error %v", name, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"v2-only-with-ecdsa-sha512-p521", "v1-only-two-signers"} {
		data := read(t, name)
		if _, err := sig.Verify(ctx, bytes.NewReader(data), int64(len(data)), sig.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
