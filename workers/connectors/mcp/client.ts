/** Requests to one MCP server, by the client of the protocol's authors. Each request is judged, and its response is bounded. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { boundedBody } from '../../../shared/lib/bounded-body.ts'
import { judgeOutward, type OutwardNetwork } from '../../../shared/net/outward-fetch.ts'

/** All responses of one exchange, in bytes. */
const maxBytes = 4_000_000

/** How to reach a server. */
export interface McpEndpoint {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly network: OutwardNetwork
}

/** The server refuses who asks. */
export class SignInNeeded extends Error {}

/** The address of the server is refused, in words. */
export class AddressRefused extends Error {}

/** The server sends more than is read. */
export class TooLong extends Error {}

/**
 * The result of `use` with a connected client. The client offers no sampling, no roots and no elicitation. It ends with `signal`, whatever
 * the server does meanwhile.
 */
export async function withServer<T>(
  { url, headers, network }: McpEndpoint,
  signal: AbortSignal,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  let refused: Error | undefined
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])
  const aborted = new Promise<never>((_, reject) => ended.addEventListener('abort', () => reject(ended.reason), { once: true }))
  aborted.catch(() => {})
  const budget = {
    bytes: maxBytes,
    onSpent() {
      refused = new TooLong('The server sends more than is read.')
      stop.abort()
    },
  }
  const guardedFetch = async (input: string | URL, init?: RequestInit): Promise<Response> => {
    const judged = await judgeOutward(`${input}`, network)
    if (!judged.ok) {
      refused = new AddressRefused(judged.error)
      throw refused
    }
    const response = await fetch(judged.value, {
      ...init,
      redirect: 'manual',
      signal: init?.signal ? AbortSignal.any([ended, init.signal]) : ended,
    })
    if (response.status === 401 || response.status === 403) refused = new SignInNeeded(`It answered with status ${response.status}.`)
    return boundedBody(response, budget)
  }
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: guardedFetch,
    requestInit: { headers, redirect: 'manual' },
    reconnectionOptions: { maxRetries: 0, initialReconnectionDelay: 1_000, maxReconnectionDelay: 1_000, reconnectionDelayGrowFactor: 1 },
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
