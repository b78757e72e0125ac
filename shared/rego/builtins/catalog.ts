/**
 * Every builtin there is. What is not here is refused when a plan is loaded, and on purpose: `http.send`, `net.lookup_ip_addr`
 * and `opa.runtime` reach outside; `io.jwt.*` and `crypto.x509.*` belong to the gateway, which verifies before it asks;
 * `graphql.*`, `yaml.*`, `json.match_schema` and `rego.*` are parsers that no decision here needs.
 */
import type { Builtins } from '../step.ts'
import { collections } from './collections.ts'
import { comparison } from './comparison.ts'
import { crypto } from './crypto.ts'
import { encoding } from './encoding.ts'
import { net } from './net.ts'
import { numbers } from './numbers.ts'
import { regexes } from './regexes.ts'
import { strings } from './strings.ts'
import { time } from './time.ts'
import { uri } from './uri.ts'

export const builtins: Builtins = new Map(
  [collections, comparison, crypto, encoding, net, numbers, regexes, strings, time, uri].flatMap((family) => Object.entries(family)),
)
