package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	service "heyan/internal/app"
	"heyan/internal/config"
)

func (a *app) backupCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:   a.t("backup 文件", "backup FILE"),
		Short: a.t("把单机服务的数据库和安装包备份成一个文件", "copy an embedded service's database and packages into one file"),
		Long: a.t(`把单机服务（SQLite 加本地目录）的数据库和安装包写成一个 tar 文件，服务可以照常运行；
内容前后一致，附每个文件的 SHA-256。全部写完文件才出现。备份里有签名密钥，请当作机密保管。

退出码：0 已备份，1 已备份，但存储里缺少报备过的安装包，2 没有备份成。`,
			`Write database and packages of an embedded service (SQLite, packages on disk) into a tar
file, while it runs or not; it is consistent and carries the SHA-256 of everything. The
file appears when it is whole. It holds the signing keys: keep it secret.

Exit status: 0 done, 1 done, but packages of filings are missing from the store, 2 not done.`),
		Example: "  heyan backup heyan-2026-11-21.tar\n  heyan backup heyan.tar --data /var/lib/heyan",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(flags, config.RoleAny)
			if err != nil {
				return err
			}
			done, err := service.Backup(cmd.Context(), c, a.Now, args[0])
			if err != nil {
				return serviceError(err)
			}
			return a.backedUp(args[0], done)
		},
	}
	a.configFlags(cmd, &flags)
	return cmd
}

func (a *app) restoreCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:   a.t("restore 文件", "restore FILE"),
		Short: a.t("把备份恢复到一个空的数据目录", "put a backup into an empty data directory"),
		Long: a.t(`把 heyan backup 的文件恢复到空的数据目录，逐个核对 SHA-256；有一处不对就不算恢复，
服务不会在恢复了一半的目录上启动。管理员令牌不在备份里：用旧的，或 heyan token create 另发。

退出码：0 已恢复，1 已恢复，但备份里本来就缺少报备过的安装包，2 没有恢复成。`,
			`Put the file of heyan backup into an empty data directory, checking every SHA-256. One
that is wrong and nothing is restored: no service starts on half of it. The
administrator's token is not in a backup: use the old one, or heyan token create.

Exit status: 0 done, 1 done, but the backup lacked packages of filings, 2 not done.`),
		Example: "  heyan restore heyan-2026-11-21.tar --data /var/lib/heyan",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(flags, config.RoleAny)
			if err != nil {
				return err
			}
			done, err := service.Restore(cmd.Context(), c, args[0])
			if err != nil {
				return serviceError(err)
			}
			return a.backedUp(c.Data, done)
		},
	}
	a.configFlags(cmd, &flags)
	return cmd
}

// backedUp tells what is in a backup, and what should be.
func (a *app) backedUp(where string, done service.BackedUp) error {
	if n := len(done.Missing); n > 0 {
		a.exit = exitReturn
		fmt.Fprintf(a.Stderr, "heyan: %s\n", fmt.Sprintf(a.t("缺少 %d 个报备过的安装包，例如 %s；请查看 heyan sweep 和告警", "%d packages of filings are missing, such as %s; see heyan sweep and the alarms"), n, done.Missing[0]))
	}
	return a.say(a.t("%s：数据库和 %d 个安装包，%d 字节\n", "%s: the database and %d packages, %d bytes\n"), printable(where), done.Packages, done.Bytes)
}
