package servertest

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3Server is a versitygw on plain HTTP and one empty bucket in it.
type S3Server struct {
	control
	Endpoint  string // 127.0.0.1:port
	AccessKey string
	SecretKey string
	Region    string
	Bucket    string
	// Dir is where the server keeps the objects of Bucket, as files.
	Dir string

	buckets string
	made    *atomic.Int64 // buckets so far in this server
}

// S3 gives the test an empty bucket in the server that the tests of this binary
// share.
func S3(t TB) *S3Server {
	t.Helper()
	server, err := theS3()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return server.fresh(t)
}

// NewS3 starts a server for this test alone, with an empty bucket.
func NewS3(t TB) *S3Server {
	t.Helper()
	server, err := startS3()
	if err != nil {
		t.Fatalf("%v", err)
	}
	server.own(t)
	return server.fresh(t)
}

// Client returns a client of the server, to look behind the back of what is
// tested.
func (s *S3Server) Client() (*minio.Client, error) {
	return minio.New(s.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(s.AccessKey, s.SecretKey, ""), Region: s.Region, MaxRetries: 1,
	})
}

// fresh makes a bucket for the test.
func (s *S3Server) fresh(t TB) *S3Server {
	t.Helper()
	one := *s
	one.Bucket = fmt.Sprintf("heyan-%d", s.made.Add(1))
	one.Dir = filepath.Join(s.buckets, one.Bucket)
	one.t = t
	c, err := s.Client()
	if err != nil {
		t.Fatalf("%v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.MakeBucket(ctx, one.Bucket, minio.MakeBucketOptions{Region: s.Region}); err != nil {
		t.Fatalf("make a bucket: %v", err)
	}
	return &one
}

func startS3() (*S3Server, error) {
	program, err := find("versitygw")
	if err != nil {
		return nil, err
	}
	r, err := theRoom()
	if err != nil {
		return nil, err
	}
	dir, err := r.folder("s3")
	if err != nil {
		return nil, err
	}
	s := &S3Server{
		AccessKey: "heyan-" + rand.Text(), SecretKey: rand.Text(), Region: "us-east-1",
		buckets: filepath.Join(dir, "buckets"), made: new(atomic.Int64),
	}
	sidecar := filepath.Join(dir, "sidecar")
	for _, d := range []string{s.buckets, sidecar} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return nil, err
		}
	}
	port, run, err := startOn(r, func(port int) *process {
		return &process{
			dir: dir, path: program, last: syscall.SIGKILL,
			// Extended attributes are not to be had on every temporary folder.
			args: []string{"--port", address(port), "--region", s.Region, "--quiet", "posix", "--sidecar", sidecar, s.buckets},
			env:  []string{"ROOT_ACCESS_KEY=" + s.AccessKey, "ROOT_SECRET_KEY=" + s.SecretKey},
			ready: func(ctx context.Context, _ *proc) error {
				return s.serves(ctx, address(port))
			},
		}
	})
	if err != nil {
		return nil, err
	}
	s.Endpoint = address(port)
	s.control = control{named: "S3", run: run, stop: syscall.SIGTERM}
	return s, nil
}

// serves: the server that knows our keys, and no stranger on its port, answers.
func (s *S3Server) serves(ctx context.Context, endpoint string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	probe := S3Server{Endpoint: endpoint, AccessKey: s.AccessKey, SecretKey: s.SecretKey, Region: s.Region}
	c, err := probe.Client()
	if err != nil {
		return err
	}
	_, err = c.ListBuckets(ctx)
	return err
}
