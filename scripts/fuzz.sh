#!/usr/bin/env bash
# Runs every fuzz target of the module for a while, two at a time.
#   scripts/fuzz.sh 100x              each 100 times beyond its seeds (a smoke run)
#   scripts/fuzz.sh 10m ./rules/...   those of some packages for ten minutes each
set -euo pipefail
cd "$(dirname "$0")/.."

time="${1:-100x}"
packages="${2:-./...}"

# one PACKAGE TARGET: what it prints is shown only where it fails.
one() {
  log=$(mktemp)
  if go test "$1" -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 1x -parallel 1 >"$log" 2>&1 </dev/null; then
    echo "ok $1 $2: $(grep -o 'execs: [0-9]*' "$log" | tail -n 1)"
  else
    echo "FAIL $1 $2"
    cat "$log"
    status=1
  fi
  rm -f "$log"
  return "${status:-0}"
}
export -f one
export time

go list -f '{{.ImportPath}} {{.Dir}}' "$packages" | while read -r package dir; do
  { grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go 2>/dev/null || true; } | sed "s#^func #$package #" | sort
done | xargs -P 2 -L 1 bash -c 'one "$@"' one
