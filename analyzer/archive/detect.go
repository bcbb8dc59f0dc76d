package archive

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"heyan/analyzer/facts"
)

// Detection is what a file is, decided by its content.
type Detection struct {
	Format facts.Format
	// Detail is English text for a person: what it is beyond the format, or what is
	// missing to be one.
	Detail string
	// Root is the folder the package's files are in, with a slash at its end: ""
	// for an APK, "Payload/Name.app/" for an IPA, the folder's name for a package
	// that is wrapped in one.
	Root string
	// Anomalies are in a fixed order.
	Anomalies []facts.Anomaly
}

const manifestName = "AndroidManifest.xml"

// Detect says what an archive is. The error is ErrRead.
func Detect(a *Archive) (Detection, error) {
	d := &detector{archive: a, marks: scan(a)}
	manifest, err := d.manifest()
	if err != nil {
		return Detection{}, err
	}
	d.decide(manifest)
	d.remark()
	d.Anomalies = d.found.list()
	return d.Detection, nil
}

type detector struct {
	Detection
	archive *Archive
	marks   marks
	found   collector
}

// decide goes from the surest marks to the vaguest.
func (d *detector) decide(manifest manifestKind) {
	switch m := &d.marks; {
	case manifest == manifestBinary, manifest == manifestOdd && len(m.apps) == 0:
		d.Format = facts.FormatAPK
	case len(m.apps) > 0:
		d.Format, d.Root = facts.FormatIPA, m.apps[0]
	case manifest == manifestText && (m.dex || d.has("resources.arsc")):
		d.Format = facts.FormatAPK
	case d.has("BundleConfig.pb"), d.has("base/manifest/AndroidManifest.xml"):
		d.is(facts.FormatAAB, "Android App Bundle")
	case d.has("toc.pb") && len(m.packages) > 0, m.splits > 0:
		d.is(facts.FormatAPKS, "set of APKs written by bundletool")
	case m.rootAPKs > 0 && (d.has("manifest.json") || d.has("info.json")), m.rootAPKs > 1 && m.splitAPK:
		d.is(facts.FormatXAPK, fmt.Sprintf("set of %d APKs", m.rootAPKs))
	case m.haps > 0 && (d.has("pack.info") || m.haps == len(m.packages)):
		d.is(facts.FormatHAP, fmt.Sprintf("HarmonyOS app pack of %d modules", m.haps))
	case d.has("module.json"), d.has("config.json") && (m.ets || d.has("resources.index") || d.has("pack.info")):
		d.is(facts.FormatHAP, "HarmonyOS module")
	case m.dex, m.signed && d.has("resources.arsc"):
		d.is(facts.FormatBroken, "has the files of an APK but no AndroidManifest.xml"+d.foldedHint())
	case len(d.archive.entries) == 0 && d.archive.layout.SigningBlockSize > 0:
		d.is(facts.FormatBroken, "an APK Signing Block and no entries")
	case m.bareApps > 0:
		d.is(facts.FormatBroken, "has Payload/*.app but no Info.plist in it")
	default:
		d.plainZIP(manifest)
	}
}

func (d *detector) is(f facts.Format, detail string) { d.Format, d.Detail = f, detail }

func (d *detector) has(name string) bool {
	_, count := d.archive.Lookup(name)
	return count > 0
}

func (d *detector) foldedHint() string {
	if d.marks.folded == "" {
		return ""
	}
	return fmt.Sprintf(" (there is a %q)", d.marks.folded)
}

// plainZIP tells what an archive holds that is no package itself.
func (d *detector) plainZIP(manifest manifestKind) {
	d.Format = facts.FormatZIP
	m := &d.marks
	switch {
	case len(m.packages) == 1:
		d.nested(m.packages[0])
	case len(m.packages) > 1:
		d.found.add(CodeNested, atName(m.packages[0]), "the archive holds several packages")
		d.Detail = fmt.Sprintf("holds several packages, %q is the first", m.packages[0])
	case len(m.payloads) > 0:
		d.wrapped(m.payloads[0], "an IPA")
	case d.wrappedAPK() != "":
		d.wrapped(d.wrappedAPK(), "an APK")
	case m.xcarchive:
		d.Detail = "Xcode archive (xcarchive), from which an IPA is still to be exported"
	case m.appFolder != "":
		d.Root, d.Detail = m.appFolder, "an iOS or macOS app folder outside Payload/"
		d.found.add(CodeWrapped, atName(m.appFolder), "the app folder is not in Payload/")
	case manifest == manifestText && d.has("classes.jar"):
		d.Detail = "Android library (AAR)"
	case manifest == manifestText:
		d.Detail = "AndroidManifest.xml is text, as in a project's sources"
	case d.has("[Content_Types].xml"):
		d.Detail = "Office document"
	case d.has("META-INF/MANIFEST.MF") && m.classes:
		d.Detail = "Java archive (JAR)"
	case d.has("manifest.json") && d.has("app.js"):
		d.Detail = "quick app (RPK)"
	case len(d.archive.entries) == 0:
		d.Detail = "no entries"
	default:
		d.Detail = "no package in it"
	}
}

func (d *detector) nested(name string) {
	d.Detail = fmt.Sprintf("holds one package, %q, instead of being one", name)
	d.found.add(CodeNested, atName(name), "the package is inside another archive")
}

func (d *detector) wrapped(folder, what string) {
	d.Root = folder
	d.Detail = fmt.Sprintf("the files of %s are wrapped in the folder %q", what, folder)
	d.found.add(CodeWrapped, atName(folder), "the files of %s are in a folder", what)
}

// wrappedAPK is the folder that holds what an APK's root does.
func (d *detector) wrappedAPK() string {
	for _, folder := range d.marks.manifests {
		if d.has(folder+"classes.dex") || d.has(folder+"resources.arsc") || d.has(folder+"META-INF/MANIFEST.MF") {
			return folder
		}
	}
	return ""
}

// remark records what does not fit the format that was decided on.
func (d *detector) remark() {
	m := &d.marks
	switch d.Format {
	case facts.FormatAPK:
		if len(m.apps) > 0 {
			d.found.add(CodeTwoFormats, atName(m.apps[0]), "an APK that holds an iOS app too")
		}
		if d.has("BundleConfig.pb") && d.has("base/manifest/AndroidManifest.xml") {
			d.found.add(CodeTwoFormats, atName("BundleConfig.pb"), "an APK that holds an App Bundle too")
		}
		if d.archive.layout.Zip64 {
			d.found.add(CodeZip64APK, atOffset(d.archive.layout.EndOffset), "a ZIP64 archive, which apksigner refuses")
		}
	case facts.FormatIPA:
		if d.has(manifestName) {
			d.found.add(CodeTwoFormats, atName(manifestName), "an IPA that holds an AndroidManifest.xml too")
		}
		if len(m.apps) > 1 {
			d.found.add(CodeTwoFormats, atName(m.apps[1]), "%d apps in Payload/, an IPA has one", len(m.apps))
		}
	}
	if m.foreign > 0 {
		d.found.add(CodeForeignFiles, atName("__MACOSX"), "%d files that macOS adds when it compresses", m.foreign)
	}
	if kind := d.archive.layout.PrefixKind; kind != "" && kind != magicZIP {
		d.Detail = strings.TrimPrefix(d.Detail+"; the file begins as "+kind, "; ")
	}
}

type manifestKind int

const (
	manifestNone manifestKind = iota
	manifestBinary
	manifestText
	manifestOdd
)

// manifest looks at the first bytes of AndroidManifest.xml. Android's reader
// (ResXMLTree::setTo) does not look at the chunk type, so anything but text may be
// one; packers do change it.
func (d *detector) manifest() (manifestKind, error) {
	e, _ := d.archive.Lookup(manifestName)
	if e == nil {
		return manifestNone, nil
	}
	head, err := d.archive.head(e, 64)
	switch {
	case errors.Is(err, ErrRead):
		return manifestNone, err
	case err != nil:
		d.found.add(CodeOddManifest, atName(manifestName), "can't be read: %v", err)
		return manifestOdd, nil
	case strings.HasPrefix(string(head), "\x03\x00\x08\x00"):
		return manifestBinary, nil
	case Magic(head) == "XML text" || strings.HasPrefix(string(head), "<"):
		d.found.add(CodeTextManifest, atName(manifestName), "text, not binary XML")
		return manifestText, nil
	}
	d.found.add(CodeOddManifest, atName(manifestName), "begins with %x, binary XML with 03000800", head[:min(len(head), 4)])
	return manifestOdd, nil
}

// head is the first n bytes of an entry, or what there is of them.
func (a *Archive) head(e *Entry, n int) ([]byte, error) {
	r, err := a.Open(e)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	buf := make([]byte, n)
	got := 0
	for got < n && err == nil {
		var k int
		k, err = r.Read(buf[got:])
		got += k
	}
	if errors.Is(err, ErrContent) || errors.Is(err, io.EOF) {
		err = nil
	}
	return buf[:got], err
}
