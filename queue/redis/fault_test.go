package redis_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"heyan/internal/servertest"
	"heyan/queue"
	"heyan/queue/redis"
)

// TestServerComesBack: receivers wait through a server that goes and comes, and
// get what is published then, without anybody's help.
func TestServerComesBack(t *testing.T) {
	t.Parallel()
	for _, volatile := range []bool{false, true} {
		for name, away := range map[string]func(*servertest.RedisServer){
			"restarted": func(s *servertest.RedisServer) { s.Restart() },
			"killed":    func(s *servertest.RedisServer) { s.Kill(); time.Sleep(300 * time.Millisecond); s.Start() },
		} {
			t.Run(fmt.Sprintf("%s, volatile %v", name, volatile), func(t *testing.T) {
				t.Parallel()
				server := servertest.NewRedis(t, servertest.RedisOptions{Volatile: volatile})
				q := open(t, server, redis.Config{})
				publish(t, q, queue.Batch, "before")
				done(t, q, receive(t, q, queue.Batch))

				got := make(chan string, 3)
				for range cap(got) {
					go func() {
						m, err := q.Receive(t.Context(), queue.Interactive, queue.Batch)
						if err != nil {
							t.Errorf("receive: %v", err)
						}
						got <- m.Job
					}()
				}
				waiting(t, server, cap(got))
				away(server)
				publish(t, q, queue.Batch, "a", "b")
				publish(t, q, queue.Interactive, "c")
				seen := map[string]bool{}
				for range cap(got) {
					seen[<-got] = true
				}
				if !seen["a"] || !seen["b"] || !seen["c"] {
					t.Errorf("got %v", seen)
				}
			})
		}
	}
}

// waiting returns when so many clients are blocked in a read.
func waiting(t *testing.T, server *servertest.RedisServer, n int) {
	t.Helper()
	c := client(t, server)
	for {
		info, err := c.Info(t.Context(), "clients").Result()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(info, fmt.Sprintf("blocked_clients:%d\r", n)) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// TestMessagesOutliveTheServer: with its data the server also keeps what waits
// and who works on what.
func TestMessagesOutliveTheServer(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	q := open(t, server, redis.Config{})
	publish(t, q, queue.Batch, "a", "b")
	held := receive(t, q, queue.Batch)
	server.Restart()
	if m := receive(t, q, queue.Batch); m.Job != "b" {
		t.Errorf("got %q, want b", m.Job)
	}
	if err := q.Extend(t.Context(), held); err != nil {
		t.Errorf("extend: %v", err)
	}
	done(t, q, held)
}

// TestDataIsGone: what a worker says of a message that the server forgot is no
// error, and the queue goes on.
func TestDataIsGone(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	q := open(t, server, redis.Config{})
	publish(t, q, queue.Batch, "a")
	held := receive(t, q, queue.Batch)
	if err := client(t, server).FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := q.Extend(t.Context(), held); err != nil {
		t.Errorf("extend: %v", err)
	}
	done(t, q, held)
	publish(t, q, queue.Batch, "a")
	if m := receive(t, q, queue.Batch); m.Job != "a" {
		t.Errorf("got %q, want a", m.Job)
	}
}

// TestFlushedWhileBlocked: the group goes while a receiver waits on it.
func TestFlushedWhileBlocked(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	q := open(t, server, redis.Config{})
	got := make(chan string, 1)
	go func() {
		m, err := q.Receive(t.Context(), queue.Batch)
		if err != nil {
			t.Errorf("receive: %v", err)
		}
		got <- m.Job
	}()
	waiting(t, server, 1)
	if err := client(t, server).FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	publish(t, q, queue.Batch, "a")
	if job := <-got; job != "a" {
		t.Errorf("got %q, want a", job)
	}
}

// TestServerIsAway: Receive waits until its caller gives up, the others say so.
func TestServerIsAway(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	q := open(t, server, redis.Config{})
	publish(t, q, queue.Batch, "a")
	held := receive(t, q, queue.Batch)
	server.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := q.Receive(ctx, queue.Batch); err == nil || ctx.Err() == nil {
		t.Errorf("receive: %v, before its context ended: %v", err, ctx.Err() == nil)
	}
	_, depth := q.Depth(t.Context())
	_, check := q.Check(t.Context())
	for name, err := range map[string]error{
		"publish": q.Publish(t.Context(), queue.Batch, "b"), "extend": q.Extend(t.Context(), held),
		"done": q.Done(t.Context(), held), "depth": depth, "check": check,
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		policy string
		wrong  bool
	}{{"noeviction", false}, {"volatile-lru", false}, {"allkeys-lru", true}, {"allkeys-random", true}} {
		t.Run(test.policy, func(t *testing.T) {
			t.Parallel()
			server := servertest.NewRedis(t, servertest.RedisOptions{Args: []string{"--maxmemory-policy", test.policy}})
			name, err := open(t, server, redis.Config{}).Check(t.Context())
			if !strings.HasPrefix(name, "redis ") || (err != nil) != test.wrong {
				t.Errorf("got %q, %v", name, err)
			}
			if test.wrong && !strings.Contains(err.Error(), test.policy) {
				t.Errorf("the error does not name the policy: %v", err)
			}
		})
	}
}

// TestEncrypted: TLS, a user's password and a database number all reach the server.
func TestEncrypted(t *testing.T) {
	t.Parallel()
	server := servertest.NewRedis(t, servertest.RedisOptions{Password: "secret", TLS: true})
	config := redis.Config{DB: 3, TLS: &tls.Config{RootCAs: server.CA, MinVersion: tls.VersionTLS12}}
	q := open(t, server, config)
	publish(t, q, queue.Batch, "a")
	if m := receive(t, q, queue.Batch); m.Job != "a" {
		t.Errorf("got %q", m.Job)
	}
	config.Addr, config.Password = server.Addr, "wrong"
	wrong, err := redis.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer wrong.Close()
	if err := wrong.Publish(t.Context(), queue.Batch, "b"); err == nil {
		t.Error("published with a wrong password")
	}
}

func TestNoAddress(t *testing.T) {
	t.Parallel()
	if _, err := redis.New(t.Context(), redis.Config{}); err == nil {
		t.Error("a queue without an address")
	}
}
