package macho_test

import (
	"bytes"
	"testing"

	"heyan/analyzer/ipa/ipatest"
	"heyan/analyzer/ipa/macho"
)

func BenchmarkReadSigned(b *testing.B) {
	data := ipatest.Executable(ipatest.Entitlements(false))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := macho.ReadSigned(bytes.NewReader(data), int64(len(data))); err != nil {
			b.Fatal(err)
		}
	}
}
