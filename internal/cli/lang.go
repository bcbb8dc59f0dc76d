package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// language is the language of everything a run prints: --lang, else HEYAN_LANG,
// else the locale where it names Chinese or English, else Chinese. It is found
// before the arguments are parsed, since help is in it too.
func language(args []string, getenv func(string) string) string {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return known(v)
		}
		if a == "--lang" && i+1 < len(args) {
			return known(args[i+1])
		}
	}
	for _, name := range []string{"HEYAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		switch v := strings.ToLower(getenv(name)); {
		case strings.HasPrefix(v, "zh"):
			return "zh"
		case strings.HasPrefix(v, "en"):
			return "en"
		}
	}
	return "zh"
}

func known(lang string) string {
	if strings.HasPrefix(strings.ToLower(lang), "en") {
		return "en"
	}
	return "zh"
}

// checkLang refuses a --lang that names neither language.
func checkLang(cmd *cobra.Command) error {
	if v, _ := cmd.Flags().GetString("lang"); v != "zh" && v != "en" {
		return failf(nil, "--lang 只能是 zh 或 en，不是 %q", "--lang takes zh or en, not %q", v)
	}
	return nil
}

// localize puts the frame of help (headings, standard flags) into the language.
func (a *app) localize(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.SetVersionTemplate("heyan {{.Version}}\n")
	for _, c := range allCommands(root) {
		c.InitDefaultHelpFlag()
		c.Flags().Lookup("help").Usage = a.t("显示帮助", "show help")
		switch c.Name() {
		case "help":
			c.Short = a.t("显示某个命令的帮助", "help about a command")
		case "completion":
			c.Short = a.t("生成命令行补全脚本", "generate shell completion")
		}
	}
	root.InitDefaultVersionFlag()
	root.Flags().Lookup("version").Usage = a.t("显示版本", "show the version")
	root.SetUsageTemplate(a.t(usageZH, usageEN))
	root.SetHelpTemplate("{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}\n\n{{end}}{{.UsageString}}")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return checkLang(cmd) }
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return failf(err, "参数有误：%s。运行 %s --help 查看用法", "%s. Run %s --help for usage", err.Error(), cmd.CommandPath())
	})
}

func allCommands(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, child := range c.Commands() {
		list = append(list, allCommands(child)...)
	}
	return list
}

const (
	usageEN = `Usage:{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [command]{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Global flags:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
	usageZH = `用法：{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [命令]{{end}}{{if .HasExample}}

示例：
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

命令：{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

参数：
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

通用参数：
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`
)

const rootLongZH = `heyan（核验）读取 App 安装包，核对教育移动应用备案表：平台、版本、MD5、13 项权限、
名称、包名、签名，并说明哪里不符、怎么改。

退出码：0 建议通过，1 建议退回，3 需人工复核，2 未能运行。`

const rootLongEN = `heyan reads an app package and checks the filing form of education apps against it:
platform, version, MD5, the 13 permission boxes, name, package id, signature. It says
what differs and how to put it right.

Exit status: 0 pass, 1 return, 3 review, 2 could not run.`
