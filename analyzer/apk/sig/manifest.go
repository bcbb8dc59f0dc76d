package sig

import (
	"fmt"
	"strings"

	"heyan/analyzer/apk/sig/internal/apkzip"
	"heyan/analyzer/apk/sig/internal/binxml"
)

// Names of entries apksig looks for.
const (
	nameManifest    = "AndroidManifest.xml"
	nameStamp       = "stamp-cert-sha256"
	nameJarManifest = "META-INF/MANIFEST.MF"
	prefixMeta      = "META-INF/"
)

// maxManifest bounds the entries that are read as a whole.
const maxManifest = 16 << 20

// landmarks are the entries of the central directory that matter beside v1.
type landmarks struct {
	manifest, stamp, jarManifest *apkzip.Entry
	// jarSigned is set where there is a signature file or block of v1.
	jarSigned bool
	jarBlocks []*apkzip.Entry // the first v1 signature blocks
	entries   int
	// first is the offset of the first local header, -1 without entries.
	first int64
}

// directory reads the central directory once; every later call gives the same.
func (v *verifier) directory() (*landmarks, error) {
	if v.directoryRead {
		return &v.landmarks, v.directoryErr
	}
	v.directoryRead = true
	l := &v.landmarks
	l.first = -1
	v.directoryErr = v.archive.Each(func(e apkzip.Entry) error {
		l.entries++
		if offset := int64(e.HeaderOffset); l.first < 0 || offset < l.first {
			l.first = offset
		}
		switch e.Name {
		case nameManifest:
			keepFirst(&l.manifest, e)
		case nameStamp:
			keepFirst(&l.stamp, e)
		case nameJarManifest:
			keepFirst(&l.jarManifest, e)
		}
		if strings.HasPrefix(e.Name, prefixMeta) && isBlockName(e.Name) {
			l.keepJarBlock(e)
		}
		l.jarSigned = l.jarSigned || strings.HasPrefix(e.Name, prefixMeta) &&
			(strings.HasSuffix(e.Name, ".SF") || isBlockName(e.Name))
		if l.entries%1024 == 0 {
			return v.ctx.Err()
		}
		return nil
	})
	return l, v.directoryErr
}

func keepFirst(place **apkzip.Entry, e apkzip.Entry) {
	if *place == nil {
		*place = &e
	}
}

// isBlockName reports whether a name is that of a v1 signature block.
func isBlockName(name string) bool {
	return strings.HasSuffix(name, ".RSA") || strings.HasSuffix(name, ".DSA") || strings.HasSuffix(name, ".EC")
}

// androidManifest reads AndroidManifest.xml as apksig does, the first of its
// name (ApkVerifier.getAndroidManifestFromApk).
func (v *verifier) androidManifest() ([]byte, error) {
	if v.manifestRead {
		return v.manifest, v.manifestErr
	}
	v.manifestRead = true
	v.manifest, v.manifestErr = func() ([]byte, error) {
		l, err := v.directory()
		if err != nil {
			return nil, err
		}
		if l.manifest == nil {
			return nil, fmt.Errorf("%w: no %s", apkzip.ErrFormat, nameManifest)
		}
		return v.archive.Bytes(v.ctx, l.manifest, maxManifest)
	}()
	return v.manifest, v.manifestErr
}

func (v *verifier) manifestMinSDK() (int, error) {
	xml, err := v.androidManifest()
	if err != nil {
		return 0, err
	}
	level, err := binxml.MinSDK(xml)
	if err != nil {
		return 0, &unanswered{code: "malformed-apk", detail: "minSdkVersion: " + err.Error()}
	}
	return level, nil
}

func (v *verifier) targetSDK(xml []byte) (int, error) {
	if v.options.TargetSDK != 0 {
		return v.options.TargetSDK, nil
	}
	level, err := binxml.TargetSDK(xml)
	if err != nil {
		return 0, exception("targetSdkVersion: %v", err)
	}
	return level, nil
}

func (v *verifier) targetSandboxVersion(xml []byte) (int, error) {
	if v.options.TargetSandboxVersion != 0 {
		return v.options.TargetSandboxVersion, nil
	}
	version, err := binxml.TargetSandboxVersion(xml)
	if err != nil {
		return 0, exception("targetSandboxVersion: %v", err)
	}
	return version, nil
}
