#!/usr/bin/env bash
# Gets what the targets of the Makefile need beyond Go.
#
#   scripts/deps.sh test       a C compiler, which the race detector asks for
#   scripts/deps.sh lint       golangci-lint, built from source into .cache/bin
#   scripts/deps.sh fixtures   the Android tools (scripts/android-tools.sh)
#   scripts/deps.sh            test and lint
#
# What is there is left alone, so running it again costs nothing. golangci-lint
# takes about two minutes to build on two cores, once for each Go release; CI may
# keep .cache/bin.
set -euo pipefail

golangci_version=v2.5.0

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$root/.cache/bin

compiler() {
	command -v "${CC:-gcc}" >/dev/null && return
	if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
		echo "please install a C compiler (gcc): the race detector needs it" >&2
		exit 1
	fi
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends gcc libc6-dev
}

# golangci_current: that version is there, built with this Go. A linter built with
# an older Go cannot read newer code.
golangci_current() {
	[[ -x $bin/golangci-lint ]] &&
		"$bin/golangci-lint" version | grep -qF "version ${golangci_version#v} built with $(go env GOVERSION) "
}

linter() {
	golangci_current && return
	mkdir -p "$bin"
	echo "building golangci-lint $golangci_version" >&2
	# GOFLAGS of the caller may hold -mod or -race, which do not go with this.
	GOFLAGS= CGO_ENABLED=0 GOBIN=$bin go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$golangci_version"
}

[[ $# -gt 0 ]] || set -- test lint
for need in "$@"; do
	case $need in
	test) compiler ;;
	lint) linter ;;
	fixtures) "$root/scripts/android-tools.sh" ;;
	*)
		echo "usage: scripts/deps.sh [test] [lint] [fixtures]" >&2
		exit 2
		;;
	esac
done
