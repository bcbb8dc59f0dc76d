package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	service "heyan/internal/app"
	"heyan/internal/config"
	"heyan/internal/submit"
	"heyan/rules"
)

// admin runs what needs the database and nothing else of the service.
func (a *app) admin(cmd *cobra.Command, flags serviceFlags, do func(*service.Admin) error) error {
	c, err := a.loadConfig(flags, config.RoleAny)
	if err != nil {
		return err
	}
	admin, err := service.OpenAdmin(cmd.Context(), c, a.Now)
	if err != nil {
		return serviceError(err)
	}
	defer admin.Close()
	return adminError(do(admin))
}

// adminError tells what the use cases say, as the API would.
func adminError(err error) error {
	var told *submit.Error
	var user *userError
	switch {
	case err == nil, errors.As(err, &user):
		return err
	case errors.As(err, &told) && told.ZH != "":
		return &userError{text: rules.Text{ZH: told.ZH, EN: told.EN}, cause: err}
	}
	return serviceError(err)
}

// group is a command of commands.
func (a *app) group(use, zh, en, longZH, longEN string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: a.t(zh, en), Long: a.t(longZH, longEN), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(children...)
	return cmd
}

func (a *app) tokenCommand() *cobra.Command {
	return a.group("token", "令牌：直接在数据库上新建、列出、吊销", "tokens: create, list and revoke them in the database itself",
		`直接在数据库上管理令牌，用于丢失管理员令牌时恢复，或在本机脚本中使用；不需要令牌，
服务可以正在运行。平时请用接口（/v1/tokens）。`,
		`Manage tokens in the database itself: when the administrator's token is lost, and for
scripts on the machine. No token is needed; the service may be running. Otherwise use the
API (/v1/tokens).`,
		a.tokenCreateCommand(), a.tokenListCommand(), a.tokenRevokeCommand())
}

func (a *app) tokenCreateCommand() *cobra.Command {
	var flags serviceFlags
	var organisation, name, expires string
	var scopes []string
	cmd := &cobra.Command{
		Use:   "create",
		Short: a.t("新建令牌，打印在标准输出，只有这一次", "make a token and print it, this once"),
		Long: a.t(`新建令牌，打印在标准输出；数据库里只存它的摘要，以后看不到。不加参数时是第一个机构的
管理员令牌。权限：submit 提交，read 查看，review 复核与管理本机构，admin 管理全部。`,
			`Make a token and print it to standard output; the database keeps its digest alone. Without
flags it is an administrator's of the first organisation. Scopes: submit hands packages
over, read reads, review rechecks and manages its organisation, admin everything.`),
		Example: "  heyan token create\n  heyan token create --organisation 某省 --scope submit --scope read --name platform",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			until, err := a.expiry(expires)
			if err != nil {
				return err
			}
			return a.admin(cmd, flags, func(admin *service.Admin) error {
				secret, id, err := admin.CreateToken(cmd.Context(), organisation, name, scopes, until)
				if err != nil {
					return err
				}
				fmt.Fprintf(a.Stderr, "heyan: %s %s\n", a.t("令牌编号", "token id"), id)
				return a.say("%s\n", secret)
			})
		},
	}
	a.configFlags(cmd, &flags)
	f := cmd.Flags()
	f.StringVar(&organisation, "organisation", "", a.t("机构的名称或编号（默认第一个）", "organisation, by name or id (default: the first)"))
	f.StringVar(&name, "name", "heyan token create", a.t("令牌的名称，给人看的", "the token's name, for people"))
	f.StringSliceVar(&scopes, "scope", []string{"admin"}, a.t("权限：submit、read、review、admin，可多次", "scope: submit, read, review, admin, repeatable"))
	f.StringVar(&expires, "expires", "", a.t("到期日，如 2027-01-01（默认不过期）", "the day it ends, as 2027-01-01 (default: never)"))
	a.complete(cmd, "scope", "submit", "read", "review", "admin")
	return cmd
}

func (a *app) expiry(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, china)
	if err != nil {
		return t, failf(err, "--expires 要写成 2027-01-01 这样的日期，不是 %q", "--expires takes a day as 2027-01-01, not %q", text)
	}
	return t, nil
}

func (a *app) tokenListCommand() *cobra.Command {
	var flags serviceFlags
	var organisation string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   a.t("列出令牌，不含令牌本身", "list tokens, without their secrets"),
		Example: "  heyan token list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.admin(cmd, flags, func(admin *service.Admin) error {
				list, err := admin.Tokens(cmd.Context(), organisation)
				if err != nil {
					return err
				}
				rows := make([][]string, len(list))
				for i, t := range list {
					scopes := make([]string, len(t.Scopes))
					for j, s := range t.Scopes {
						scopes[j] = string(s)
					}
					rows[i] = []string{t.ID, t.Organisation, strings.Join(scopes, ","), moment(t.Created), moment(t.Expires), moment(t.Revoked), moment(t.LastUsed), t.Name}
				}
				return a.table([]string{"ID", "ORGANISATION", "SCOPES", "CREATED", "EXPIRES", "REVOKED", "USED", "NAME"}, rows)
			})
		},
	}
	a.configFlags(cmd, &flags)
	cmd.Flags().StringVar(&organisation, "organisation", "", a.t("只列一个机构的（名称或编号）", "of one organisation alone, by name or id"))
	return cmd
}

func (a *app) tokenRevokeCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:     a.t("revoke 编号", "revoke ID"),
		Short:   a.t("吊销令牌，5 秒内处处失效", "revoke a token; within 5 seconds it lets nobody in"),
		Example: "  heyan token revoke tok_01jd3x5v8f6q2m9t7c4w0znk1r",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.admin(cmd, flags, func(admin *service.Admin) error {
				if err := admin.RevokeToken(cmd.Context(), args[0]); err != nil {
					return err
				}
				return a.say("%s %s\n", a.t("已吊销", "revoked"), printable(args[0]))
			})
		},
	}
	a.configFlags(cmd, &flags)
	return cmd
}

// moment is a time for a table, "-" where there is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(china).Format("2006-01-02 15:04")
}

// table prints rows below headings.
func (a *app) table(headings []string, rows [][]string) error {
	return a.write("", func(w io.Writer) error {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, strings.Join(headings, "\t"))
		for _, row := range rows {
			for i := range row {
				row[i] = printable(row[i])
			}
			fmt.Fprintln(t, strings.Join(row, "\t"))
		}
		return t.Flush()
	})
}
