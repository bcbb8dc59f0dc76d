package archive

import (
	"io"

	"heyan/analyzer/facts"
)

// Detection is what a file is, decided by its content.
type Detection struct {
	Format facts.Format
	// Detail is English text for a person: what else it is, what is missing.
	Detail string
	// Root is the folder of the package's files inside the archive, with a slash at
	// its end: "" for an APK, "Payload/Name.app/" for an IPA, the folder's name for
	// a package that is wrapped in one.
	Root      string
	Anomalies []facts.Anomaly
}

// Identify opens a file and says what it is. The Archive is nil where it can't be read as a
// ZIP. An error means that the medium failed or a limit was reached, nothing else.
func Identify(r io.ReaderAt, size int64, limits Limits) (*Archive, Detection, error) {
	a, err := Open(r, size, limits)
	if err != nil {
		return nil, Detection{Format: facts.FormatBroken, Detail: err.Error()}, nil
	}
	return a, Detect(a), nil
}

// Detect says what an archive is.
func Detect(a *Archive) Detection {
	if e, _ := a.Lookup("AndroidManifest.xml"); e != nil {
		return Detection{Format: facts.FormatAPK}
	}
	return Detection{Format: facts.FormatZIP}
}
