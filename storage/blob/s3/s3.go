// Package s3 is the object store in a bucket of any S3-compatible server.
//
// An object of less than a part is one request, a larger one a multipart upload of
// which one part is on the way while the next is read. A request is tried a few
// times, each with a deadline, so that a server that is gone is an error within
// seconds. Every write says If-None-Match, at the request that makes the object
// visible: no key is ever overwritten. Each upload leaves a random mark in the
// object's metadata; it says whose object it is when the answer to that request was
// lost. ETags say nothing here and are only handed back.
//
// Durable is what the server calls so: with its first answer of 200.
//
// Memory: an upload holds one part (5 MiB), and a second while few uploads run.
//
// Nothing here is of one maker: no lifecycle rules, no copy, no list extension.
package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"heyan/storage/blob"
)

// Config says which bucket and how it is reached.
type Config struct {
	// Endpoint is the server's address: https://s3.example.org or
	// http://127.0.0.1:9000. Without a scheme it is https.
	Endpoint string
	Bucket   string
	// Prefix is put before every key, such as "heyan/".
	Prefix string
	// Region is us-east-1 where none is given.
	Region               string
	AccessKey, SecretKey string
	// PathStyle asks for http://server/bucket and not http://bucket.server. Servers
	// that are given by address or are not Amazon's are asked so anyway.
	PathStyle bool
	// CreateBucket makes the bucket if it is not there.
	CreateBucket bool
	// CAFile is a PEM file of the authorities trusted instead of the system's.
	CAFile string
	// PartSize is the size of parts: 5 MiB, the least that S3 allows, if it is 0.
	PartSize int64
	// Timeout is the longest wait for one request, or for the next bytes of an
	// object that is read: 20 s if it is 0.
	Timeout time.Duration
}

// Store is a bucket. It is safe for concurrent use.
type Store struct {
	Config
	client minio.Core
	server *serverName

	parts   atomic.Int32 // that uploads hold
	mu      sync.Mutex
	running map[string]bool // ids of multipart uploads of this process
}

var (
	_ blob.Store   = (*Store)(nil)
	_ blob.Checker = (*Store)(nil)
)

const (
	minPart      = 5 << 20
	maxParts     = 8 // in all; an upload has its first part beyond them as well
	dialTimeout  = 5 * time.Second
	undoTimeout  = 5 * time.Second
	assembleWait = 10 // times Timeout: a server may copy the object to assemble it
)

// ErrNoBucket: the server is reached and does not have the bucket.
var ErrNoBucket = errors.New("there is no such bucket")

// Open prepares the store and reaches the bucket once.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := prepare(c)
	if err != nil {
		return nil, fmt.Errorf("object store: %w", err)
	}
	if err := s.ready(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("object store %q at %s: %w", c.Bucket, c.Endpoint, err)
	}
	return s, nil
}

func prepare(c Config) (*Store, error) {
	if c.Bucket == "" || c.AccessKey == "" || c.SecretKey == "" {
		return nil, errors.New("bucket, access key and secret key are needed")
	}
	host, secure, err := splitEndpoint(c.Endpoint)
	if err != nil {
		return nil, err
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.PartSize < minPart {
		c.PartSize = minPart
	}
	if c.Timeout <= 0 {
		c.Timeout = 20 * time.Second
	}
	transport, err := newTransport(c)
	if err != nil {
		return nil, err
	}
	lookup := minio.BucketLookupAuto
	if c.PathStyle {
		lookup = minio.BucketLookupPath
	}
	server := &serverName{next: transport}
	client, err := minio.NewCore(host, &minio.Options{
		Creds:        credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Secure:       secure,
		Transport:    server,
		Region:       c.Region,
		BucketLookup: lookup,
		MaxRetries:   1, // try decides what is tried again
	})
	if err != nil {
		return nil, err
	}
	return &Store{
		Config: c, client: *client, server: server,
		running: map[string]bool{},
	}, nil
}

func splitEndpoint(endpoint string) (host string, secure bool, err error) {
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", false, err
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", false, fmt.Errorf("endpoint %q is not http(s)://host[:port]", endpoint)
	}
	return u.Host, u.Scheme == "https", nil
}

func newTransport(c Config) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: min(dialTimeout, c.Timeout)}).DialContext,
		TLSHandshakeTimeout:   min(dialTimeout, c.Timeout),
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       30 * time.Second,
		MaxIdleConnsPerHost:   32,
		WriteBufferSize:       64 << 10,
		ReadBufferSize:        64 << 10,
		DisableCompression:    true, // the bytes are to come as they are stored
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if c.CAFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, err
	}
	t.TLSClientConfig.RootCAs = x509.NewCertPool()
	if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %q", c.CAFile)
	}
	return t, nil
}

// Close gives idle connections up.
func (s *Store) Close() { s.server.next.CloseIdleConnections() }

// ready looks for the bucket and makes it if that is asked for.
func (s *Store) ready(ctx context.Context) error {
	var found bool
	err := s.try(ctx, s.Timeout, func(ctx context.Context) (err error) {
		found, err = s.client.BucketExists(ctx, s.Bucket)
		return err
	})
	switch {
	case err != nil:
		return err
	case found:
		return nil
	case !s.CreateBucket:
		return ErrNoBucket
	}
	err = s.try(ctx, s.Timeout, func(ctx context.Context) error {
		return s.client.MakeBucket(ctx, s.Bucket, minio.MakeBucketOptions{Region: s.Region})
	})
	if code := minio.ToErrorResponse(err).Code; code == "BucketAlreadyOwnedByYou" || code == "BucketAlreadyExists" {
		return nil // by another process, at this moment
	}
	return err
}

// Check implements blob.Checker.
func (s *Store) Check(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	found, err := s.client.BucketExists(ctx, s.Bucket)
	if err == nil && !found {
		err = ErrNoBucket
	}
	if err != nil {
		return "", fmt.Errorf("check object store %q at %s: %w", s.Bucket, s.Endpoint, err)
	}
	name := "S3 " + s.Endpoint
	if server, _ := s.server.name.Load().(string); server != "" {
		name += " (" + server + ")"
	}
	return name, nil
}

// serverName remembers what the server calls itself.
type serverName struct {
	next *http.Transport
	name atomic.Value
}

func (s *serverName) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := s.next.RoundTrip(r)
	if err == nil {
		if name := response.Header.Get("Server"); name != "" {
			s.name.Store(name)
		}
	}
	return response, err
}

// Stat implements blob.Store.
func (s *Store) Stat(ctx context.Context, key string) (blob.Object, error) {
	if err := blob.CheckKey(key); err != nil {
		return blob.Object{}, fmt.Errorf("stat object: %w", err)
	}
	found, err := s.stat(ctx, key)
	if err != nil {
		return blob.Object{}, fmt.Errorf("stat object %q: %w", key, err)
	}
	return found.Object, nil
}

// A marked object is one together with the mark its upload left.
type marked struct {
	blob.Object
	mark string
}

func (s *Store) stat(ctx context.Context, key string) (marked, error) {
	var found marked
	err := s.try(ctx, s.Timeout, func(ctx context.Context) error {
		info, err := s.client.StatObject(ctx, s.Bucket, s.Prefix+key, minio.StatObjectOptions{})
		if err != nil {
			return err
		}
		found.Object = blob.Object{Key: key, Size: info.Size, Modified: info.LastModified.UTC()}
		for name, value := range info.UserMetadata {
			if strings.EqualFold(name, markName) {
				found.mark = value
			}
		}
		return nil
	})
	if !errors.Is(err, blob.ErrNotFound) {
		return found, err
	}
	// The answer to HEAD has no body: a bucket that is gone looks the same. That is
	// a fault of the store and no news of the object.
	bucketErr := s.try(ctx, s.Timeout, func(ctx context.Context) error {
		there, err := s.client.BucketExists(ctx, s.Bucket)
		if err == nil && !there {
			err = errors.New("the bucket is gone")
		}
		return err
	})
	if bucketErr != nil {
		return found, bucketErr
	}
	return found, err
}

// Delete implements blob.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := blob.CheckKey(key); err != nil {
		return fmt.Errorf("delete object: %w", err)
	}
	err := s.try(ctx, s.Timeout, func(ctx context.Context) error {
		return s.client.RemoveObject(ctx, s.Bucket, s.Prefix+key, minio.RemoveObjectOptions{})
	})
	if err != nil && !errors.Is(err, blob.ErrNotFound) {
		return fmt.Errorf("delete object %q: %w", key, err)
	}
	return nil
}

// Open implements blob.Store.
func (s *Store) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := blob.CheckKey(key); err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	var object io.ReadCloser
	err := s.try(ctx, 0, func(ctx context.Context) (err error) {
		object, err = s.open(ctx, s.Prefix+key)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open object %q: %w", key, err)
	}
	return object, nil
}
