package cli

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/rules"
	"heyan/rules/filing/sheet"
)

func (a *app) filingCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "filing",
		Short: a.t("备案表：从安装包生成，或多个安装包的表格模板", "the filing form: made from a package, or a sheet for many"),
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.filingInitCommand(), a.filingTemplateCommand())
	return cmd
}

func (a *app) filingInitCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   a.t("init 安装包", "init PACKAGE"),
		Short: a.t("按安装包填好一份备案表，带注释，可直接修改", "the form filled in from a package, commented, ready to edit"),
		Example: `  heyan filing init app.apk > filing.yaml
  heyan filing init app.apk --output filing.yaml`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: packageFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.filingInit(cmd.Context(), args[0], output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", a.t("写入文件，而不是标准输出", "write to this file instead of standard output"))
	return cmd
}

func (a *app) filingInit(ctx context.Context, name, output string) error {
	f, err := a.readFacts(ctx, name)
	if err != nil {
		return err
	}
	d := inspect.Describe(f)
	if d.Form.Platform == "" {
		m := rules.FormatCheck(f).Message
		return failf(nil, "%[1]q 不能生成备案表：%[2]s", "no filing can be made from %[1]q: %[3]s", name, m.ZH, m.EN)
	}
	return a.write(output, func(w io.Writer) error {
		_, err := w.Write(report.FilingDraft(d, a.lang))
		return err
	})
}

func (a *app) filingTemplateCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "template",
		Short: a.t("多个安装包的备案信息表格模板，供 heyan check --filings 使用", "a sheet to fill in for many packages, for heyan check --filings"),
		Long: a.t(`生成备案信息表格的模板：一行一个安装包，第一列是安装包的文件名，其余是备案表的各个字段。
.xlsx 带下拉选项，单元格都设为文本，版本号 1.10 不会变成 1.1；.csv 为带标记的 UTF-8。
“示例”开头的一行说明怎样填写，核验时不读取。`,
			`Make a sheet of filings to fill in: a row a package, the package's file name in the
first column, then the form's fields. An .xlsx has lists to choose from and keeps every
cell as text, so that version 1.10 does not become 1.1; a .csv is UTF-8 with a mark.
The row that begins with "EXAMPLE: " shows how, and is not read.`),
		Example: `  heyan filing template --output filings.xlsx
  heyan filing template --output filings.csv`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.filingTemplate(output) },
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", a.t("写入的文件，.xlsx 或 .csv（必填）", "the file to write, .xlsx or .csv (required)"))
	a.completeFiles(cmd, "output", "xlsx", "csv")
	return cmd
}

func (a *app) filingTemplate(output string) error {
	var write func(io.Writer, string) error
	switch strings.ToLower(filepath.Ext(output)) {
	case ".xlsx":
		write = sheet.TemplateXLSX
	case ".csv":
		write = sheet.TemplateCSV
	default:
		return failf(nil, "请用 --output 给出以 .xlsx 或 .csv 结尾的文件名", "name a file that ends in .xlsx or .csv with --output")
	}
	return a.write(output, func(w io.Writer) error { return write(w, a.lang) })
}
