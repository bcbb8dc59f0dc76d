package submit_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"heyan/internal/submit"
	"heyan/storage/blob"
)

// A caller that goes away once its package was read is served to the end: with its
// key it can fetch the answer.
func TestCallerGoneAfterPackage(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	w := newWorld(t, func(c *submit.Config) { c.Blobs = hookedBlobs{c.Blobs, leave} })
	got, err := w.Submit(ctx, caller("a"), request("key"), upload("bytes"))
	if err != nil {
		t.Fatal(err)
	}
	w.intact(t, got.Submission, "bytes")
	if w.received(t) == "" {
		t.Error("the queue was not told")
	}
	again, err := w.Submit(t.Context(), caller("a"), request("key"), upload("bytes"))
	if err != nil || again.Submission.ID != got.Submission.ID {
		t.Errorf("the answer again: %+v, %v", again, err)
	}
}

// What is refused after the package was stored is deleted though nobody waits.
func TestCallerGoneWithWrongBytes(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	w := newWorld(t, func(c *submit.Config) { c.Blobs = hookedBlobs{c.Blobs, leave} })
	u := upload("bytes")
	u.SHA256 = sumSHA256("other")
	_, err := w.Submit(ctx, caller("a"), request(""), u)
	wantCode(t, err, submit.CodeDigestMismatch)
	if n := w.objects(t); n != 0 {
		t.Errorf("%d objects are left", n)
	}
}

// A caller that goes away while its package is read leaves nothing.
func TestCallerGoneWhileReading(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	w := newWorld(t)
	r := io.MultiReader(strings.NewReader("some"), leaving{leave}, strings.NewReader("more"))
	_, err := w.Submit(ctx, caller("a"), request(""), submit.Upload{Package: r, Size: blob.UnknownSize})
	wantCode(t, err, submit.CodeUploadCut)
	if n := w.objects(t); n != 0 {
		t.Errorf("%d objects are left", n)
	}
}

// leaving is read as nothing, once.
type leaving struct{ leave func() }

func (l leaving) Read([]byte) (int, error) {
	l.leave()
	return 0, io.EOF
}
