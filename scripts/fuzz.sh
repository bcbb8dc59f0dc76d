#!/usr/bin/env bash
# Runs every fuzz target of the module for a while, two packages at a time.
#   scripts/fuzz.sh 100x              each 100 times beyond its seeds: a smoke run, under the
#                                     race detector, with the packages as "make race" built them
#   scripts/fuzz.sh 10m ./rules/...   those of some packages for ten minutes each
set -euo pipefail
cd "$(dirname "$0")/.."

time="${1:-100x}"
packages="${2:-./...}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export time work
# Inputs found worth keeping are kept where go test keeps them.
cache="$(go env GOCACHE)/fuzz"
export cache
# A number of runs is too short for coverage to guide anything.
build=-fuzz=Fuzz
[[ $time == *x ]] && build="${RACE:--race} -ldflags=-w"
export build

# one PACKAGE DIR: builds the package's tests once and runs its targets; what they
# print is shown only where one fails.
one() {
  local package=$1 dir=$2 binary status=0 target log
  binary=$work/$(echo "$package" | tr / -).test
  # shellcheck disable=SC2086 # flags
  go test -c $build -o "$binary" "$package"
  for target in $(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | sed 's/^func //' | sort); do
    log=$binary.$target.log
    if (cd "$dir" && "$binary" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$time" -test.fuzzminimizetime 1x \
      -test.parallel 1 -test.fuzzcachedir "$cache/$package") >"$log" 2>&1 </dev/null; then
      echo "ok $package $target: $(grep -o 'execs: [0-9]*' "$log" | tail -n 1)"
    else
      echo "FAIL $package $target"
      cat "$log"
      status=1
    fi
  done
  rm -f "$binary"*
  return $status
}
export -f one

go list -f '{{.ImportPath}} {{.Dir}}' "$packages" | while read -r package dir; do
  if grep -qs '^func Fuzz' "$dir"/*_test.go; then echo "$package $dir"; fi
done | xargs -P 2 -L 1 bash -c 'one "$@"' one
