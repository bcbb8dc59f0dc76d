package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"heyan/analyzer"
	"heyan/analyzer/facts"
	"heyan/internal/inspect"
	"heyan/internal/obs/trace"
	"heyan/internal/sandbox"
	"heyan/internal/webhook"
	"heyan/internal/worker"
	"heyan/rules/policy"
)

// openWorkers makes the pool where this process has slots.
func (a *App) openWorkers(ctx context.Context) error {
	c := a.config.Worker
	if c.Slots.Count() == 0 {
		return nil
	}
	rules, err := readPolicy(a.config.Policy)
	if err != nil {
		return err
	}
	analyze := a.Analyze
	if analyze == nil {
		if analyze, err = a.sandboxed(ctx); err != nil {
			return err
		}
	}
	a.pool, err = worker.New(worker.Config{
		Records: a.stores.Records, Blobs: a.stores.Blobs, Queue: a.stores.Queue,
		Analyze: traced(a.tracer, analyze), Policy: rules,
		Sign: a.keys.Signer(context.WithoutCancel(ctx)), Event: webhook.Event,
		Notify: a.wakeDispatcher,
		Now:    a.Now, NewID: a.newID,
		Slots: c.Slots.Count(), Scratch: c.Scratch, ScratchBytes: int64(c.ScratchBytes),
		Drain: time.Duration(a.config.Drain), MaxBackOff: time.Duration(c.Retry), MaxCrashes: c.Crashes,
		Metrics: a.metrics.Worker(), Log: a.Log,
	})
	if err != nil {
		return &Error{ZH: "不能启动工作者，请检查 worker 一节的设置", EN: "the workers cannot start; check the section worker", Cause: err}
	}
	return nil
}

// wakeDispatcher says that there are deliveries. Where the API is another process,
// that one looks every second.
func (a *App) wakeDispatcher() {
	if a.dispatcher != nil {
		a.dispatcher.Wake()
	}
}

// readPolicy reads the policy of a file, nil, the default one, for "".
func readPolicy(name string) (*policy.Policy, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, &Error{ZH: "读不到政策文件，请检查 policy 的路径和权限", EN: "the policy can't be read; check the path in policy and its permissions", Cause: err}
	}
	p, err := policy.Parse(data)
	if err != nil {
		return nil, &Error{ZH: fmt.Sprintf("政策文件 %q 有误，请运行 heyan policy check 查看", name),
			EN: fmt.Sprintf("the policy %q can't be used; heyan policy check tells why", name), Cause: err}
	}
	return p, nil
}

// sandboxed returns the reader of packages, after trying whether it is confined as
// the configuration wants it.
func (a *App) sandboxed(ctx context.Context) (inspect.AnalyzeFunc, error) {
	if a.config.Sandbox == "required" {
		if _, err := sandbox.Check(ctx, sandbox.Required); err != nil {
			return nil, &Error{
				ZH:    "本机不能隔离读包的进程（需要 Linux 5.13 以上的 Landlock 和 seccomp），为安全起见不启动；确要在没有隔离时运行，请设置 sandbox: best-effort",
				EN:    "this machine cannot confine the process that reads packages (Landlock of Linux 5.13 or later, and seccomp), so the service does not start; to run without, set sandbox: best-effort",
				Cause: err,
			}
		}
		return sandbox.Analyzer(sandbox.Required), nil
	}
	if p, err := sandbox.Check(ctx, sandbox.BestEffort); err != nil || !p.Landlock || !p.Seccomp {
		a.Log.Warn("packages are read without full confinement", "process", p.Process, "landlock", p.Landlock, "seccomp", p.Seccomp, "error", err)
	}
	return sandbox.Analyzer(sandbox.BestEffort), nil
}

// traced gives the reading of a package a span.
func traced(t *trace.Tracer, analyze inspect.AnalyzeFunc) inspect.AnalyzeFunc {
	if t == nil {
		return analyze
	}
	return func(ctx context.Context, in analyzer.Input) (*facts.Facts, error) {
		ctx, span := t.Start(ctx, "analyze", trace.Internal, slog.Int64("heyan.package.size", in.Size))
		defer span.End()
		f, err := analyze(ctx, in)
		if err != nil {
			span.Fail("the package was not read")
		} else {
			span.Set(slog.String("heyan.package.format", string(f.Format)))
		}
		return f, err
	}
}
