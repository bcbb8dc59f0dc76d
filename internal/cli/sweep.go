package cli

import (
	"github.com/spf13/cobra"

	service "heyan/internal/app"
	"heyan/internal/config"
	"heyan/internal/obs"
)

func (a *app) sweepCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: a.t("清理一次到期和残留的东西，并核对报备的安装包都在", "remove once what has expired or was left behind, and see that filed packages are there"),
		Long: a.t(`清理一次：到期的预检、没等到安装包的提交、没有记录的残留文件；然后核对报备过的安装包
是否都在存储里。heyan serve 平时自己做，这个命令用于检查和测试。

退出码：0 完成，1 有报备过的安装包缺失或长度不对，2 未能完成。`,
			`Sweep once: prechecks that expired, submissions whose package did not come, objects that
no record names; then see that the packages of all filings are in the store. heyan serve
does so by itself; this is for looking and for tests.

Exit status: 0 done, 1 packages of filings are missing or of another size, 2 not done.`),
		Example: "  heyan sweep --config heyan.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig(flags, config.RoleAny)
			if err != nil {
				return err
			}
			r, missing, err := service.Sweep(cmd.Context(), c, a.Now, obs.NewLog(a.Stderr, "warn", c.Log.Format))
			if err != nil {
				return serviceError(err)
			}
			if len(missing) > 0 {
				a.exit = exitReturn
			}
			return a.say(a.t("到期 %d，删除安装包 %d，残留对象 %d，未完成的上传 %d，缺失的报备安装包 %d\n",
				"expired %d, packages deleted %d, orphans %d, unfinished uploads %d, filed packages missing %d\n"),
				r.Expired, r.Deleted, r.Orphans, r.Unfinished, len(missing))
		},
	}
	a.configFlags(cmd, &flags)
	return cmd
}
