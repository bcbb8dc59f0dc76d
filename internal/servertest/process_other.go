//go:build !linux

package servertest

import "syscall"

// account is a user as whom a server runs.
type account struct{ uid, gid int }

func unprivileged() *account { return nil }

// mortal and apart: elsewhere the watcher alone sees to it that nothing is left.
func mortal(*account, syscall.Signal) *syscall.SysProcAttr { return nil }

func apart() *syscall.SysProcAttr { return nil }
