package entitlement_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/ipa/entitlement"
	"heyan/analyzer/ipa/machotest"
)

// FuzzEntitlements: no panic, values that are JSON, the same outcome twice, and
// no difference between two forms that say the same.
func FuzzEntitlements(f *testing.F) {
	f.Add(machotest.Plist(sample()), machotest.DER(sample()))
	f.Add(machotest.Plist(sample()), machotest.OldDER(sample()))
	f.Add([]byte{}, machotest.DER(nested(20)))
	f.Add(machotest.Plist(nested(20)), []byte{})
	f.Fuzz(func(t *testing.T, xml, der []byte) {
		values, anomalies, err := entitlement.Parse(xml, der)
		again, anomaliesAgain, errAgain := entitlement.Parse(xml, der)
		if diff := cmp.Diff(values, again); diff != "" || !cmp.Equal(anomalies, anomaliesAgain) || (err == nil) != (errAgain == nil) {
			t.Errorf("two readings differ:\n%s", diff)
		}
		total := 0
		for i, v := range values {
			total += len(v.Value)
			if !json.Valid([]byte(v.Value)) {
				t.Errorf("%q is not JSON: %s", v.Key, v.Value)
			}
			if i > 0 && values[i-1].Key > v.Key {
				t.Errorf("not sorted: %q before %q", values[i-1].Key, v.Key)
			}
		}
		if total > 2<<20 || len(anomalies) > 64 {
			t.Errorf("%d bytes of values, %d anomalies", total, len(anomalies))
		}
	})
}
