#!/bin/sh
# Signing in with a real OpenID Connect provider. Needs npm the first time; the last line is "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../../.."
[ -d test/peers/oidc/node_modules/oidc-provider ] || npm ci --prefix test/peers/oidc --silent
PATH="$PWD/node_modules/.bin:$PATH" exec node test/peers/oidc/run.ts
