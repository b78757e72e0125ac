/** Requests of a face to our own API, inside of this isolate and in the name of the caller. So every rule of a route holds. */
import { createMiddleware } from 'hono/factory'
import { readJson } from '../http/body.ts'
import type { Gateway, GatewayContext } from '../http/context.ts'
import { ownAddress } from '../http/public-url.ts'
import { rateLimit } from '../limits/rate-limit.ts'

/** A request of our own API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
  /** Reads an event stream. */
  readonly streams?: boolean
}

/** Calls our own API in the name of the caller. */
export type CallApi = (request: ApiRequest) => Promise<Response>

/** Serves a request of our own API inside of this isolate. */
export type ServeApi = (request: Request, c: GatewayContext) => Promise<Response>

/** The headers of a credential. They go along with the requests of our own API. */
const credentialHeaders = ['authorization', 'cookie', 'x-csrf-token', 'origin'] as const

/** Calls in the name of the request's caller. `serve`: the whole gateway. */
export function ownApi(c: GatewayContext, serve: ServeApi): CallApi {
  const credential = credentialHeaders.flatMap((name) => {
    const value = c.req.header(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return ({ method, path, body, streams }) => {
    const headers = new Headers([...credential])
    if (streams) headers.set('accept', 'text/event-stream')
    if (body !== undefined) headers.set('content-type', 'application/json')
    return serve(new Request(ownAddress(c, path), { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }), c)
  }
}

/** The rate limit of such a face. A message that becomes a request of our own API counts there, in the class of its route, and not here. */
export const limitUnless = (becomesRequest: (message: unknown) => boolean) =>
  createMiddleware<Gateway>(async (c, next) => {
    const body = await readJson(c).catch(() => undefined)
    return becomesRequest(body) ? next() : rateLimit(c, next)
  })
