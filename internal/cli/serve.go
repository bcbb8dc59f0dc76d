package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	service "heyan/internal/app"
	"heyan/internal/config"
	"heyan/rules"
)

func (a *app) serveCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: a.t("运行核验服务：接口、工作者、数据都在一个进程里，也可分开", "run the service: API, workers and data in one process, or apart"),
		Long: a.t(`运行核验服务。不加任何设置时，一切都在数据目录（./heyan-data）里：SQLite、安装包、
队列在进程内，只监听本机 127.0.0.1:8470。第一次启动时打印管理员令牌，只显示这一次；
同一台机器上的 heyan submit 会自己找到它。

多台机器时用 --config 指定 PostgreSQL、Redis、S3，API 和 heyan worker 可各开多个；
worker.slots: 0 的进程只提供接口。停止：一次 Ctrl-C 或 SIGTERM 等进行中的上传和核验
做完（最多 drain），再来一次立即结束。已确认的提交不会丢。说明见 docs/operations.md。`,
			`Run the service. Without any setting all is in the data directory (./heyan-data): SQLite,
packages, a queue in the process; it listens on this machine only, at 127.0.0.1:8470. The
first start prints the administrator's token, this once; heyan submit on the same machine
finds it by itself.

For several machines name PostgreSQL, Redis and S3 with --config and run as many heyan
serve and heyan worker as wanted; with worker.slots: 0 a process is an API alone. To stop:
one Ctrl-C or SIGTERM lets uploads and jobs under way end (at most drain), a second one
ends at once. What was acknowledged is not lost. See docs/operations.en.md.`),
		Example: "  heyan serve\n  heyan serve --data /var/lib/heyan --listen 127.0.0.1:9000\n  heyan serve --config heyan.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runService(cmd.Context(), flags, config.RoleServe)
		},
	}
	a.configFlags(cmd, &flags)
	cmd.Flags().StringVar(&flags.listen, "listen", "", a.t("接口监听地址（默认 127.0.0.1:8470）", "address of the API (default 127.0.0.1:8470)"))
	a.logFlag(cmd, &flags)
	return cmd
}

func (a *app) workerCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:   "worker",
		Short: a.t("只运行工作者，与 heyan serve 共用数据库、存储和队列", "run workers only, beside a heyan serve with the same database, store and queue"),
		Long: a.t(`只运行工作者：从队列取任务，核验，把结论写进数据库。需要与 heyan serve 相同的配置，
队列须为 Redis。设置 metrics.listen 后另外提供 /metrics、/healthz、/readyz。
停止方式同 heyan serve；被强行杀死时，它的任务最多 15 秒后由别的工作者接手。`,
			`Run workers only: take jobs from the queue, inspect, write verdicts into the database. It
needs the configuration of heyan serve, with Redis as the queue. With metrics.listen it
has /metrics, /healthz and /readyz there. It stops as heyan serve does; if it is killed,
another worker takes its jobs over after 15 seconds at the most.`),
		Example: "  heyan worker --config heyan.yaml\n  heyan worker --config heyan.yaml --set worker.slots=8",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runService(cmd.Context(), flags, config.RoleWorker)
		},
	}
	a.configFlags(cmd, &flags)
	a.logFlag(cmd, &flags)
	return cmd
}

func (a *app) logFlag(cmd *cobra.Command, flags *serviceFlags) {
	cmd.Flags().StringVar(&flags.logLevel, "log-level", "", a.t("日志级别：debug、info、warn、error（默认 info）", "log level: debug, info, warn, error (default info)"))
	a.complete(cmd, "log-level", "debug", "info", "warn", "error")
}

// runService runs a process of the service until it is told to stop.
func (a *app) runService(ctx context.Context, flags serviceFlags, role config.Role) error {
	c, err := a.loadConfig(flags, role)
	if err != nil {
		return err
	}
	defer a.hurry(ctx)()
	if err := service.Run(ctx, c, service.Options{Role: role, Stderr: a.Stderr, Now: a.Now}); err != nil {
		return serviceError(err)
	}
	return nil
}

// hurry ends the process at once on a second signal. Nothing is lost by that: what
// is acknowledged is on the disk, and a cut job is taken up again.
func (a *app) hurry(ctx context.Context) (stop func()) {
	again := make(chan os.Signal, 1)
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		signal.Notify(again, os.Interrupt, syscall.SIGTERM)
		defer signal.Stop(again)
		select {
		case <-done:
		case <-again:
			os.Exit(exitError)
		}
	}()
	return func() { close(done) }
}

// serviceError tells what the service says of itself, with its cause.
func serviceError(err error) error {
	var told *service.Error
	if !errors.As(err, &told) {
		return failf(err, "服务出错：%v", "the service failed: %v", err)
	}
	zh, en := told.ZH, told.EN
	if told.Cause != nil {
		zh, en = zh+"："+told.Cause.Error(), en+": "+told.Cause.Error()
	}
	return &userError{text: rules.Text{ZH: zh, EN: en}, cause: err}
}
