//go:build linux

package faulttest

import (
	"crypto/md5" //nolint:gosec // the filing form asks for it
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"

	"heyan/analyzer/apk/apktest"
)

// Package is a package and what is filed of it. No two have the same bytes.
type Package struct {
	Name   string
	Bytes  []byte
	Filing []byte // YAML
	SHA256 string
	// Verdict is what the engine says of it.
	Verdict string
}

// Maker makes packages that differ: each has its own app id, version, content and
// signature. It is not for concurrent use.
type Maker struct {
	signer *apktest.Signer
	rand   *rand.ChaCha8
	made   int
}

// NewMaker returns a Maker of a seed. Sizes and verdicts follow the seed; the
// signing key does not.
func NewMaker(seed uint64) *Maker {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	return &Maker{signer: apktest.NewSigner(), rand: rand.NewChaCha8(key)}
}

// Make returns a package with an asset of about size bytes that does not compress.
// One in three is filed wrongly: with another MD5, or without a permission that it
// declares.
func (m *Maker) Make(size int) Package {
	m.made++
	id, version := fmt.Sprintf("cn.example.app%06d", m.made), fmt.Sprintf("1.%d", m.made)
	apk := m.signer.Sign(apktest.APK(
		apktest.File{Name: "AndroidManifest.xml", Data: apktest.Doc(manifest(id, version, m.made)), Deflate: true},
		apktest.File{Name: "assets/content.bin", Data: m.noise(size)},
	))
	sum := sha256.Sum256(apk)
	p := Package{Name: id + ".apk", Bytes: apk, SHA256: hex.EncodeToString(sum[:]), Verdict: "pass"}
	filed := md5.Sum(apk) //nolint:gosec // as above
	boxes := "[调用摄像头]"
	switch m.made % 6 {
	case 1:
		filed[0]++
		p.Verdict = "return"
	case 4:
		boxes, p.Verdict = "[]", "return"
	}
	p.Filing = fmt.Appendf(nil, "应用平台: 安卓\n应用名称: 应用%d\n应用版本号: %q\n安装包MD5码: %x\n应用权限: %s\n包名: %s\n", m.made, version, filed, boxes, id)
	return p
}

func manifest(id, version string, n int) *apktest.Element {
	return apktest.E("manifest",
		apktest.P("package", id), apktest.A("versionCode", n), apktest.A("versionName", version),
		apktest.E("uses-sdk", apktest.A("minSdkVersion", 24), apktest.A("targetSdkVersion", 34)),
		apktest.E("uses-permission", apktest.A("name", "android.permission.CAMERA")),
		apktest.E("application", apktest.A("label", fmt.Sprint("应用", n))),
	)
}

// noise is content that no other package has.
func (m *Maker) noise(size int) []byte {
	data := make([]byte, size)
	_, _ = m.rand.Read(data) // never fails
	return data
}
