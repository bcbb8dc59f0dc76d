#!/usr/bin/env bash
# Measures the service as it runs and prints the Markdown tables of
# docs/benchmarks.md.
#
#   scripts/bench/service.sh                 all of it, about 12 minutes
#   scripts/bench/service.sh embedded        verdicts a second, everything in one process
#   scripts/bench/service.sh distributed     … with PostgreSQL, Redis and S3 on the same cores
#   scripts/bench/service.sh idle            how soon a worker has what comes to an idle service
#   scripts/bench/service.sh stream          2 GB over HTTP into disk and S3, and memory
#   scripts/bench/service.sh library         the same packages by calls in process: the limit
#   scripts/bench/service.sh -window 5s embedded     flags first: see scripts/bench/service
#
# Every package has bytes, an app id and a signature of its own, made before the
# clock starts: no facts are found that were kept. Commits are synchronous
# (SQLite synchronous=FULL, PostgreSQL fsync, Redis everysec), the sandbox is
# required, all packages are filed. The servers are those of the tests, which
# `scripts/deps.sh test` installs, on ports and in folders of their own. The load
# generator runs on the same cores; its processor time is told.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scripts/deps.sh test
make -s build
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
CGO_ENABLED=0 go build -o "$dir/bench" ./scripts/bench/service

flags=()
while [[ ${1:-} == -* ]]; do
	flags+=("$1" "$2")
	shift 2
done
[[ $# -gt 0 && $1 != all ]] || set -- embedded distributed library idle stream
"$dir/bench" -heyan bin/heyan "${flags[@]}" "$@"
