#!/bin/sh
# Compares our Check with the real OpenFGA server. Needs Go the first time; the last line is "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../../.."
PATH="$PWD/node_modules/.bin:$PATH" exec node test/peers/openfga/run.ts
