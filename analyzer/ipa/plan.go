package ipa

import (
	"errors"

	"heyan/analyzer/archive"
	"heyan/analyzer/ipa/seal"
)

const (
	sealName = "_CodeSignature/CodeResources"
	// maxSeals bounds the CodeResources of all bundles together, maxSignedInfos their
	// Info.plists.
	maxSeals, maxSignedInfos = 64 << 20, 16 << 20
	// A package may inflate to sealRatio times its size, and to sealLeast in any case,
	// before comparing its files with the seals is given up. Real ones take 2 to 5
	// times.
	sealRatio, sealLeast = 64, 512 << 20
	// maxCode bounds the executables where the rest is not gone through. The largest
	// apps have some 500 MiB of code in all.
	maxCode = 768 << 20
)

var errCodeBudget = errors.New("the executables are larger than is looked through")

// plan says what is to be gone through: the executables, and every file of the app
// that a seal speaks of or might.
func (i *inspection) plan(p *part, targets []*target) ([]*work, error) {
	if err := i.readSeals(p); err != nil {
		return nil, err
	}
	byName := map[string]*target{}
	for _, t := range targets {
		byName[t.path] = t
	}
	sealed, left := i.sealable(p), uint64(maxCode)
	var works []*work
	entries := i.zip.Entries()
	for n := range entries {
		e := &entries[n]
		rel, ok := within(i.lay.app(), e.Name)
		if !ok || rel == "" || e.Dir || !plainPath(rel) {
			continue
		}
		t := byName[e.Name]
		if t == nil && !sealed {
			continue
		}
		if _, count := i.zip.Lookup(e.Name); count > 1 {
			i.twice[e.Name] = true // which one is meant is not to be told
			if t != nil {
				t.work = &work{entry: e, target: t, err: errTwice}
			}
			continue
		}
		if e.Symlink {
			if t != nil {
				t.work = &work{entry: e, target: t, err: errSymlink}
			}
			works = append(works, i.link(e))
			continue
		}
		w := &work{entry: e, target: t}
		if t != nil {
			t.work = w
		}
		switch {
		case sealed:
			w.sha1, w.sha256 = i.needs(e.Name)
		case e.UncompressedSize > left:
			w.err = errCodeBudget
			continue
		default:
			left -= e.UncompressedSize
		}
		works = append(works, w)
	}
	return works, nil
}

// link is a symbolic link: its content is where it points.
func (i *inspection) link(e *archive.Entry) *work {
	w := &work{entry: e}
	const longest = 4096
	data, err := i.zip.ReadFile(e, longest)
	w.digest256, w.err = data, err
	return w
}

// sealable reports whether the app's files can be compared within bounds.
func (i *inspection) sealable(p *part) bool {
	total, any := uint64(0), false
	for _, b := range i.lay.bundles {
		any = any || b.seal != nil
	}
	if !any {
		return false
	}
	entries := i.zip.Entries()
	for n := range entries {
		if _, ok := within(i.lay.app(), entries[n].Name); ok {
			total += min(entries[n].UncompressedSize, 1<<40)
		}
	}
	if limit := uint64(max(sealLeast, i.in.Size*sealRatio)); total > limit {
		i.sealCut = true
		p.add("seal-limit", i.lay.app().path, "its files inflate to %d bytes, the seals are compared up to %d", total, limit)
		return false
	}
	return true
}

// readSeals reads the CodeResources and once more the Info.plist of every bundle
// that code may be signed with.
func (i *inspection) readSeals(p *part) error {
	i.twice = map[string]bool{}
	seals, infos := int64(maxSeals), int64(maxSignedInfos)
	for _, b := range i.lay.bundles {
		var err error
		if b.resources, err = i.small(b.path+"/"+sealName, min(seal.MaxSize, seals)); err != nil {
			if medium(err) {
				return err
			}
			b.sealErr = err
			p.add("seal-unreadable", b.path+"/"+sealName, "%v", err)
		}
		seals -= int64(len(b.resources))
		if b.resources != nil {
			if b.seal, b.sealErr = seal.Parse(b.resources); b.sealErr != nil {
				p.add("seal-unreadable", b.path+"/"+sealName, "%v", b.sealErr)
			}
		}
		if b.info == nil || b.infos > 1 {
			continue
		}
		if b.signedInfo, err = i.small(b.info.Name, min(maxInfo, infos)); medium(err) {
			return err
		}
		infos -= int64(len(b.signedInfo))
	}
	return nil
}

// small reads a file that may be absent: nil.
func (i *inspection) small(name string, limit int64) ([]byte, error) {
	e, err := i.find(name)
	if e == nil || err != nil {
		return nil, err
	}
	data, err := i.zip.ReadFile(e, limit)
	if errors.Is(err, archive.ErrContent) {
		return data, nil // what is there is compared; the damage shows by itself
	}
	return data, err
}

// needs are the digests that the seals around a file ask for.
func (i *inspection) needs(name string) (sha1, sha256 bool) {
	for end := len(name) - 1; end > 0; end-- {
		if name[end] != '/' {
			continue
		}
		if b := i.lay.byPath[name[:end]]; b != nil && b.seal != nil {
			one, two := b.seal.Needs(name[end+1:])
			sha1, sha256 = sha1 || one, sha256 || two
		}
	}
	return sha1, sha256
}
