/**
 * Floods of bad credentials, before any is looked at: each isolate counts, by the address that the platform says a request comes from.
 * Where none is named nobody is counted, so that a proxy of one's own does not lock out all behind it. A credential that was good
 * lately is not counted either: whoever shares an address with who guesses goes on.
 */
import { addressKey, attemptLimit, FailedAuthLimiter } from '../../../shared/limits/failed-auth-limiter.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import type { GatewayContext } from '../http/context.ts'
import { type ProblemResponse, problem } from '../http/problem.ts'
import { isKnownKey } from './api-key.ts'
import { isKnownToken } from './tokens.ts'

const attempts = new FailedAuthLimiter()

/** What to call if `credential` was good; or the refusal, if too many from there were bad. */
export function reserveAttempt(c: GatewayContext, credential: string): (() => void) | ProblemResponse {
  const header = readVariable(c.env, 'SOMA_ADDRESS_HEADER')
  const address = header ? addressKey(c.req.header(header) ?? '') : null
  if (address === null || isKnownToken(credential) || isKnownKey(credential)) return () => {}
  const begun = attempts.reserve(address, Date.now())
  if (typeof begun === 'function') return begun
  const refused = problem(c, { kind: 'rate_limited', limit: attemptLimit, retryMs: begun })
  refused.headers.set('retry-after', String(Math.max(1, Math.ceil(begun / 1_000))))
  return refused
}
