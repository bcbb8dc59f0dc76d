package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"strings"
)

// group is a kind of file in the package. The sizes are spread evenly between
// min and max; together they are what an app for lessons looks like: mostly
// media, then native libraries, then code, and many small files.
type group struct {
	path     string // with %d for the number
	count    int
	min, max int
	stored   bool
	text     bool // compressible, as code and JSON are
}

// groups come to 3,000 entries and, with code and text deflated, to 500 MB.
var groups = []group{
	{path: "assets/video/lesson-%03d.mp4", count: 60, min: 1 << 20, max: 7 << 20, stored: true},
	{path: "assets/audio/word-%04d.mp3", count: 400, min: 20 << 10, max: 320 << 10, stored: true},
	{path: "res/drawable-xxhdpi-v4/page_%04d.webp", count: 900, min: 4 << 10, max: 80 << 10, stored: true},
	{path: "res/drawable-xhdpi-v4/icon_%04d.png", count: 600, min: 300, max: 6 << 10, stored: true},
	{path: "lib/arm64-v8a/liblesson%02d.so", count: 9, min: 2 << 20, max: 10 << 20, stored: true},
	{path: "lib/armeabi-v7a/liblesson%02d.so", count: 9, min: 1 << 20, max: 7 << 20, stored: true},
	{path: "classes%d.dex", count: 8, min: 7 << 20, max: 9 << 20, text: true},
	{path: "assets/www/chunk-%04d.js", count: 500, min: 1 << 10, max: 120 << 10, text: true},
	{path: "assets/data/unit-%04d.json", count: 300, min: 500, max: 60 << 10, text: true},
	{path: "res/layout/view_%04d.xml", count: 211, min: 400, max: 8 << 10, text: true},
}

// generate writes the package; the same base gives the same bytes.
func generate(base, out string) (err error) {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	w := zip.NewWriter(f)
	if err := copyBase(w, base); err != nil {
		return err
	}
	random := rand.NewChaCha8([32]byte([]byte("heyan benchmark, the same always")))
	for _, g := range groups {
		for i := range g.count {
			if err := g.put(w, i+1, random); err != nil {
				return err
			}
		}
	}
	return w.Close()
}

// copyBase takes over manifest and resources, without signature and code.
func copyBase(w *zip.Writer, base string) error {
	r, err := zip.OpenReader(base)
	if err != nil {
		return err
	}
	defer r.Close()
	for _, f := range r.File {
		if strings.HasPrefix(f.Name, "META-INF/") || strings.HasSuffix(f.Name, ".dex") {
			continue
		}
		if err := w.Copy(f); err != nil {
			return err
		}
	}
	return nil
}

func (g group) put(w *zip.Writer, number int, random *rand.ChaCha8) error {
	content := make([]byte, g.min+(g.max-g.min)*number/g.count)
	if g.text {
		fillText(content, random)
	} else if _, err := random.Read(content); err != nil {
		return err
	}
	name := strings.Replace(fmt.Sprintf(g.path, number), "classes1.dex", "classes.dex", 1)
	h := &zip.FileHeader{Name: name, Method: zip.Store, ModifiedDate: 1<<5 | 1,
		CRC32: crc32.ChecksumIEEE(content), UncompressedSize64: uint64(len(content))}
	if !g.stored {
		packed, err := deflate(content)
		if err != nil {
			return err
		}
		h.Method, content = zip.Deflate, packed
	}
	h.CompressedSize64 = uint64(len(content))
	entry, err := w.CreateRaw(h)
	if err != nil {
		return err
	}
	_, err = entry.Write(content)
	return err
}

// fillText writes words and noise in turn, which deflate to about two fifths, as
// code does.
func fillText(content []byte, random *rand.ChaCha8) {
	const words = "invoke-virtual const-string return-void lesson homework student teacher move-result-object "
	for at := 0; at < len(content); {
		n := random.Uint64()
		start := int(n % uint64(len(words)-16))
		at += copy(content[at:], words[start:start+8+int(n>>8%8)])
		if at+4 <= len(content) && n>>16%3 != 0 {
			content[at], content[at+1], content[at+2], content[at+3] = byte(n>>24), byte(n>>32), byte(n>>40), byte(n>>48)
			at += 4
		}
	}
}

func deflate(content []byte) ([]byte, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
