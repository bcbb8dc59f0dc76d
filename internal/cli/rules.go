package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"heyan/internal/report"
	"heyan/rules/checks"
)

func (a *app) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: a.t("规则：核验哪些项目、依据是什么", "the rules: what is checked, and by what authority"),
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.rulesListCommand(), a.rulesExplainCommand())
	return cmd
}

func (a *app) rulesListCommand() *cobra.Command {
	var policyName string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   a.t("列出全部核验项", "list every check"),
		Example: "  heyan rules list",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			p, err := a.readPolicy(policyName)
			if err != nil {
				return err
			}
			return report.RuleList(a.Stdout, p.Checks(), a.textOptions("", ""))
		},
	}
	a.policyFlag(cmd, &policyName)
	return cmd
}

func (a *app) rulesExplainCommand() *cobra.Command {
	var policyName string
	cmd := &cobra.Command{
		Use:     a.t("explain 编号", "explain ID"),
		Short:   a.t("说明一个核验项：查什么、为什么、依据、怎么改", "explain one check: what, why, source, severity, remedy"),
		Example: "  heyan rules explain md5\n  heyan rules explain permissions.camera",
		Args:    cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return checkIDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := a.readPolicy(policyName)
			if err != nil {
				return err
			}
			for _, c := range p.Checks() {
				if c.ID == args[0] {
					return report.RuleExplained(a.Stdout, c, a.textOptions("", ""))
				}
			}
			return unknownRule(args[0])
		},
	}
	a.policyFlag(cmd, &policyName)
	return cmd
}

func checkIDs() []string {
	var ids []string
	for _, c := range checks.All() {
		ids = append(ids, c.ID)
	}
	return ids
}

// unknownRule names the checks that sound alike, or says where the list is.
func unknownRule(id string) error {
	var alike []string
	for _, known := range checkIDs() {
		if strings.Contains(known, id) || strings.Contains(id, known) {
			alike = append(alike, known)
		}
	}
	if len(alike) == 0 {
		return failf(nil, "没有编号为 %q 的核验项；运行 heyan rules list 查看全部", "no check is called %q; heyan rules list shows them all", id)
	}
	return failf(nil, "没有编号为 %[1]q 的核验项；相近的有：%[2]s", "no check is called %[1]q; alike: %[2]s", id, fmt.Sprint(strings.Join(alike, ", ")))
}
