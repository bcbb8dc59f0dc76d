package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"heyan/internal/inspect"
	"heyan/internal/report"
)

func (a *app) describeCommand() *cobra.Command {
	var asJSON bool
	var output, idsig string
	cmd := &cobra.Command{
		Use:   a.t("describe 安装包", "describe PACKAGE"),
		Short: a.t("列出安装包的内容，并给出填表参考", "what is in a package, and what to write into the form"),
		Long: a.t(`列出安装包的内容：名称、版本、摘要、按备案表 13 项归类的权限、签名、异常、未检查的内容；
最后是填表参考：备案表各栏应填的值。安装包写作 - 时从标准输入读取。

退出码：0 已读出，1 不是可报备的安装包，3 有内容未能读出，2 未能运行。`,
			`What is in a package: names, version, digests, permissions by the form's 13 boxes,
signature, anomalies, what was not examined; then the exact values for the form.
- reads the package from standard input.

Exit status: 0 read, 1 not a package that can be filed, 3 something could not be read,
2 could not run.`),
		Example: `  heyan describe app.apk
  heyan describe app.apk --json > description.json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: packageFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.describe(cmd.Context(), args[0], idsig, output, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, a.t("输出 heyan.description/1（JSON）", "print heyan.description/1 (JSON)"))
	cmd.Flags().StringVarP(&output, "output", "o", "", a.t("写入文件，而不是标准输出", "write to this file instead of standard output"))
	a.idsigFlag(cmd, &idsig)
	return cmd
}

func (a *app) describe(ctx context.Context, name, idsig, output string, asJSON bool) error {
	collectLate()
	if countDashes(name, idsig) > 1 {
		return failf(nil, "只能有一个文件写作 -（标准输入）", "only one file can be - (standard input)")
	}
	f, _, err := a.readFactsBeside(ctx, name, idsig)
	if err != nil {
		return err
	}
	d := inspect.Describe(f)
	err = a.write(output, func(w io.Writer) error {
		if asJSON {
			return report.Encode(w, d)
		}
		return report.DescriptionText(w, d, a.textOptions(name, output))
	})
	if err == nil {
		a.exit = exitOfDescription(d)
	}
	return err
}

func exitOfDescription(d *report.Description) int {
	if d.Form.Platform == "" {
		return exitReturn
	}
	if !d.Complete() {
		return exitReview
	}
	return exitPass
}
