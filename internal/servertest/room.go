package servertest

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
)

// room is the temporary folder of all servers of this process. A watcher outlives
// us by a moment: it kills what then still runs and removes the folder.
type room struct {
	dir   string
	alive io.Closer // never closed by us: the watcher sees the end of our process

	mu    sync.Mutex
	ports map[int]bool
}

// watcher waits for the end of its input. Each server's folder holds its process
// id while it runs. A database's processes need a moment to see that their
// parent is gone, and write until then.
const watcher = `trap '' INT TERM HUP
cat >/dev/null
sleep 0.5
for f in "$1"/*/pid; do
	[ -f "$f" ] && kill -9 "$(cat "$f")" 2>/dev/null
done
for i in 1 2 3 4 5 6 7 8; do
	rm -rf -- "$1" 2>/dev/null && exit 0
	sleep 0.25
done`

func newRoom() (*room, error) {
	dir, err := os.MkdirTemp("", "heyan-servertest-")
	if err != nil {
		return nil, err
	}
	// PostgreSQL runs as another user when we are root, and must get through.
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // no more than to pass
		return nil, err
	}
	r := &room{dir: dir, ports: map[int]bool{}}
	shell, err := exec.LookPath("sh")
	if err != nil {
		return r, nil // no watcher: the folder stays behind
	}
	cmd := exec.Command(shell, "-c", watcher, "sh", dir)
	cmd.SysProcAttr = apart()
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the watcher: %w", err)
	}
	r.alive = alive
	return r, nil
}

// folder makes an empty folder for one server.
func (r *room) folder(name string) (string, error) {
	dir, err := os.MkdirTemp(r.dir, name+"-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711) //nolint:gosec // as the room
}

// Ports below the range from which the system gives ports to outgoing
// connections: one of these could sit on a server's port while it restarts.
const lowestPort, highestPort = 15000, 32000

// port returns a port on which nothing listens. Another process may take it before
// our server does; then the server ends at once and is started on another.
func (r *room) port() (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range 1000 {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		if r.ports[port] {
			continue
		}
		l, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return 0, err
		}
		r.ports[port] = true
		return port, nil
	}
	return 0, errors.New("no free port on loopback")
}

func address(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

func pidFile(dir string) string { return filepath.Join(dir, "pid") }
