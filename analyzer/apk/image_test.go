package apk

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSniff(t *testing.T) {
	t.Parallel()
	webp := func(kind, rest string) string { return "RIFF\x00\x00\x00\x00WEBP" + kind + "\x0a\x00\x00\x00" + rest }
	for name, test := range map[string]struct {
		data string
		want picture
	}{
		"png":           {"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x90\x00\x00\x00\x60\x08\x06", picture{kindPNG, 144, 96}},
		"apple's png":   {"\x89PNG\r\n\x1a\n\x00\x00\x00\x04CgBI\x50\x00\x20\x02\x00\x00\x00\x00\x00\x00\x00\x0dIHDR\x00\x00\x00\x10\x00\x00\x00\x20", picture{kindPNG, 16, 32}},
		"png cut":       {"\x89PNG\r\n\x1a\n\x00\x00", picture{kind: kindPNG}},
		"png, huge":     {"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\xff\xff\xff\xff\x00\x00\x00\x60", picture{kindPNG, 0, 96}},
		"lossy webp":    {webp("VP8 ", "\x30\x01\x00\x9d\x01\x2a\xc0\x00\x60\x00"), picture{kindWebP, 192, 96}},
		"lossless webp": {webp("VP8L", "\x2f\xbf\x00\x18\x00\x00\x00\x00\x00\x00"), picture{kindWebP, 192, 97}},
		"extended webp": {webp("VP8X", "\x10\x00\x00\x00\xbf\x00\x00\x5f\x00\x00"), picture{kindWebP, 192, 96}},
		"webp cut":      {"RIFF\x00\x00\x00\x00WEBPVP8X", picture{kind: kindWebP}},
		"jpeg":          {"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x11\x08\x00\x60\x00\x90\x03", picture{kindJPEG, 144, 96}},
		"jpeg cut":      {"\xff\xd8\xff\xe0\xff\xff", picture{kind: kindJPEG}},
		"binary xml":    {"\x03\x00\x08\x00", picture{kind: kindXML}},
		"other":         {"GIF89a", picture{kind: kindUnknown}},
		"empty":         {"", picture{kind: kindUnknown}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, sniff([]byte(test.data)), cmp.AllowUnexported(picture{})); diff != "" {
				t.Errorf("picture (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzSniff(f *testing.F) {
	for _, seed := range []string{
		"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x90\x00\x00\x00\x60", "RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\xbf\x00\x00\x5f\x00\x00",
		"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x11\x08\x00\x60\x00\x90\x03", "\x03\x00\x08\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := sniff(data)
		if p != sniff(data) || p.width < 0 || p.height < 0 || p.width > 1<<24 || p.height > 1<<24 {
			t.Errorf("picture %+v", p)
		}
	})
}
