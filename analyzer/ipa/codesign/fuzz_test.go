package codesign_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/ipa/codesign"
	"heyan/analyzer/ipa/ipatest"
	"heyan/analyzer/ipa/macho"
	"heyan/analyzer/ipa/machotest"
)

// signed is a signed slice and where its signature begins.
func signed(t interface{ Fatal(...any) }) (image []byte, at int64) {
	app := ipatest.Signed("store")
	file, err := macho.Read(bytes.NewReader(app.Executable), int64(len(app.Executable)))
	if err != nil {
		t.Fatal(err)
	}
	off, _, _ := file.Slices[0].SignatureAt()
	return app.Executable, off
}

// verify verifies a signature over code.
func verify(signature, code, info, resources []byte) (*codesign.Result, error) {
	pages := codesign.NewPages(int64(len(code)))
	_, _ = pages.Write(code)
	return codesign.Verify(codesign.Code{
		Signature: signature, Offset: int64(len(code)), Pages: pages, InfoPlist: info, Resources: resources,
		Encryption: &macho.Encryption{Offset: 0, Size: 4096},
		Reread:     func() (io.Reader, error) { return bytes.NewReader(code), nil },
	}, ipatest.Authorities())
}

// FuzzVerify: no signature panics or is found whole that was changed anywhere.
func FuzzVerify(f *testing.F) {
	image, at := signed(f)
	f.Add(image[at:])
	f.Add(machotest.Slice{Signature: &machotest.Signature{Identifier: "a", Flags: 2}}.Bytes()[4096:])
	f.Add([]byte{0xfa, 0xde, 0x0c, 0xc0, 0, 0, 0, 12, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, signature []byte) {
		one, err := verify(signature, image[:at], nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		two, _ := verify(signature, image[:at], nil, nil)
		if diff := cmp.Diff(one.Findings, two.Findings); diff != "" {
			t.Errorf("not the same twice:\n%s", diff)
		}
		if one.Signed && one.Intact() && one.Trusted && !bytes.Equal(signature, image[at:]) && one.CDHash == "" {
			t.Error("trusted without a code directory")
		}
	})
}

// TestEveryByte: a change of a byte of a signature, every eleventh, is found, or changes
// nothing of what it says.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	app := ipatest.Signed("store")
	image := app.Executable
	file, err := macho.Read(bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	at, size, _ := file.Slices[0].SignatureAt()
	var resources []byte
	for _, x := range app.Files {
		if x.Path == "_CodeSignature/CodeResources" {
			resources = x.Data
		}
	}
	signature := image[at : at+size]
	whole, err := verify(signature, image[:at], app.InfoPlist, resources)
	if err != nil || !whole.Intact() || !whole.Trusted {
		t.Fatalf("%+v, %v", whole, err)
	}
	missed := 0
	for n := 0; n < len(signature); n += 11 {
		changed := bytes.Clone(signature)
		changed[n] ^= 0x21
		r, err := verify(changed, image[:at], app.InfoPlist, resources)
		if err != nil {
			t.Fatal(err)
		}
		same := r.CDHash == whole.CDHash && r.Identifier == whole.Identifier && r.Team == whole.Team && r.Signer() == whole.Signer() &&
			cmp.Equal(r.Entitlements, whole.Entitlements) && r.SigningTime.Equal(whole.SigningTime)
		if r.Intact() && r.Trusted && !same {
			t.Errorf("a change at %d of %d is not found", n, len(signature))
		}
		if r.Intact() && r.Trusted {
			missed++
		}
	}
	// What nobody signs: the unused certificates' own signatures, padding.
	if missed > len(signature)/11/4 {
		t.Errorf("%d of %d changes change nothing", missed, len(signature)/11)
	}
}
