#!/usr/bin/env bash
# Gets what linting needs beyond Go: golangci-lint, built from source at an
# exact version into .cache/bin. The plain tests need nothing beyond Go.
#
#   scripts/deps.sh              install unless that version is there already
#   scripts/deps.sh --fixtures   also the Android tools of scripts/fixtures/build.sh
#                                and scripts/bench/peers.sh (Debian or Ubuntu, as root)
#
# Safe to run again: what is there is left alone. The first build takes about
# two minutes on two cores; CI keeps .cache/bin.
set -euo pipefail

golangci_version=v2.5.0

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$root/.cache/bin

has_golangci() {
	[[ -x $bin/golangci-lint ]] &&
		"$bin/golangci-lint" version 2>/dev/null | grep -qF "version ${golangci_version#v} built with $(go env GOVERSION) "
}

if ! has_golangci; then
	mkdir -p "$bin"
	echo "building golangci-lint $golangci_version" >&2
	(cd "$root" && GOFLAGS=-mod=mod GOBIN=$bin \
		go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$golangci_version")
fi

if [[ ${1:-} == --fixtures ]]; then
	"$root/scripts/android-tools.sh"
fi
