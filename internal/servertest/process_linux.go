package servertest

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is a user as whom a server runs.
type account struct{ uid, gid int }

// unprivileged returns the user for a server that refuses to run as root, nil if
// we are not root.
func unprivileged() *account {
	if os.Geteuid() != 0 {
		return nil
	}
	if u, err := user.Lookup("postgres"); err == nil {
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil {
			return &account{uid, gid}
		}
	}
	return &account{65534, 65534}
}

// mortal lets a child get the signal when we die. In a group of its own, an interrupt from the
// keyboard reaches the tests first.
func mortal(u *account, last syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: last, Setpgid: true}
	if u != nil {
		attr.Credential = &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.gid)}
	}
	return attr
}

// apart lets a child outlive us.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
