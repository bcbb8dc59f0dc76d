package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

func systemdAnalyze(t *testing.T, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatal("systemd-analyze is not installed: run `scripts/deps.sh test`")
	}
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestUnitsAreUnits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"heyan-serve.service", "heyan-api.service", "heyan-worker.service"} {
		// Where heyan is installed it is.
		here := strings.ReplaceAll(string(read(t, "systemd/"+name)), "/usr/local/bin/heyan", binary(t))
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(here), 0o600); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(systemdAnalyze(t, "verify", "--man=no", "--recursive-errors=no", file)) {
			if strings.Contains(line, name) {
				t.Errorf("%s", line)
			}
		}
		// 0 is a unit that may do nothing, 100 one that may do all.
		systemdAnalyze(t, "security", "--offline=true", "--threshold=20", file)
	}
}

// filter is the set of system calls that a unit leaves, its groups resolved.
func filter(t *testing.T, name string) []string {
	t.Helper()
	groups := map[string][]string{}
	var group string
	for line := range strings.Lines(systemdAnalyze(t, "syscall-filter")) {
		word := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "@"):
			group = word
		case word != "" && !strings.HasPrefix(word, "#"):
			groups[group] = append(groups[group], word)
		}
	}
	var calls []string
	var add func(string)
	add = func(word string) {
		if !strings.HasPrefix(word, "@") {
			calls = append(calls, word)
			return
		}
		if groups[word] == nil {
			t.Errorf("no group %s", word)
		}
		for _, inner := range groups[word] {
			add(inner)
		}
	}
	for _, line := range unit(t, name)["SystemCallFilter"] {
		for _, word := range strings.Fields(line) {
			add(word)
		}
	}
	slices.Sort(calls)
	return slices.Compact(calls) // groups overlap
}

// confineVariable holds the system calls that confine allows.
const confineVariable = "HEYAN_TEST_SYSTEM_CALLS"

// confine turns the test binary into the program it was given, under what the units
// say: a filter of system calls, no memory that can be written and run, no new
// privileges.
func confine() {
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	info, err := arch.GetInfo("")
	check(err)
	var names []string
	for _, name := range strings.Fields(os.Getenv(confineVariable)) {
		if _, ok := info.SyscallNames[name]; ok {
			names = append(names, name)
		}
	}
	os.Unsetenv(confineVariable)
	const refuseExecGain = 1
	// An older kernel has it not (before 6.3): then the filter alone is tested.
	_ = unix.Prctl(unix.PR_SET_MDWE, refuseExecGain, 0, 0, 0)
	check(seccomp.LoadFilter(seccomp.Filter{
		NoNewPrivs: true,
		Flag:       seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{
			DefaultAction: seccomp.ActionErrno,
			Syscalls:      []seccomp.SyscallGroup{{Action: seccomp.ActionAllow, Names: names}},
		},
	}))
	check(unix.Exec(os.Args[1], os.Args[1:], os.Environ()))
}

var landlock = regexp.MustCompile(`^landlock_`)

// A service under a unit's confinement still confines the reading of packages, which
// takes Landlock and seccomp; it does not start under one that takes these away.
func TestUnitsLetPackagesBeRead(t *testing.T) {
	t.Parallel()
	calls := filter(t, "systemd/heyan-serve.service")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"api", "worker"} {
		if a, b := strings.Join(calls, " "), strings.Join(filter(t, "systemd/heyan-"+other+".service"), " "); a != b {
			t.Errorf("heyan-%s.service has another filter", other)
		}
	}

	address := freeAddress(t)
	p := start(t, []string{confineVariable + "=" + strings.Join(calls, " ")},
		self, binary(t), "serve", "--data", t.TempDir(), "--listen", address)
	p.ready(t, address)
	judges(t, []string{"http://" + address}, tokenForm.FindString(p.log.String()))

	var fewer []string
	for _, call := range calls {
		if !landlock.MatchString(call) {
			fewer = append(fewer, call)
		}
	}
	without := exec.CommandContext(t.Context(), self, binary(t), "serve", "--data", t.TempDir(), "--listen", freeAddress(t))
	without.Env = []string{confineVariable + "=" + strings.Join(fewer, " ")}
	if out, err := without.CombinedOutput(); err == nil || len(fewer) == len(calls) {
		t.Errorf("it serves without Landlock:\n%s", out)
	}
}
