package cgbi_test

import (
	"bytes"
	"fmt"
	"image/png"
	"testing"

	"heyan/analyzer/ipa/cgbi"
)

// FuzzCgBI: no panic, no image beyond the limit, the size that Read told, the
// same outcome twice.
func FuzzCgBI(f *testing.F) {
	f.Add(crushed{flags: 2, filter: 4, colour: 6, pieces: 2}.encode(picture(9, 9, false)))
	f.Add(crushed{flags: 6, filter: 3, colour: 2, pieces: 1, interlace: true}.encode(picture(9, 9, true)))
	var plain bytes.Buffer
	if err := png.Encode(&plain, picture(9, 9, false)); err != nil {
		f.Fatal(err)
	}
	f.Add(plain.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		const most = 1 << 14
		info, errRead := cgbi.Read(data)
		img, err := cgbi.Decode(data, most)
		again, errAgain := cgbi.Decode(data, most)
		if fmt.Sprint(img, err) != fmt.Sprint(again, errAgain) {
			t.Error("two readings differ")
		}
		if err != nil {
			return
		}
		size := img.Bounds().Size()
		if errRead != nil || size.X != info.Width || size.Y != info.Height || size.X*size.Y > most {
			t.Errorf("decoded %v, read %+v, %v", size, info, errRead)
		}
	})
}
