package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	service "heyan/internal/app"
	"heyan/internal/config"
)

func (a *app) migrateCommand() *cobra.Command {
	var flags serviceFlags
	var status bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: a.t("升级数据库的表结构", "bring the database's schema up to date"),
		Long: a.t(`把数据库的表结构升级到本程序的版本，在锁内进行，多个同时运行也只升级一次；失败则保持原样。
默认配置下 heyan serve 启动时会自动升级；records.migrate: manual 时由本命令升级。

退出码：0 已是最新（--status：不需要升级），1 需要升级（仅 --status），2 未能运行。`,
			`Bring the database's schema to this program's version, under a lock: however many run at
once, it is done once; what fails leaves it as it was. By default heyan serve does so at
its start; with records.migrate: manual this command does.

Exit status: 0 it is current, 1 it is not (--status alone), 2 could not run.`),
		Example: "  heyan migrate --config heyan.yaml\n  heyan migrate --config heyan.yaml --status",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig(flags, config.RoleAny)
			if err != nil {
				return err
			}
			if status {
				return a.schemaStatus(cmd.Context(), c)
			}
			before, after, err := service.Migrate(cmd.Context(), c, a.Now)
			if err != nil {
				return serviceError(err)
			}
			return a.say(a.t("表结构：第 %d 版 → 第 %d 版\n", "schema: version %d → %d\n"), before, after)
		},
	}
	a.configFlags(cmd, &flags)
	cmd.Flags().BoolVar(&status, "status", false, a.t("只看版本，不升级", "tell the versions, change nothing"))
	return cmd
}

func (a *app) schemaStatus(ctx context.Context, c *config.Config) error {
	have, want, err := service.Schema(ctx, c, a.Now)
	if err != nil {
		return serviceError(err)
	}
	if have != want {
		a.exit = exitReturn
	}
	return a.say(a.t("表结构：第 %d 版，本程序第 %d 版\n", "schema: version %d, this program's %d\n"), have, want)
}

// say prints to standard output.
func (a *app) say(format string, args ...any) error {
	return a.write("", func(w io.Writer) error {
		_, err := fmt.Fprintf(w, format, args...)
		return err
	})
}
