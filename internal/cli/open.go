package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/internal/inspect"
)

// maxReport is the most that is read of an earlier report.
const maxReport = 64 << 20

// readFacts opens a package, or standard input for "-", and inspects it, with a
// display of how far it is.
func (a *app) readFacts(ctx context.Context, name string) (*facts.Facts, error) {
	bar := a.newProgress()
	defer bar.stop()
	return a.inspectFile(ctx, name, bar)
}

// inspectFile is readFacts with the display of the caller, or none.
func (a *app) inspectFile(ctx context.Context, name string, bar *progress) (*facts.Facts, error) {
	return a.inspectBeside(ctx, name, nil, bar)
}

// inspectBeside is inspectFile with what stands beside the package.
func (a *app) inspectBeside(ctx context.Context, name string, idsig *beside, bar *progress) (*facts.Facts, error) {
	file, done, err := a.openPackage(name)
	if err != nil {
		return nil, err
	}
	defer done()
	info, err := file.Stat()
	if err != nil {
		return nil, a.cannotRead(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, failf(nil, "%q 不是普通文件，请给出安装包文件；核验整个文件夹请用 --filing-dir 或 --filings",
			"%q is not a regular file; name a package file, or use --filing-dir or --filings for a folder", name)
	}
	var opt inspect.Options
	opt.Analyze = a.Analyze
	if bar != nil {
		bar.start(info.Size())
		opt.Progress = bar.set
	}
	in := analyzer.Input{Package: file, Size: info.Size()}
	idsig.into(&in)
	f, err := inspect.Facts(ctx, in, opt)
	var stopped *inspect.StoppedError
	switch {
	case errors.As(err, &stopped), err == nil:
		return f, nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, failf(err, "%q 在读取过程中变短了，请确认文件已复制完整再试", "%q became shorter while it was read; make sure it is whole and try again", name)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, a.cannotRead(name, err)
}

// openPackage opens the named file. Standard input is copied to a temporary
// file, since a ZIP is read from its end.
func (a *app) openPackage(name string) (*os.File, func(), error) {
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, nil, a.cannotRead(name, err)
		}
		return file, func() { file.Close() }, nil
	}
	spool, err := os.CreateTemp("", "heyan-*")
	if err != nil {
		return nil, nil, failf(err, "不能建立临时文件：%v", "cannot make a temporary file: %v", err)
	}
	done := func() { spool.Close(); os.Remove(spool.Name()) }
	if _, err := io.Copy(spool, a.Stdin); err != nil {
		done()
		return nil, nil, failf(err, "从标准输入读取安装包失败：%v", "cannot read the package from standard input: %v", err)
	}
	return spool, done, nil
}

// readText reads a small file, or standard input for "-".
func (a *app) readText(name string, most int64) ([]byte, error) {
	in := a.Stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, a.cannotRead(name, err)
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, a.cannotRead(name, err)
	}
	if int64(len(data)) > most {
		return nil, failf(nil, "%q 超过 %d 字节，不像是所需的文件", "%q is over %d bytes and can't be the file that is wanted", name, most)
	}
	return data, nil
}

func (a *app) cannotRead(name string, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return failf(err, "找不到文件 %q，请检查路径", "no file %q; check the path", name)
	case errors.Is(err, os.ErrPermission):
		return failf(err, "没有读取 %q 的权限", "no permission to read %q", name)
	}
	return failf(err, "读取 %q 失败：%v", "cannot read %q: %v", name, err)
}

// write gives the result to emit, on standard output or into a file that is
// replaced only when the whole result is written.
func (a *app) write(output string, emit func(io.Writer) error) error {
	if output == "" || output == "-" {
		if err := emit(a.Stdout); err != nil {
			return failf(err, "写标准输出失败：%v", "cannot write to standard output: %v", err)
		}
		return nil
	}
	if err := writeFile(output, emit); err != nil {
		return failf(err, "写 %q 失败：%v", "cannot write %q: %v", output, err)
	}
	return nil
}

func writeFile(output string, emit func(io.Writer) error) (err error) {
	tmp := fmt.Sprintf("%s.%d.tmp", output, os.Getpid())
	file, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp)
		}
	}()
	if err = emit(file); err != nil {
		file.Close()
		return err
	}
	if err = file.Close(); err != nil {
		return err
	}
	return os.Rename(tmp, output)
}
