//go:build !linux

package disk

import "os"

// beginWriting does nothing: the system begins when it sees fit.
func beginWriting(*os.File, int64, int64) {}
