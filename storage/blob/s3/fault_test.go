package s3_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"heyan/internal/servertest"
	"heyan/storage/blob"
	"heyan/storage/blob/blobtest"
	"heyan/storage/blob/s3"
)

// A fault is what a proxy in front of the real server does to a request: nothing
// if it returns false.
type fault func(w http.ResponseWriter, r *http.Request, real http.Handler) bool

// proxy serves the server's bucket with faults.
func proxy(t *testing.T, server *servertest.S3Server, do fault) http.Handler {
	t.Helper()
	real := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: server.Endpoint})
		r.Out.Host = r.In.Host // it is signed
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !do(w, r, real) {
			real.ServeHTTP(w, r)
		}
	})
}

// behind opens a store whose requests pass a proxy. Faults begin once it is open.
func behind(t *testing.T, do fault, change func(*s3.Config)) *s3.Store {
	t.Helper()
	var on atomic.Bool
	server := servertest.S3(t)
	front := httptest.NewServer(proxy(t, server, func(w http.ResponseWriter, r *http.Request, real http.Handler) bool {
		return on.Load() && do(w, r, real)
	}))
	t.Cleanup(front.Close)
	c := config(server)
	c.Endpoint = front.URL
	if change != nil {
		change(&c)
	}
	s := open(t, c)
	on.Store(true)
	return s
}

// commits says whether a request is the one that makes an object visible.
func commits(r *http.Request) bool {
	q := r.URL.Query()
	return r.Method == http.MethodPut && !q.Has("partNumber") || r.Method == http.MethodPost && q.Has("uploadId")
}

// first limits a fault to the first n requests it applies to.
func first(n int64, applies func(*http.Request) bool, do fault) fault {
	var seen atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, real http.Handler) bool {
		return applies(r) && seen.Add(1) <= n && do(w, r, real)
	}
}

// loseAnswer carries the request out and hangs up.
func loseAnswer(_ http.ResponseWriter, r *http.Request, real http.Handler) bool {
	real.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// answers answers with an error of S3.
func answers(status int, code string) fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
		return true
	}
}

// hangs never answers.
func hangs(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
	return true
}

func quick(c *s3.Config) { c.Timeout = 300 * time.Millisecond }

var sizes = []int{100_000, 6 << 20}

func put(t *testing.T, s *s3.Store, key string, size int) error {
	t.Helper()
	_, err := s.Put(t.Context(), key, blobtest.NoiseReader(1, int64(size)), blob.UnknownSize)
	return err
}

func holds(t *testing.T, s *s3.Store, key string, want []byte) {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%d bytes of %d are back, %v", len(got), len(want), err)
	}
}

// empty fails if anything is seen, or left to sweep.
func empty(t *testing.T, s *s3.Store, toSweep int) {
	t.Helper()
	if found, err := s.List(t.Context(), "", 10); len(found) != 0 || err != nil {
		t.Errorf("listed: %v, %v", found, err)
	}
	if n, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); n != toSweep || err != nil {
		t.Errorf("%d uploads were left to sweep, %v", n, err)
	}
}

func TestLostAnswerIsNotALostObject(t *testing.T) {
	t.Parallel()
	for _, size := range sizes {
		for _, lost := range []int64{1, 3} {
			s := behind(t, first(lost, commits, loseAnswer), nil)
			key := blob.NewKey()
			if err := put(t, s, key, size); err != nil {
				t.Errorf("%d bytes, %d answers lost: %v", size, lost, err)
				continue
			}
			holds(t, s, key, blobtest.Noise(1, size))
		}
	}
}

func TestLostAnswerOfALoserIsNoVictory(t *testing.T) {
	t.Parallel()
	for _, size := range sizes {
		winner := []byte("first")
		theLosers := func(r *http.Request) bool {
			return commits(r) && (r.Method == http.MethodPost || r.ContentLength > 1000)
		}
		s := behind(t, first(4, theLosers, loseAnswer), nil)
		key := blob.NewKey()
		if _, err := s.Put(t.Context(), key, bytes.NewReader(winner), 5); err != nil {
			t.Fatal(err)
		}
		if err := put(t, s, key, size); !errors.Is(err, blob.ErrExists) {
			t.Errorf("%d bytes: %v", size, err)
		}
		holds(t, s, key, winner)
	}
}

// The caller is gone when the object becomes visible: nobody would ever name it.
func TestObjectOfACallerWhoIsGoneIsTakenAway(t *testing.T) {
	t.Parallel()
	for _, size := range sizes {
		ctx, cancel := context.WithCancel(t.Context())
		s := behind(t, first(1, commits, func(w http.ResponseWriter, r *http.Request, real http.Handler) bool {
			real.ServeHTTP(httptest.NewRecorder(), r)
			cancel()
			panic(http.ErrAbortHandler)
		}), nil)
		if _, err := s.Put(ctx, blob.NewKey(), blobtest.NoiseReader(1, int64(size)), blob.UnknownSize); !errors.Is(err, context.Canceled) {
			t.Errorf("%d bytes: %v", size, err)
		}
		empty(t, s, 0)
	}
}

func TestBusyServerIsTriedAgain(t *testing.T) {
	t.Parallel()
	all := func(*http.Request) bool { return true }
	for i, do := range []fault{first(2, all, answers(503, "SlowDown")), first(2, all, answers(500, "InternalError")), first(1, all, loseAnswer)} {
		s, size := behind(t, do, nil), sizes[i%len(sizes)]
		key := blob.NewKey()
		if err := put(t, s, key, size); err != nil {
			t.Error(err)
			continue
		}
		holds(t, s, key, blobtest.Noise(1, size))
	}
}

func TestFullStore(t *testing.T) {
	t.Parallel()
	writes := func(r *http.Request) bool { return r.Method == http.MethodPut || r.Method == http.MethodPost }
	for _, full := range []fault{answers(507, "InsufficientStorage"), answers(403, "QuotaExceeded"), answers(507, "XMinioStorageFull"), answers(400, "XMinioAdminBucketQuotaExceeded")} {
		for _, size := range sizes {
			var asked atomic.Int64
			s := behind(t, first(1<<30, func(r *http.Request) bool {
				// The disk fills up while parts come in.
				return writes(r) && !r.URL.Query().Has("uploads")
			}, func(w http.ResponseWriter, r *http.Request, real http.Handler) bool {
				asked.Add(1)
				return full(w, r, real)
			}), nil)
			if err := put(t, s, blob.NewKey(), size); !errors.Is(err, blob.ErrFull) {
				t.Errorf("%d bytes: %v", size, err)
			}
			if asked.Load() != 1 {
				t.Errorf("a full store was asked %d times", asked.Load())
			}
			empty(t, s, 0)
		}
	}
}

func TestOtherErrorsAreOfNoKind(t *testing.T) {
	t.Parallel()
	for _, do := range []fault{answers(403, "AccessDenied"), answers(404, "NoSuchBucket"), answers(500, "InternalError")} {
		s := behind(t, do, quick)
		_, openErr := s.Open(t.Context(), blob.NewKey())
		_, statErr := s.Stat(t.Context(), blob.NewKey())
		_, listErr := s.List(t.Context(), "", 1)
		_, checkErr := s.Check(t.Context())
		_, sweepErr := s.Sweep(t.Context(), time.Now())
		for i, err := range []error{put(t, s, blob.NewKey(), 10), openErr, statErr, listErr, checkErr, sweepErr} {
			if err == nil || errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrExists) || errors.Is(err, blob.ErrFull) {
				t.Errorf("call %d: %v", i, err)
			}
		}
	}
}

// Each call ends by the store's own deadline, long before the test's.
func TestHungServerIsAnError(t *testing.T) {
	t.Parallel()
	own := func(err error) bool { return err != nil && strings.Contains(err.Error(), "in time") }
	for _, size := range sizes {
		s := behind(t, hangs, quick)
		if err := put(t, s, blob.NewKey(), size); !own(err) {
			t.Errorf("put %d bytes: %v", size, err)
		}
	}
	s := behind(t, hangs, quick)
	_, openErr := s.Open(t.Context(), blob.NewKey())
	_, statErr := s.Stat(t.Context(), blob.NewKey())
	_, listErr := s.List(t.Context(), "", 1)
	for i, err := range []error{openErr, statErr, listErr, s.Delete(t.Context(), blob.NewKey())} {
		if !own(err) {
			t.Errorf("call %d: %v", i, err)
		}
	}
}

// A part that cannot be sent ends the reading of a slow client's next one.
func TestHungServerEndsReading(t *testing.T) {
	t.Parallel()
	s := behind(t, func(w http.ResponseWriter, r *http.Request, real http.Handler) bool {
		return r.URL.Query().Has("partNumber") && hangs(w, r, real)
	}, quick)
	first := blobtest.NoiseReader(1, 5<<20)
	left := 20_000 // reads of a client that would take far longer than the deadline
	slow := readerFunc(func(p []byte) (int, error) {
		if n, err := first.Read(p); err == nil {
			return n, nil
		}
		if left--; left < 0 {
			t.Error("the slow client was read to its end")
			return 0, io.EOF
		}
		time.Sleep(time.Millisecond)
		return 1, nil
	})
	if _, err := s.Put(t.Context(), blob.NewKey(), slow, blob.UnknownSize); err == nil {
		t.Error("stored what could not be sent")
	}
	empty(t, s, 0)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestReadsThatEndEarlyAreErrors(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	half := func(then func(*http.Request)) fault {
		return func(w http.ResponseWriter, r *http.Request, real http.Handler) bool {
			if r.Method != http.MethodGet || r.URL.Query().Has("list-type") {
				return false
			}
			recorded := httptest.NewRecorder()
			real.ServeHTTP(recorded, r)
			for name, values := range recorded.Header() {
				w.Header()[name] = values
			}
			_, _ = w.Write(recorded.Body.Bytes()[:size/2])
			_ = http.NewResponseController(w).Flush()
			then(r)
			panic(http.ErrAbortHandler)
		}
	}
	for name, do := range map[string]fault{
		"cut":     half(func(*http.Request) {}),
		"stalled": half(func(r *http.Request) { <-r.Context().Done() }),
	} {
		s := behind(t, do, quick)
		key := blob.NewKey()
		if err := put(t, s, key, size); err != nil {
			t.Fatal(err)
		}
		r, err := s.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		if err == nil || n > size/2 {
			t.Errorf("%s: %d bytes of %d, %v", name, n, size, err)
		}
		if err := r.Close(); err != nil && name == "cut" {
			t.Errorf("%s: close: %v", name, err)
		}
	}
}

func TestReadStopsWithContext(t *testing.T) {
	t.Parallel()
	s := open(t, config(servertest.S3(t)))
	key := blob.NewKey()
	if err := put(t, s, key, 8<<20); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, err := s.Open(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.CopyN(io.Discard, r, 1<<20); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, context.Canceled) {
		t.Errorf("read on after the end of the context: %v", err)
	}
}

func TestServerKilledHalfWay(t *testing.T) {
	t.Parallel()
	server := servertest.NewS3(t)
	s := open(t, config(server))
	kept := blob.NewKey()
	if err := put(t, s, kept, 8<<20); err != nil {
		t.Fatal(err)
	}
	reading, err := s.Open(t.Context(), kept)
	if err != nil {
		t.Fatal(err)
	}
	defer reading.Close()
	if _, err := io.CopyN(io.Discard, reading, 1<<20); err != nil {
		t.Fatal(err)
	}

	endless, killed := blobtest.NoiseReader(1, 1<<30), false
	seen := 0
	_, err = s.Put(t.Context(), blob.NewKey(), readerFunc(func(p []byte) (int, error) {
		n, err := endless.Read(p)
		if seen += n; seen > 12<<20 && !killed {
			killed = true
			server.Kill()
		}
		return n, err
	}), blob.UnknownSize)
	if err == nil || errors.Is(err, blob.ErrFull) || errors.Is(err, blob.ErrExists) || errors.Is(err, blob.ErrNotFound) {
		t.Errorf("put while the server is killed: %v", err)
	}
	if n, err := io.Copy(io.Discard, reading); err == nil {
		t.Errorf("%d bytes of an object whose server is dead, and no error", n)
	}
	if _, err := s.Check(t.Context()); err == nil {
		t.Error("a dead server is well")
	}

	server.Start()
	found, err := s.List(t.Context(), "", 10)
	if err != nil || len(found) != 1 || found[0].Key != kept {
		t.Errorf("after the restart there are %v, %v", found, err)
	}
	holds(t, s, kept, blobtest.Noise(1, 8<<20))
	if n, err := s.Sweep(t.Context(), time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	key := blob.NewKey()
	if err := put(t, s, key, 6<<20); err != nil {
		t.Errorf("put after the restart: %v", err)
	}
	holds(t, s, key, blobtest.Noise(1, 6<<20))
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server := servertest.S3(t)
	front := httptest.NewTLSServer(proxy(t, server, func(http.ResponseWriter, *http.Request, http.Handler) bool { return false }))
	front.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of who does not trust it
	defer front.Close()
	c := config(server)
	c.Endpoint = strings.TrimPrefix(front.URL, "https://") // without a scheme it is https
	if _, err := s3.Open(t.Context(), c); err == nil {
		t.Error("a certificate that nobody vouches for was taken")
	}
	c.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
	if err := os.WriteFile(c.CAFile, block, 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, c)
	for _, size := range sizes {
		key := blob.NewKey()
		if err := put(t, s, key, size); err != nil {
			t.Fatal(err)
		}
		holds(t, s, key, blobtest.Noise(1, size))
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	server := servertest.S3(t)
	for name, change := range map[string]func(*s3.Config){
		"no bucket":       func(c *s3.Config) { c.Bucket = "" },
		"strange bucket":  func(c *s3.Config) { c.Bucket = "there-is-none" },
		"no key":          func(c *s3.Config) { c.AccessKey = "" },
		"wrong secret":    func(c *s3.Config) { c.SecretKey = "wrong" },
		"no endpoint":     func(c *s3.Config) { c.Endpoint = "" },
		"endpoint's path": func(c *s3.Config) { c.Endpoint += "/bucket" },
		"scheme":          func(c *s3.Config) { c.Endpoint = "ftp://" + server.Endpoint },
		"nobody there":    func(c *s3.Config) { c.Endpoint = "http://127.0.0.1:1" },
		"no CA file":      func(c *s3.Config) { c.CAFile = filepath.Join(t.TempDir(), "none") },
	} {
		c := config(server)
		change(&c)
		if s, err := s3.Open(t.Context(), c); err == nil {
			s.Close()
			t.Errorf("%s: opened", name)
		} else if strings.Contains(err.Error(), server.SecretKey) {
			t.Errorf("%s: the secret is told: %v", name, err)
		}
	}
}

func TestBucketIsMadeIfAsked(t *testing.T) {
	t.Parallel()
	server := servertest.S3(t)
	c := config(server)
	c.Bucket += "-new"
	c.CreateBucket = true
	for range 2 {
		s := open(t, c)
		if err := put(t, s, blob.NewKey(), 10); err != nil {
			t.Error(err)
		}
	}
}

// A bucket that is gone is a fault, and no news of what was in it.
func TestLostBucketIsNotAMissingObject(t *testing.T) {
	t.Parallel()
	server := servertest.S3(t)
	s := open(t, config(server))
	client, err := server.Client()
	if err != nil {
		t.Fatal(err)
	}
	if err := client.RemoveBucketWithOptions(t.Context(), server.Bucket, minio.RemoveBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	_, statErr := s.Stat(t.Context(), blob.NewKey())
	_, openErr := s.Open(t.Context(), blob.NewKey())
	for _, err := range []error{statErr, openErr, s.Delete(t.Context(), blob.NewKey())} {
		if err == nil || errors.Is(err, blob.ErrNotFound) {
			t.Error(err)
		}
	}
}
