package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"heyan/rules"
	"heyan/rules/policy"
)

// policyFlag gives a command the flag --policy.
func (a *app) policyFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "policy", "", a.t("政策文件（YAML）；默认政策见 heyan policy default", "the policy (YAML); heyan policy default prints the default one"))
	a.completeFiles(cmd, "policy", "yaml", "yml")
}

// readPolicy reads the named policy, or gives nil, the default one, for "".
func (a *app) readPolicy(name string) (*policy.Policy, error) {
	if name == "" {
		return nil, nil
	}
	data, err := a.readText(name, policy.MaxSize)
	if err != nil {
		return nil, err
	}
	p, err := policy.Parse(data)
	if err != nil {
		return nil, policyError(name, err)
	}
	return p, nil
}

// policyError tells all that is wrong with a policy, a line each.
func policyError(name string, err error) error {
	var bad *policy.ParseError
	if !errors.As(err, &bad) {
		return failf(err, "政策文件 %q 不能读取：%v", "cannot read the policy %q: %v", name, err)
	}
	indent := func(lang string) string { return "\n  " + strings.ReplaceAll(bad.In(lang), "\n", "\n  ") }
	return &userError{cause: err, text: rules.Text{
		ZH: fmt.Sprintf("政策文件 %q 有误，请改正后再试：", name) + indent("zh"),
		EN: fmt.Sprintf("the policy %q can't be used, correct it and try again:", name) + indent("en"),
	}}
}

func (a *app) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: a.t("政策：各项轻重、参数和自己的规则", "policies: severities, parameters and rules of your own"),
		Long: a.t(`政策文件规定各核验项和方框的轻重、几个参数，以及自己的规则（CEL 表达式）。
没有写的一律按默认政策。任何政策都不能让读不出的安装包通过。说明见 docs/policy.md。`,
			`A policy sets how severe each check and box is, a few parameters, and rules of its own
in CEL. What it leaves out is as in the default policy. No policy can make a package pass
that could not be read. See docs/policy.md.`),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.policyCheckCommand(), a.policyDiffCommand(), a.policyDefaultCommand())
	return cmd
}

func (a *app) policyCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   a.t("check 政策文件", "check FILE"),
		Short: a.t("检查政策文件，列出与默认政策的差别", "read a policy, compile its rules, print what differs from the default"),
		Long: a.t(`检查政策文件：键、编号、轻重和表达式都要认得，错误连同行号一次列出；
没有错误时列出与默认政策的差别。政策文件写作 - 时从标准输入读取。

退出码：0 可以使用，2 有误。`,
			`Read a policy strictly (keys, ids, severities, expressions), tell everything that is
wrong by line, and print what differs from the default policy. - reads standard input.

Exit status: 0 it can be used, 2 it can't.`),
		Example:           "  heyan policy default > province.yaml\n  heyan policy default | heyan policy check -",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: policyFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := a.readPolicy(args[0])
			if err != nil {
				return err
			}
			return a.write("", func(w io.Writer) error { return a.policyChecked(w, p) })
		},
	}
}

func (a *app) policyDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use:   a.t("diff 甲 乙", "diff A B"),
		Short: a.t("列出两份政策的差别", "what two policies have differently"),
		Long: a.t(`列出两份政策判断上的差别：轻重、参数、规则。写法、顺序和注释不同不算。

退出码：0 已比较，2 未能运行。`,
			`What two policies judge differently: severities, parameters, rules. Wording, order and
comments do not count.

Exit status: 0 compared, 2 could not run.`),
		Example:           "  heyan policy diff old.yaml new.yaml",
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: policyFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			if countDashes(args...) > 1 {
				return failf(nil, "只能有一个文件写作 -（标准输入）", "only one file can be - (standard input)")
			}
			first, err := a.readPolicy(args[0])
			if err != nil {
				return err
			}
			second, err := a.readPolicy(args[1])
			if err != nil {
				return err
			}
			return a.write("", func(w io.Writer) error { return a.differences(w, policy.Diff(first, second)) })
		},
	}
}

func (a *app) policyDefaultCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "default",
		Short:   a.t("打印默认政策，作为编写的起点", "print the default policy, to start from"),
		Example: "  heyan policy default > province.yaml",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.write("", func(w io.Writer) error {
				_, err := io.WriteString(w, policy.DefaultSource())
				return err
			})
		},
	}
}

// policyFiles offers policies to the shell.
func policyFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

func (a *app) policyChecked(w io.Writer, p *policy.Policy) error {
	name := p.Name.In(a.lang)
	if name == "" {
		name = a.t("（未命名）", "(no name)")
	}
	if _, err := fmt.Fprintln(w, a.t("可以使用：", "it can be used: ")+printable(name)); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, p.Digest()); err != nil {
		return err
	}
	return a.differences(w, policy.Diff(nil, p))
}

func (a *app) differences(w io.Writer, list []policy.Difference) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, a.t("没有差别", "no difference"))
		return err
	}
	for _, d := range list {
		if _, err := fmt.Fprintf(w, "%s: %s → %s\n", d.Key, printable(d.A), printable(d.B)); err != nil {
			return err
		}
	}
	return nil
}

// printable is a value of a policy in one line, without what would move a cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
