package disk

import (
	"errors"

	"golang.org/x/sys/windows"
)

// Windows flushes a folder's entry with the file and cannot open a folder to do it.
const dirsAreSynced = false

func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

func space(dir string) (free, total int64, err error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	var available, all, unused uint64
	if err := windows.GetDiskFreeSpaceEx(name, &available, &all, &unused); err != nil {
		return 0, 0, err
	}
	return int64(available), int64(all), nil
}
