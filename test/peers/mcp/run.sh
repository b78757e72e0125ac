#!/bin/sh
# The MCP client beside the protocol's conformance suite and example server. Needs npm the first time; the last line is "N passed, N failed, N skipped".
set -eu
cd "$(dirname "$0")/../../.."
[ -d test/peers/mcp/node_modules/@modelcontextprotocol/conformance ] || npm ci --prefix test/peers/mcp --ignore-scripts --silent
PATH="$PWD/node_modules/.bin:$PATH" exec node test/peers/mcp/run.ts
