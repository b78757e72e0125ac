/** Refuses a credential: 401 with the error of RFC 6750, and a log line with the cause. Neither holds any part of the credential. */
import type { CredentialFault } from '../../../shared/identity/credential-fault.ts'
import type { GatewayContext } from '../http/context.ts'
import { type ProblemResponse, problem } from '../http/problem.ts'
import { logger } from '../logger.ts'
import type { TokenRefusal } from './tokens.ts'

/** A flood of bad credentials writes one line per fault in this time. Milliseconds. */
const quietMs = 10_000

/** Refusals of a fault since its last line. */
const unlogged = new Map<CredentialFault, { count: number; loggedAt: number }>()

/** The 401 response for `refusal`. Logs the first refusal of a fault, and then one in `quietMs`. */
export function refuseCredential(c: GatewayContext, refusal: TokenRefusal): ProblemResponse {
  const { fault, issuer, key } = refusal
  const now = Date.now()
  const { count, loggedAt } = unlogged.get(fault) ?? { count: 0, loggedAt: Number.NEGATIVE_INFINITY }
  const isQuiet = now >= loggedAt && now - loggedAt < quietMs
  if (!isQuiet) logger.write('credential.refused', { request: c.var.requestId, fault, issuer, key, count: count + 1 })
  unlogged.set(fault, isQuiet ? { count: count + 1, loggedAt } : { count: 0, loggedAt: now })
  return problem(c, { kind: 'unauthenticated', fault })
}
