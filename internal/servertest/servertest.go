// Package servertest starts the real servers that tests need: redis-server,
// PostgreSQL and versitygw (an S3 server).
//
// Every server listens on loopback, on a port of its own, keeps its data in a
// temporary folder and dies with the process that started it, however that ends.
// One that runs already is never used. A program that is absent fails the test,
// because a conformance suite that passes without having met its backend says
// nothing; `scripts/deps.sh test` installs what is missing.
//
// [S3] and [Postgres] share one server among the tests of a binary and give each
// a bucket or a database of its own. [NewS3], [NewPostgres] and [NewRedis] start
// one for the caller alone, which may be stopped, killed and started again on the
// same port.
package servertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// TB is the part of testing.TB that is used here. A program that is no test may
// bring its own.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// find returns the path of a program, from PATH, the repository's .cache/bin or
// one of the further places, which may hold wildcards.
func find(program string, places ...string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return filepath.Abs(path)
	}
	places = append(places, "/usr/local/bin")
	if root, ok := repository(); ok {
		places = append(places, filepath.Join(root, ".cache", "bin"))
	}
	for _, place := range places {
		found, err := filepath.Glob(filepath.Join(place, program))
		if err == nil && len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	return "", fmt.Errorf("%s is not installed: run `scripts/deps.sh test`", program)
}

// repository returns the folder above this one that holds go.mod: tests run in
// the folder of their package.
func repository() (string, bool) {
	dir, err := os.Getwd()
	if err != nil {
		return "", false
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, true
		}
		if dir == filepath.Dir(dir) {
			return "", false
		}
		dir = filepath.Dir(dir)
	}
}

// What the tests of one binary have in common. A test binary has no end that a
// package other than the tested one could hook into, so these live until the
// process dies.
var (
	theRoom     = sync.OnceValues(newRoom)
	thePostgres = sync.OnceValues(startPostgres)
	theS3       = sync.OnceValues(startS3)
)
