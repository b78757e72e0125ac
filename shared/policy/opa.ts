/**
 * Decisions by an OPA server, over its Data API. Portable. Fails closed: only `{"result": true}` allows. A missing, slow, oversized or
 * malformed response denies. Requests are not retried.
 */

import { readText } from '../lib/read-text.ts'
import { redact } from '../secrets/redact.ts'
import { type Environment, readVariable } from '../settings/variables.ts'
import type { EvaluationResult } from './evaluate-policy.ts'

/** The address and the limits of an OPA server. */
export interface OpaServer {
  /** The server's address, such as http://127.0.0.1:8181. */
  readonly url: string
  readonly token?: string
  /** Timeout for the whole response. */
  readonly timeoutMs?: number
  readonly fetch?: typeof fetch
}

/** The server that `env` names; null: the policy in the Worker decides. */
export function opaServer(env: Environment<'OPA_URL' | 'OPA_TOKEN'>): OpaServer | null {
  const url = readVariable(env, 'OPA_URL')
  return url === '' ? null : { url, token: readVariable(env, 'OPA_TOKEN') }
}

const defaultTimeoutMs = 1_000
const maxResponseBytes = 65_536
const maxReasons = 20
const reasonUnits = 500

const denial = (reason: EvaluationResult['reason'], ...detail: string[]): EvaluationResult => ({ allowed: false, reason, detail, fuel: 0 })

/** Queries `soma/policy/allow`, and the reasons after a denial. */
export async function decideRemotely(server: OpaServer, input: unknown): Promise<EvaluationResult> {
  const response = await query(server, 'soma/policy/allow', input)
  if ('fault' in response) return denial('fault', response.fault)
  const { result } = response
  if (result === true) return { allowed: true, reason: 'allowed', detail: [], fuel: 0 }
  if (result === undefined) return denial('undefined')
  if (result !== false) return denial('not_boolean')
  const reasons = await query(server, 'soma/policy/reasons', input)
  const values = 'result' in reasons && Array.isArray(reasons.result) ? reasons.result : []
  const texts = values.filter((value): value is string => typeof value === 'string').slice(0, maxReasons)
  // Clients read the reasons, and a policy can repeat the headers of the query.
  return denial('denied', ...texts.map((text) => redact(text, server.token ?? '').slice(0, reasonUnits)))
}

/** The value of `soma/policy/asks`, which a policy of an earlier release does not have. Undefined: there was no usable answer. */
export async function asksRemotely(server: OpaServer, input: unknown): Promise<unknown> {
  const response = await query(server, 'soma/policy/asks', input)
  if ('fault' in response) return undefined
  const { result = [] } = response
  return Array.isArray(result) ? result.map((reason) => (typeof reason === 'string' ? redact(reason, server.token ?? '') : reason)) : result
}

type OpaResponse = { readonly result: unknown } | { readonly fault: string }

async function query(
  { url, token, timeoutMs = defaultTimeoutMs, fetch: send = fetch }: OpaServer,
  path: string,
  input: unknown,
): Promise<OpaResponse> {
  try {
    // A redirect could send the token and the input elsewhere.
    const response = await send(`${url.replace(/\/+$/, '')}/v1/data/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ input }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await readText(response, maxResponseBytes)
    if (response.status !== 200) return { fault: `OPA responded with ${response.status}` }
    const body: unknown = JSON.parse(text ?? '')
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      return { fault: 'OPA responded with something other than an object' }
    return { result: 'result' in body ? body.result : undefined }
  } catch (error) {
    if (error instanceof SyntaxError) return { fault: 'OPA responded with something other than JSON' }
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError'
    return { fault: isTimeout ? `OPA did not respond within ${timeoutMs} ms` : 'OPA cannot be reached' }
  }
}
