#!/bin/sh
# Makes the passwords and keys that compose.yaml mounts, in deploy/secrets. What is
# there is kept. The folder is for its owner alone; the files can be read by all, so
# that the users of the containers can.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 0700 secrets
printf '*\n' >secrets/.gitignore
for name in postgres_password redis_password s3_access_key s3_secret_key; do
	[ -s "secrets/$name" ] || LC_ALL=C tr -dc 'a-zA-Z0-9' </dev/urandom | head -c 32 >"secrets/$name"
	chmod 0444 "secrets/$name"
done
