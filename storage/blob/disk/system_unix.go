//go:build unix

package disk

import (
	"errors"

	"golang.org/x/sys/unix"
)

const dirsAreSynced = true

func isFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}
