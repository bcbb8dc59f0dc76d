package config

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// fill derives what is left empty from the data directory.
func (c *Config) fill() {
	derive := func(field *string, name string) {
		if *field == "" {
			*field = filepath.Join(c.Data, name)
		}
	}
	derive(&c.Records.SQLitePath, "heyan.db")
	derive(&c.Blobs.Path, "blobs")
	derive(&c.Worker.Scratch, "scratch")
}

// Embedded reports whether everything lives in this process and its data
// directory: nothing else has to be running.
func (c *Config) Embedded() bool {
	return c.Records.Engine == SQLite && c.Blobs.Engine == Disk && c.Queue.Engine == Inproc
}

// check finds what no single field shows.
func (l *loader) check(c *Config, role Role) {
	l.required("data", c.Data)
	l.address("listen", c.Listen, true)
	l.address("metrics.listen", c.Metrics.Listen, false)
	l.link("public_url", c.PublicURL)
	l.link("tracing.endpoint", c.Tracing.Endpoint)
	l.checkTLS(c)
	l.checkRecords(c)
	l.checkBlobs(c)
	l.checkQueue(c, role)
	l.checkNumbers(c)
	for _, text := range c.Webhooks.AllowNetworks {
		if _, err := netip.ParsePrefix(text); err != nil {
			l.wrong("webhooks.allow_networks", "%q 不是网段，应写成 10.0.0.0/8 这样", "%q is no network, write it as 10.0.0.0/8", text)
		}
	}
}

// wrong notes a problem with the place where the key was set.
func (l *loader) wrong(key, zh, en string, args ...any) {
	l.add(l.byKey[key].origin, key, zh, en, args...)
}

func (l *loader) warn(key, zh, en string, args ...any) {
	l.warnings.add(l.byKey[key].origin, key, zh, en, args...)
}

func (l *loader) required(key, value string) {
	if value == "" {
		l.wrong(key, "不能为空", "it can't be empty")
	}
}

func (l *loader) address(key, value string, required bool) {
	if value == "" && !required {
		return
	}
	if _, _, err := net.SplitHostPort(value); err != nil {
		l.wrong(key, "%q 应写成 主机:端口，如 127.0.0.1:8470", "%q is written as host:port, as 127.0.0.1:8470", value)
	}
}

func (l *loader) link(key, value string) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		l.wrong(key, "应写成 http(s)://主机 这样的地址", "it is written as http(s)://host")
	}
}

func (l *loader) checkTLS(c *Config) {
	switch {
	case c.TLS.Cert != "" && c.TLS.Key == "":
		l.wrong("tls.key", "给了证书就要给私钥", "a certificate needs its private key")
	case c.TLS.Key != "" && c.TLS.Cert == "":
		l.wrong("tls.cert", "给了私钥就要给证书", "a private key needs its certificate")
	case c.TLS.Cert == "" && !loopback(c.Listen):
		l.warn("listen", "对外监听而没有 TLS：令牌会明文传输，请在前面放 HTTPS 代理，或设置 tls", "it is open to others without TLS: tokens travel in the clear; put an HTTPS proxy in front or set tls")
	}
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return true // told elsewhere
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (l *loader) checkRecords(c *Config) {
	switch {
	case c.Records.Engine == Postgres && c.Records.DSN == "":
		l.wrong("records.dsn", "engine 是 postgres 时必须给出（可用 dsn_file 或 HEYAN_RECORDS_DSN）", "it is needed where engine is postgres (dsn_file and HEYAN_RECORDS_DSN do too)")
	case c.Records.Engine == SQLite && c.Records.DSN != "":
		l.wrong("records.engine", "给了 dsn 而 engine 仍是 sqlite；要用 PostgreSQL 请写 engine: postgres", "dsn is given while engine is sqlite; for PostgreSQL write engine: postgres")
	case c.Records.Engine == SQLite && c.Queue.Engine == Redis:
		l.warn("records.engine", "sqlite 只能由同一台机器上的进程使用；工作者在别的机器时请用 postgres", "sqlite serves processes of one machine only; with workers on others use postgres")
	}
}

func (l *loader) checkBlobs(c *Config) {
	if c.Blobs.Engine == Disk {
		if c.Blobs.Endpoint != "" {
			l.wrong("blobs.engine", "给了 endpoint 而 engine 仍是 disk；要用 S3 请写 engine: s3", "endpoint is given while engine is disk; for S3 write engine: s3")
		}
		if c.Records.Engine == Postgres {
			l.warn("blobs.engine", "disk 只在本机，或各机器挂载同一目录时可用；多台机器建议用 s3", "disk works on one machine, or where all mount the same folder; for several machines use s3")
		}
		return
	}
	l.required("blobs.endpoint", c.Blobs.Endpoint)
	l.required("blobs.bucket", c.Blobs.Bucket)
	l.link("blobs.endpoint", c.Blobs.Endpoint)
	l.required("blobs.access_key", c.Blobs.AccessKey.Reveal())
	l.required("blobs.secret_key", c.Blobs.SecretKey.Reveal())
	if c.Worker.ScratchBytes < c.Limits.MaxPackage {
		l.wrong("worker.scratch_bytes", "%[1]s 放不下一个最大的安装包（limits.max_package %[2]s）", "%[1]s can't hold one largest package (limits.max_package %[2]s)", c.Worker.ScratchBytes, c.Limits.MaxPackage)
	}
}

func (l *loader) checkQueue(c *Config, role Role) {
	if c.Queue.Engine == Redis {
		l.address("queue.addr", c.Queue.Addr, true)
		return
	}
	switch {
	case c.Queue.Addr != "":
		l.wrong("queue.engine", "给了 addr 而 engine 仍是 inproc；要用 Redis 请写 engine: redis", "addr is given while engine is inproc; for Redis write engine: redis")
	case role == RoleWorker:
		l.wrong("queue.engine", "inproc 队列只在 heyan serve 一个进程内，单独的 heyan worker 收不到任务；请用 engine: redis", "the inproc queue is within one heyan serve, a heyan worker gets nothing from it; use engine: redis")
	case role == RoleServe && c.Worker.Slots == 0:
		l.wrong("worker.slots", "是 0 而队列是 inproc，就没有谁来核验；请用 queue.engine: redis 加 heyan worker，或把 slots 调大", "0 with the inproc queue leaves nobody to inspect; use queue.engine: redis with heyan worker, or more slots")
	}
}

// checkNumbers refuses what would stand still or lose things.
func (l *loader) checkNumbers(c *Config) {
	for _, n := range []struct {
		key   string
		value int64
	}{
		{"records.max_connections", int64(c.Records.MaxConnections)},
		{"limits.max_package", int64(c.Limits.MaxPackage)},
		{"limits.uploads", int64(c.Limits.Uploads)},
		{"limits.uploads_per_organisation", int64(c.Limits.UploadsPerOrganisation)},
		{"limits.await", int64(c.Limits.Await)},
		{"limits.idempotency", int64(c.Limits.Idempotency)},
		{"retention.precheck", int64(c.Retention.Precheck)},
		{"retention.sweep_every", int64(c.Retention.SweepEvery)},
		{"retention.walk_every", int64(c.Retention.WalkEvery)},
		{"worker.crashes", int64(c.Worker.Crashes)},
		{"worker.retry", int64(c.Worker.Retry)},
		{"webhooks.timeout", int64(c.Webhooks.Timeout)},
	} {
		if n.value < 1 {
			l.wrong(n.key, "必须大于 0", "it must be more than 0")
		}
	}
	if time.Duration(c.Retention.Orphans) < time.Hour {
		l.wrong("retention.orphans", "至少 1h：更短会删掉还在上传的文件", "at least 1h: a shorter one would remove uploads under way")
	}
	if strings.ContainsAny(c.Queue.Prefix, " \t\r\n") {
		l.wrong("queue.prefix", "不能有空白", "it can't hold white space")
	}
}
