package s3_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"heyan/storage/blob"
	"heyan/storage/blob/blobtest"
	"heyan/storage/blob/s3"
)

// TestMinIO runs the suite on the MinIO that HEYAN_TEST_MINIO names: scripts/minio.sh
// builds it. It is a target of its own because the build takes minutes.
func TestMinIO(t *testing.T) {
	program := os.Getenv("HEYAN_TEST_MINIO")
	if program == "" {
		t.Skip("make test-minio runs this")
	}
	c := startMinIO(t, program)
	client, err := minio.New(strings.TrimPrefix(c.Endpoint, "http://"), &minio.Options{
		Creds: credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""), MaxRetries: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		if _, err = client.ListBuckets(t.Context()); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("MinIO does not answer: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	var buckets atomic.Int64
	blobtest.RunTests(t, func(t *testing.T) (blob.Store, func()) {
		c := c
		c.Bucket = fmt.Sprintf("heyan-%d", buckets.Add(1))
		return open(t, c), func() { abandon(t, client, c) }
	})
}

func startMinIO(t *testing.T, program string) s3.Config {
	t.Helper()
	c := s3.Config{
		Endpoint: "http://" + freeAddress(t), Prefix: "some/where/", CreateBucket: true,
		AccessKey: "heyan", SecretKey: rand.Text(),
	}
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, program, "server", "--quiet",
		"--address", strings.TrimPrefix(c.Endpoint, "http://"), "--console-address", freeAddress(t), t.TempDir())
	server.Env = append(os.Environ(), "MINIO_ROOT_USER="+c.AccessKey, "MINIO_ROOT_PASSWORD="+c.SecretKey, "MINIO_UPDATE=off", "MINIO_BROWSER=off")
	server.Stdout, server.Stderr = os.Stderr, os.Stderr
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = server.Wait()
	})
	return c
}

// freeAddress is an address of loopback that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
