package batch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Package is a package to be checked.
type Package struct {
	Path string // to open it, and as the user knows it
	// Rel is its path inside the folder that was named, with slashes; of a file
	// that was named itself, the file's name.
	Rel string
}

// ErrTooMany says that there are more files than a run takes.
var ErrTooMany = errors.New("too many files")

// packageExtensions are what a package in a folder is known by. What is in it
// decides later, and a file that is named by itself may be called anything.
var packageExtensions = [...]string{".apk", ".ipa"}

// Find lists the packages that the arguments name, in their order and each once:
// files as they are, folders with every .apk and .ipa beneath them in the order
// of their paths. Of a folder, hidden files and folders and __MACOSX are passed
// over, and links to folders are not followed. Paths that can't be read are listed
// too, so that they are told; an error is that there are too many, or a folder
// that can't be read.
func Find(args []string) ([]Package, error) {
	var list []Package
	seen := map[string]bool{}
	add := func(path, rel string) error {
		if name := filepath.Clean(path); !seen[name] {
			seen[name] = true
			list = append(list, Package{Path: path, Rel: rel})
		}
		if len(list) > MaxPackages {
			return fmt.Errorf("%w: over %d packages", ErrTooMany, MaxPackages)
		}
		return nil
	}
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil || !info.IsDir() {
			if err := add(arg, filepath.Base(arg)); err != nil {
				return nil, err
			}
			continue
		}
		if err := walk(arg, packageExtensions[:], add); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// walk visits the files beneath dir that have one of the extensions, in the order
// of their paths.
func walk(dir string, extensions []string, visit func(path, rel string) error) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := e.Name()
		hidden := path != dir && (strings.HasPrefix(name, ".") || name == "__MACOSX")
		switch {
		case e.IsDir() && hidden:
			return filepath.SkipDir
		case e.IsDir() || hidden || !slices.Contains(extensions, strings.ToLower(filepath.Ext(name))):
			return nil
		}
		if e.Type()&fs.ModeSymlink != 0 {
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				return nil
			}
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return visit(path, filepath.ToSlash(rel))
	})
}
