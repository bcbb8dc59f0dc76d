package servertest_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/minio/minio-go/v7"
	"github.com/redis/go-redis/v9"

	"heyan/internal/servertest"
)

// server is what all of them have in common.
type server interface {
	Start()
	Stop()
	Kill()
	Restart()
	Log() string
}

func TestRedisKeepsOrLosesItsData(t *testing.T) {
	t.Parallel()
	for _, volatile := range []bool{false, true} {
		t.Run(fmt.Sprintf("volatile %v", volatile), func(t *testing.T) {
			t.Parallel()
			s := servertest.NewRedis(t, servertest.RedisOptions{Volatile: volatile, Password: "p"})
			c := redis.NewClient(&redis.Options{Addr: s.Addr, Password: s.Password})
			defer c.Close()
			if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
				t.Fatal(err)
			}
			s.Restart()
			n, err := c.Exists(t.Context(), "k").Result()
			if err != nil {
				t.Fatal(err)
			}
			if kept := n == 1; kept == volatile {
				t.Errorf("after a restart the key is there: %v", kept)
			}
		})
	}
}

func TestPostgresGivesEachTestItsDatabase(t *testing.T) {
	t.Parallel()
	one, two := servertest.Postgres(t), servertest.Postgres(t)
	if one.Addr != two.Addr || one.DSN() == two.DSN() {
		t.Fatalf("want one server and two databases: %s, %s", one.DSN(), two.DSN())
	}
	query(t, one.DSN(), "CREATE TABLE a AS SELECT 1 AS n")
	query(t, two.DSN(), "CREATE TABLE a AS SELECT 2 AS n")
}

func TestPostgresComesBackWithItsData(t *testing.T) {
	t.Parallel()
	s := servertest.NewPostgres(t)
	query(t, s.DSN(), "CREATE TABLE a AS SELECT 1 AS n")
	for _, again := range []func(){s.Restart, func() { s.Kill(); s.Start() }} {
		again()
		query(t, s.DSN(), "SELECT n FROM a")
	}
}

func query(t *testing.T, dsn, statement string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestS3ComesBackWithItsData(t *testing.T) {
	t.Parallel()
	s := servertest.NewS3(t)
	c, err := s.Client()
	if err != nil {
		t.Fatal(err)
	}
	want := []byte("some bytes")
	if _, err := c.PutObject(t.Context(), s.Bucket, "k", bytes.NewReader(want), int64(len(want)), minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, again := range []func(){s.Restart, func() { s.Kill(); s.Start() }} {
		again()
		o, err := c.GetObject(t.Context(), s.Bucket, "k", minio.GetObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(o)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %q, %v", got, err)
		}
	}
}

func TestS3GivesEachTestItsBucket(t *testing.T) {
	t.Parallel()
	one, two := servertest.S3(t), servertest.S3(t)
	if one.Endpoint != two.Endpoint || one.Bucket == two.Bucket {
		t.Errorf("want one server and two buckets: %+v, %+v", one, two)
	}
}

// stub collects what would have failed the test.
type stub struct{ *testing.T }

type failed string

func (stub) Fatalf(format string, args ...any) { panic(failed(fmt.Sprintf(format, args...))) }

func TestASharedServerIsNotStopped(t *testing.T) {
	t.Parallel()
	var servers = []server{servertest.Postgres(stub{t}), servertest.S3(stub{t})}
	for _, s := range servers {
		func() {
			defer func() {
				if _, ok := recover().(failed); !ok {
					t.Errorf("%T: stopped", s)
				}
			}()
			s.Kill()
		}()
	}
}

// TestNothingIsLeft starts this test binary again, kills it while its servers run
// and sees that they and their folder go.
func TestNothingIsLeft(t *testing.T) {
	const marker = "SERVERTEST_HOLD"
	if os.Getenv(marker) != "" {
		servertest.Redis(t)
		servertest.Postgres(t)
		servertest.S3(t)
		fmt.Println("ready")
		select {}
	}
	t.Parallel()
	tmp := t.TempDir()
	for dir := tmp; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // another user runs PostgreSQL in it
			t.Fatal(err)
		}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingIsLeft$", "-test.v")
	cmd.Env = append(os.Environ(), marker+"=1", "TMPDIR="+tmp)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 0, 64)
	for one := make([]byte, 1); !bytes.Contains(line, []byte("ready\n")); line = append(line, one...) {
		if _, err := out.Read(one); err != nil {
			t.Fatalf("the servers did not start: %v\n%s", err, line)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		left, err := filepath.Glob(filepath.Join(tmp, "*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind: %q", left)
		}
	}
}
