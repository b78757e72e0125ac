/** Calls to the admin routes of a stack, with short-lived tokens. */
import { setTimeout as sleep } from 'node:timers/promises'
import { backupScope } from '../../shared/session/backup.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { defaultPort } from './port.ts'
import { developmentSecrets } from './secrets.ts'
import { sign } from './token.ts'

/** The address of `npm start` with the same environment, if its port was free. */
export const defaultUrl = `http://localhost:${readVariable(process.env, 'PORT') ?? defaultPort}`

const tokenSeconds = 600
/** Time for a response to start. The body of a snapshot has no limit. Milliseconds. */
const responseMs = 60_000
/** Pauses before a request to an unavailable stack is repeated. A restored object, for example, restarts. Milliseconds. */
const retryPausesMs = [500, 1_000, 2_000, 5_000, 10_000]

/** A response with a status other than 2xx. */
export class ApiRefused extends Error {
  readonly status: number
  readonly type: string
  constructor(status: number, type: string, detail: string) {
    super(detail)
    this.status = status
    this.type = type
  }
}

/** Requests to one stack. */
export interface Operator {
  get(path: string, query: Readonly<Record<string, string>>): Promise<Response>
  post(path: string, body: string): Promise<Response>
}

/** Uses `SOMA_TOKEN` if it is set, else tokens of the development issuer. Throws `ApiRefused` with the stack's response. */
export function operator(url: string): Operator {
  let token = ''
  let expiresAt = 0
  async function currentToken(): Promise<string> {
    const configuredToken = readVariable(process.env, 'SOMA_TOKEN')
    if (configuredToken !== '') return configuredToken
    if (Date.now() > expiresAt - 60_000) {
      const { signingKey } = await developmentSecrets()
      expiresAt = Date.now() + tokenSeconds * 1_000
      token = await sign(signingKey, { tenant: 'operator', subject: 'backup', scopes: backupScope, ttlSeconds: tokenSeconds })
    }
    return token
  }
  async function call(path: string, init: RequestInit): Promise<Response> {
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(new Error(`no response within ${responseMs / 1_000} s`)), responseMs)
    const headers = { ...init.headers, authorization: `Bearer ${await currentToken()}` }
    const response = await fetch(`${url}${path}`, { ...init, headers, signal: timeout.signal })
      .catch((error) => {
        throw new Error(`${url} cannot be reached: ${error instanceof Error ? error.message : error}`)
      })
      .finally(() => clearTimeout(timer))
    if (response.ok) return response
    const { type = '', detail = '', request_id = '' } = (await response.json().catch(() => ({}))) as Record<string, string>
    throw new ApiRefused(response.status, type, `${url} responded with ${response.status}: ${detail} (request ${request_id})`)
  }
  /** Repeats a request that got 503: the stack did not execute it. */
  async function callWithRetries(path: string, init: RequestInit): Promise<Response> {
    for (const ms of retryPausesMs) {
      try {
        return await call(path, init)
      } catch (error) {
        if (!(error instanceof ApiRefused) || error.status !== 503) throw error
      }
      await sleep(ms)
    }
    return call(path, init)
  }
  return {
    get: (path, query) => callWithRetries(`${path}?${new URLSearchParams(query)}`, {}),
    post: (path, body) => callWithRetries(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
  }
}
