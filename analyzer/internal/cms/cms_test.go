package cms_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/internal/cms"
	"heyan/analyzer/ipa/ipatest"
)

// message is a profile: content inside, without signed attributes.
func message() []byte { return ipatest.Profile(ipatest.ProfileValues("store")) }

func TestVerify(t *testing.T) {
	t.Parallel()
	m, err := cms.Parse(message())
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.Verify(m.Content)
	if err != nil || s.Certificate == nil {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := m.Verify(append(bytes.Clone(m.Content), 'x')); !errors.Is(err, cms.ErrSignature) {
		t.Errorf("other content: %v", err)
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	deep := bytes.Repeat([]byte{0x30, 0x80}, 500_000)
	for name, data := range map[string][]byte{
		"empty": nil, "text": []byte("<plist/>"), "too long": make([]byte, cms.MaxSize+1), "deep": deep, "cut": message()[:300],
	} {
		if _, err := cms.Parse(data); !errors.Is(err, cms.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse: no message panics, and none is read differently twice.
func FuzzParse(f *testing.F) {
	f.Add(message())
	f.Fuzz(func(t *testing.T, data []byte) {
		one, err := cms.Parse(data)
		if err != nil {
			return
		}
		two, _ := cms.Parse(data)
		_, errOne := one.Verify(one.Content)
		_, errTwo := two.Verify(two.Content)
		if !bytes.Equal(one.Content, two.Content) || !cmp.Equal(errOne == nil, errTwo == nil) {
			t.Error("not the same twice")
		}
	})
}
