// Package cli is heyan's command line: what a provider runs before filing, and
// what scripts run. It reads files and arguments, calls inspect, and prints.
//
// Exit status: 0 the verdict is pass, 1 return, 3 review; 2 heyan could not run
// (usage, I/O, a filing that does not parse), with a message that says what to do.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"heyan/internal/inspect"
	"heyan/internal/sandbox"
	"heyan/rules"
)

// The exit statuses.
const (
	exitPass   = 0
	exitReturn = 1
	exitError  = 2
	exitReview = 3
)

// Env is what a run takes from the outside.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	// Environ are all variables, for the configuration; nil is none.
	Environ func() []string
	Now     func() time.Time
	// StdoutTerminal and StderrTerminal allow colours and progress.
	StdoutTerminal, StderrTerminal bool
	Analyze                        inspect.AnalyzeFunc
}

// System is the environment of the process.
func System() Env {
	return Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Environ: os.Environ, Now: time.Now,
		StdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		StderrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Analyze:        sandbox.Analyzer(sandbox.BestEffort),
	}
}

// Main runs the command line and returns the exit status.
func Main(ctx context.Context, args []string, env Env) int {
	app := &app{Env: env, lang: language(args, env.Getenv)}
	root := app.root()
	root.SetArgs(args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		app.complain(err)
		return exitError
	}
	return app.exit
}

// collectLate lets the heap grow to 16 MB before the first collection: a command for
// one small package is over by then, and spends a twelfth of its time on it otherwise.
func collectLate() { debug.SetGCPercent(400) }

// Commands are heyan's commands with their help in the language, for those who
// write manuals; they are not run.
func Commands(lang string) *cobra.Command {
	a := &app{lang: lang, Env: Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard,
		Getenv: func(string) string { return "" }, Now: time.Now}}
	return a.root()
}

// app is one run.
type app struct {
	Env
	lang string
	exit int
}

// t chooses between the two languages.
func (a *app) t(zh, en string) string { return rules.Text{ZH: zh, EN: en}.In(a.lang) }

// root builds the commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "heyan",
		Short:         a.t("核验：检查报备的 App 安装包与备案表是否相符", "inspect app packages filed for schools against their filing"),
		Long:          a.t(rootLongZH, rootLongEN),
		Version:       inspect.EngineVersion,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().String("lang", a.lang, a.t("语言：zh 或 en（默认取环境变量）", "language: zh or en (default: from the environment)"))
	a.complete(root, "lang", "zh", "en")
	root.AddCommand(a.checkCommand(), a.describeCommand(), a.filingCommand(), a.rulesCommand(), a.policyCommand(), a.configCommand(), a.verifyReportCommand(),
		a.serveCommand(), a.workerCommand(), a.submitCommand(), a.migrateCommand(), a.doctorCommand(),
		a.backupCommand(), a.restoreCommand(), a.tokenCommand(), a.organisationCommand(), a.keysCommand(), a.sweepCommand(),
		a.requeueCommand())
	a.localize(root)
	return root
}

// complete offers the values of a flag to the shell.
func (a *app) complete(cmd *cobra.Command, flag string, values ...string) {
	// The error is for a flag that does not exist, which the tests would show.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// complain prints an error in the user's language.
func (a *app) complain(err error) {
	var told *userError
	if !errors.As(err, &told) {
		told = a.usage(err)
	}
	fmt.Fprintf(a.Stderr, "heyan: %s\n", told.text.In(a.lang))
}

// userError is an error told to the user in both languages, with what to do.
type userError struct {
	text  rules.Text
	cause error
}

func (e *userError) Error() string { return e.text.EN }

func (e *userError) Unwrap() error { return e.cause }

// failf makes a userError; the arguments fill both sentences.
func failf(cause error, zh, en string, args ...any) *userError {
	return &userError{text: rules.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}, cause: cause}
}

// usage wraps what cobra says of the arguments.
func (a *app) usage(err error) *userError {
	if errors.Is(err, context.Canceled) {
		return failf(err, "已中断，没有结果", "interrupted, no result")
	}
	return failf(err, "参数有误：%s。运行 heyan --help 查看用法", "%s. Run heyan --help for usage", err.Error())
}
