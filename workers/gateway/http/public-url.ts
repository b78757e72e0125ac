/** The address of a request as its client sees it. No other file of the gateway reads the address. */
import { readVariable } from '../../../shared/settings/variables.ts'
import type { GatewayContext } from './context.ts'

/**
 * The URL of the request at the public origin: that of `SOMA_PUBLIC_URL`, or else of the request itself. A proxy may rewrite `Host` and
 * the scheme, and a client can write `X-Forwarded-*`, so neither is trusted. Throws `InvalidVariable` on a wrong setting.
 */
export function publicUrl(c: GatewayContext): URL {
  const [origin] = readVariable(c.env, 'SOMA_PUBLIC_URL')
  const url = new URL(c.req.url)
  return origin === undefined ? url : new URL(`${origin}${url.pathname}${url.search}`)
}

/** The host that the client named, without its port. */
export const requestedHost = (c: GatewayContext): string => new URL(c.req.url).hostname

/** Whether the request has a query. Does not parse the address. */
export const hasQuery = (c: GatewayContext): boolean => c.req.url.includes('?')

/** The absolute address of `path` on this deployment. */
export const publicAddress = (c: GatewayContext, path: string): string => new URL(path, publicUrl(c).origin).href

/** The address of our own `path`, for a request that does not leave this isolate. */
export const ownAddress = (c: GatewayContext, path: string): string => new URL(path, c.req.url).href

/** Whether browsers reach this deployment over https, so that cookies are `Secure`. */
export const isHttps = (c: GatewayContext): boolean => publicUrl(c).protocol === 'https:'
