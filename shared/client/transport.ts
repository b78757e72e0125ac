/** One HTTP exchange with the API: the address, the token, and typed errors. */
import { toApiError, Unreachable } from './errors.ts'

/** The address and the credentials of a client. */
export interface ClientOptions {
  /** The API's origin, such as `https://chat.example.com`. Empty in a browser: the page's origin. */
  readonly baseUrl: string
  /** A bearer token, or a function that returns one for each request. Default: the browser's cookie. */
  readonly token?: string | (() => string | Promise<string>)
  /** The CSRF token, sent with the browser's cookie. */
  readonly csrf?: () => string | undefined
  readonly fetch?: typeof fetch
}

/** The parts of one request. */
export interface Exchange {
  readonly query?: Readonly<Record<string, string | number | undefined>>
  /** A value, sent as JSON; or the bytes of a file. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** Sends one request. Resolves with a response of a 2xx status. */
export type Transport = (method: string, path: string, exchange?: Exchange) => Promise<Response>

/** Creates a transport. It throws `ApiError` for an error response, `Unreachable` without a response, and the signal's reason on abort. */
export function createTransport(options: ClientOptions): Transport {
  // Called as a bare function: browsers refuse `fetch` with another `this`.
  const send = options.fetch ?? ((input: string, init: RequestInit) => fetch(input, init))
  return async (method, path, exchange = {}) => {
    const token = typeof options.token === 'function' ? await options.token() : options.token
    const headers: Record<string, string> = { accept: 'application/json', ...exchange.headers }
    if (token !== undefined) headers.authorization = `Bearer ${token}`
    const csrf = method === 'GET' ? undefined : options.csrf?.()
    if (csrf !== undefined) headers['x-csrf-token'] = csrf
    const init: RequestInit = { method, headers }
    if (exchange.body !== undefined) {
      const isFile = exchange.body instanceof Blob
      headers['content-type'] = isFile && exchange.body.type !== '' ? exchange.body.type : 'application/json'
      init.body = isFile ? exchange.body : JSON.stringify(exchange.body)
    }
    if (exchange.signal) init.signal = exchange.signal
    let response: Response
    try {
      response = await send(options.baseUrl.replace(/\/$/, '') + path + queryString(exchange.query), init)
    } catch (error) {
      exchange.signal?.throwIfAborted()
      throw new Unreachable(error)
    }
    if (!response.ok) throw await toApiError(response)
    return response
  }
}

function queryString(query: Exchange['query'] = {}): string {
  const parts = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}
