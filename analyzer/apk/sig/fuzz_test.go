package sig

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/facts"
)

func vector(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".apk"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// verifyTwice demands the same answer twice, no error and no panic.
func verifyTwice(t *testing.T, data []byte) {
	t.Helper()
	var out [2]facts.Signature
	for i := range out {
		got, err := Verify(t.Context(), bytes.NewReader(data), int64(len(data)), Options{MinSDK: 18})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range got.Problems {
			if p.Code == "verifier-panic" {
				t.Fatal(p.Detail)
			}
		}
		out[i] = got
	}
	if diff := cmp.Diff(out[0], out[1]); diff != "" {
		t.Fatal(diff)
	}
}

func FuzzVerify(f *testing.F) {
	for _, name := range []string{"v1-only-two-signers", "v2-only-with-dsa-sha256-1024", "v2-only-with-ecdsa-sha512-p521", "v31-rsa-2048_2-tgt-34-1-tgt-28", "stamp-valid-timestamp-value"} {
		f.Add(vector(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) { verifyTwice(t, data) })
}

// FuzzBlock puts hostile values into the signing block of a good package.
func FuzzBlock(f *testing.F) {
	base := vector(f, "v31-rsa-2048_2-tgt-34-1-tgt-28")
	le := binary.LittleEndian
	eocd := bytes.LastIndex(base, []byte("PK\x05\x06"))
	directory := int(le.Uint32(base[eocd+16:]))
	start := directory - 8 - int(le.Uint64(base[directory-24:]))
	f.Add(base[start+8 : directory-24])
	f.Add([]byte{4, 0, 0, 0, 0, 0, 0, 0, 0x1a, 0x87, 0x09, 0x71})
	f.Fuzz(func(t *testing.T, pairs []byte) {
		size := uint64(len(pairs) + 24)
		data := le.AppendUint64(bytes.Clone(base[:start]), size)
		data = le.AppendUint64(append(data, pairs...), size)
		data = append(data, "APK Sig Block 42"...)
		end := len(data)
		data = append(data, base[directory:]...)
		le.PutUint32(data[end+eocd-directory+16:], uint32(end))
		verifyTwice(t, data)
	})
}

// FuzzStamp puts hostile source stamps into a good package.
func FuzzStamp(f *testing.F) {
	base := vector(f, "stamp-valid-timestamp-value")
	le := binary.LittleEndian
	eocd := bytes.LastIndex(base, []byte("PK\x05\x06"))
	directory := int(le.Uint32(base[eocd+16:]))
	id := []byte{0x0d, 0x80, 0xff, 0x6d}
	at := bytes.LastIndex(base[:directory], id)
	value := base[at+4 : at-8+8+int(le.Uint64(base[at-8:]))]
	f.Add(value)
	f.Add([]byte{8, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, stamp []byte) {
		data := bytes.Clone(base[:at-8])
		data = le.AppendUint64(data, uint64(len(stamp)+4))
		data = append(append(append(data, id...), stamp...), base[at+4+len(value):]...)
		moved := len(stamp) - len(value)
		le.PutUint32(data[eocd+moved+16:], uint32(directory+moved))
		start := directory - 8 - int(le.Uint64(base[directory-24:]))
		size := le.Uint64(base[start:]) + uint64(moved)
		le.PutUint64(data[start:], size)
		le.PutUint64(data[directory+moved-24:], size)
		verifyTwice(t, data)
	})
}

// FuzzIDSig puts hostile v4 files beside a good package.
func FuzzIDSig(f *testing.F) {
	read := func(name string) []byte {
		data, err := os.ReadFile("../../../testdata/apk/" + name)
		if err != nil {
			f.Fatal(err)
		}
		return data
	}
	data := read("v31-rotated.apk")
	f.Add(read("v31-rotated.apk.idsig"))
	f.Add(read("school.apk.idsig"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var out [2]facts.Signature
		for i := range out {
			got, err := Verify(t.Context(), bytes.NewReader(data), int64(len(data)), Options{IDSig: bytes.NewReader(file), IDSigSize: int64(len(file))})
			if err != nil || got.Status != facts.SignatureValid {
				t.Fatalf("%s, %v", got.Status, err)
			}
			for _, p := range got.IDSig.Problems {
				if p.Code == "verifier-panic" {
					t.Fatal(p.Detail)
				}
			}
			out[i] = got
		}
		if diff := cmp.Diff(out[0], out[1]); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzLineage(f *testing.F) {
	data := vector(f, "v31-rsa-2048_2-tgt-34-1-tgt-28")
	id := []byte{0x8c, 0x6f, 0xa0, 0x3b}
	at := bytes.Index(data, id)
	size := int(binary.LittleEndian.Uint32(data[at-4:]))
	f.Add(data[at+4 : at+size])
	f.Add([]byte{1, 0, 0, 0, 4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, value []byte) {
		v := &verifier{ctx: t.Context(), memo: make(map[[32]byte]verdict)}
		l, err := v.parseLineage(value)
		var none *unanswered
		if err != nil && !errors.As(err, &none) && !errors.Is(err, errPorSignature) && !errors.Is(err, errPorMismatch) && !errors.Is(err, errPorMalformed) {
			t.Fatalf("an error of no kind: %v", err)
		}
		if len(l) > maxLineage {
			t.Fatalf("%d certificates", len(l))
		}
		if merged, err := consolidate([]lineage{l}); err != nil || len(merged) != len(l) {
			t.Fatalf("alone: %d, %v", len(merged), err)
		}
		if len(l) > 1 {
			merged, err := l[:1].merge(l)
			if err != nil || len(merged) != len(l) {
				t.Fatalf("with its own start: %d, %v", len(merged), err)
			}
			if merged, err = l.merge(l[1:]); err != nil || len(merged) != len(l) {
				t.Fatalf("with its own end: %d, %v", len(merged), err)
			}
		}
		l.facts()
	})
}
