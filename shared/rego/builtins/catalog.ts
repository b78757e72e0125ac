/**
 * All supported builtins. Loading refuses a plan with any other. Some are excluded on purpose. `http.send`, `net.lookup_ip_addr` and
 * `opa.runtime` leave the evaluator. The gateway does the work of `io.jwt.*` and `crypto.x509.*`. No decision here needs the parsers
 * `graphql.*`, `yaml.*`, `json.match_schema` and `rego.*`.
 */
import type { Builtins } from '../step.ts'
import { collections } from './collections.ts'
import { comparison } from './comparison.ts'
import { crypto } from './crypto.ts'
import { encoding } from './encoding.ts'
import { graphs } from './graphs.ts'
import { jsonPaths } from './json-paths.ts'
import { net } from './net.ts'
import { numbers } from './numbers.ts'
import { regexes } from './regexes.ts'
import { strings } from './strings.ts'
import { time } from './time.ts'
import { uri } from './uri.ts'

/** The builtins by name. */
export const builtins: Builtins = new Map(
  [collections, comparison, crypto, encoding, graphs, jsonPaths, net, numbers, regexes, strings, time, uri].flatMap((family) =>
    Object.entries(family),
  ),
)
