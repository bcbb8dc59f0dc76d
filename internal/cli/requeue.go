package cli

import (
	"github.com/spf13/cobra"

	service "heyan/internal/app"
)

func (a *app) requeueCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:   a.t("requeue 提交编号", "requeue SUBMISSION"),
		Short: a.t("让停下（stuck）的提交重新核验", "let workers try a stuck submission again"),
		Long: a.t(`任务反复失败而停下的提交（状态 stuck）重新排队，失败次数从头算起。先看告警
（GET /v1/alarms）并修好原因。正在运行的服务 15 秒内会取走它。`,
			`Queue a submission again whose job failed until it was given up (state stuck), counting
from the start. First look at the alarms (GET /v1/alarms) and mend the reason. A running
service takes it within 15 seconds.`),
		Example: "  heyan requeue sub_01jd3x5v8f6q2m9t7c4w0znk1r",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.admin(cmd, flags, func(admin *service.Admin) error {
				if err := admin.Requeue(cmd.Context(), args[0]); err != nil {
					return err
				}
				return a.say("%s %s\n", a.t("已重新排队", "requeued"), printable(args[0]))
			})
		},
	}
	a.configFlags(cmd, &flags)
	return cmd
}
