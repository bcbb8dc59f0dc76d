package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// beginWriting asks for bytes of a file to be on their way to the disk. It makes
// nothing durable, which Sync does and says, so its own error means nothing.
func beginWriting(f *os.File, offset, size int64) {
	raw, err := f.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SyncFileRange(int(fd), offset, size, unix.SYNC_FILE_RANGE_WRITE)
	})
}
