#!/usr/bin/env bash
# Measures the records in databases of several sizes and prints a Markdown table:
# the median and the 95th percentile of single calls, on SQLite (synchronous=FULL)
# and on a PostgreSQL of its own (fsync on). What counts is that a row does not
# grow from left to right.
#
#   scripts/bench/records.sh [SIZES]        1000,100000,1000000 by default
#   CALLS=2000 scripts/bench/records.sh     calls a cell, 500 by default
#
# A database of a million submissions takes about 2.5 GB in TMPDIR and is removed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
sizes=${1:-1000,100000,1000000}

CGO_ENABLED=0 go test ./storage/record/sqlstore -run '^$' -bench 'BenchmarkRecords|BenchmarkVerdict' \
	-benchtime "${CALLS:-500}x" -timeout 60m -sizes="$sizes" |
	awk -v sizes="$sizes" '
	/filled with/ { print > "/dev/stderr" }
	/^BenchmarkRecords/ {
		split($1, name, "/"); sub(/-[0-9]+$/, "", name[4])
		key = name[2] "/" name[4]
		if (!(key in seen)) { seen[key] = 1; keys[++n] = key }
		for (i = 3; i < NF; i++) {
			if ($(i + 1) == "p50-µs") p50[key, name[3]] = $i
			if ($(i + 1) == "p95-µs") p95[key, name[3]] = $i
		}
	}
	/^BenchmarkVerdict/ {
		split($1, name, "/"); sub(/-[0-9]+$/, "", name[2])
		for (i = 3; i < NF; i++) if ($(i + 1) == "verdicts/s") verdicts = verdicts sprintf("%s: %d submissions a second from intake to verdict, one after the other (5 commits each)\n", name[2], $i)
	}
	/^(FAIL|panic|--- FAIL)/ { print > "/dev/stderr"; failed = 1 }
	END {
		if (failed) exit 1
		count = split(sizes, size, ",")
		printf "| p50 / p95, ms |"; for (i = 1; i <= count; i++) printf " %s |", size[i]; print ""
		printf "| --- |"; for (i = 1; i <= count; i++) printf " ---: |"; print ""
		for (k = 1; k <= n; k++) {
			title = keys[k]; sub("/", " ", title)
			printf "| %s |", title
			for (i = 1; i <= count; i++) printf " %.2f / %.2f |", p50[keys[k], size[i]] / 1000, p95[keys[k], size[i]] / 1000
			print ""
		}
		printf "\n%s", verdicts
	}'
