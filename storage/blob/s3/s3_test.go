package s3_test

import (
	"bytes"
	"testing"

	"github.com/minio/minio-go/v7"

	"heyan/internal/servertest"
	"heyan/storage/blob"
	"heyan/storage/blob/blobtest"
	"heyan/storage/blob/s3"
)

// config reaches the bucket of a server; the store's part of it is a folder.
func config(server *servertest.S3Server) s3.Config {
	return s3.Config{
		Endpoint: "http://" + server.Endpoint, Bucket: server.Bucket, Prefix: "some/where/", Region: server.Region,
		AccessKey: server.AccessKey, SecretKey: server.SecretKey,
	}
}

func open(t *testing.T, c s3.Config) *s3.Store {
	t.Helper()
	s, err := s3.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// abandon leaves the upload of a process that was killed: parts and no end.
func abandon(t *testing.T, client *minio.Client, c s3.Config) {
	t.Helper()
	core := minio.Core{Client: client}
	name := c.Prefix + blob.NewKey()
	id, err := core.NewMultipartUpload(t.Context(), c.Bucket, name, minio.PutObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const size = 5 << 20
	_, err = core.PutObjectPart(t.Context(), c.Bucket, name, id, 1, bytes.NewReader(make([]byte, size)), size, minio.PutObjectPartOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStore(t *testing.T) { // alone, for the suite looks at the heap
	blobtest.RunTests(t, func(t *testing.T) (blob.Store, func()) {
		server := servertest.S3(t)
		client, err := server.Client()
		if err != nil {
			t.Fatal(err)
		}
		// Neighbours in the bucket are none of the store's business.
		for _, name := range []string{"some/where/notes.txt", "some/wherever/" + blob.NewKey(), "zz"} {
			if _, err := client.PutObject(t.Context(), server.Bucket, name, bytes.NewReader([]byte("x")), 1, minio.PutObjectOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		neighbour := minio.Core{Client: client}
		if _, err := neighbour.NewMultipartUpload(t.Context(), server.Bucket, "other/"+blob.NewKey(), minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
		c := config(server)
		return open(t, c), func() { abandon(t, client, c) }
	})
}
