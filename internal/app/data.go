package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"heyan/internal/config"
)

// The names in a data directory that are not the configuration's.
const (
	lockName       = "lock"
	adminTokenName = "admin-token"
	stagingName    = "staging"
)

// AdminTokenFile is where an embedded service leaves its administrator's token for
// heyan submit on the same machine.
func AdminTokenFile(data string) string { return filepath.Join(data, adminTokenName) }

// errLocked: another process has it.
var errLocked = errors.New("locked by another process")

// prepareData makes the data directory and, where this is the only process that may
// be in it, keeps all others out.
func (a *App) prepareData() error {
	data := a.config.Data
	if err := os.MkdirAll(data, 0o700); err != nil {
		return &Error{ZH: fmt.Sprintf("不能建立数据目录 %q，请检查权限或用 --data 换一个", data),
			EN: fmt.Sprintf("cannot make the data directory %q; check permissions or choose another with --data", data), Cause: err}
	}
	if _, err := os.Stat(filepath.Join(data, restoringName)); err == nil {
		return &Error{ZH: fmt.Sprintf("数据目录 %q 里的恢复没有做完；请删掉这个目录，重新运行 heyan restore", data),
			EN: fmt.Sprintf("a restore into the data directory %q did not come to its end; remove it and run heyan restore again", data)}
	}
	if a.config.Queue.Engine != config.Inproc {
		return nil
	}
	release, err := lockFile(filepath.Join(data, lockName))
	switch {
	case errors.Is(err, errLocked):
		return &Error{ZH: fmt.Sprintf("数据目录 %q 正由另一个 heyan 使用%s；请先停掉它，或用 --data 换一个目录", data, holder(data, "（进程 %s）")),
			EN: fmt.Sprintf("the data directory %q is in use by another heyan%s; stop that one, or choose another with --data", data, holder(data, " (process %s)"))}
	case err != nil:
		return &Error{ZH: fmt.Sprintf("不能锁定数据目录 %q", data), EN: fmt.Sprintf("cannot lock the data directory %q", data), Cause: err}
	}
	a.onClose(release)
	return nil
}

// takeOver makes the jobs of a process that died due at once, where no other can
// have them: the queue is in this process, the database is a file of the data
// directory, and the lock of that is ours. Elsewhere a lease runs out first. A job
// whose package ends the process is counted as ever and is not tried for ever.
func (a *App) takeOver(ctx context.Context) error {
	c := a.config
	alone := c.Queue.Engine == config.Inproc && c.Records.Engine == config.SQLite &&
		filepath.Dir(c.Records.SQLitePath) == filepath.Clean(c.Data)
	if !alone {
		return nil
	}
	n, err := a.stores.Records.Abandon(ctx, a.Now())
	if err != nil {
		return unreachable(err)
	}
	if n > 0 {
		a.Log.WarnContext(ctx, "the process before this one ended in the middle of jobs, they are taken up now", "jobs", n)
	}
	return nil
}

// holder words who has the lock, "" where that is not known.
func holder(data, format string) string {
	text, err := os.ReadFile(filepath.Join(data, lockName))
	pid := strings.TrimSpace(string(text))
	if _, bad := strconv.Atoi(pid); err != nil || bad != nil {
		return ""
	}
	return fmt.Sprintf(format, pid)
}

// staging takes a folder for resumable uploads that no other process has: several
// processes may share a data directory. The same one is taken again after a restart,
// so that its uploads go on.
func (a *App) staging() (string, error) {
	const most = 256
	base := filepath.Join(a.config.Data, stagingName)
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", err
	}
	for n := range most {
		dir := filepath.Join(base, strconv.Itoa(n))
		release, err := lockFile(dir + ".lock")
		if errors.Is(err, errLocked) {
			continue
		}
		if err != nil {
			return "", err
		}
		a.onClose(release)
		return dir, os.MkdirAll(dir, 0o700)
	}
	return "", fmt.Errorf("%d processes share %q", most, base)
}

// lockFile takes a lock that ends with the process, whatever ends it. The file says
// who has it and is left.
func lockFile(name string) (release func(), err error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := errors.Join(file.Truncate(0), writeAt(file, strconv.Itoa(os.Getpid()))); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { file.Close() }, nil
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text+"\n"), 0)
	return err
}
