/**
 * Limits failed authentication per client address and isolate, before a credential is verified. `SOMA_ADDRESS_HEADER` names the header
 * with the client address. Requests without an address are not limited, so a proxy does not lock out its clients. Recently verified
 * credentials are exempt: a client that shares an attacker's address keeps access.
 */
import { addressKey, attemptLimit, FailedAuthLimiter } from '../../../shared/limits/failed-auth-limiter.ts'
import { readVariable } from '../../../shared/settings/variables.ts'
import type { GatewayContext } from '../http/context.ts'
import { type ProblemResponse, problem } from '../http/problem.ts'
import { isKnownKey } from './api-key.ts'
import { isKnownToken } from './tokens.ts'

const limiter = new FailedAuthLimiter()

/** Returns a function to call after successful authentication; or the 429 response, if the address is over the limit. */
export function reserveAttempt(c: GatewayContext, credential: string): (() => void) | ProblemResponse {
  const header = readVariable(c.env, 'SOMA_ADDRESS_HEADER')
  const address = header ? addressKey(c.req.header(header) ?? '') : null
  if (address === null || isKnownToken(credential) || isKnownKey(credential)) return () => {}
  const reserved = limiter.reserve(address, Date.now())
  if (typeof reserved === 'function') return reserved
  const response = problem(c, { kind: 'rate_limited', limit: attemptLimit, retryMs: reserved })
  response.headers.set('retry-after', String(Math.max(1, Math.ceil(reserved / 1_000))))
  return response
}
