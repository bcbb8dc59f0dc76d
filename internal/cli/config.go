package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"heyan/internal/config"
	"heyan/rules"
)

// serviceFlags are the flags of every command that needs the configuration.
type serviceFlags struct {
	file, data, listen, logLevel string
	set                          []string
}

// configFlags gives a command the flags of the configuration.
func (a *app) configFlags(cmd *cobra.Command, into *serviceFlags) {
	f := cmd.Flags()
	f.StringVarP(&into.file, "config", "c", "", a.t("配置文件（YAML），也可用 HEYAN_CONFIG 指定；heyan config example 打印一份", "configuration (YAML), also HEYAN_CONFIG; heyan config example prints one"))
	f.StringVar(&into.data, "data", "", a.t("数据目录（默认 ./heyan-data）", "data directory (default ./heyan-data)"))
	f.StringArrayVar(&into.set, "set", nil, a.t("键=值，如 --set worker.slots=4，可多次；优先于文件和环境变量", "key=value, as --set worker.slots=4, repeatable; goes before file and environment"))
	a.completeFiles(cmd, "config", "yaml", "yml")
	_ = cmd.MarkFlagDirname("data")
}

// loadConfig reads the configuration of a command; warnings go to standard error.
func (a *app) loadConfig(flags serviceFlags, role config.Role) (*config.Config, error) {
	set := map[string]string{}
	for _, entry := range flags.set {
		key, value, ok := strings.Cut(entry, "=")
		if !ok {
			return nil, failf(nil, "--set 要写成 键=值，不是 %q", "--set takes key=value, not %q", entry)
		}
		set[strings.TrimSpace(key)] = value
	}
	for key, value := range map[string]string{"data": flags.data, "listen": flags.listen, "log.level": flags.logLevel} {
		if value != "" {
			set[key] = value
		}
	}
	file := flags.file
	if file == "" {
		file = a.Getenv("HEYAN_CONFIG")
	}
	c, warnings, err := config.Load(config.Source{File: file, Environ: a.environ(), Set: set, Role: role})
	for _, w := range warnings {
		fmt.Fprintf(a.Stderr, "heyan: %s%s\n", a.t("注意：", "warning: "), w.In(a.lang))
	}
	return c, configError(err)
}

// environ are the variables of the process, where the command line has not been
// given others.
func (a *app) environ() []string {
	if a.Environ == nil {
		return nil
	}
	return a.Environ()
}

// configError tells all that is wrong with a configuration, a line each.
func configError(err error) error {
	var bad *config.Error
	if !errors.As(err, &bad) {
		return err
	}
	indent := func(lang string) string { return "\n  " + strings.ReplaceAll(bad.In(lang), "\n", "\n  ") }
	return &userError{cause: err, text: rules.Text{
		ZH: "配置有误，请改正后再试：" + indent("zh"),
		EN: "the configuration can't be used, correct it and try again:" + indent("en"),
	}}
}

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: a.t("服务的配置：示例与检查", "the service's configuration: example and check"),
		Long: a.t(`heyan serve、heyan worker 等命令的配置。次序：配置文件，然后 HEYAN_* 环境变量，然后命令行；后者优先。
不认识的键会被拒绝。密钥可放在单独的文件里（键名加 _file），不会被打印出来。说明见 docs/operations.md。`,
			`The configuration of heyan serve, heyan worker and their like. A file, then HEYAN_*
variables, then flags; the later wins. Unknown keys are refused. Secrets can be in files
of their own (KEY_file) and are never printed. See docs/operations.en.md.`),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.configExampleCommand(), a.configCheckCommand())
	return cmd
}

func (a *app) configExampleCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "example",
		Short:   a.t("打印一份带注释的配置，全部设置及默认值", "print a commented configuration with every setting and default"),
		Example: "  heyan config example > heyan.yaml",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.write("", func(w io.Writer) error {
				_, err := io.WriteString(w, config.Example(a.lang))
				return err
			})
		},
	}
}

func (a *app) configCheckCommand() *cobra.Command {
	var flags serviceFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: a.t("检查配置，打印生效的值", "check the configuration, print the values that hold"),
		Long: a.t(`检查配置文件、环境变量和参数，政策文件也一并检查；所有问题一次列出。
没有问题时打印生效的值，密钥写作 ***。不连接任何组件，那是 heyan doctor 的事。

退出码：0 可以使用，2 有误。`,
			`Check file, environment and flags, the policy file included; all problems are told at
once. Without any, print the values that hold, secrets as ***. No component is contacted:
that is heyan doctor.

Exit status: 0 it can be used, 2 it can't.`),
		Example: "  heyan config check --config heyan.yaml",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.loadConfig(flags, config.RoleAny)
			if err != nil {
				return err
			}
			if _, err := a.readPolicy(c.Policy); err != nil {
				return err
			}
			return a.write("", func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "# %s\n%s", a.t("可以使用（ok）。生效的值：", "ok. The values that hold:"), c.Effective())
				return err
			})
		},
	}
	a.configFlags(cmd, &flags)
	return cmd
}
