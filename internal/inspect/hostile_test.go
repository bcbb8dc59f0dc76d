package inspect_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"heyan/analyzer"
	"heyan/analyzer/apk/apktest"
	"heyan/analyzer/archive/archivetest"
	"heyan/analyzer/facts"
	"heyan/internal/inspect"
	"heyan/rules"
	"heyan/rules/filing"
)

// nothingFiled is a filing that says the app takes no permission at all: the
// lie that a hostile package would want believed.
func nothingFiled(t *testing.T, f *facts.Facts) *filing.Filing {
	t.Helper()
	form, err := filing.Parse([]byte("platform: android\nversion: '1.0'\npermissions: []\nmd5: " + f.File.MD5 + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return form
}

// believed reports a package with a camera permission that was taken for one
// without: the one thing that must never happen.
func believed(t *testing.T, name string, in analyzer.Input) {
	t.Helper()
	f, err := inspect.Facts(t.Context(), in, inspect.Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	r := inspect.Judge(inspect.JudgeInput{Facts: f, Filing: nothingFiled(t, f), AsOf: "2026-09-01"})
	if r.Verdict == rules.Pass {
		t.Errorf("%s: verdict pass; analyzers %+v, permissions %+v", name, f.Analyzers, f.Permissions)
	}
	for _, c := range r.Checks {
		if c.ID == "permissions.camera" && c.Outcome == rules.OutcomePass {
			t.Errorf("%s: the camera box passes; analyzers %+v", name, f.Analyzers)
		}
	}
}

func input(data []byte) analyzer.Input {
	return analyzer.Input{Package: bytes.NewReader(data), Size: int64(len(data))}
}

func withCamera() *apktest.Element {
	return apktest.Manifest(
		apktest.A("versionName", "1.0"), apktest.A("versionCode", 1),
		apktest.E("uses-sdk", apktest.A("minSdkVersion", 24), apktest.A("targetSdkVersion", 34)),
		apktest.E("uses-permission", apktest.A("name", "android.permission.CAMERA")),
		apktest.E("application"),
	)
}

// TestTruncated cuts a real package at every offset class: inside every header,
// around every border, and at even steps between.
func TestTruncated(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile("../../testdata/apk/school.apk")
	if err != nil {
		t.Fatal(err)
	}
	cuts := map[int]bool{0: true, 1: true, 2: true, 3: true}
	for _, magic := range []string{"PK\x03\x04", "PK\x01\x02", "PK\x05\x06", "APK Sig Block 42"} {
		for at := 0; ; {
			i := bytes.Index(whole[at:], []byte(magic))
			if i < 0 {
				break
			}
			at += i
			for _, d := range []int{-1, 0, 1, 4, 15, 30, 46} {
				cuts[at+d] = true
			}
			at++
		}
	}
	for i := 0; i < len(whole); i += 97 {
		cuts[i] = true
	}
	for n := range cuts {
		if n >= 0 && n < len(whole) {
			believed(t, fmt.Sprintf("cut at %d", n), input(whole[:n]))
		}
	}
}

// TestFlipped changes bytes of a real package, a few at a time.
func TestFlipped(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile("../../testdata/apk/school.apk")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- repeatable
	for round := range 600 {
		data := bytes.Clone(whole)
		for range 1 + random.IntN(3) {
			data[random.IntN(len(data))] ^= byte(1 + random.IntN(255))
		}
		f, err := inspect.Facts(t.Context(), input(data), inspect.Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if f.OK(facts.AnalyzerManifest) && len(f.Permissions) == 0 {
			t.Errorf("round %d: a manifest that is read whole has no permissions", round)
		}
	}
}

// TestTricks: the packages of those who want to be misread.
func TestTricks(t *testing.T) {
	t.Parallel()
	manifest := apktest.Doc(withCamera())
	decoy := apktest.Doc(apktest.Manifest(apktest.E("application")))
	garbled := bytes.Clone(manifest)
	tricks := map[string]func(b *archivetest.Builder){
		"decoy manifest first": func(b *archivetest.Builder) {
			b.Store("AndroidManifest.xml", decoy)
			b.Store("AndroidManifest.xml", manifest)
		},
		"decoy manifest last": func(b *archivetest.Builder) {
			b.Store("AndroidManifest.xml", manifest)
			b.Store("AndroidManifest.xml", decoy)
		},
		"unknown method": func(b *archivetest.Builder) {
			e := b.Store("AndroidManifest.xml", manifest)
			e.Central.Method, e.Local.Method = 0x1234, 0x1234
		},
		"encryption flag": func(b *archivetest.Builder) {
			e := b.Deflate("AndroidManifest.xml", manifest)
			e.Central.Flags |= archivetest.FlagEncrypted
			e.Local.Flags |= archivetest.FlagEncrypted
		},
		"wrong CRC": func(b *archivetest.Builder) {
			e := b.Deflate("AndroidManifest.xml", manifest)
			e.Central.CRC32 ^= 1
		},
		"sizes of 2^32-1": func(b *archivetest.Builder) {
			e := b.Deflate("AndroidManifest.xml", manifest)
			e.Central.Compressed, e.Central.Uncompressed = 1<<32-2, 1<<32-2
		},
		"a local header of other sizes": func(b *archivetest.Builder) {
			e := b.Store("AndroidManifest.xml", manifest)
			e.Local.Compressed, e.Local.Uncompressed = 1, 1
		},
		"string count of 2^32-1": func(b *archivetest.Builder) {
			binary.LittleEndian.PutUint32(garbled[16:], 1<<32-1)
			b.Store("AndroidManifest.xml", garbled)
		},
		"names that climb": func(b *archivetest.Builder) {
			b.Store("../../../../etc/passwd", []byte("x"))
			b.Store("AndroidManifest.xml", manifest)
		},
		"a bomb beside it": func(b *archivetest.Builder) {
			b.Store("AndroidManifest.xml", manifest)
			b.Deflate("assets/bomb.html", make([]byte, 64<<20))
			b.Deflate("resources.arsc", make([]byte, 64<<20))
		},
		"text manifest": func(b *archivetest.Builder) {
			b.Store("AndroidManifest.xml", []byte(`<manifest package="a.b"/>`))
		},
		"empty manifest": func(b *archivetest.Builder) { b.Store("AndroidManifest.xml", nil) },
	}
	for name, build := range tricks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b archivetest.Builder
			build(&b)
			believed(t, name, input(b.Bytes()))
		})
	}
}

// TestDeepNesting: elements nested beyond any use.
func TestDeepNesting(t *testing.T) {
	t.Parallel()
	e := apktest.E("x")
	for range 20000 {
		e = apktest.E("x", e)
	}
	doc := apktest.Doc(apktest.Manifest(e, apktest.E("uses-permission", apktest.A("name", "android.permission.CAMERA"))))
	believed(t, "deep nesting", input(apktest.APK(apktest.File{Name: "AndroidManifest.xml", Data: doc, Deflate: true})))
}

// TestHugeZip64: an archive over 4 GiB, made of holes.
func TestHugeZip64(t *testing.T) {
	t.Parallel()
	var b archivetest.Builder
	b.Store("AndroidManifest.xml", apktest.Doc(withCamera()))
	e := b.Store("assets/hole", nil)
	e.Zeros = 5 << 30
	e.Central.Zip64, e.Central.Compressed, e.Central.Uncompressed = true, e.Zeros, e.Zeros
	e.Local.Zip64, e.Local.Compressed, e.Local.Uncompressed = true, e.Zeros, e.Zeros
	b.Zip64 = true
	file := b.File()
	f, err := inspect.Analyze(t.Context(), analyzer.Input{Package: file, Size: file.Size()})
	if err != nil {
		t.Fatal(err)
	}
	if f.Format != facts.FormatAPK || len(f.Permissions) != 1 {
		t.Errorf("format %s, permissions %+v, analyzers %+v", f.Format, f.Permissions, f.Analyzers)
	}
	if f.Signature.Status == facts.SignatureValid {
		t.Error("the signature is valid")
	}
}

// TestStopped: what a reader that was stopped leaves is judged as unknown.
func TestStopped(t *testing.T) {
	t.Parallel()
	stop := &inspect.StoppedError{Reason: "it ran out of memory"}
	f, err := inspect.Facts(t.Context(), input([]byte("PK")), inspect.Options{
		Analyze: func(context.Context, analyzer.Input) (*facts.Facts, error) { return nil, stop },
	})
	if err == nil || !strings.Contains(err.Error(), "out of memory") {
		t.Fatalf("error %v", err)
	}
	if f.File.MD5 == "" || f.Format != facts.FormatUndetermined {
		t.Errorf("facts %+v", f)
	}
	r := inspect.Judge(inspect.JudgeInput{Facts: f, Filing: nothingFiled(t, f), AsOf: "2026-09-01"})
	if r.Verdict != rules.Review {
		t.Errorf("verdict %s, want review", r.Verdict)
	}
}
