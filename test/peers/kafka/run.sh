#!/bin/sh
# Publishing to a real Kafka, also with every dependency down. Needs Debian's redis-server and npm; the first run needs Java and Maven.
# The last line is "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../../.."
if ! { command -v java && command -v mvn && command -v redis-server; } > /dev/null; then
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  $as_root apt-get update -q
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends default-jre-headless maven redis-server
fi
[ -d test/peers/kafka/node_modules/@platformatic/kafka ] || npm ci --prefix test/peers/kafka --silent
PATH="$PWD/node_modules/.bin:$PATH" exec node test/peers/kafka/run.ts
