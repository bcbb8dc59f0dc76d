package cli

import (
	"github.com/spf13/cobra"

	service "heyan/internal/app"
)

func (a *app) organisationCommand() *cobra.Command {
	return a.group("organisation", "机构：直接在数据库上新建、列出、停用", "organisations: create, list, disable them in the database itself",
		`直接在数据库上管理机构。每个机构只看得到自己的提交。平时请用接口（/v1/organisations）。`,
		`Manage organisations in the database itself. Each sees its own submissions alone. Otherwise
use the API (/v1/organisations).`,
		a.organisationCreateCommand(), a.organisationListCommand(), a.organisationDisableCommand(true), a.organisationDisableCommand(false))
}

func (a *app) organisationCreateCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:     a.t("create 名称", "create NAME"),
		Short:   a.t("新建机构，打印编号", "make an organisation, print its id"),
		Example: "  heyan organisation create 某省教育厅",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.admin(cmd, flags, func(admin *service.Admin) error {
				o, err := admin.CreateOrganisation(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return a.say("%s\n", o.ID)
			})
		},
	}
	a.configFlags(cmd, &flags)
	return cmd
}

func (a *app) organisationListCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:     "list",
		Short:   a.t("列出机构", "list organisations"),
		Example: "  heyan organisation list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.admin(cmd, flags, func(admin *service.Admin) error {
				list, err := admin.Organisations(cmd.Context())
				if err != nil {
					return err
				}
				rows := make([][]string, len(list))
				for i, o := range list {
					state := "active"
					if o.Disabled {
						state = "disabled"
					}
					rows[i] = []string{o.ID, state, moment(o.Created), o.Name}
				}
				return a.table([]string{"ID", "STATE", "CREATED", "NAME"}, rows)
			})
		},
	}
	a.configFlags(cmd, &flags)
	return cmd
}

// organisationDisableCommand is disable, or enable.
func (a *app) organisationDisableCommand(disable bool) *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:     a.t("enable 机构", "enable ORGANISATION"),
		Short:   a.t("恢复机构的令牌", "let the tokens of an organisation in again"),
		Example: "  heyan organisation enable 某省教育厅",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.admin(cmd, flags, func(admin *service.Admin) error {
				return admin.SetOrganisationDisabled(cmd.Context(), args[0], disable)
			})
		},
	}
	if disable {
		cmd.Use = a.t("disable 机构", "disable ORGANISATION")
		cmd.Short = a.t("停用机构：它的令牌一律无效，数据保留", "let none of an organisation's tokens in; its data stays")
		cmd.Example = "  heyan organisation disable 某省教育厅"
	}
	a.configFlags(cmd, &flags)
	return cmd
}
