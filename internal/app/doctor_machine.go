package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"heyan/internal/config"
	"heyan/internal/sandbox"
)

// data looks at the data directory: there, ours, private, roomy.
func (d *doctor) data(context.Context) {
	dir := d.config.Data
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		parent := filepath.Dir(filepath.Clean(dir))
		if err := writable(parent); err != nil {
			zh, en := same("%s: %v", dir, err)
			d.say("data", Broken, zh, en).advise("请建立数据目录，或用 --data 换一个可写的", "make the data directory, or choose one that can be written with --data")
			return
		}
		d.say("data", Fine, dir+" 还没有，启动时会建立", dir+" is not there yet, a start makes it")
		d.space(parent)
		return
	case err != nil:
		zh, en := same("%s: %v", dir, err)
		d.say("data", Broken, zh, en).advise("请检查路径和权限", "check the path and its permissions")
		return
	}
	if err := writable(dir); err != nil {
		zh, en := same("%s: %v", dir, err)
		d.say("data", Broken, zh, en).advise("运行 heyan 的用户要能写这个目录", "the user that heyan runs as must be able to write it")
		return
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		zh, en := same("%s %04o", dir, mode)
		d.say("data", Doubtful, zh+"：其他用户也能读，里面有签名密钥和安装包", en+": other users can read it, signing keys and packages are in it").advise("运行 chmod 700 "+dir, "run chmod 700 "+dir)
	} else {
		zh, en := same("%s", dir)
		d.say("data", Fine, zh, en)
	}
	if _, err := os.Stat(filepath.Join(dir, restoringName)); err == nil {
		d.say("data", Broken, "上次恢复没有做完", "a restore did not come to its end").advise("删掉数据目录，重新运行 heyan restore", "remove the data directory and run heyan restore again")
	}
	d.space(dir)
}

func writable(dir string) error {
	file, err := os.CreateTemp(dir, ".heyan-doctor-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// space compares what is free with what intake leaves free.
func (d *doctor) space(dir string) {
	free, total, err := space(dir)
	if err != nil {
		zh, en := same("%v", err)
		d.say("space", Doubtful, zh, en).advise("看不出剩余空间，请自行留意", "free space is not known, keep an eye on it")
		return
	}
	least, most := int64(d.config.Limits.MinFree), int64(d.config.Limits.MaxPackage)
	zh, en := fmt.Sprintf("剩余 %s，共 %s", gib(free), gib(total)), fmt.Sprintf("%s free of %s", gib(free), gib(total))
	switch {
	case free < least:
		d.say("space", Broken, zh, en).advise("已低于 limits.min_free，上传会被拒绝（507）：请清理或扩容", "below limits.min_free, uploads are refused (507): make room")
	case free < least+2*most:
		d.say("space", Doubtful, zh, en).advise("只够几个最大的安装包：请准备扩容", "room for a few of the largest packages: plan for more")
	default:
		d.say("space", Fine, zh, en)
	}
}

func gib(n int64) string { return fmt.Sprintf("%.1f GiB", float64(n)/float64(config.GiB)) }

// sandbox runs a real child.
func (d *doctor) sandbox(ctx context.Context) {
	if d.config.Worker.Slots.Count() == 0 {
		d.say("sandbox", Fine, "本进程不核验，不需要", "nothing is inspected in this process")
		return
	}
	p, err := sandbox.Check(ctx, sandbox.Required)
	zh, en := same("Landlock %s, seccomp %s", yes(p.Landlock), yes(p.Seccomp))
	switch {
	case err == nil:
		d.say("sandbox", Fine, zh, en)
	case d.config.Sandbox == "required":
		zh, en = same("%v", err)
		d.say("sandbox", Broken, zh, en).advise("需要 Linux 5.13 以上并启用 Landlock；容器要允许 seccomp。确要在没有隔离时运行，请设置 sandbox: best-effort",
			"Linux 5.13 or newer with Landlock is needed, and containers must allow seccomp; to run without, set sandbox: best-effort")
	default:
		zh, en = same("%v", err)
		d.say("sandbox", Doubtful, zh, en).advise("读包的进程没有完全隔离：不要核验来历不明的安装包", "the process that reads packages is not fully confined: do not inspect packages of unknown origin")
	}
}

func yes(ok bool) string {
	if ok {
		return "ok"
	}
	return "-"
}

func (d *doctor) policy(context.Context) {
	p, err := readPolicy(d.config.Policy)
	switch {
	case err != nil:
		d.failed("policy", err, "运行 heyan policy check "+d.config.Policy, "run heyan policy check "+d.config.Policy)
	case p == nil:
		d.say("policy", Fine, "默认政策", "the default policy")
	default:
		zh, en := same("%s %s", d.config.Policy, p.Digest())
		d.say("policy", Fine, zh, en)
	}
}

// listen looks whether the addresses can be had, or a heyan is there already.
func (d *doctor) listen(ctx context.Context) {
	for _, a := range []struct{ key, address string }{{"listen", d.config.Listen}, {"metrics.listen", d.config.Metrics.Listen}} {
		if a.address == "" {
			continue
		}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.address)
		switch {
		case err == nil:
			l.Close()
			d.say(a.key, Fine, a.address+" 可用", a.address+" is free")
		case d.running(ctx, a.address):
			d.say(a.key, Fine, a.address+" 上正运行着 heyan", "a heyan is running at "+a.address)
		default:
			zh, en := same("%v", err)
			d.say(a.key, Broken, zh, en).advise("换一个地址，或停掉占用它的程序", "choose another address, or stop what has it")
		}
	}
}

// running asks an address whether a healthy heyan is behind it.
func (d *doctor) running(ctx context.Context, address string) bool {
	scheme := "http"
	client := http.Client{Timeout: 3 * time.Second}
	if d.config.TLS.Cert != "" && address == d.config.Listen {
		scheme = "https"
		// Only whether somebody answers is asked, and nothing is told to them.
		client.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // see above
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// certificateSoon is when a certificate that ends is told.
const certificateSoon = 30 * 24 * time.Hour

func (d *doctor) certificate(context.Context) {
	c := d.config.TLS
	if c.Cert == "" {
		return
	}
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		zh, en := same("%v", err)
		d.say("tls", Broken, zh, en).advise("请检查 tls.cert 和 tls.key", "check tls.cert and tls.key")
		return
	}
	left := pair.Leaf.NotAfter.Sub(d.now())
	zh, en := fmt.Sprintf("证书有效期至 %s", pair.Leaf.NotAfter.Format(time.DateOnly)), fmt.Sprintf("the certificate is valid until %s", pair.Leaf.NotAfter.Format(time.DateOnly))
	switch {
	case left <= 0:
		d.say("tls", Broken, zh, en).advise("证书已过期，请更换", "it has expired, renew it")
	case left < certificateSoon:
		d.say("tls", Doubtful, zh, en).advise("请更换证书", "renew it")
	default:
		d.say("tls", Fine, zh, en)
	}
}
