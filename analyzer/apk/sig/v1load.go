package sig

import (
	"strings"

	"heyan/analyzer/apk/sig/internal/apkzip"
	"heyan/analyzer/apk/sig/internal/jar"
)

// Bounds of what v1 holds in memory.
const (
	maxNames       = 16 << 20 // bytes of all entry names
	maxMetaFiles   = 32 << 20 // bytes of manifest, signature files and blocks
	maxJarSections = 1 << 17
	maxJarBlock    = 4 << 20
)

// archiveJar is what v1 reads of a package, whatever the API levels.
type archiveJar struct {
	findings
	entries []apkzip.Entry
	index   map[string]int32 // of the first entry with a name
	// main is the manifest's first section.
	manifest *metaFile
	main     jar.Section
	hasMain  bool
	// sections are the manifest's sections by entry; Raw is nil where there is none.
	sections []sectionRef
	files    []*signatureFile

	store      digestStore
	checkedSFs map[string]*checkedFile
	checked    map[string]*checkedEntries
}

// sectionRef is the place of a section in the manifest; size 0 is none.
type sectionRef struct{ start, size int32 }

// signatureFile is a pair of signature file and block.
type signatureFile struct {
	index int
	// name is the block's inside META-INF, by which apksigner calls the signer.
	name         string
	entry, block *apkzip.Entry
	content      *metaFile
	blockBytes   []byte
	parsed       *parsedBlock
}

// loadJar reads entries, manifest and signature files.
// (V1SchemeVerifier.verify, Signers.verify up to the signers)
func (v *verifier) loadJar() (*archiveJar, error) {
	j := &archiveJar{
		index:      make(map[string]int32),
		checkedSFs: make(map[string]*checkedFile),
		checked:    make(map[string]*checkedEntries),
	}
	if err := j.readEntries(v); err != nil || j.failed() {
		return j, err
	}
	manifest, files, blocks := j.metaEntries()
	if manifest == nil {
		j.fail(schemeV1, "jar-sig-no-manifest", "no %s", nameJarManifest)
		return j, nil
	}
	content, err := v.archive.Bytes(v.ctx, manifest, maxManifest)
	if err != nil {
		return nil, err
	}
	j.manifest = newMetaFile(content)
	if err := j.readSections(); err != nil || j.failed() {
		return j, err
	}
	j.pair(files, blocks)
	if j.failed() {
		return j, nil
	}
	return j, j.readFiles(v)
}

func (j *archiveJar) readEntries(v *verifier) error {
	names := 0
	reported := make(map[string]bool)
	return v.archive.Each(func(e apkzip.Entry) error {
		if names += len(e.Name); names > maxNames {
			return tooLarge("names of entries of more than %d bytes", maxNames)
		}
		if _, twice := j.index[e.Name]; !twice {
			j.index[e.Name] = int32(len(j.entries))
		} else if !reported[e.Name] {
			reported[e.Name] = true
			j.fail(schemeV1, "jar-sig-duplicate-zip-entry", "entry %q twice", e.Name)
		}
		j.entries = append(j.entries, e)
		if len(j.entries)%1024 == 0 {
			return v.ctx.Err()
		}
		return nil
	})
}

// metaEntries finds the manifest, signature files by name, and blocks.
func (j *archiveJar) metaEntries() (manifest *apkzip.Entry, files map[string]*apkzip.Entry, blocks []*apkzip.Entry) {
	files = make(map[string]*apkzip.Entry)
	for i := range j.entries {
		e := &j.entries[i]
		switch {
		case !strings.HasPrefix(e.Name, prefixMeta):
		case e.Name == nameJarManifest:
			manifest = e
		case strings.HasSuffix(e.Name, ".SF"):
			files[e.Name] = e
		case isBlockName(e.Name):
			blocks = append(blocks, e)
		}
	}
	return manifest, files, blocks
}

// readSections reads the manifest (V1SchemeVerifier.parseManifest).
func (j *archiveJar) readSections() error {
	in := jar.NewReader(j.manifest.bytes)
	j.main, j.hasMain = in.Next()
	j.sections = make([]sectionRef, len(j.entries))
	foreign := make(map[string]bool)
	for n := 1; ; n++ {
		s, ok := in.Next()
		if !ok {
			return nil
		}
		if n > maxJarSections {
			return tooLarge("more than %d sections in %s", maxJarSections, nameJarManifest)
		}
		i, known := j.index[s.Name]
		switch {
		case !s.Named:
			j.fail(schemeV1, "jar-sig-unnnamed-manifest-section", "section %d of %s has no name", n, nameJarManifest)
		case foreign[s.Name] || known && j.sections[i].size > 0:
			j.fail(schemeV1, "jar-sig-duplicate-manifest-section", "section for %q twice in %s", s.Name, nameJarManifest)
		case !known:
			foreign[s.Name] = true
			j.fail(schemeV1, "jar-sig-missing-zip-entry-referenced-in-manifest", "%s names %q, which the package does not have", nameJarManifest, s.Name)
		default:
			j.sections[i] = sectionRef{int32(in.Offset() - len(s.Raw)), int32(len(s.Raw))}
		}
	}
}

// section is the manifest's section for an entry.
func (j *archiveJar) section(entry int32) (jar.Section, bool) {
	ref := j.sections[entry]
	return jar.Section{Raw: j.manifest.bytes[ref.start : ref.start+ref.size]}, ref.size > 0
}

// pair joins blocks with their signature files.
func (j *archiveJar) pair(files map[string]*apkzip.Entry, blocks []*apkzip.Entry) {
	for _, block := range blocks {
		name := block.Name[:strings.LastIndexByte(block.Name, '.')] + ".SF"
		file := files[name]
		if file == nil {
			j.warn(schemeV1, "jar-sig-missing-file", "%q without %q", block.Name, name)
			continue
		}
		j.files = append(j.files, &signatureFile{index: len(j.files), name: strings.TrimPrefix(block.Name, prefixMeta), entry: file, block: block})
	}
	switch {
	case len(j.files) == 0:
		j.fail(schemeV1, "jar-sig-no-signatures", "no JAR signatures")
	case len(j.files) > maxSigners:
		j.fail(schemeV1, "jar-sig-max-signatures-exceeded", "v1 allows %d signers, found %d", maxSigners, len(j.files))
	}
}

func (j *archiveJar) readFiles(v *verifier) error {
	total := len(j.manifest.bytes)
	for _, f := range j.files {
		content, err := v.archive.Bytes(v.ctx, f.entry, maxManifest)
		if err != nil {
			return err
		}
		f.content = newMetaFile(content)
		if f.blockBytes, err = v.archive.Bytes(v.ctx, f.block, maxJarBlock); err != nil {
			return err
		}
		if total += len(f.blockBytes) + len(content); total > maxMetaFiles {
			return tooLarge("signature files of more than %d bytes", maxMetaFiles)
		}
	}
	return nil
}
