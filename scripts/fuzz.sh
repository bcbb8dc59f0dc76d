#!/usr/bin/env bash
# Runs every fuzz target of the module for a while, one after the other.
#   scripts/fuzz.sh 3s          each for 3 seconds (a smoke run)
#   scripts/fuzz.sh 10m ./rules/...   those of some packages for ten minutes each
set -euo pipefail
cd "$(dirname "$0")/.."

time="${1:-3s}"
packages="${2:-./...}"

go list -f '{{.ImportPath}} {{.Dir}}' "$packages" | while read -r package dir; do
  { grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go 2>/dev/null || true; } | sed 's/^func //' | sort | while read -r target; do
    echo "== $package $target"
    go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1x -parallel 2 >"${TMPDIR:-/tmp}/heyan-fuzz.$$" 2>&1 </dev/null || {
      cat "${TMPDIR:-/tmp}/heyan-fuzz.$$"
      exit 1
    }
    tail -n 2 "${TMPDIR:-/tmp}/heyan-fuzz.$$" | head -n 1
  done
done
rm -f "${TMPDIR:-/tmp}/heyan-fuzz.$$"
