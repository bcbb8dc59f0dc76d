#!/usr/bin/env bash
# Installs the Android tools that fixtures and benchmarks are made with, where
# one is missing: aapt and aapt2, apksigner, zipalign, smali, the framework's
# resources to link against, a Java runtime and openssl. Debian 12 has them all.
#
# As root on Debian or Ubuntu it installs; otherwise it says what to install.
set -euo pipefail

# command:package
needed=(aapt:aapt aapt2:aapt apksigner:apksigner zipalign:zipalign
	smali:libsmali-java java:default-jre-headless openssl:openssl)

missing=()
for pair in "${needed[@]}"; do
	command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
done
[[ -f /usr/share/android-framework-res/framework-res.apk ]] || missing+=(android-framework-res)

[[ ${#missing[@]} -gt 0 ]] || exit 0
if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
	echo "please install: ${missing[*]}" >&2
	exit 1
fi
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
