#!/bin/sh
# Counting in a real Redis, behind an HTTP bridge. Needs Debian's redis-server; the last line is "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../../.."
if ! command -v redis-server > /dev/null; then
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  $as_root apt-get update -q
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends redis-server
fi
PATH="$PWD/node_modules/.bin:$PATH" exec node test/peers/redis/run.ts
