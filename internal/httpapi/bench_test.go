package httpapi_test

import (
	"io"
	"strings"
	"testing"

	"heyan/storage/blob"
)

// What HTTP costs: the same bytes into the same store, with both hashes, by way of
// a PUT, of a form, of a resumable upload, and without HTTP.
func BenchmarkUpload(b *testing.B) {
	const size = 256 << 20
	b.Run("store", func(b *testing.B) {
		w := newWorld(b)
		b.SetBytes(size)
		for b.Loop() {
			d := blob.NewDigester(b.Context(), io.LimitReader(pattern(1), size))
			key := blob.NewKey()
			if _, err := w.blobs.Put(b.Context(), key, d, blob.UnknownSize); err != nil {
				b.Fatal(err)
			}
			if _, err := d.Digests(); err != nil {
				b.Fatal(err)
			}
			if err := w.blobs.Delete(b.Context(), key); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("put", func(b *testing.B) {
		w := newWorld(b)
		b.SetBytes(size)
		for b.Loop() {
			w.call("PUT", w.reserved(w.alice).UploadURL, w.alice, io.LimitReader(pattern(1), size)).want(b, 200)
		}
	})
	b.Run("form", func(b *testing.B) {
		w := newWorld(b)
		head, contentType := encode(part{"filing", "", smallFiling}, part{"package", "a.apk", "@"})
		before, after, _ := strings.Cut(head, "@")
		b.SetBytes(size)
		for b.Loop() {
			body := io.MultiReader(strings.NewReader(before), io.LimitReader(pattern(1), size), strings.NewReader(after))
			w.call("POST", "/v1/submissions", w.alice, body, "Content-Type: "+contentType).want(b, 201)
		}
	})
	b.Run("tus", func(b *testing.B) {
		w := newWorld(b)
		b.SetBytes(size)
		for b.Loop() {
			id := w.createUpload(w.alice, w.reserved(w.alice).ID, size)
			w.patch(w.alice, id, 0, io.LimitReader(pattern(1), size)).want(b, 204)
		}
	})
}
