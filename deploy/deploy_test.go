package deploy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"heyan/internal/config"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// documents decodes the YAML documents of a file as JSON has them.
func documents(t *testing.T, text []byte) []map[string]any {
	t.Helper()
	var all []map[string]any
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var one any
		err := decoder.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, value.(map[string]any))
	}
}

func schema(t *testing.T, name, pointer string) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(read(t, "schemas/"+name)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("file:///"+name, parsed); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("file:///" + name + "#" + pointer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestComposeFollowsItsSchema(t *testing.T) {
	t.Parallel()
	s := schema(t, "compose.json", "")
	text := read(t, "compose.yaml")
	if err := s.Validate(documents(t, text)[0]); err != nil {
		t.Error(err)
	}
	// The schema does see mistakes.
	for _, change := range [][2]string{{"restart:", "restarts:"}, {"cap_drop: [ALL]", "cap_drop: ALL"}, {"interval: 3s", "every: 3s"}} {
		wrong := bytes.ReplaceAll(text, []byte(change[0]), []byte(change[1]))
		if err := s.Validate(documents(t, wrong)[0]); err == nil || bytes.Equal(wrong, text) {
			t.Errorf("%q passes", change[1])
		}
	}
}

// manifests are Kubernetes' objects by "kind name".
func manifests(t *testing.T) map[string]map[string]any {
	t.Helper()
	names, err := filepath.Glob("kubernetes/*.yaml")
	if err != nil || len(names) < 5 {
		t.Fatal(names, err)
	}
	all := map[string]map[string]any{}
	for _, name := range names {
		for _, o := range documents(t, read(t, name)) {
			id := fmt.Sprintf("%s %s", o["kind"], at(o, "metadata", "name"))
			if all[id] != nil {
				t.Errorf("%s twice", id)
			}
			all[id] = o
		}
	}
	return all
}

// at walks down maps and lists, nil where there is nothing.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

func list(v any) []any { l, _ := v.([]any); return l }

func text(v any) string { s, _ := v.(string); return s }

func number(t *testing.T, v any) int64 {
	t.Helper()
	n, err := v.(json.Number).Int64()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestManifestsFollowTheirSchemas(t *testing.T) {
	t.Parallel()
	for id, o := range manifests(t) {
		s := schema(t, "kubernetes.json", fmt.Sprintf("/kinds/%s %s", strings.ReplaceAll(text(o["apiVersion"]), "/", "~1"), o["kind"]))
		if err := s.Validate(o); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		spec, ok := o["spec"].(map[string]any)
		if !ok {
			continue
		}
		spec["replica"] = 1
		if err := s.Validate(o); err == nil {
			t.Errorf("%s: an unknown field passes", id)
		}
	}
}

func TestManifestsFitTogether(t *testing.T) {
	t.Parallel()
	all := manifests(t)
	if all["ServiceAccount heyan"] == nil {
		t.Error("no service account")
	}
	drain := time.Duration(config.Default().Drain)
	for _, role := range []string{"api", "worker"} {
		o := all["Deployment heyan-"+role]
		labels := at(o, "spec", "template", "metadata", "labels")
		selectors := map[string]any{
			"deployment": at(o, "spec", "selector", "matchLabels"),
			"spread":     at(o, "spec", "template", "spec", "topologySpreadConstraints", 0, "labelSelector", "matchLabels"),
			"budget":     at(all["PodDisruptionBudget heyan-"+role], "spec", "selector", "matchLabels"),
			"network":    at(all["NetworkPolicy heyan-"+role], "spec", "podSelector", "matchLabels"),
		}
		if role == "api" {
			selectors["service"] = at(all["Service heyan"], "spec", "selector")
		}
		for what, selector := range selectors {
			if diff := cmp.Diff(labels, selector); diff != "" {
				t.Errorf("%s: the selector of its %s does not choose it (-pod +selector):\n%s", role, what, diff)
			}
		}
		pod := at(o, "spec", "template", "spec")
		if grace := time.Duration(number(t, at(pod, "terminationGracePeriodSeconds"))) * time.Second; grace < drain+10*time.Second {
			t.Errorf("%s: %s to end, and draining may take %s", role, grace, drain)
		}
		container := at(pod, "containers", 0)
		ports := map[any]bool{}
		for _, p := range list(at(container, "ports")) {
			ports[at(p, "name")] = true
		}
		for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
			if !ports[at(container, probe, "httpGet", "port")] {
				t.Errorf("%s: %s asks a port that is not there", role, probe)
			}
		}
		for _, v := range list(at(pod, "volumes")) {
			if name := at(v, "configMap", "name"); name != nil && all["ConfigMap "+text(name)] == nil {
				t.Errorf("%s: no ConfigMap %s", role, name)
			}
			if name := at(v, "secret", "secretName"); name != nil && all["Secret "+text(name)] == nil {
				t.Errorf("%s: no Secret %s", role, name)
			}
		}
		if at(container, "securityContext", "readOnlyRootFilesystem") != true || at(pod, "securityContext", "runAsNonRoot") != true {
			t.Errorf("%s: not confined", role)
		}
	}
}

// loads fails unless heyan takes the configuration. What it warns of must be expected.
func loads(t *testing.T, role config.Role, file string, environ []string, warnings ...string) *config.Config {
	t.Helper()
	c, got, err := config.Load(config.Source{File: file, Role: role, Environ: environ})
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return nil
	}
	var keys []string
	for _, w := range got {
		keys = append(keys, w.Key)
	}
	if diff := cmp.Diff(warnings, keys); diff != "" {
		t.Errorf("%s: warnings (-want +got):\n%s%v", file, diff, got)
	}
	return c
}

// secretFiles makes files with contents for names, in a folder of the test.
func secretFiles(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range contents {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var someSecrets = map[string]string{"postgres_password": "p", "redis_password": "r", "s3_access_key": "a", "s3_secret_key": "s"}

// isWired fails unless the configuration reaches for all that is given to it.
func isWired(t *testing.T, c *config.Config) {
	t.Helper()
	if c == nil {
		return
	}
	got := map[string]string{
		"postgres_password": c.Records.Password.Reveal(), "redis_password": c.Queue.Password.Reveal(),
		"s3_access_key": c.Blobs.AccessKey.Reveal(), "s3_secret_key": c.Blobs.SecretKey.Reveal(),
	}
	if diff := cmp.Diff(someSecrets, got); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	if c.Records.Engine != config.Postgres || c.Blobs.Engine != config.S3 || c.Queue.Engine != config.Redis || c.Data != "/var/lib/heyan" {
		t.Errorf("%s, %s, %s in %s", c.Records.Engine, c.Blobs.Engine, c.Queue.Engine, c.Data)
	}
}

func TestManifestsConfigureHeyan(t *testing.T) {
	t.Parallel()
	all := manifests(t)
	given := at(all["Secret heyan"], "stringData").(map[string]any)
	for name := range someSecrets {
		if given[name] == nil {
			t.Errorf("the Secret lacks %s", name)
		}
	}
	secrets := secretFiles(t, someSecrets)
	file := filepath.Join(secretFiles(t, map[string]string{"heyan.yaml": text(at(all["ConfigMap heyan"], "data", "heyan.yaml"))}), "heyan.yaml")
	for role, as := range map[string]config.Role{"api": config.RoleServe, "worker": config.RoleWorker} {
		container := at(all["Deployment heyan-"+role], "spec", "template", "spec", "containers", 0)
		var environ []string
		for _, e := range list(at(container, "env")) {
			value := strings.ReplaceAll(text(at(e, "value")), "/run/secrets/heyan", secrets)
			environ = append(environ, text(at(e, "name"))+"="+value)
		}
		isWired(t, loads(t, as, file, environ, "listen"))
	}
}

func TestComposeConfiguresHeyan(t *testing.T) {
	t.Parallel()
	compose := documents(t, read(t, "compose.yaml"))[0]
	secrets := secretFiles(t, someSecrets)
	for service, as := range map[string]config.Role{"api": config.RoleServe, "worker": config.RoleWorker} {
		warnings := []string{"listen"}
		if service == "worker" {
			warnings = nil
		}
		environ := environment(t, compose, service, func(s string) string { return strings.ReplaceAll(s, "/run/secrets", secrets) })
		isWired(t, loads(t, as, "heyan.yaml", environ, warnings...))
		stop, err := time.ParseDuration(text(at(compose, "services", service, "stop_grace_period")))
		if err != nil || stop < time.Duration(config.Default().Drain)+10*time.Second {
			t.Errorf("%s: %s to end, %v", service, stop, err)
		}
		for _, s := range list(at(compose, "services", service, "secrets")) {
			if at(compose, "secrets", s, "file") != "./secrets/"+text(s) {
				t.Errorf("%s: no file for %s", service, s)
			}
		}
	}
}

// environment is a service's, each value changed as told.
func environment(t *testing.T, compose map[string]any, service string, change func(string) string) []string {
	t.Helper()
	values, ok := at(compose, "services", service, "environment").(map[string]any)
	if !ok {
		t.Fatalf("%s has no environment", service)
	}
	var environ []string
	for name, value := range values {
		environ = append(environ, name+"="+change(text(value)))
	}
	slices.Sort(environ)
	return environ
}

func TestSecretsAreMadeOnce(t *testing.T) {
	t.Parallel()
	dir := secretFiles(t, map[string]string{"secrets.sh": string(read(t, "secrets.sh"))})
	made := func() map[string]string {
		if out, err := exec.Command("sh", filepath.Join(dir, "secrets.sh")).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		got := map[string]string{}
		for name := range someSecrets {
			got[name] = string(read(t, filepath.Join(dir, "secrets", name)))
			if len(got[name]) != 32 {
				t.Errorf("%s: %q", name, got[name])
			}
		}
		return got
	}
	if diff := cmp.Diff(made(), made()); diff != "" {
		t.Errorf("made anew (-first +second):\n%s", diff)
	}
}

// unit reads a unit's lines by key.
func unit(t *testing.T, name string) map[string][]string {
	t.Helper()
	got := map[string][]string{}
	lines := bufio.NewScanner(bytes.NewReader(read(t, name)))
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), "="); ok && !strings.HasPrefix(key, "#") {
			got[key] = append(got[key], value)
		}
	}
	return got
}

func TestUnitsConfigureHeyan(t *testing.T) {
	t.Parallel()
	for name, role := range map[string]config.Role{"api": config.RoleServe, "worker": config.RoleWorker} {
		u := unit(t, "systemd/heyan-"+name+".service")
		credentials := t.TempDir()
		for _, c := range u["LoadCredential"] {
			id, path, _ := strings.Cut(c, ":")
			if path != "/etc/heyan/secrets/"+id {
				t.Errorf("%s: credential %s", name, c)
			}
			if err := os.WriteFile(filepath.Join(credentials, id), []byte(someSecrets[id]+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		environ := strings.Fields(strings.ReplaceAll(strings.Join(u["Environment"], " "), "%d", credentials))
		isWired(t, loads(t, role, "systemd/heyan.yaml", environ))
	}
	for _, name := range []string{"serve", "api", "worker"} {
		u := unit(t, "systemd/heyan-"+name+".service")
		stop, err := time.ParseDuration(u["TimeoutStopSec"][0])
		if err != nil || stop < time.Duration(config.Default().Drain)+10*time.Second {
			t.Errorf("%s: %s to end, %v", name, stop, err)
		}
	}
}

// The image is built from what the build needs, and runs what compose.yaml expects.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	dockerfile := string(read(t, "Dockerfile"))
	for _, want := range []string{
		"USER 10001:10001", `ENTRYPOINT ["/usr/local/bin/heyan"]`, "EXPOSE 8470 9470",
		"HEYAN_DATA=/var/lib/heyan", "http://127.0.0.1:9470/readyz", "HEYAN_METRICS_LISTEN=0.0.0.0:9470",
	} {
		if !strings.Contains(dockerfile, want) {
			t.Errorf("no %s", want)
		}
	}
	var sent []string
	for line := range strings.Lines(string(read(t, "Dockerfile.dockerignore"))) {
		if folder, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			sent = append(sent, folder)
		}
	}
	list := exec.Command("go", "list", "-deps", "-f", `{{if and .Module .Module.Main}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}
{{end}}{{end}}`, "./cmd/heyan")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for line := range strings.Lines(string(out)) {
		name, err := filepath.Rel(root, strings.TrimSpace(line))
		if err != nil || name == "." || strings.TrimSpace(line) == "" {
			continue
		}
		files++
		top, _, _ := strings.Cut(filepath.ToSlash(name), "/")
		if !slices.Contains(sent, top) || strings.Contains(name, "testdata") || strings.HasSuffix(name, "_test.go") {
			t.Errorf("the build needs %s, which Dockerfile.dockerignore keeps out", name)
		}
	}
	if files < 50 {
		t.Errorf("the build needs %d files only?", files)
	}
}
