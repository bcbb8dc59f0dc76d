package profile_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/smallstep/pkcs7"

	"heyan/analyzer/ipa/ipatest"
	"heyan/analyzer/ipa/machotest"
	"heyan/analyzer/ipa/profile"
)

// FuzzProfile: no panic, bounded output, the same outcome twice.
func FuzzProfile(f *testing.F) {
	for _, kind := range []string{"store", "development", "enterprise"} {
		f.Add(ipatest.Profile(ipatest.ProfileValues(kind)))
	}
	f.Add(ber(machotest.Plist(ipatest.ProfileValues("ad-hoc")), 1000))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, values, err := profile.Parse(data)
		again, valuesAgain, errAgain := profile.Parse(data)
		if diff := cmp.Diff(p, again); diff != "" || !cmp.Equal(values, valuesAgain) || fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Errorf("two readings differ:\n%s", diff)
		}
		if p != nil && (len(p.Certificates) > 256 || len(p.Name) > 1100 || p.Devices > len(data)) {
			t.Errorf("more than there is: %+v", p)
		}
	})
}

// TestOracle: another reader unwraps the same content.
func TestOracle(t *testing.T) {
	t.Parallel()
	content := machotest.Plist(ipatest.ProfileValues("store"))
	message, err := pkcs7.Parse(ipatest.Sign(content))
	if err != nil {
		t.Fatal(err)
	}
	if err := message.Verify(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(string(content), string(message.Content)); diff != "" {
		t.Errorf("content:\n%s", diff)
	}
}
