package cli

import (
	"github.com/spf13/cobra"

	service "heyan/internal/app"
)

func (a *app) keysCommand() *cobra.Command {
	return a.group("keys", "报告的签名密钥：列出、更换", "the keys that sign reports: list, rotate",
		`报告用 Ed25519 签名，密钥在第一次启动时生成，存在数据库里。更换后旧密钥不再签名，
但仍能验证以前的报告。`,
		`Reports are signed with Ed25519; the key is made at the first start and kept in the
database. A key that was replaced signs no more and still verifies earlier reports.`,
		a.keysListCommand(), a.keysRotateCommand())
}

func (a *app) keysRotateCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: a.t("换一个新的签名密钥，打印编号", "make a new signing key, print its id"),
		Long: a.t(`换一个新的签名密钥。正在运行的服务最多一分钟后改用新的；旧密钥留作验证。`,
			`Make a new signing key. A running service takes it up within a minute; the old one stays
for verifying.`),
		Example: "  heyan keys rotate",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.admin(cmd, flags, func(admin *service.Admin) error {
				id, err := admin.RotateKey(cmd.Context())
				if err != nil {
					return err
				}
				return a.say("%s\n", id)
			})
		},
	}
	a.configFlags(cmd, &flags)
	return cmd
}

func (a *app) keysListCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:     "list",
		Short:   a.t("列出签名密钥，新的在前", "list the signing keys, the newest first"),
		Example: "  heyan keys list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.admin(cmd, flags, func(admin *service.Admin) error {
				list, err := admin.Keys(cmd.Context())
				if err != nil {
					return err
				}
				rows := make([][]string, len(list))
				for i, k := range list {
					rows[i] = []string{k.ID, moment(k.Created), moment(k.Retired)}
				}
				return a.table([]string{"ID", "CREATED", "RETIRED"}, rows)
			})
		},
	}
	a.configFlags(cmd, &flags)
	return cmd
}
