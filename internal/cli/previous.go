package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"

	"heyan/analyzer/facts"
	"heyan/internal/report"
	"heyan/rules"
)

// earlier is what continuity is judged by: an earlier report of the same app, or
// an earlier package of it, which is read as any other. With it comes the digest of
// that file.
func (a *app) earlier(ctx context.Context, name string) (*rules.Previous, string, error) {
	if name == "" {
		return nil, "", nil
	}
	zipped, err := a.beginsLikeZIP(name)
	switch {
	case err != nil:
		return nil, "", err
	case zipped:
		return a.earlierPackage(ctx, name)
	}
	data, err := a.readText(name, maxReport)
	if err != nil {
		return nil, "", err
	}
	p, err := report.ReadPrevious(data)
	if err != nil {
		return nil, "", failf(err, "%q 既不是安装包，也不是 heyan 的 JSON 报告（%v）；请给出上次的安装包，或 heyan check --format json 的输出",
			"%q is neither a package nor a JSON report of heyan (%v); give the earlier package or the output of heyan check --format json", name, err)
	}
	return p, report.Digest(data), nil
}

// earlierPackage reads a package as the one that is checked is read: in a confined
// process, where there is one.
func (a *app) earlierPackage(ctx context.Context, name string) (*rules.Previous, string, error) {
	f, err := a.inspectFile(ctx, name, nil)
	if err != nil {
		return nil, "", err
	}
	if f.Format != facts.FormatAPK && f.Format != facts.FormatIPA {
		return nil, "", failf(nil, "--previous 给出的 %q 不是能读取的 APK 或 IPA", "%q, given as --previous, is no APK or IPA that can be read", name)
	}
	return rules.NewPrevious(f), "sha256:" + f.File.SHA256, nil
}

// beginsLikeZIP looks at the first bytes of a file; those of standard input are
// put back.
func (a *app) beginsLikeZIP(name string) (bool, error) {
	in := a.Stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return false, a.cannotRead(name, err)
		}
		defer file.Close()
		in = file
	}
	head := make([]byte, 2)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, a.cannotRead(name, err)
	}
	if name == "-" {
		a.Stdin = io.MultiReader(bytes.NewReader(head[:n]), a.Stdin)
	}
	return string(head[:n]) == "PK", nil
}
