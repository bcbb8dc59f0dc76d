package profile_test

import (
	"testing"

	"heyan/analyzer/ipa/ipatest"
	"heyan/analyzer/ipa/profile"
)

func BenchmarkParse(b *testing.B) {
	data := ipatest.Profile(ipatest.ProfileValues("development"))
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := profile.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
