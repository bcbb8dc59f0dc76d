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
	filing               []string
	filingDir, filings   string
	previous, policy     string
	idsig                string
	format, output, asOf string
	jobs                 int
}

func (a *app) checkCommand() *cobra.Command {
	var flags checkFlags
	cmd := &cobra.Command{
		Use:   a.t("check 安装包... --filing 备案表", "check PACKAGE... --filing FILE"),
		Short: a.t("核对安装包与备案表是否相符，可一次核验多个", "check packages against what was filed, one or many"),
		Long:  a.t(checkLongZH, checkLongEN),
		Example: `  heyan check app.apk --filing filing.yaml
  heyan check app.apk --filing filing.yaml --format html --output report.html
  heyan check app.apk --filing filing.yaml --previous last-report.json
  heyan check app.apk --filing filing.yaml --previous last-release.apk
  heyan check app.apk app.ipa --filing android.yaml --filing ios.yaml
  heyan check packages/ --filing-dir filings/ --output reports/
  heyan check packages/ --filings filings.xlsx --format junit --output junit.xml
  heyan filing init app.apk | heyan check app.apk --filing -`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: packageFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.validate(args); err != nil {
				return err
			}
			if flags.several(args) {
				return a.checkSeveral(cmd.Context(), args, flags)
			}
			return a.checkOne(cmd.Context(), args[0], flags)
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&flags.filing, "filing", "f", nil, a.t("备案表（YAML 或 JSON），- 为标准输入；两个平台各一份时写两次", "the filing (YAML or JSON), - for standard input; twice for one a platform"))
	f.StringVar(&flags.filingDir, "filing-dir", "", a.t("备案表所在文件夹：app.apk 对应 app.yaml（.yml、.json）", "a folder of filings: app.yaml (.yml, .json) is that of app.apk"))
	f.StringVar(&flags.filings, "filings", "", a.t("备案信息表格（CSV 或 XLSX），一行一个安装包", "a sheet of filings (CSV or XLSX), a row a package"))
	f.StringVar(&flags.previous, "previous", "", a.t("同一应用上次的报告（JSON）或安装包，核对是否延续", "an earlier report (JSON) or package of the same app, for continuity"))
	f.StringVar(&flags.format, "format", "text", a.t("输出格式：", "output format: ")+strings.Join(formatNames(), ", "))
	f.StringVarP(&flags.output, "output", "o", "", a.t("写入文件，而不是标准输出；核验多个时可以是文件夹，一个安装包一份报告", "write to this file instead of standard output; for several packages it may be a folder, a report each"))
	f.StringVar(&flags.asOf, "as-of", "", a.t("按哪一天判断有效期，如 2026-09-01（默认今天）", "the day validity is judged by, as 2026-09-01 (default: today)"))
	f.IntVarP(&flags.jobs, "jobs", "j", 2, a.t("同时核验几个", "how many packages are checked at a time"))
	a.complete(cmd, "format", formatNames()...)
	a.completeFiles(cmd, "filing", "yaml", "yml", "json")
	a.completeFiles(cmd, "filings", "xlsx", "csv")
	a.policyFlag(cmd, &flags.policy)
	a.idsigFlag(cmd, &flags.idsig)
	a.completeFiles(cmd, "previous", "json", "apk", "ipa")
	_ = cmd.MarkFlagDirname("filing-dir")
	return cmd
}

// packageFiles offers packages to the shell.
func packageFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"apk", "ipa"}, cobra.ShellCompDirectiveFilterFileExt
}

func (a *app) completeFiles(cmd *cobra.Command, flag string, extensions ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(extensions, cobra.ShellCompDirectiveFilterFileExt))
}

// checkOne checks one package against one filing.
func (a *app) checkOne(ctx context.Context, name string, flags checkFlags) error {
	collectLate()
	in, err := a.judgeInput(flags)
	if err != nil {
		return err
	}
	if in.Filing, err = a.readFiling(flags.filing[0]); err != nil {
		return err
	}
	if in.Previous, in.PreviousDigest, err = a.earlier(ctx, flags.previous); err != nil {
		return err
	}
	if in.Facts, in.IDSigDigest, err = a.readFactsBeside(ctx, name, flags.idsig); err != nil {
		return err
	}
	r := inspect.Judge(in)
	err = a.write(flags.output, func(w io.Writer) error {
		return a.render(w, flags, []*report.Named{{Name: name, Report: r}})
	})
	if err != nil {
		return err
	}
	a.exit = exitOf(r.Verdict)
	return nil
}

// judgeInput is what every judgement of a run shares: the day and the policy.
func (a *app) judgeInput(flags checkFlags) (in inspect.JudgeInput, err error) {
	if in.AsOf, err = a.day(flags.asOf); err != nil {
		return in, err
	}
	in.Policy, err = a.readPolicy(flags.policy)
	return in, err
}

// several reports whether the run is of more than one package, or may be: what it
// prints must not depend on how many a folder holds.
func (f checkFlags) several(args []string) bool {
	return len(args) > 1 || len(f.filing) == 0
}

func (f checkFlags) validate(args []string) error {
	_, known := formats()[f.format]
	switch {
	case len(f.filing) == 0 && f.filingDir == "" && f.filings == "":
		return failf(nil, "缺少 --filing：请给出备案表文件；可先运行 heyan filing init %[1]s > filing.yaml 生成。核验多个安装包用 --filing-dir 或 --filings",
			"--filing is missing: name the filing; heyan filing init %[1]s > filing.yaml makes one. For many packages there are --filing-dir and --filings", args[0])
	case len(f.filing) > 0 && (f.filingDir != "" || f.filings != "") || f.filingDir != "" && f.filings != "":
		return failf(nil, "--filing、--filing-dir、--filings 只能用其中一种", "only one of --filing, --filing-dir and --filings can be given")
	case !known:
		return failf(nil, "--format 只能是 %[1]s，不是 %[3]q", "--format takes %[2]s, not %[3]q",
			strings.Join(formatNames(), "、"), strings.Join(formatNames(), ", "), f.format)
	case countDashes(append(append([]string{f.previous, f.policy, f.filings, f.idsig}, args...), f.filing...)...) > 1:
		return failf(nil, "只能有一个文件写作 -（标准输入）", "only one file can be - (standard input)")
	case f.jobs < 1 || f.jobs > maxJobs:
		return failf(nil, "--jobs 要在 1 到 %[1]d 之间，不是 %[2]d", "--jobs takes 1 to %[1]d, not %[2]d", maxJobs, f.jobs)
	}
	if f.several(args) || len(f.filing) > 1 {
		return f.validateSeveral(args)
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

// textOptions say how text goes to a terminal or a file.
func (a *app) textOptions(name, output string) report.TextOptions {
	return report.TextOptions{
		Lang: a.lang, Name: name,
		Color: output == "" && a.StdoutTerminal && a.Getenv("NO_COLOR") == "" && a.Getenv("TERM") != "dumb",
	}
}
