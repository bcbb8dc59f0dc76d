#!/usr/bin/env bash
# Builds MinIO's last public state into .cache/bin and prints its path, for
# `make test-minio`. The build takes four minutes on two cores and 1.5 GB of memory,
# once: it is not part of `make test`, where versitygw stands for all S3 servers.
set -euo pipefail

minio_version=v0.0.0-20260212201848-7aac2a2c5b7c

bin=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.cache/bin
if ! { [[ -x $bin/minio ]] && go version -m "$bin/minio" | grep -qF "$minio_version"; }; then
	mkdir -p "$bin"
	echo "building minio $minio_version" >&2
	GOFLAGS=-p=2 CGO_ENABLED=0 GOBIN=$bin go install "github.com/minio/minio@$minio_version" >&2
fi
echo "$bin/minio"
