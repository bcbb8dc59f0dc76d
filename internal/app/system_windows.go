package app

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockAt is far behind what the file holds: the bytes that are locked cannot be
// read by others, and they are to read who has it.
const lockAt = 1 << 20

func lock(file *os.File) error {
	err := windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{Offset: lockAt})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errLocked
	}
	return err
}

// space is what is free and what there is where dir lies, in bytes.
func space(dir string) (free, total int64, err error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	var available, all, unused uint64
	err = windows.GetDiskFreeSpaceEx(name, &available, &all, &unused)
	return int64(available), int64(all), err
}
