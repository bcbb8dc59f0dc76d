package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/filing"
)

// checkFlags are the flags of heyan check.
type checkFlags struct {
	filing, previous, format, output, asOf string
}

func (a *app) checkCommand() *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:   a.t("check 安装包 --filing 备案表", "check PACKAGE --filing FILE"),
		Short: a.t("核对安装包与备案表是否相符", "check a package against what was filed"),
		Long: a.t(`核对安装包与备案表是否相符，逐项说明哪里不符、怎么改。

备案表是 YAML 或 JSON，字段可用表上的中文或英文名；可用 heyan filing init 从安装包生成。
安装包或备案表写作 - 时从标准输入读取。

退出码：0 建议通过，1 建议退回，3 需人工复核，2 未能运行。`,
			`Check a package against what was filed, and say what differs and how to put it right.

The filing is YAML or JSON, its fields in the form's Chinese words or in English ids;
heyan filing init makes one from a package. - reads the package or the filing from
standard input.

Exit status: 0 pass, 1 return, 3 review, 2 could not run.`),
		Example: `  heyan check app.apk --filing filing.yaml
  heyan check app.apk --filing filing.yaml --format json --output report.json
  heyan check app.apk --filing filing.yaml --previous last-report.json
  heyan filing init app.apk | heyan check app.apk --filing -`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: packageFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.check(cmd.Context(), args[0], flags)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&flags.filing, "filing", "f", "", a.t("备案表（YAML 或 JSON），- 为标准输入", "the filing (YAML or JSON), - for standard input"))
	f.StringVar(&flags.previous, "previous", "", a.t("同一应用上次的报告（JSON），核对是否延续", "an earlier report (JSON) of the same app, for continuity"))
	f.StringVar(&flags.format, "format", "text", a.t("输出格式：text 或 json", "output format: text or json"))
	f.StringVarP(&flags.output, "output", "o", "", a.t("写入文件，而不是标准输出", "write to this file instead of standard output"))
	f.StringVar(&flags.asOf, "as-of", "", a.t("按哪一天判断有效期，如 2026-09-01（默认今天）", "the day validity is judged by, as 2026-09-01 (default: today)"))
	a.complete(cmd, "format", "text", "json")
	a.completeFiles(cmd, "filing", "yaml", "yml", "json")
	a.completeFiles(cmd, "previous", "json")
	return cmd
}

// packageFiles offers packages to the shell.
func packageFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"apk", "ipa"}, cobra.ShellCompDirectiveFilterFileExt
}

func (a *app) completeFiles(cmd *cobra.Command, flag string, extensions ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(extensions, cobra.ShellCompDirectiveFilterFileExt))
}

// check runs heyan check.
func (a *app) check(ctx context.Context, name string, flags checkFlags) error {
	if err := flags.validate(name); err != nil {
		return err
	}
	asOf, err := a.day(flags.asOf)
	if err != nil {
		return err
	}
	in := inspect.JudgeInput{AsOf: asOf}
	if in.Filing, err = a.readFiling(flags.filing); err != nil {
		return err
	}
	if in.Previous, in.PreviousDigest, err = a.readPrevious(flags.previous); err != nil {
		return err
	}
	if in.Facts, err = a.readFacts(ctx, name); err != nil {
		return err
	}
	r := inspect.Judge(in)
	err = a.write(flags.output, func(w io.Writer) error {
		if flags.format == "json" {
			return report.Encode(w, r)
		}
		return report.Text(w, r, a.textOptions(name, flags.output))
	})
	if err != nil {
		return err
	}
	a.exit = exitOf(r.Verdict)
	return nil
}

func (f checkFlags) validate(name string) error {
	switch {
	case f.filing == "":
		return failf(nil, "缺少 --filing：请给出备案表文件；可先运行 heyan filing init %s > filing.yaml 生成",
			"--filing is missing: name the filing; heyan filing init %s > filing.yaml makes one", name)
	case f.format != "text" && f.format != "json":
		return failf(nil, "--format 只能是 text 或 json，不是 %q", "--format takes text or json, not %q", f.format)
	case countDashes(name, f.filing, f.previous) > 1:
		return failf(nil, "只能有一个文件写作 -（标准输入）", "only one file can be - (standard input)")
	}
	return nil
}

func countDashes(names ...string) int {
	n := 0
	for _, name := range names {
		if name == "-" {
			n++
		}
	}
	return n
}

func exitOf(v rules.Verdict) int {
	switch v {
	case rules.Pass:
		return exitPass
	case rules.Return:
		return exitReturn
	}
	return exitReview
}

// china is the form's own time zone; it has had no summer time since 1991.
var china = time.FixedZone("CST", 8*3600)

// day is the day to judge by: the flag's, or today in China.
func (a *app) day(flag string) (string, error) {
	if flag == "" {
		return a.Now().In(china).Format(time.DateOnly), nil
	}
	if _, err := time.Parse(time.DateOnly, flag); err != nil {
		return "", failf(err, "--as-of 要写成 2026-09-01 这样的日期，不是 %q", "--as-of takes a day as 2026-09-01, not %q", flag)
	}
	return flag, nil
}

func (a *app) readFiling(name string) (*filing.Filing, error) {
	data, err := a.readText(name, filing.MaxSize)
	if err != nil {
		return nil, err
	}
	f, err := filing.Parse(data)
	if err != nil {
		return nil, filingError(name, err)
	}
	return f, nil
}

// filingError tells all that is wrong with a filing, a line each.
func filingError(name string, err error) error {
	var bad *filing.ParseError
	if !errors.As(err, &bad) {
		return failf(err, "备案表 %q 不能读取：%v", "cannot read the filing %q: %v", name, err)
	}
	zh, en := []string{fmt.Sprintf("备案表 %q 有误，请改正后再试：", name)}, []string{fmt.Sprintf("the filing %q can't be used, correct it and try again:", name)}
	for _, p := range bad.Problems {
		zh = append(zh, fmt.Sprintf("  第 %d 行：%s", p.Line, p.Message.ZH))
		en = append(en, fmt.Sprintf("  line %d: %s", p.Line, p.Message.EN))
	}
	return &userError{text: rules.Text{ZH: strings.Join(zh, "\n"), EN: strings.Join(en, "\n")}, cause: err}
}

func (a *app) readPrevious(name string) (*rules.Previous, string, error) {
	if name == "" {
		return nil, "", nil
	}
	data, err := a.readText(name, maxReport)
	if err != nil {
		return nil, "", err
	}
	p, err := report.ReadPrevious(data)
	if err != nil {
		return nil, "", failf(err, "%q 不是 heyan 的 JSON 报告（%v）；请给出 heyan check --format json 的输出",
			"%q is not a JSON report of heyan (%v); give the output of heyan check --format json", name, err)
	}
	return p, report.Digest(data), nil
}

// textOptions say how text goes to a terminal or a file.
func (a *app) textOptions(name, output string) report.TextOptions {
	return report.TextOptions{
		Lang: a.lang, Name: name,
		Color: output == "" && a.StdoutTerminal && a.Getenv("NO_COLOR") == "" && a.Getenv("TERM") != "dumb",
	}
}
