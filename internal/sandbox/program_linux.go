package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"golang.org/x/sys/unix"
)

// program is what children run: heyan-reader, which heyan holds where it was built
// with it (the tag reader), else this program itself.
//
// A Go program initialises all packages it contains before main, and the service
// contains many: a child of its own binary spends more time on that than on a small
// package. The reader contains what reads packages and nothing else. It is run from
// memory, so that heyan stays one file and the two are always of one version.
type program struct {
	loaded func() *os.File // the held program in memory, nil where there is none
}

const itself = "/proc/self/exe"

func newProgram(held []byte) *program {
	return &program{sync.OnceValue(func() *os.File {
		if len(held) == 0 {
			return nil
		}
		file, err := inMemory(held)
		if err != nil {
			return nil // this program can do the same
		}
		return file
	})}
}

// start runs the program. A system may forbid to run what is no file; then it is
// this program itself.
func (p *program) start(command func(path string) *exec.Cmd) (*exec.Cmd, error) {
	if file := p.loaded(); file != nil {
		cmd := command(fmt.Sprintf("/proc/self/fd/%d", file.Fd()))
		if err := cmd.Start(); err == nil {
			return cmd, nil
		}
	}
	cmd := command(itself)
	return cmd, cmd.Start()
}

// lowestFD is above the descriptors that a child is given, which would take the
// program's place before it is run.
const lowestFD = 16

// inMemory makes a file that has no name and that nobody can change any more.
func inMemory(content []byte) (*os.File, error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate("heyan-reader", flags|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3 all are executable
		fd, err = unix.MemfdCreate("heyan-reader", flags)
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox: memory for the reader: %w", err)
	}
	written := os.NewFile(uintptr(fd), "heyan-reader")
	defer written.Close()
	if _, err := written.Write(content); err != nil {
		return nil, fmt.Errorf("sandbox: memory for the reader: %w", err)
	}
	high, err := unix.FcntlInt(written.Fd(), unix.F_DUPFD_CLOEXEC, lowestFD)
	if err != nil {
		return nil, fmt.Errorf("sandbox: memory for the reader: %w", err)
	}
	file := os.NewFile(uintptr(high), "heyan-reader")
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		file.Close()
		return nil, fmt.Errorf("sandbox: memory for the reader: %w", err)
	}
	return file, nil
}
