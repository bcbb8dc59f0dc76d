#!/usr/bin/env bash
# Gets what the targets of the Makefile need beyond Go.
#
#   scripts/deps.sh test       a C compiler, which the race detector asks for, and the
#                              servers that tests start on ports of their own:
#                              redis-server and PostgreSQL (packages of Debian),
#                              versitygw (built from source into .cache/bin); and
#                              systemd-analyze, which checks units
#   scripts/deps.sh lint       golangci-lint, built from source into .cache/bin
#   scripts/deps.sh fixtures   the Android tools (scripts/android-tools.sh)
#   scripts/deps.sh            test and lint
#
# What is there is left alone, so running it again costs nothing. golangci-lint
# takes about two minutes to build on two cores, once for each Go release, versitygw
# a minute or two; CI may keep .cache/bin.
set -euo pipefail

golangci_version=v2.5.0
versitygw_version=v1.8.0

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=$root/.cache/bin

# install gets packages of Debian. A server's package would start it: nothing here
# uses a server that runs already, so while they are installed policy-rc.d says no.
install() {
	if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
		echo "please install $*: $why" >&2
		exit 1
	fi
	local policy=/usr/sbin/policy-rc.d ours=
	if [[ ! -e $policy ]]; then
		ours=yes
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod +x "$policy"
		# shellcheck disable=SC2064 # the path of now
		trap "rm -f $policy" EXIT
	fi
	# A package index that cannot be refreshed may still do.
	apt-get update -q || true
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
	if [[ -n $ours ]]; then
		rm -f "$policy"
		trap - EXIT
	fi
}

compiler() {
	command -v "${CC:-gcc}" >/dev/null && return
	why="the race detector needs a C compiler" install gcc libc6-dev
}

# servers: what internal/servertest looks for, in the same places.
servers() {
	local packages=()
	command -v redis-server >/dev/null || packages+=(redis-server)
	have_postgres || packages+=(postgresql)
	command -v systemd-analyze >/dev/null || packages+=(systemd) # it checks deploy/systemd
	[[ ${#packages[@]} -eq 0 ]] || why="tests start or ask these" install "${packages[@]}"
	versitygw
}

have_postgres() {
	command -v postgres >/dev/null && command -v initdb >/dev/null && return
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null &&
		compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null
}

versitygw() {
	local package=github.com/versity/versitygw
	[[ -x $bin/versitygw ]] &&
		go version -m "$bin/versitygw" | grep -qE "mod[[:space:]]+$package[[:space:]]+$versitygw_version[[:space:]]" && return
	mkdir -p "$bin"
	echo "building versitygw $versitygw_version" >&2
	GOFLAGS=-trimpath CGO_ENABLED=0 GOBIN=$bin go install "$package/cmd/versitygw@$versitygw_version"
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
	GOFLAGS=-trimpath CGO_ENABLED=0 GOBIN=$bin go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$golangci_version"
}

[[ $# -gt 0 ]] || set -- test lint
for need in "$@"; do
	case $need in
	test)
		compiler
		servers
		;;
	lint) linter ;;
	fixtures) "$root/scripts/android-tools.sh" ;;
	*)
		echo "usage: scripts/deps.sh [test] [lint] [fixtures]" >&2
		exit 2
		;;
	esac
done
