package servertest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"
)

// RedisServer is a redis-server of one test.
type RedisServer struct {
	control
	Addr     string // 127.0.0.1:port
	Password string
	CA       *x509.CertPool // nil without TLS
}

// RedisOptions: the zero value is a server that keeps its data over Restart and,
// but for the last second, over Kill (appendonly, everysec).
type RedisOptions struct {
	// Volatile: the server keeps nothing. Restart loses every key.
	Volatile bool
	Password string
	// TLS: the server speaks nothing else, with a certificate for 127.0.0.1.
	TLS bool
	// Args are more arguments of redis-server, such as --maxmemory-policy.
	Args []string
}

// Redis starts a server with default options for this test.
func Redis(t TB) *RedisServer {
	t.Helper()
	return NewRedis(t, RedisOptions{})
}

// NewRedis starts a server for this test.
func NewRedis(t TB, o RedisOptions) *RedisServer {
	t.Helper()
	s, err := startRedis(o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	s.own(t)
	return s
}

func startRedis(o RedisOptions) (*RedisServer, error) {
	program, err := find("redis-server")
	if err != nil {
		return nil, err
	}
	r, err := theRoom()
	if err != nil {
		return nil, err
	}
	dir, err := r.folder("redis")
	if err != nil {
		return nil, err
	}
	var ca *x509.CertPool
	if o.TLS {
		if ca, err = certificate(dir); err != nil {
			return nil, err
		}
	}
	port, run, err := startOn(r, func(port int) *process {
		return &process{
			dir: dir, path: program, args: redisArgs(dir, port, o), last: syscall.SIGKILL,
			ready: func(ctx context.Context, run *proc) error {
				return redisServes(ctx, redisClient(address(port), o.Password, ca), run.pid)
			},
		}
	})
	if err != nil {
		return nil, err
	}
	return &RedisServer{
		control: control{named: "Redis", run: run, stop: syscall.SIGTERM},
		Addr:    address(port), Password: o.Password, CA: ca,
	}, nil
}

func redisArgs(dir string, port int, o RedisOptions) []string {
	args := []string{
		"--bind", "127.0.0.1", "--dir", dir,
		"--daemonize", "no", "--save", "", "--maxmemory-policy", "noeviction",
	}
	if o.TLS {
		args = append(args, "--port", "0", "--tls-port", strconv.Itoa(port), "--tls-auth-clients", "no",
			"--tls-cert-file", certFile(dir), "--tls-key-file", keyFile(dir), "--tls-ca-cert-file", certFile(dir))
	} else {
		args = append(args, "--port", strconv.Itoa(port))
	}
	if o.Volatile {
		args = append(args, "--appendonly", "no")
	} else {
		args = append(args, "--appendonly", "yes", "--appendfsync", "everysec")
	}
	if o.Password != "" {
		args = append(args, "--requirepass", o.Password)
	}
	return append(args, o.Args...)
}

func redisClient(addr, password string, ca *x509.CertPool) *redis.Client {
	o := &redis.Options{Addr: addr, Password: password, MaxRetries: -1}
	if ca != nil {
		o.TLSConfig = &tls.Config{RootCAs: ca, MinVersion: tls.VersionTLS12}
	}
	return redis.NewClient(o)
}

// redisServes: the process of that id, and no stranger on its port, has read its
// data and answers.
func redisServes(ctx context.Context, c *redis.Client, pid int) error {
	defer c.Close()
	info, err := c.Info(ctx, "server").Result()
	if err != nil {
		return err
	}
	if !strings.Contains(info, fmt.Sprintf("process_id:%d\r\n", pid)) {
		return fmt.Errorf("another redis-server has %s", c.Options().Addr)
	}
	return c.Ping(ctx).Err() // INFO is answered while data is loaded, PING is not
}
