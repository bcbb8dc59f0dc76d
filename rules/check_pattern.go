package rules

import (
	"regexp"
	"sync"
)

// pattern compiles an expression when it is first needed: most runs of the
// program need few of them, and a process is started for every package.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
