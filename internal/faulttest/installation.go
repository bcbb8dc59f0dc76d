//go:build linux

package faulttest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"heyan/internal/app"
	"heyan/internal/config"
	"heyan/internal/servertest"
)

// Mode is how an installation is laid out.
type Mode string

// Embedded is one process with everything in it; Distributed is APIs and workers
// with PostgreSQL, Redis and S3.
const (
	Embedded    Mode = "embedded"
	Distributed Mode = "distributed"
)

// Options of an installation.
type Options struct {
	Mode   Mode
	Binary string // of heyan
	// APIs and Workers are the processes of Distributed; 0: two of each.
	APIs, Workers int
	Slots         int // of each process that works; 0: 2
	// Volatile: Redis loses everything when it restarts.
	Volatile bool
	// Set is configuration, key to value, besides ours.
	Set map[string]string
}

// Installation is a running service. Its servers are nil in Embedded.
type Installation struct {
	t        servertest.TB
	mode     Mode
	Nodes    []*Node // APIs first
	Redis    *servertest.RedisServer
	Postgres *servertest.PostgresServer
	S3       *servertest.S3Server
	Token    string // of the administrator
}

// Node is one heyan process.
type Node struct {
	*servertest.Program
	Name string // "api 1", "worker 2"
	Role config.Role
	set  map[string]string
}

// URL is where an API listens.
func (n *Node) URL() string { return "http://" + n.Addr }

// Start starts an installation and returns when all of it serves.
func Start(t servertest.TB, o Options) *Installation {
	t.Helper()
	dir, err := os.MkdirTemp("", "heyan-faulttest-")
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	orElse(&o.APIs, 2)
	orElse(&o.Workers, 2)
	orElse(&o.Slots, 2)
	in := &Installation{t: t, mode: o.Mode}
	set := in.servers(o)
	if o.Mode == Embedded {
		in.node(o.Binary, "serve", config.RoleServe, with(set, map[string]string{"data": dir, "worker.slots": fmt.Sprint(o.Slots)}, o.Set))
	} else {
		for i := range o.APIs {
			name := fmt.Sprint("api ", i+1)
			in.node(o.Binary, name, config.RoleServe, with(set, o.Set, map[string]string{"data": filepath.Join(dir, name), "worker.slots": "0"}))
		}
		for i := range o.Workers {
			name := fmt.Sprint("worker ", i+1)
			in.node(o.Binary, name, config.RoleWorker, with(set, o.Set, map[string]string{"data": filepath.Join(dir, name), "worker.slots": fmt.Sprint(o.Slots)}))
		}
	}
	in.Token = in.token()
	return in
}

// servers starts what Distributed needs and returns the configuration for it.
func (in *Installation) servers(o Options) map[string]string {
	set := map[string]string{
		// The machine's disk, its speed and its kernel are not what is tested.
		"limits.min_free": "0", "limits.requests_per_second": "0", "sandbox": "best-effort",
		"limits.uploads_per_organisation": "64", "worker.retry": "1s",
	}
	if o.Mode == Embedded {
		return set
	}
	in.Postgres = servertest.NewPostgres(in.t)
	in.S3 = servertest.NewS3(in.t)
	in.Redis = servertest.NewRedis(in.t, servertest.RedisOptions{Volatile: o.Volatile})
	return with(set, map[string]string{
		"records.engine": config.Postgres, "records.dsn": in.Postgres.DSN(),
		"queue.engine": config.Redis, "queue.addr": in.Redis.Addr,
		"blobs.engine": config.S3, "blobs.endpoint": "http://" + in.S3.Endpoint, "blobs.bucket": in.S3.Bucket,
		"blobs.region": in.S3.Region, "blobs.access_key": in.S3.AccessKey, "blobs.secret_key": in.S3.SecretKey,
	})
}

// node starts one process.
func (in *Installation) node(binary, name string, role config.Role, set map[string]string) {
	in.t.Helper()
	n := &Node{Name: name, Role: role, set: set}
	n.Program = servertest.NewProgram(in.t, servertest.ProgramOptions{
		Path: binary, Env: environ(set),
		Args: func(addr string) []string {
			if role == config.RoleWorker {
				return []string{"worker", "--set", "metrics.listen=" + addr}
			}
			return []string{"serve", "--listen", addr}
		},
		Ready: healthy,
	})
	in.Nodes = append(in.Nodes, n)
}

// environ is configuration as environment variables.
func environ(set map[string]string) []string {
	var all []string
	for key, value := range set {
		all = append(all, "HEYAN_"+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))+"="+value)
	}
	return append(all, "HEYAN_LANG=en")
}

func healthy(ctx context.Context, addr string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("healthz: %s", resp.Status)
	}
	return nil
}

var shownToken = regexp.MustCompile(`(?m)^\s+(heyan_\S+)$`)

// token is the administrator's: that of the file, or the one shown by the process
// that came first.
func (in *Installation) token() string {
	in.t.Helper()
	if in.mode == Embedded {
		text, err := os.ReadFile(app.AdminTokenFile(in.Nodes[0].set["data"]))
		if err != nil {
			in.t.Fatalf("%v", err)
		}
		return strings.TrimSpace(string(text))
	}
	for _, n := range in.Nodes {
		said, err := n.Said()
		if err != nil {
			in.t.Fatalf("%v", err)
		}
		if m := shownToken.FindStringSubmatch(said); m != nil {
			return m[1]
		}
	}
	in.t.Fatalf("no process showed the administrator's token")
	return ""
}

// APIs are the processes that take packages, Workers those that only inspect.
func (in *Installation) APIs() []*Node { return in.of(config.RoleServe) }

// Workers are the processes that inspect and do nothing else.
func (in *Installation) Workers() []*Node { return in.of(config.RoleWorker) }

func (in *Installation) of(role config.Role) []*Node {
	var all []*Node
	for _, n := range in.Nodes {
		if n.Role == role {
			all = append(all, n)
		}
	}
	return all
}

func with(maps ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range maps {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

func orElse(n *int, otherwise int) {
	if *n <= 0 {
		*n = otherwise
	}
}
