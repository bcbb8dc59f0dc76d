package archive_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"heyan/analyzer/archive"
	"heyan/analyzer/archive/archivetest"
)

// TestLayout: every part of a file that has all of them.
func TestLayout(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{
		Prefix:          []byte("dex\n035\x00padding"),
		Unshifted:       true,
		BeforeDirectory: []byte("before"),
		Comment:         []byte("comment"),
	}
	b.Store("ab", []byte("content")).Streamed()
	const prefix, local, content, descriptor, before = 15, 30 + 2, 7, 16, 6
	const directory = prefix + local + content + descriptor + before
	want := archive.Layout{
		DirectoryOffset:       directory,
		DirectorySize:         46 + 2,
		DeclaredDirectorySize: 46 + 2,
		EndOffset:             directory + 48,
		CommentSize:           7,
		DeclaredEntries:       1,
		Shift:                 prefix,
		PrefixSize:            prefix,
		PrefixKind:            "DEX",
		LastEntryEnd:          directory - before,
	}
	if diff := cmp.Diff(want, open(t, b).Layout()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLayoutTail: what stands behind the directory.
func TestLayoutTail(t *testing.T) {
	t.Parallel()
	b := &archivetest.Builder{Suffix: []byte("behind"), Comment: []byte("comment"), Zip64: true}
	b.Store("ab", nil)
	l := open(t, b).Layout()
	if l.TrailingSize != 6 || l.CommentSize != 7 || !l.Zip64 || l.EndOffset != 32+48+56+20 {
		t.Errorf("got %+v", l)
	}
}
