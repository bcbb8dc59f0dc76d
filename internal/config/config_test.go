package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLayers(t *testing.T) {
	t.Parallel()
	file := write(t, "heyan.yaml", `
data: /srv/heyan
listen: 127.0.0.1:1
drain: 2m
limits: {max_package: 512MiB, uploads: 3}
worker: {slots: 2}
webhooks:
  allow_networks: [10.0.0.0/8, 192.168.1.0/24]
`)
	c, warnings, err := Load(Source{
		File:    file,
		Environ: []string{"HEYAN_LISTEN=127.0.0.1:2", "HEYAN_LIMITS_UPLOADS=4", "HEYAN_LOG_LEVEL=", "PATH=/bin", "HEYAN_TOKEN=x"},
		Set:     map[string]string{"limits.uploads": "5"},
	})
	if err != nil || len(warnings) != 0 {
		t.Fatal(err, warnings)
	}
	want := Default()
	want.Data, want.Listen, want.Drain = "/srv/heyan", "127.0.0.1:2", Duration(2*time.Minute)
	want.Limits.MaxPackage, want.Limits.Uploads, want.Worker.Slots = 512*MiB, 5, 2
	want.Webhooks.AllowNetworks = []string{"10.0.0.0/8", "192.168.1.0/24"}
	want.fill()
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if c.Records.SQLitePath != "/srv/heyan/heyan.db" || !c.Embedded() {
		t.Errorf("derived: %q, embedded %v", c.Records.SQLitePath, c.Embedded())
	}
}

// TestProblems: everything wrong is told at once, with its place.
func TestProblems(t *testing.T) {
	t.Parallel()
	file := write(t, "heyan.yaml", `listen: nowhere
lissen: x
records: {engine: mysql, dns: x}
blobs: 3
limits:
  max_package: much
  max_package: 1GiB
  uploads: 0
worker: {slots: -2, scratch: [a]}
tls: {cert: a.pem}
webhooks: {allow_networks: [10.0.0.1/99]}
queue: {password: a, password_file: b}
`)
	_, _, err := Load(Source{File: file, Environ: []string{"HEYAN_DRAIN=soon", "HEYAN_BLOBS_SECRET_KEY_FILE=/absent"}, Set: map[string]string{"worker": "1", "no.such": "1"}})
	var bad *Error
	if !errors.As(err, &bad) {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(bad.In("en"), file, "FILE")
	for _, want := range []string{
		`FILE:1: listen: "nowhere" is written as host:port`,
		"FILE:2: lissen: there is no such setting; accepted: data, listen, public_url,",
		`FILE:3: records.engine: "mysql" can't be, it takes sqlite, postgres`,
		"FILE:3: records.dns: there is no such setting; accepted: engine, sqlite_path, dsn, dsn_file,",
		`FILE:4: blobs: it is written as lines of "key: value"`,
		`FILE:6: limits.max_package: "much" can't be, it takes a size`,
		"FILE:7: limits.max_package: it is there twice",
		"FILE:8: limits.uploads: it must be more than 0",
		`FILE:9: worker.slots: "-2" can't be, it takes auto or a whole number from 0`,
		"FILE:9: worker.scratch: it is not written rightly",
		"tls.key: a certificate needs its private key",
		`webhooks.allow_networks: "10.0.0.1/99" is no network`,
		"FILE:12: queue.password_file: a secret's value and its file are both given",
		`HEYAN_DRAIN: drain: "soon" can't be`,
		`HEYAN_BLOBS_SECRET_KEY_FILE: blobs.secret_key_file: "/absent" can't be read`,
		"--set no.such: no.such: there is no such setting",
		"--set worker: worker: there is no such setting",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("not told: %s", want)
		}
	}
	if n := strings.Count(got, "\n") + 1; n != len(bad.Problems) || n < 17 {
		t.Errorf("%d lines, %d problems:\n%s", n, len(bad.Problems), got)
	}
	if zh := bad.In("zh"); !strings.Contains(zh, "没有这个设置；可用的有：data、listen") {
		t.Error(zh)
	}
}

func TestFileFaults(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"syntax": "a: [", "list": "- a", "second document": "data: x\n---\ndata: y\n", "alias": "data: &a x\nlisten: *a\n",
	} {
		if _, _, err := Load(Source{File: write(t, "c.yaml", text)}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, _, err := Load(Source{File: filepath.Join(t.TempDir(), "absent.yaml")}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
	for name, text := range map[string]string{"empty": "", "comments": "# nothing\n", "empty section": "records:\n"} {
		if _, _, err := Load(Source{File: write(t, "c.yaml", text)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMixes: what no field shows by itself.
func TestMixes(t *testing.T) {
	t.Parallel()
	postgres := map[string]string{"records.engine": Postgres, "records.dsn": "postgres://db/x"}
	for name, tc := range map[string]struct {
		set     map[string]string
		role    Role
		problem string // key, "" where it is fine
		warning string // key
	}{
		"alone":                    {role: RoleServe},
		"worker alone":             {role: RoleWorker, problem: "queue.engine"},
		"nobody inspects":          {role: RoleServe, set: map[string]string{"worker.slots": "0"}, problem: "worker.slots"},
		"postgres without dsn":     {set: map[string]string{"records.engine": Postgres}, problem: "records.dsn"},
		"dsn without postgres":     {set: map[string]string{"records.dsn": "postgres://"}, problem: "records.engine"},
		"several on disk":          {set: postgres, warning: "blobs.engine"},
		"sqlite and redis":         {set: map[string]string{"queue.engine": Redis, "queue.addr": "r:6379"}, role: RoleWorker, warning: "records.engine"},
		"redis without address":    {set: map[string]string{"queue.engine": Redis}, problem: "queue.addr"},
		"address without redis":    {set: map[string]string{"queue.addr": "r:1"}, problem: "queue.engine"},
		"s3 without endpoint":      {set: map[string]string{"blobs.engine": S3, "blobs.bucket": "b", "blobs.access_key": "a", "blobs.secret_key": "a"}, problem: "blobs.endpoint"},
		"endpoint without s3":      {set: map[string]string{"blobs.endpoint": "http://s"}, problem: "blobs.engine"},
		"half a key":               {set: map[string]string{"blobs.engine": S3, "blobs.bucket": "b", "blobs.endpoint": "http://s", "blobs.access_key": "a"}, problem: "blobs.secret_key"},
		"scratch too small":        {set: map[string]string{"blobs.engine": S3, "blobs.bucket": "b", "blobs.endpoint": "http://s", "worker.scratch_bytes": "1GiB", "blobs.access_key": "a", "blobs.secret_key": "a"}, problem: "worker.scratch_bytes"},
		"open without TLS":         {set: map[string]string{"listen": ":8470"}, warning: "listen"},
		"orphans too young":        {set: map[string]string{"retention.orphans": "1m"}, problem: "retention.orphans"},
		"password in public_url":   {set: map[string]string{"public_url": "https://a:b@c"}, problem: "public_url"},
		"no space in queue prefix": {set: map[string]string{"queue.prefix": "a b"}, problem: "queue.prefix"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, warnings, err := Load(Source{Set: tc.set, Role: tc.role})
			var got []string
			var bad *Error
			if errors.As(err, &bad) {
				for _, p := range bad.Problems {
					got = append(got, p.Key)
				}
			}
			if strings.Join(got, " ") != tc.problem {
				t.Errorf("problems %v, want %q", got, tc.problem)
			}
			if tc.warning != "" && (len(warnings) != 1 || warnings[0].Key != tc.warning) {
				t.Errorf("warnings %v, want %q", warnings, tc.warning)
			}
		})
	}
}

// TestSecretsHide: no way of printing shows one.
func TestSecretsHide(t *testing.T) {
	t.Parallel()
	const word = "swordfish"
	file := write(t, "dsn", word+"\n")
	c, _, err := Load(Source{Environ: []string{"HEYAN_RECORDS_DSN_FILE=" + file, "HEYAN_RECORDS_ENGINE=postgres", "HEYAN_QUEUE_PASSWORD=" + word}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Records.DSN.Reveal() != word || c.Queue.Password.Reveal() != word {
		t.Fatalf("not read: %q", c.Records.DSN.Reveal())
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", c, "dsn", c.Records.DSN)
	shown := string(asJSON) + string(asYAML) + log.String() + c.Effective()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown += fmt.Sprintf(verb, c.Records) + fmt.Sprintf(verb, c.Records.DSN)
	}
	if strings.Contains(shown, word) || strings.Contains(shown, fmt.Sprintf("%x", word)) {
		t.Errorf("shown: %s", shown)
	}
	if !strings.Contains(c.Effective(), `dsn: "***"`) {
		t.Error(c.Effective())
	}
}

func TestEmptySecretFile(t *testing.T) {
	t.Parallel()
	_, _, err := Load(Source{Environ: []string{"HEYAN_RECORDS_PASSWORD_FILE=" + write(t, "p", "\n")}})
	if err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Error(err)
	}
}

// TestUnknownVariable: a name that Kubernetes made must not stop the service.
func TestUnknownVariable(t *testing.T) {
	t.Parallel()
	_, warnings, err := Load(Source{Environ: []string{"HEYAN_SERVICE_HOST=10.0.0.1"}})
	if err != nil || len(warnings) != 1 || warnings[0].Where != "HEYAN_SERVICE_HOST" {
		t.Error(warnings, err)
	}
}

// TestExample: the example means the defaults, commented out or not.
func TestExample(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, f := range Default().Fields() {
		names[f.name()] = !f.Section
	}
	for _, lang := range []string{"zh", "en"} {
		example := Example(lang)
		if c, _, err := Load(Source{File: write(t, "c.yaml", example)}); err != nil {
			t.Error(err)
		} else if diff := cmp.Diff(filled(), c); diff != "" {
			t.Error(diff)
		}
		var open []string
		for line := range strings.Lines(example) {
			bare := strings.TrimLeft(line, " ")
			key, value, ok := strings.Cut(strings.TrimPrefix(bare, "# "), ": ")
			if ok && names[key] && strings.HasPrefix(bare, "# ") {
				line = line[:len(line)-len(bare)] + key + ": " + value
			}
			open = append(open, line)
		}
		text := strings.Join(open, "")
		if n := strings.Count(text, "\n") - strings.Count(text, "\n#"); n < 50 {
			t.Fatalf("%d settings are open in:\n%s", n, text)
		}
		if c, _, err := Load(Source{File: write(t, "c.yaml", text)}); err != nil {
			t.Error(err)
		} else if diff := cmp.Diff(filled(), c); diff != "" {
			t.Error(diff)
		}
	}
}

func filled() *Config {
	c := Default()
	c.fill()
	return c
}

// TestEveryFieldIsDocumented in both languages, with a type that can be read.
func TestEveryFieldIsDocumented(t *testing.T) {
	t.Parallel()
	for _, f := range Default().Fields() {
		if f.ZH == "" || f.EN == "" || f.name() == "" {
			t.Errorf("%s: %q %q", f.Key, f.ZH, f.EN)
		}
		if f.Section || f.Secret {
			continue
		}
		before := f.Value()
		if err := f.set(before); err != nil || f.Value() != before {
			t.Errorf("%s: %q is not read as it is written: %v, %q", f.Key, before, err, f.Value())
		}
	}
}

func TestSizesAndDurations(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Size{"4GiB": 4 * GiB, "1 mib": MiB, "7": 7, "10B": 10, "2GB": 2e9, "0": 0} {
		if got, err := parseSize(in); err != nil || got != want {
			t.Errorf("%q: %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "-1", "GiB", "1.5GiB", "9223372036854775807KiB", "4 4"} {
		if got, err := parseSize(in); err == nil {
			t.Errorf("%q: %d", in, got)
		}
	}
	for in, want := range map[string]string{"90s": "1m30s", "60m": "1h", "48h": "2d", "30d": "30d", "15s": "15s", "0s": "0s"} {
		if got, err := parseDuration(in); err != nil || got.String() != want {
			t.Errorf("%q: %s, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "-1s", "d", "99999999999d", "soon"} {
		if got, err := parseDuration(in); err == nil {
			t.Errorf("%q: %s", in, got)
		}
	}
}
