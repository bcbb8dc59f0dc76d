package servertest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// postgresPlaces: Debian keeps the server's programs out of PATH.
var postgresPlaces = []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/bin"}

// PostgresServer is a PostgreSQL cluster and one empty database in it. It commits
// as in production (fsync on).
type PostgresServer struct {
	control
	Addr string // 127.0.0.1:port
	dsn  string
	made *atomic.Int64 // databases so far in this cluster
}

// Postgres gives the test an empty database in the cluster that the tests of this
// binary share. It is dropped at the end of the test.
func Postgres(t TB) *PostgresServer {
	t.Helper()
	cluster, err := thePostgres()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return cluster.fresh(t)
}

// NewPostgres starts a cluster for this test alone, with an empty database.
func NewPostgres(t TB) *PostgresServer {
	t.Helper()
	cluster, err := startPostgres()
	if err != nil {
		t.Fatalf("%v", err)
	}
	cluster.own(t)
	return cluster.fresh(t)
}

// DSN is the address of the database, for pgx.
func (s *PostgresServer) DSN() string { return s.dsn }

// fresh makes a database for the test.
func (s *PostgresServer) fresh(t TB) *PostgresServer {
	t.Helper()
	name := fmt.Sprintf("t%d", s.made.Add(1))
	if err := s.admin("CREATE DATABASE " + name); err != nil {
		t.Fatalf("create a database: %v", err)
	}
	one := &PostgresServer{control: s.control, Addr: s.Addr, dsn: s.database(name), made: s.made}
	one.t = t
	if !one.alone {
		t.Cleanup(func() { _ = s.admin("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") })
	}
	return one
}

func (s *PostgresServer) database(name string) string {
	return fmt.Sprintf("postgres://heyan@%s/%s?sslmode=disable", s.Addr, name)
}

func (s *PostgresServer) admin(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgx.Connect(ctx, s.database("postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	return err
}

func startPostgres() (*PostgresServer, error) {
	server, err := find("postgres", postgresPlaces...)
	if err != nil {
		return nil, err
	}
	r, err := theRoom()
	if err != nil {
		return nil, err
	}
	dir, err := r.folder("postgres")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	user := unprivileged()
	if err := initdb(dir, data, user); err != nil {
		return nil, err
	}
	port, run, err := startOn(r, func(port int) *process {
		return &process{
			dir: dir, path: server, args: postgresArgs(data, port), user: user,
			// An immediate shutdown. Killed, it would leave its shared memory behind.
			last:  syscall.SIGQUIT,
			env:   []string{"LC_ALL=C", "TZ=UTC"},
			ready: func(_ context.Context, run *proc) error { return postgresServes(data, run.pid) },
		}
	})
	if err != nil {
		return nil, err
	}
	return &PostgresServer{
		// SIGINT is a fast shutdown: sessions are ended, the data is written.
		control: control{named: "Postgres", run: run, stop: syscall.SIGINT},
		Addr:    address(port), made: new(atomic.Int64),
	}, nil
}

// initdb makes an empty cluster. The folder above is given away too: the server
// keeps nothing there, but a log of our own.
func initdb(dir, data string, user *account) error {
	program, err := find("initdb", postgresPlaces...)
	if err != nil {
		return err
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if user != nil {
		if err := os.Chown(data, user.uid, user.gid); err != nil {
			return err
		}
	}
	var said bytes.Buffer
	cmd := exec.Command(program, "--pgdata", data, "--username", "heyan", "--auth", "trust",
		"--no-sync", "--encoding", "UTF8", "--locale", "C")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &said, &said
	cmd.SysProcAttr = mortal(user, syscall.SIGKILL)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, said.Bytes())
	}
	return nil
}

func postgresArgs(data string, port int) []string {
	args := []string{"-D", data, "-h", "127.0.0.1", "-p", strconv.Itoa(port)}
	for _, setting := range []string{
		"unix_socket_directories=", "shared_buffers=32MB", "max_connections=200",
		"dynamic_shared_memory_type=mmap", "wal_level=minimal", "max_wal_senders=0",
		"max_wal_size=256MB", "jit=off", "fsync=on", "synchronous_commit=on",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

// postgresServes reads what the server says of itself: its process id in the
// first line of postmaster.pid, "ready" in the last.
func postgresServes(data string, pid int) error {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if lines[0] != strconv.Itoa(pid) || strings.TrimSpace(lines[len(lines)-1]) != "ready" {
		return fmt.Errorf("postgres is not ready: %q", lines)
	}
	return nil
}
