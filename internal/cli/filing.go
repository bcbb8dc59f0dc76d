package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"heyan/internal/inspect"
	"heyan/internal/report"
	"heyan/rules"
)

func (a *app) filingCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "filing",
		Short: a.t("备案表：从安装包生成", "the filing form: make one from a package"),
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.filingInitCommand())
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
