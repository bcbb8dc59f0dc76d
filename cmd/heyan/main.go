// Command heyan inspects app packages filed for schools.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"heyan/internal/cli"
	"heyan/internal/inspect"
	"heyan/internal/sandbox"
)

func main() {
	if sandbox.IsChild() {
		os.Exit(sandbox.Child(inspect.Analyze))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Main(ctx, os.Args[1:], cli.System())
	stop()
	os.Exit(code)
}
