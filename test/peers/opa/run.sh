#!/bin/sh
# Compares our evaluator with the real OPA. Needs Go the first time; the last line is "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../../.."
PATH="$PWD/node_modules/.bin:$PATH" exec node test/peers/opa/run.ts
