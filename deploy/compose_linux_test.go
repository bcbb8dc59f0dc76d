package deploy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"heyan/internal/servertest"
)

// patience is how long something may take that takes a second: much, for the machine
// may be busy.
const patience = 2 * time.Minute

// built is the binary, built as Dockerfile builds it.
var built = sync.OnceValues(func() (string, error) {
	dockerfile, err := os.ReadFile("Dockerfile")
	if err != nil {
		return "", err
	}
	lines := regexp.MustCompile(`(?m)^RUN (.*go build .*)$`).FindAllSubmatch(dockerfile, -1)
	if lines == nil {
		return "", errors.New("Dockerfile has no line that builds")
	}
	name := filepath.Join(buildDir, "heyan")
	for _, line := range lines {
		build := exec.Command("sh", "-c", strings.ReplaceAll(string(line[1]), "/out/heyan", "'"+name+"'"))
		build.Dir = ".."
		if out, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", build, err, out)
		}
	}
	return name, nil
})

var buildDir string // of this run's binary

func TestMain(m *testing.M) {
	if os.Getenv(confineVariable) != "" {
		confine() // becomes another program
	}
	var err error
	if buildDir, err = os.MkdirTemp("", "heyan-deploy-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(buildDir)
	os.Exit(code)
}

func binary(t *testing.T) string {
	t.Helper()
	name, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// A process is a running heyan.
type process struct {
	cmd   *exec.Cmd
	log   *buffer
	ended chan struct{}
	err   error // once it has ended
}

// buffer is written by a process and read by the test.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// start runs a program until the end of the test, which asks it to stop and expects
// that it does so in order.
func start(t *testing.T, environ []string, program string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{cmd: exec.CommandContext(ctx, program, args...), log: &buffer{}, ended: make(chan struct{})}
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, environ...)
	p.cmd.Dir = t.TempDir()
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = patience
	if err := p.cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-p.ended
		if p.err != nil && !errors.Is(p.err, context.Canceled) {
			t.Errorf("%s ended with %v", strings.Join(p.cmd.Args, " "), p.err)
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", strings.Join(p.cmd.Args, " "), p.log)
		}
	})
	return p
}

// ready waits until the process answers its probe.
func (p *process) ready(t *testing.T, address string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		response, err := http.Get("http://" + address + "/readyz")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
			err = errors.New(response.Status)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not ready: %v", strings.Join(p.cmd.Args, " "), err)
		}
		select {
		case <-p.ended:
			t.Fatalf("%s ended before it was ready", strings.Join(p.cmd.Args, " "))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// submit hands a package in and returns the exit status and the verdict.
func submit(t *testing.T, server, token, filing string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary(t), "submit", "../testdata/apk/school.apk", "--filing", "../testdata/filing/"+filing, "--server", server, "--format", "json")
	cmd.Env = []string{"HEYAN_TOKEN=" + token, "HEYAN_LANG=en"}
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var report struct{ Verdict string }
	if err := json.Unmarshal(out, &report); err != nil {
		said := ""
		if exit != nil {
			said = string(exit.Stderr)
		}
		t.Fatalf("submit %s: %v\n%s%s", filing, err, out, said)
	}
	return cmd.ProcessState.ExitCode(), report.Verdict
}

// judges hands a right and a wrong filing in and fails unless the verdicts are so.
func judges(t *testing.T, servers []string, token string) {
	t.Helper()
	for i, test := range []struct {
		filing, verdict string
		exit            int
	}{{"school.yaml", "pass", 0}, {"school-wrong.yaml", "return", 1}} {
		exit, verdict := submit(t, servers[i%len(servers)], token, test.filing)
		if exit != test.exit || verdict != test.verdict {
			t.Errorf("%s: %s, exit status %d", test.filing, verdict, exit)
		}
	}
}

var tokenForm = regexp.MustCompile(`heyan_[a-z2-7A-Z]{20,}`)

// TestComposeRuns runs the processes of compose.yaml, as many as it says, with its
// commands, variables, secrets and configuration and those of the image. What differs
// is what containers would give: names and ports of the other services, folders.
func TestComposeRuns(t *testing.T) {
	compose := documents(t, read(t, "compose.yaml"))[0]
	postgres, s3 := servertest.Postgres(t), servertest.S3(t)
	redis := servertest.NewRedis(t, servertest.RedisOptions{Password: "some-password"})
	makeBucket(t, s3)
	secrets := secretFiles(t, map[string]string{
		"postgres_password": "any", // trusted: the address is loopback's
		"redis_password":    redis.Password,
		"s3_access_key":     s3.AccessKey, "s3_secret_key": s3.SecretKey,
	})
	here := swap(t, string(read(t, "heyan.yaml")), map[string]string{
		"//heyan@postgres:5432/heyan?sslmode=disable": strings.TrimPrefix(postgres.DSN(), "postgres:"),
		"redis:6379":     redis.Addr,
		"http://s3:7070": "http://" + s3.Endpoint,
	})
	file := filepath.Join(secretFiles(t, map[string]string{"heyan.yaml": here}), "heyan.yaml")

	var servers []string
	var apis []*process
	for _, service := range []string{"api", "worker"} {
		mounts := fmt.Sprint(at(compose, "services", service, "volumes"))
		if !strings.Contains(mounts, "./heyan.yaml:/etc/heyan/heyan.yaml:ro") || !strings.Contains(mounts, " /var/lib/heyan") {
			t.Errorf("%s mounts %s", service, mounts)
		}
		var args []string
		for _, arg := range list(at(compose, "services", service, "command")) {
			args = append(args, text(arg))
		}
		replicas := number(t, at(compose, "services", service, "deploy", "replicas"))
		for range replicas {
			api, health := freeAddress(t), freeAddress(t)
			contained := strings.NewReplacer("/var/lib/heyan", t.TempDir(), "/run/secrets", secrets,
				"/etc/heyan/heyan.yaml", file, "0.0.0.0:8470", api, "0.0.0.0:9470", health)
			var environ []string
			for _, e := range append(imageEnvironment(t), environment(t, compose, service, func(s string) string { return s })...) {
				environ = append(environ, contained.Replace(e))
			}
			p := start(t, environ, binary(t), args...)
			p.ready(t, health)
			if service == "api" {
				servers, apis = append(servers, "http://"+api), append(apis, p)
			}
		}
		if want := map[string]int64{"api": 2, "worker": 3}[service]; replicas != want {
			t.Errorf("%d of %s", replicas, service)
		}
	}
	tokens := tokenForm.FindAllString(apis[0].log.String()+apis[1].log.String(), -1)
	if len(tokens) != 1 {
		t.Fatalf("%d tokens were shown", len(tokens))
	}
	judges(t, servers, tokens[0])
	if n := submissions(t, servers[1], tokens[0]); n != 2 {
		t.Errorf("the second API knows %d submissions of 2", n)
	}
}

// swap replaces what must be there.
func swap(t *testing.T, in string, with map[string]string) string {
	t.Helper()
	for old, value := range with {
		if !strings.Contains(in, old) {
			t.Errorf("no %s in\n%s", old, in)
		}
		in = strings.ReplaceAll(in, old, value)
	}
	return in
}

func makeBucket(t *testing.T, s3 *servertest.S3Server) {
	t.Helper()
	client, err := s3.Client()
	if err != nil {
		t.Fatal(err)
	}
	if err := client.MakeBucket(t.Context(), "heyan", minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
}

// imageEnvironment is what Dockerfile sets.
func imageEnvironment(t *testing.T) []string {
	t.Helper()
	for line := range strings.Lines(string(read(t, "Dockerfile"))) {
		if values, ok := strings.CutPrefix(line, "ENV "); ok {
			return strings.Fields(values)
		}
	}
	t.Fatal("Dockerfile sets no variables")
	return nil
}

func submissions(t *testing.T, server, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server+"/v1/submissions", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var page map[string]json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil {
		t.Fatal(err)
	}
	for _, value := range page {
		var found []json.RawMessage
		if json.Unmarshal(value, &found) == nil {
			return len(found)
		}
	}
	t.Fatalf("%s: %v", response.Status, page)
	return 0
}
