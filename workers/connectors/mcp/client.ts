/** Requests to one MCP server, by the client of the protocol's authors. Each request is judged, and its response is bounded. */
import { Client, extractWWWAuthenticateParams, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { OutwardNetwork } from '../../../shared/net/outward-fetch.ts'
import { guardedFetch } from './guarded-fetch.ts'

/** What a server says about the sign-in that it wants. */
export interface Challenge {
  readonly resourceMetadataUrl?: URL | undefined
  readonly scope?: string | undefined
}

/** The access of a signed-in workspace. */
export interface Access {
  token(): Promise<string | undefined>
  /** Gets another token after the server refused this one. False: someone has to sign in again. */
  renew(): Promise<boolean>
}

/** How to reach a server. */
export interface McpEndpoint {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly network: OutwardNetwork
  /** Null: the headers are all. */
  readonly access: Access | null
}

/** The server refuses who asks. */
export class SignInNeeded extends Error {
  readonly challenge: Challenge

  constructor(message: string, challenge: Challenge) {
    super(message)
    this.challenge = challenge
  }
}

/**
 * The result of `use` with a connected client. The client offers no sampling, no roots and no elicitation. It ends with `signal`, whatever
 * the server does meanwhile.
 */
export async function withServer<T>(
  { url, headers, network, access }: McpEndpoint,
  signal: AbortSignal,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  let refused: Error | undefined
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])
  const aborted = new Promise<never>((_, reject) => ended.addEventListener('abort', () => reject(ended.reason), { once: true }))
  aborted.catch(() => {})
  const request = guardedFetch(network, ended, (error) => {
    refused = error
    stop.abort()
  })
  const judgedFetch = async (input: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await request(input, init)
    if (response.status === 401 || response.status === 403)
      refused = new SignInNeeded(`It answered with status ${response.status}.`, extractWWWAuthenticateParams(response))
    else if (refused instanceof SignInNeeded) refused = undefined
    return response
  }
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: judgedFetch,
    requestInit: { headers, redirect: 'manual' },
    onInsufficientScope: 'throw',
    ...(access && { authProvider: { token: () => access.token(), onUnauthorized: () => renewed(access) } }),
    // A result that a closed stream interrupts is asked for again, as the server says.
    reconnectionOptions: { maxRetries: 2, initialReconnectionDelay: 1_000, maxReconnectionDelay: 1_000, reconnectionDelayGrowFactor: 1 },
  })
  const client = new Client({ name: 'soma-edge', version: '0.1.0' }, { capabilities: {}, versionNegotiation: { mode: 'auto' } })
  const exchange = async () => {
    await client.connect(transport, { signal: ended })
    return use(client)
  }
  try {
    return await Promise.race([aborted, exchange()])
  } catch (error) {
    throw refused ?? error
  } finally {
    stop.abort()
    client.close().catch(() => {})
  }
}

async function renewed(access: Access): Promise<void> {
  if (!(await access.renew())) throw new Error('no other token can be had')
}
