package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	service "heyan/internal/app"
	"heyan/internal/config"
	"heyan/internal/report"
)

func (a *app) doctorCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: a.t("体检：数据库、存储、队列、隔离、空间、时钟、端口", "examine database, store, queue, sandbox, space, clock, ports"),
		Long: a.t(`逐项检查服务需要的东西：数据目录的权限和空间，数据库、存储、队列是否连得上及其版本，
表结构，时钟偏差，读包进程的隔离（真的启动一个子进程），政策文件，监听地址，证书。
不改动任何东西，只在存储里写一个小对象再删掉。每项有问题的都说明怎么办。

退出码：0 没有不行的，1 有，2 未能运行。`,
			`Examine what the service needs: permissions and space of the data directory; whether
database, store and queue are reached, and their versions; the schema; the clock; the
confinement of the process that reads packages (a real one is started); the policy, the
addresses, the certificate. Nothing is changed, but for one object put into the store and
removed. Whatever is wrong comes with what to do.

Exit status: 0 nothing is broken, 1 something is, 2 could not run.`),
		Example: "  heyan doctor\n  heyan doctor --config heyan.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig(flags, config.RoleAny)
			if err != nil {
				return err
			}
			findings := service.Examine(cmd.Context(), c, a.Now)
			for _, f := range findings {
				if f.Health == service.Broken {
					a.exit = exitReturn
				}
			}
			return a.write("", func(w io.Writer) error { return a.findings(w, findings) })
		},
	}
	a.configFlags(cmd, &flags)
	return cmd
}

// findings prints a line each, and what to do below it.
func (a *app) findings(w io.Writer, list []service.Finding) error {
	words := map[service.Health]string{
		service.Fine: a.t("正常", "ok  "), service.Doubtful: a.t("注意", "warn"), service.Broken: a.t("不行", "fail"),
	}
	wide := 0
	for _, f := range list {
		wide = max(wide, report.Width(f.What))
	}
	for _, f := range list {
		line := words[f.Health] + "  " + f.What + strings.Repeat(" ", wide-report.Width(f.What)+2) + report.Clean(a.t(f.ZH, f.EN)) + "\n"
		if advice := a.t(f.AdviceZH, f.AdviceEN); advice != "" {
			line += "      " + strings.Repeat(" ", wide+2) + "→ " + report.Clean(advice) + "\n"
		}
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}
