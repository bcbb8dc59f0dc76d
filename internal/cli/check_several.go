package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"heyan/analyzer/facts"
	"heyan/internal/batch"
	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/filing"
	"heyan/rules/filing/sheet"
)

// maxJobs at a time; each is a process.
const maxJobs = 64

func (f checkFlags) validateSeveral(args []string) error {
	switch {
	case countDashes(args...) > 0:
		return failf(nil, "核验多个安装包时不能从标准输入读取安装包", "no package can come from standard input where there are several")
	case f.previous != "":
		return failf(nil, "--previous 是一个应用上次的报告或安装包，一次只能核验一个安装包", "--previous is one app's earlier report or package: check one package at a time")
	case f.idsig != "":
		return failf(nil, "--idsig 是一个安装包的 v4 签名文件，一次只能核验一个安装包", "--idsig is one package's v4 signature: check one package at a time")
	case len(f.filing) > 0 && (len(args) != 2 || len(f.filing) > 2):
		return failf(nil, "--filing 用于一个安装包，或同一应用的安卓包和 iOS 包；更多的请用 --filing-dir 或 --filings",
			"--filing is for one package, or the Android and the iOS package of one app; for more use --filing-dir or --filings")
	case f.format == "html" && f.output == "", f.format == "html" && f.output == "-":
		return failf(nil, "html 一个安装包一份：请用 --output 给出文件夹", "html is a page a package: name a folder with --output")
	}
	return nil
}

// checkSeveral checks the packages that the arguments name.
func (a *app) checkSeveral(ctx context.Context, args []string, flags checkFlags) error {
	in, err := a.judgeInput(flags)
	if err != nil {
		return err
	}
	items, unused, err := a.items(args, flags)
	if err != nil {
		return err
	}
	out, err := a.newSink(flags, items)
	if err != nil {
		return err
	}
	bar := a.newBatchProgress(len(items))
	run := batch.Runner{
		Jobs: flags.jobs, Pair: len(flags.filing) > 0, Begin: bar.begin, End: bar.end, Tell: tell,
		Facts: func(ctx context.Context, path string) (*facts.Facts, error) {
			return a.inspectFile(ctx, path, nil)
		},
		Judge: func(f *facts.Facts, filed *filing.Filing, sibling *facts.Facts) *report.Report {
			in := in
			in.Facts, in.Filing, in.Sibling = f, filed, sibling
			return inspect.Judge(in)
		},
	}
	siblings := run.Run(ctx, items, func(i int, r batch.Result) {
		out.take(i, r)
		bar.took()
	})
	bar.stop()
	doc := batch.NewDocument(out.results, unused, siblings)
	if err := out.finish(doc); err != nil {
		return err
	}
	a.complainOf(doc, flags)
	a.exit = doc.Summary.Exit()
	return nil
}

// items are the packages with their filings.
func (a *app) items(args []string, flags checkFlags) ([]batch.Item, []batch.Unused, error) {
	if len(flags.filing) > 0 {
		items, err := a.pair(args, flags.filing)
		return items, nil, err
	}
	packages, err := batch.Find(args)
	switch {
	case err != nil:
		return nil, nil, failf(err, "不能列出安装包：%v", "cannot list the packages: %v", err)
	case len(packages) == 0:
		return nil, nil, failf(nil, "%s 里没有 .apk 或 .ipa 文件", "there is no .apk or .ipa file in %s", strings.Join(args, ", "))
	}
	if flags.filings != "" {
		rows, err := a.readSheet(flags.filings)
		if err != nil {
			return nil, nil, err
		}
		items, unused := batch.FromSheet(packages, flags.filings, rows)
		return items, unused, nil
	}
	items, unused, err := batch.FromDir(packages, flags.filingDir, a.readForm)
	if err != nil {
		return nil, nil, failf(err, "不能读取备案表文件夹 %q：%v", "cannot read the folder of filings %q: %v", flags.filingDir, err)
	}
	return items, unused, nil
}

// pair are two packages with the one filing or the two that were given for them.
func (a *app) pair(args, names []string) ([]batch.Item, error) {
	var items []batch.Item
	for i, arg := range args {
		if info, err := os.Stat(arg); err == nil && info.IsDir() {
			return nil, failf(nil, "%q 是文件夹；核验文件夹请用 --filing-dir 或 --filings", "%q is a folder; for folders use --filing-dir or --filings", arg)
		}
		item := batch.Item{Package: batch.Package{Path: arg, Rel: arg}, Form: batch.Form{Name: names[min(i, len(names)-1)]}}
		if i > 0 && len(names) == 1 {
			item.Form = items[0].Form
		} else {
			f, err := a.readFiling(item.Form.Name)
			if err != nil {
				return nil, err
			}
			item.Form.Filing = f
		}
		items = append(items, item)
	}
	return items, nil
}

// readForm reads the filing of one package among several: what is wrong with it
// is that package's affair.
func (a *app) readForm(name string) (*filing.Filing, *batch.Problem) {
	f, err := a.readFiling(name)
	if err != nil {
		return nil, &batch.Problem{Reason: batch.BadFiling, Message: tell(err)}
	}
	return f, nil
}

func (a *app) readSheet(name string) ([]sheet.Row, error) {
	data, err := a.readText(name, sheet.MaxSize)
	if err != nil {
		return nil, err
	}
	rows, err := sheet.Read(data)
	var bad *sheet.Error
	if errors.As(err, &bad) {
		return nil, failf(err, "表格 %[1]q 有误，请改正后再试：\n%[2]s", "the sheet %[1]q can't be used, correct it and try again:\n%[3]s", name, bad.In("zh"), bad.In("en"))
	}
	return rows, err
}

// tell is an error in the words that a user is told.
func tell(err error) rules.Text {
	var told *userError
	if errors.As(err, &told) {
		return told.text
	}
	return rules.Text{ZH: err.Error(), EN: err.Error()}
}

// complainOf says on standard error what the chosen format has no place for: the
// packages without a report. An interruption is always said.
func (a *app) complainOf(doc *batch.Document, flags checkFlags) {
	left := 0
	for _, r := range doc.Results {
		switch {
		case r.Error == nil:
		case r.Error.Reason == batch.Interrupted:
			left++
		case formats()[flags.format].many != nil:
			fmt.Fprintf(a.Stderr, "heyan: %s: %s\n", report.Clean(r.Package), r.Error.Message.In(a.lang))
		}
	}
	if left > 0 {
		a.complain(failf(nil, "已中断：%[1]d 个安装包核验了 %[2]d 个，还有 %[3]d 个没有核验",
			"interrupted: %[2]d of %[1]d packages are done, %[3]d were not checked", len(doc.Results), len(doc.Results)-left, left))
	}
}
