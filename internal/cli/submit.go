package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	service "heyan/internal/app"
	"heyan/internal/client"
	"heyan/internal/report"
	"heyan/rules/filing"
)

// defaultServer is where heyan serve listens unless it is told otherwise.
const defaultServer = "http://127.0.0.1:8470"

// submitFlags are the flags of heyan submit.
type submitFlags struct {
	checkFlags
	filing, server, tokenFile, data string
	key, lane, purpose, supersedes  string
	noWait                          bool
}

func (a *app) submitCommand() *cobra.Command {
	var flags submitFlags
	cmd := &cobra.Command{
		Use:   a.t("submit 安装包 --filing 备案表", "submit PACKAGE --filing FILE"),
		Short: a.t("把安装包和备案表交给核验服务，等待结论", "hand a package and its filing to a service and wait for the verdict"),
		Long: a.t(`把安装包和备案表交给正在运行的核验服务（heyan serve），等待结论，打印报告。
令牌依次取自 --token-file、环境变量 HEYAN_TOKEN；服务在本机时还有数据目录里的 admin-token。

服务忙（429、503）时按它要求的间隔重试；提交带幂等键，连接断了再试也不会交两次。
服务确认收到之后断开、按 Ctrl-C 都不影响核验，结论可凭编号再查。

退出码与 check 相同：0 建议通过，1 建议退回，3 需人工复核，2 未能运行或没有结论。`,
			`Hand a package and its filing to a running service (heyan serve), wait for the verdict,
print the report. The token is taken from --token-file, else HEYAN_TOKEN, else, for a
service on this machine, admin-token in the data directory.

While the service is busy (429, 503) it is asked again when it says; an idempotency key
goes with the submission, so that trying again after a cut does not submit twice. Once
acknowledged, neither a cut nor Ctrl-C stops the judgement.

Exit status as of check: 0 pass, 1 return, 3 review, 2 could not run or no verdict.`),
		Example: `  heyan submit app.apk --filing filing.yaml
  heyan submit app.apk --filing filing.yaml --server https://heyan.example --token-file token
  heyan submit app.apk --filing filing.yaml --format html --output report.html`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: packageFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.validate(args[0]); err != nil {
				return err
			}
			return a.submit(cmd.Context(), args[0], flags)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&flags.filing, "filing", "f", "", a.t("备案表（YAML 或 JSON），- 为标准输入", "the filing (YAML or JSON), - for standard input"))
	f.StringVar(&flags.server, "server", "", a.t("服务地址，也可用 HEYAN_SERVER 指定（默认 ", "address of the service, also HEYAN_SERVER (default ")+defaultServer+a.t("）", ")"))
	f.StringVar(&flags.tokenFile, "token-file", "", a.t("存有令牌的文件", "a file that holds the token"))
	f.StringVar(&flags.data, "data", "./heyan-data", a.t("本机服务的数据目录，其中有 admin-token", "data directory of a service on this machine, for admin-token"))
	f.StringVar(&flags.key, "idempotency-key", "", a.t("幂等键：同键同内容只算一次提交（默认随机）", "the same key and content are one submission (default: random)"))
	f.StringVar(&flags.lane, "lane", "", a.t("队列：interactive（有人在等）或 batch", "queue: interactive (somebody waits) or batch"))
	f.StringVar(&flags.purpose, "purpose", "", a.t("用途：filing（报备）或 precheck（预检，到期删除）", "what for: filing, or precheck, which expires"))
	f.StringVar(&flags.supersedes, "supersedes", "", a.t("所更正或接续的提交的编号", "id of the submission that this one corrects or follows"))
	f.BoolVar(&flags.noWait, "no-wait", false, a.t("服务确认收到后就结束，只打印编号", "end when it is acknowledged, print the id alone"))
	f.StringVar(&flags.format, "format", "text", a.t("输出格式：", "output format: ")+strings.Join(formatNames(), ", "))
	f.StringVarP(&flags.output, "output", "o", "", a.t("写入文件，而不是标准输出", "write to this file instead of standard output"))
	a.complete(cmd, "format", formatNames()...)
	a.complete(cmd, "lane", "interactive", "batch")
	a.complete(cmd, "purpose", "filing", "precheck")
	a.completeFiles(cmd, "filing", "yaml", "yml", "json")
	_ = cmd.MarkFlagDirname("data")
	return cmd
}

func (f submitFlags) validate(name string) error {
	_, known := formats()[f.format]
	oneOf := func(flag, value string, accepted ...string) error {
		for _, v := range append(accepted, "") {
			if value == v {
				return nil
			}
		}
		return failf(nil, "--%[1]s 只能是 %[2]s，不是 %[3]q", "--%[1]s takes %[2]s, not %[3]q", flag, strings.Join(accepted, ", "), value)
	}
	switch {
	case f.filing == "":
		return failf(nil, "缺少 --filing：请给出备案表文件；可先运行 heyan filing init %[1]s > filing.yaml 生成",
			"--filing is missing: name the filing; heyan filing init %[1]s > filing.yaml makes one", name)
	case !known:
		return failf(nil, "--format 只能是 %[1]s，不是 %[2]q", "--format takes %[1]s, not %[2]q", strings.Join(formatNames(), ", "), f.format)
	case countDashes(name, f.filing, f.tokenFile) > 1:
		return failf(nil, "只能有一个文件写作 -（标准输入）", "only one file can be - (standard input)")
	}
	if err := oneOf("lane", f.lane, "interactive", "batch"); err != nil {
		return err
	}
	return oneOf("purpose", f.purpose, "filing", "precheck")
}

// submit hands one package over and, unless told otherwise, waits for its verdict.
func (a *app) submit(ctx context.Context, name string, flags submitFlags) error {
	form, err := a.readText(flags.filing, filing.MaxSize)
	if err != nil {
		return err
	}
	if _, err := filing.Parse(form); err != nil {
		return filingError(flags.filing, err)
	}
	c, err := a.newClient(flags)
	if err != nil {
		return err
	}
	bar := a.newStatus()
	defer bar.stop()
	s, err := a.hand(ctx, c, name, form, flags, bar)
	if err != nil {
		return err
	}
	if flags.noWait {
		return a.write("", func(w io.Writer) error { _, err := fmt.Fprintln(w, s.ID); return err })
	}
	fmt.Fprintf(a.Stderr, "heyan: %s\n", a.t("已收到，编号 ", "acknowledged, id ")+s.ID)
	if s, err = c.Wait(ctx, s.ID, bar.progress); err != nil {
		return waitError(s.ID, err)
	}
	bar.stop()
	return a.verdict(ctx, c, s, name, flags)
}

// hand sends the package and returns when the service has it.
func (a *app) hand(ctx context.Context, c *client.Client, name string, form []byte, flags submitFlags, bar *status) (client.Submission, error) {
	file, done, err := a.openPackage(name)
	if err != nil {
		return client.Submission{}, err
	}
	defer done()
	info, err := file.Stat()
	if err != nil {
		return client.Submission{}, a.cannotRead(name, err)
	}
	if !info.Mode().IsRegular() {
		return client.Submission{}, failf(nil, "%q 不是普通文件，请给出安装包文件", "%q is not a regular file; name a package file", name)
	}
	upload := client.Upload{
		Package: file, Size: info.Size(), Name: filepath.Base(name), Filing: form,
		Purpose: flags.purpose, Lane: flags.lane, Supersedes: flags.supersedes, Key: flags.key,
		Sent: func(n int64) { bar.sent(n, info.Size()) },
	}
	if name == "-" {
		upload.Name = "package"
	}
	s, err := c.Submit(ctx, upload)
	return s, clientError(err)
}

// verdict prints the report of a submission that has ended.
func (a *app) verdict(ctx context.Context, c *client.Client, s client.Submission, name string, flags submitFlags) error {
	if s.State != "judged" {
		return failf(nil, "提交 %[1]s 没有结论，状态是 %[2]s；请到服务上查看原因", "submission %[1]s has no verdict, its state is %[2]s; look at the service why", s.ID, s.State)
	}
	data, err := c.Report(ctx, s.ID, 0)
	if err != nil {
		return waitError(s.ID, err)
	}
	var r report.Report
	if err := json.Unmarshal(data, &r); err != nil || r.Schema != report.Schema {
		return failf(err, "服务给出的报告读不懂，请确认 heyan 的版本一致", "the service's report can't be read; see that both heyan are of one version")
	}
	err = a.write(flags.output, func(w io.Writer) error {
		if flags.format == "json" {
			// The very bytes: they carry the signature.
			_, err := w.Write(data)
			return err
		}
		return a.render(w, flags.checkFlags, []*report.Named{{Name: name, Report: &r}})
	})
	if err != nil {
		return err
	}
	a.exit = exitOf(r.Verdict)
	return nil
}

// newClient finds the service and the token for it.
func (a *app) newClient(flags submitFlags) (*client.Client, error) {
	server := flags.server
	if server == "" {
		server = a.Getenv("HEYAN_SERVER")
	}
	if server == "" {
		server = defaultServer
	}
	token, err := a.token(server, flags)
	if err != nil {
		return nil, err
	}
	c, err := client.New(client.Config{Server: server, Token: token, Lang: a.lang, Now: a.Now, Retrying: a.retrying})
	if err != nil {
		return nil, failf(err, "服务地址 %q 有误，应写成 http://主机:端口", "the server's address %q is written as http://host:port", server)
	}
	return c, nil
}

func (a *app) retrying(why error, pause time.Duration) {
	fmt.Fprintf(a.Stderr, "heyan: %s\n", fmt.Sprintf(a.t("%v；%s 后再试", "%v; trying again in %s"), why, pause.Round(time.Second)))
}

// token finds the caller's token. The file of a data directory goes to a service on
// this machine alone.
func (a *app) token(server string, flags submitFlags) (string, error) {
	if flags.tokenFile != "" {
		data, err := a.readText(flags.tokenFile, 4<<10)
		return strings.TrimSpace(string(data)), err
	}
	if token := strings.TrimSpace(a.Getenv("HEYAN_TOKEN")); token != "" {
		return token, nil
	}
	if local(server) {
		if data, err := os.ReadFile(service.AdminTokenFile(flags.data)); err == nil {
			return strings.TrimSpace(string(data)), nil
		}
	}
	return "", failf(nil, "没有令牌：请用 --token-file 或环境变量 HEYAN_TOKEN 给出；服务在本机时也可用 --data 指定它的数据目录",
		"no token: give one with --token-file or HEYAN_TOKEN; for a service on this machine --data can name its data directory")
}

func local(server string) bool {
	u, err := url.Parse(server)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// clientError words why a package was not taken.
func clientError(err error) error {
	var told *client.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &told) && told.Status == 401:
		return failf(err, "服务不认这个令牌，请检查 --token-file 或 HEYAN_TOKEN", "the service does not know the token; check --token-file or HEYAN_TOKEN")
	case errors.As(err, &told):
		return failf(err, "服务没有收下：%s", "the service did not take it: %s", told.Error())
	}
	return failf(err, "连不上服务：%v。请检查 --server 的地址，以及 heyan serve 是否在运行", "cannot reach the service: %v. Check --server, and that heyan serve is running", err)
}

// waitError says that the submission is safe although the verdict is not known here.
func waitError(id string, err error) error {
	if errors.Is(err, context.Canceled) {
		return failf(err, "已中断等待。提交 %s 已被服务收到，会照常核验", "interrupted. The service has submission %s and will judge it", id)
	}
	return failf(err, "提交 %[1]s 已被服务收到，但查不到结论：%[2]v。请稍后再查", "the service has submission %[1]s, but its verdict could not be had: %[2]v. Ask again later", id, err)
}

// status shows on a terminal how far a submission is.
type status struct {
	ticker
	line atomic.Pointer[string]
	app  *app
}

func (a *app) newStatus() *status {
	s := &status{app: a}
	s.set("")
	if a.StderrTerminal {
		s.run(a.Stderr, 500*time.Millisecond, func() string { return *s.line.Load() })
	}
	return s
}

func (s *status) set(line string) { s.line.Store(&line) }

func (s *status) sent(n, size int64) {
	s.set(fmt.Sprintf("%s %3d%%", s.app.t("上传中", "uploading"), n*100/max(size, 1)))
}

func (s *status) progress(p client.Progress) {
	word := s.app.t("排队中", "queued")
	if p.State == "running" {
		word = fmt.Sprintf("%s %3d%%", s.app.t("核验中", "inspecting"), p.Percent)
	}
	s.set(word)
}
