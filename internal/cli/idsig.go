package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"

	"github.com/spf13/cobra"

	"heyan/analyzer"
	"heyan/analyzer/facts"
)

// beside is the v4 signature file that stands beside a package, nil without one.
type beside struct {
	file   *os.File
	size   int64
	digest string // "sha256:…"
}

// readFactsBeside is readFacts with the v4 signature file named, "" for none. It
// returns that file's digest too.
func (a *app) readFactsBeside(ctx context.Context, name, idsig string) (*facts.Facts, string, error) {
	b, done, err := a.openIDSig(idsig)
	if err != nil {
		return nil, "", err
	}
	defer done()
	bar := a.newProgress()
	defer bar.stop()
	f, err := a.inspectBeside(ctx, name, b, bar)
	if err != nil {
		return nil, "", err
	}
	if b == nil {
		return f, "", nil
	}
	if f.Format == facts.FormatIPA {
		return nil, "", failf(nil, "--idsig 是安卓包的 v4 签名文件，%q 是 iOS 包", "--idsig is the v4 signature of an APK, and %q is an IPA", name)
	}
	return f, b.digest, nil
}

// openIDSig opens and hashes the file; standard input is copied first.
func (a *app) openIDSig(name string) (*beside, func(), error) {
	if name == "" {
		return nil, func() {}, nil
	}
	file, done, err := a.openPackage(name)
	if err != nil {
		return nil, nil, err
	}
	h := sha256.New()
	size, err := io.Copy(h, io.NewSectionReader(file, 0, 1<<62))
	if err != nil {
		done()
		return nil, nil, a.cannotRead(name, err)
	}
	return &beside{file: file, size: size, digest: "sha256:" + hex.EncodeToString(h.Sum(nil))}, done, nil
}

// into adds the file to what is read.
func (b *beside) into(in *analyzer.Input) {
	if b != nil {
		in.IDSig, in.IDSigSize = b.file, b.size
	}
}

// idsigFlag adds --idsig to a command.
func (a *app) idsigFlag(cmd *cobra.Command, place *string) {
	cmd.Flags().StringVar(place, "idsig", "", a.t("安卓包旁的 v4 签名文件（app.apk.idsig），一并核对", "the v4 signature file beside an APK (app.apk.idsig), to be verified too"))
	a.completeFiles(cmd, "idsig", "idsig")
}
