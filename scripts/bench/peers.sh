#!/usr/bin/env bash
# Measures heyan beside md5sum, sha256sum, aapt and apksigner in one run and prints the
# Markdown tables of docs/benchmarks.md.
#
#   scripts/bench/peers.sh [ROUNDS]         5 rounds for the large packages by default
#   APKSIGNER=/path/to/apksigner scripts/bench/peers.sh
#
# Five packages: two APKs of 500 MB (3,000 entries: stored media and native libraries
# of incompressible bytes, deflated code and text; scripts/bench/gen.go has the
# mix), one signed v2+v3 with minSdk 24, one v1+v2+v3 with minSdk 21, whose v1
# signature must be verified too; an IPA of 500 MB (scripts/bench/genipa.go: 330 MB of
# executables in 14 bundles, all else sealed), compared with md5sum and sha256sum
# running side by side; and the small samples. The large ones are made
# once and kept in .cache/bench (1.6 GB; HEYAN_BENCH_CACHE names another folder).
#
# Each round runs every command once, from a warm page cache, as a process: the
# time is from start to exit. Peak memory comes from a run of its own: the
# high-water marks (VmHWM) of the process and all its children added up, so that
# of heyan is parent and sandboxed child together. No network is used.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${HEYAN_BENCH_CACHE:-$root/.cache/bench}
apksigner=${APKSIGNER:-apksigner}
keys=$root/testdata/keys
rounds=${1:-5}

"$root/scripts/android-tools.sh"
mkdir -p "$cache"
cd "$root"
make -s BIN="$cache/heyan" build
go build -o "$cache/bench" ./scripts/bench

# large NAME BASE V1: generates around BASE's manifest, aligns, signs; once.
large() {
	local apk=$cache/$1.apk
	[[ -f $apk ]] && return
	"$cache/bench" gen "$2" "$cache/unsigned.apk"
	zipalign -p -f 4 "$cache/unsigned.apk" "$cache/aligned.apk"
	JAVA_TOOL_OPTIONS=-Xmx2g "$apksigner" sign --v1-signing-enabled "$3" --v2-signing-enabled true \
		--v3-signing-enabled true --v4-signing-enabled false --key "$keys/school.pk8" --cert "$keys/school.pem" \
		--in "$cache/aligned.apk" --out "$cache/signing.apk"
	mv "$cache/signing.apk" "$apk"
	rm -f "$cache/unsigned.apk" "$cache/aligned.apk"
}

large v2-v3-500MB testdata/apk/school.apk false
large v1-v2-v3-500MB testdata/apk/v1-v2-v3.apk true
[[ -f $cache/signed-500MB.ipa ]] || {
	"$cache/bench" genipa "$cache/signing.ipa"
	mv "$cache/signing.ipa" "$cache/signed-500MB.ipa"
}
for package in v2-v3-500MB.apk v1-v2-v3-500MB.apk signed-500MB.ipa; do
	"$cache/heyan" filing init "$cache/$package" >"$cache/${package%.*}.yaml"
done
"$cache/heyan" filing init testdata/ipa/school.ipa >"$cache/school-ipa.yaml"

echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores, Linux $(uname -r), $(go env GOVERSION)," \
	"load before: $(cut -d' ' -f1 /proc/loadavg)"
echo
"$cache/bench" measure -heyan "$cache/heyan" -apksigner "$apksigner" -runs "$rounds" \
	"$cache/v2-v3-500MB.apk=$cache/v2-v3-500MB.yaml" \
	"$cache/v1-v2-v3-500MB.apk=$cache/v1-v2-v3-500MB.yaml" \
	"$cache/signed-500MB.ipa=$cache/signed-500MB.yaml" \
	"testdata/apk/school.apk=testdata/filing/school.yaml" \
	"testdata/ipa/school.ipa=$cache/school-ipa.yaml"
