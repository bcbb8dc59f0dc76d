package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"heyan/analyzer/archive"
	"heyan/analyzer/archive/archivetest"
	"heyan/analyzer/facts"
)

var binaryXML = []byte("\x03\x00\x08\x00\x10\x00\x00\x00rest of the manifest")

// TestDetect: files are named by what an archive of them is.
func TestDetect(t *testing.T) {
	t.Parallel()
	const manifest = "AndroidManifest.xml"
	tests := []struct {
		name   string
		files  string // separated by blanks; AndroidManifest.xml is binary XML
		format facts.Format
		root   string
		detail string // part of it
		codes  string
	}{
		{"apk", manifest + " classes.dex resources.arsc META-INF/CERT.RSA", facts.FormatAPK, "", "", ""},
		{"split apk", manifest, facts.FormatAPK, "", "", ""},
		{"apk with an iOS app", manifest + " classes.dex Payload/A.app/Info.plist", facts.FormatAPK, "", "", "format-ambiguous"},
		{"apk with a bundle", manifest + " BundleConfig.pb base/manifest/" + manifest, facts.FormatAPK, "", "", "format-ambiguous"},
		{"apk with module.json", manifest + " module.json config.json ets/a.abc", facts.FormatAPK, "", "", ""},
		{"apk with an apk in it", manifest + " assets/plugin.apk", facts.FormatAPK, "", "", ""},
		{"apk without manifest", "classes.dex resources.arsc", facts.FormatBroken, "", "no AndroidManifest.xml", ""},
		{"apk with manifest in lower case", "androidmanifest.xml classes.dex", facts.FormatBroken, "", `"androidmanifest.xml"`, ""},
		{"wrapped apk", "app/" + manifest + " app/classes.dex", facts.FormatZIP, "app/", "wrapped", "format-wrapped"},
		{"ipa", "Payload/ Payload/A.app/ Payload/A.app/Info.plist Payload/A.app/A", facts.FormatIPA, "Payload/A.app/", "", ""},
		{"ipa with chinese name", "Payload/作业.app/Info.plist", facts.FormatIPA, "Payload/作业.app/", "", ""},
		{"ipa of Finder", "Payload/A.app/Info.plist __MACOSX/Payload/._A.app Payload/.DS_Store", facts.FormatIPA, "Payload/A.app/", "", "format-foreign-files"},
		{"ipa with two apps", "Payload/A.app/Info.plist Payload/B.app/Info.plist", facts.FormatIPA, "Payload/A.app/", "", "format-ambiguous"},
		{"ipa with nested bundles", "Payload/A.app/Info.plist Payload/A.app/PlugIns/B.appex/Info.plist Payload/A.app/Watch/W.app/Info.plist", facts.FormatIPA, "Payload/A.app/", "", ""},
		{"ipa without Info.plist", "Payload/A.app/A", facts.FormatBroken, "", "Info.plist", ""},
		{"wrapped ipa", "x/Payload/A.app/Info.plist", facts.FormatZIP, "x/", "wrapped", "format-wrapped"},
		{"app folder alone", "A.app/Info.plist A.app/A", facts.FormatZIP, "A.app/", "outside Payload/", "format-wrapped"},
		{"aab", "BundleConfig.pb base/manifest/AndroidManifest.xml base/dex/classes.dex", facts.FormatAAB, "", "", ""},
		{"apks", "toc.pb splits/base-master.apk", facts.FormatAPKS, "", "", ""},
		{"apks without toc", "splits/base-master.apk splits/base-zh.apk", facts.FormatAPKS, "", "", ""},
		{"xapk", "manifest.json icon.png com.example.apk config.zh.apk", facts.FormatXAPK, "", "", ""},
		{"apkm", "info.json base.apk", facts.FormatXAPK, "", "", ""},
		{"splits zipped", "base.apk split_config.zh.apk", facts.FormatXAPK, "", "2 APKs", ""},
		{"hap", "module.json ets/modules.abc resources.index", facts.FormatHAP, "", "module", ""},
		{"hap of the FA model", "config.json ets/modules.abc", facts.FormatHAP, "", "module", ""},
		{"app pack", "pack.info entry-default.hap feature.hsp", facts.FormatHAP, "", "2 modules", ""},
		{"zipped apk", "作业帮.apk __MACOSX/._作业帮.apk", facts.FormatZIP, "", "holds one package", "format-foreign-files format-nested"},
		{"zipped ipa in a folder", "out/A.ipa readme.txt", facts.FormatZIP, "", "holds one package", "format-nested"},
		{"both zipped", "A.ipa A.apk", facts.FormatZIP, "", "several packages", "format-nested"},
		{"two apps zipped", "A.apk B.apk", facts.FormatZIP, "", "several packages", "format-nested"},
		{"xcarchive", "A.xcarchive/Info.plist A.xcarchive/Products/Applications/A.app/Info.plist", facts.FormatZIP, "", "Xcode archive", ""},
		{"jar", "META-INF/MANIFEST.MF a/B.class", facts.FormatZIP, "", "JAR", ""},
		{"docx", "[Content_Types].xml word/document.xml", facts.FormatZIP, "", "Office", ""},
		{"quick app", "manifest.json app.js META-INF/CERT", facts.FormatZIP, "", "RPK", ""},
		{"photos", "a.jpg b.jpg", facts.FormatZIP, "", "no package", ""},
		{"nothing", "", facts.FormatZIP, "", "no entries", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &archivetest.Builder{}
			for _, name := range strings.Fields(tt.files) {
				b.Deflate(name, binaryXML)
			}
			a := open(t, b)
			d, err := archive.Detect(a)
			if err != nil {
				t.Fatal(err)
			}
			if d.Format != tt.format || d.Root != tt.root || !strings.Contains(d.Detail, tt.detail) {
				t.Errorf("got %q, root %q, %q", d.Format, d.Root, d.Detail)
			}
			if got := strings.Trim(fmt.Sprint(codes(d.Anomalies)), "[]"); got != tt.codes {
				t.Errorf("anomalies: got %q, want %q", got, tt.codes)
			}
		})
	}
}

// TestDetectManifest: what AndroidManifest.xml begins with.
func TestDetectManifest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		manifest string
		others   string
		format   facts.Format
		detail   string
		codes    string
	}{
		{"binary", string(binaryXML), "", facts.FormatAPK, "", ""},
		{"other chunk type", "\x00\x00\x08\x00 and so on", "", facts.FormatAPK, "", "format-odd-manifest"},
		{"empty", "", "", facts.FormatAPK, "", "format-odd-manifest"},
		{"text in sources", "<?xml version='1.0'?>", "src/Main.java", facts.FormatZIP, "sources", "format-text-manifest"},
		{"text in a library", "\ufeff<manifest>", "classes.jar", facts.FormatZIP, "AAR", "format-text-manifest"},
		{"text in an apk", "<manifest>", "classes.dex", facts.FormatAPK, "", "format-text-manifest"},
		{"text in an ipa", "<manifest>", "Payload/A.app/Info.plist", facts.FormatIPA, "", "format-ambiguous format-text-manifest"},
		{"odd in an ipa", "decoy", "Payload/A.app/Info.plist", facts.FormatIPA, "", "format-ambiguous format-odd-manifest"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &archivetest.Builder{}
			b.Store("AndroidManifest.xml", []byte(tt.manifest))
			for _, name := range strings.Fields(tt.others) {
				b.Store(name, text)
			}
			d, err := archive.Detect(open(t, b))
			if err != nil {
				t.Fatal(err)
			}
			if d.Format != tt.format || !strings.Contains(d.Detail, tt.detail) {
				t.Errorf("got %q, %q", d.Format, d.Detail)
			}
			if got := strings.Trim(fmt.Sprint(codes(d.Anomalies)), "[]"); got != tt.codes {
				t.Errorf("anomalies: got %q, want %q", got, tt.codes)
			}
		})
	}
}

func TestDetectUnreadableManifest(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{Zip64: true}
	b.Store("AndroidManifest.xml", binaryXML).Local.Signature = 1
	d, err := archive.Detect(open(t, b))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(codes(d.Anomalies)); d.Format != facts.FormatAPK || got != "[format-odd-manifest format-zip64]" {
		t.Errorf("got %q, %s", d.Format, got)
	}
}

// TestIdentify: files that are no readable ZIP, and prefixed ones.
func TestIdentify(t *testing.T) {
	t.Parallel()
	apk := &archivetest.Builder{}
	apk.Store("AndroidManifest.xml", binaryXML)
	apk.Store("classes.dex", text)
	whole := apk.Bytes()
	ipa := &archivetest.Builder{}
	ipa.Store("Payload/A.app/Info.plist", text)
	installer := &archivetest.Builder{Prefix: []byte("MZ\x90\x00 program")}
	installer.Store("setup.txt", text)
	block := append(append([]byte{24, 0, 0, 0, 0, 0, 0, 0}, 24, 0, 0, 0, 0, 0, 0, 0), "APK Sig Block 42"...)
	signedNothing := &archivetest.Builder{BeforeDirectory: block}
	tar := make([]byte, 1024)
	copy(tar, "app.apk")
	copy(tar[257:], "ustar")
	tests := []struct {
		name   string
		data   []byte
		format facts.Format
		detail string
	}{
		{"empty", nil, facts.FormatEmpty, "0 bytes"},
		{"apk", whole, facts.FormatAPK, ""},
		{"cut apk", whole[:len(whole)/2], facts.FormatBroken, "marks of an APK"},
		{"cut ipa", ipa.Bytes()[:200], facts.FormatBroken, "marks of an IPA"},
		{"apk behind text, cut", append([]byte("oops "), whole[:len(whole)/2]...), facts.FormatBroken, "marks of an APK"},
		{"four bytes of a zip", []byte("PK\x03\x04"), facts.FormatBroken, "truncated"},
		{"signing block without entries", signedNothing.Bytes(), facts.FormatBroken, "no entries"},
		{"self-extracting", installer.Bytes(), facts.FormatZIP, "Windows program"},
		{"rar", []byte("Rar!\x1a\x07\x01\x00"), facts.FormatUnknown, "RAR"},
		{"7z", []byte("7z\xbc\xaf\x27\x1c\x00\x04"), facts.FormatUnknown, "7z"},
		{"gzip", []byte("\x1f\x8b\x08\x00"), facts.FormatUnknown, "gzip"},
		{"tar", tar, facts.FormatUnknown, "tar"},
		{"exe", []byte("MZ\x90\x00"), facts.FormatUnknown, "Windows program"},
		{"elf", []byte("\x7fELF\x02\x01"), facts.FormatUnknown, "ELF"},
		{"mach-o", []byte("\xcf\xfa\xed\xfe"), facts.FormatUnknown, "Mach-O"},
		{"fat mach-o", []byte("\xca\xfe\xba\xbe\x00\x00\x00\x02"), facts.FormatUnknown, "Mach-O (universal)"},
		{"class", []byte("\xca\xfe\xba\xbe\x00\x00\x00\x34"), facts.FormatUnknown, "Java class"},
		{"dex", []byte("dex\n035\x00"), facts.FormatUnknown, "DEX"},
		{"pdf", []byte("%PDF-1.7"), facts.FormatUnknown, "PDF"},
		{"html", []byte("\xef\xbb\xbf\r\n<!DOCTYPE html><html>"), facts.FormatUnknown, "HTML page"},
		{"json", []byte(`{"code":403,"msg":"expired"}`), facts.FormatUnknown, "JSON text"},
		{"xml", []byte("<?xml version='1.0'?><Error><Code>NoSuchKey"), facts.FormatUnknown, "XML text"},
		{"plist", []byte("<!DOCTYPE plist PUBLIC"), facts.FormatUnknown, "XML text"},
		{"manifest", binaryXML, facts.FormatUnknown, "binary XML"},
		{"profile", []byte("\x30\x82\x1c\xf5\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82"), facts.FormatUnknown, "CMS"},
		{"idsig", []byte("\x02\x00\x00\x00\x2d\x00\x00\x00\x01"), facts.FormatUnknown, ".idsig"},
		{"lfs", []byte("version https://git-lfs.github.com/spec/v1\n"), facts.FormatUnknown, "Git LFS"},
		{"text", []byte("404 找不到"), facts.FormatUnknown, "plain text"},
		{"bytes", []byte{0x99, 0, 1, 2}, facts.FormatUnknown, "begins with 99000102"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, d, err := archive.Identify(bytes.NewReader(tt.data), int64(len(tt.data)), archive.Limits{})
			if err != nil || d.Format != tt.format || !strings.Contains(d.Detail, tt.detail) {
				t.Errorf("got %q, %q, %v", d.Format, d.Detail, err)
			}
		})
	}
}

// TestIdentifyLimit: an archive beyond the limits has an outcome, not an error.
func TestIdentifyLimit(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{}
	b.Store("a", nil)
	b.Store("b", nil)
	data := b.Bytes()
	_, d, err := archive.Identify(bytes.NewReader(data), int64(len(data)), archive.Limits{Entries: 1})
	if err != nil || d.Format != facts.FormatBroken || fmt.Sprint(codes(d.Anomalies)) != "[format-limit]" {
		t.Errorf("got %+v, %v", d, err)
	}
	if _, _, err := archive.Identify(bytes.NewReader(data), int64(len(data))+1, archive.Limits{}); !errors.Is(err, archive.ErrRead) {
		t.Errorf("shorter than said: got %v", err)
	}
}
