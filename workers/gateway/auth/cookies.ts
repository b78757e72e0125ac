/**
 * The web app's sign-in. One cookie holds the token, which no script can read; the other a value derived from it, which only a script
 * of this very origin can read and repeat in a header (OWASP: signed double submit). So a request that a strange page brings about has
 * the first, and not the second.
 */
import { getCookie, setCookie } from 'hono/cookie'
import { toBase64Url } from '../../../shared/lib/base64.ts'
import type { GatewayContext } from '../http/context.ts'

export const csrfHeader = 'x-csrf-token'
/** Browsers cannot set headers on a WebSocket: there the value is a subprotocol, beside the one that is spoken. */
const socketProtocol = 'soma'
const csrfProtocol = /(?:^|,)\s*csrf\.([\w-]+)\s*(?:,|$)/

const overHttps = (c: GatewayContext): boolean => new URL(c.req.url).protocol === 'https:'
const nameOf = (c: GatewayContext, name: string): string => (overHttps(c) ? `__Host-${name}` : name)

/** The token in the sign-in cookie. Over https only one that no other host, and no http page, can have set. */
export const cookieToken = (c: GatewayContext): string | undefined => getCookie(c, nameOf(c, 'soma_token'))

/** The subprotocol to answer with: a browser that offered some hangs up on a server that takes none of them. */
export const spokenProtocol = (c: GatewayContext): string | undefined =>
  c.req
    .header('sec-websocket-protocol')
    ?.split(',')
    .some((name) => name.trim() === socketProtocol)
    ? socketProtocol
    : undefined

/** A cookie that no script can read and that is sent to one route. */
function only(path: string, name: string) {
  const named = (c: GatewayContext): string => (overHttps(c) ? `__Secure-${name}` : name)
  return {
    give: (c: GatewayContext, value: string, maxAge: number): void =>
      setCookie(c, named(c), value, { sameSite: 'Strict', path, maxAge, secure: overHttps(c), httpOnly: true }),
    read: (c: GatewayContext): string | undefined => getCookie(c, named(c)),
  }
}

export const challengePath = '/v1/auth/mfa'
/** The challenge of whoever has shown the first factor and not the second. */
export const { give: giveChallenge, read: cookieChallenge } = only(challengePath, 'soma_challenge')

export const signOutPath = '/v1/auth/sign-out'
/** What the identity provider knows this sign-in by, to end it there. Of use to nobody else: it is no access token. */
export const { give: giveIdToken, read: cookieIdToken } = only(signOutPath, 'soma_id')

/** What a page must repeat to act with the cookie that holds `token`. */
export async function csrfOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`soma-csrf ${token}`))
  return toBase64Url(new Uint8Array(digest))
}

/** Whether the request repeats it. */
export async function hasCsrf(c: GatewayContext, token: string): Promise<boolean> {
  const said = c.req.header(csrfHeader) ?? csrfProtocol.exec(c.req.header('sec-websocket-protocol') ?? '')?.[1]
  return said !== undefined && said === (await csrfOf(token))
}

/** Gives both cookies; with an empty token takes them away. */
export async function giveCookies(c: GatewayContext, token: string, maxAge: number): Promise<void> {
  const common = { sameSite: 'Strict', path: '/', maxAge, secure: overHttps(c) } as const
  setCookie(c, nameOf(c, 'soma_token'), token, { ...common, httpOnly: true })
  setCookie(c, nameOf(c, 'soma_csrf'), token === '' ? '' : await csrfOf(token), common)
}

/** Gives the readable half again where a browser has lost it; without it the page could not even sign out. */
export async function mendCsrf(c: GatewayContext): Promise<void> {
  const token = cookieToken(c) ?? ''
  const csrf = await csrfOf(token)
  if (getCookie(c, nameOf(c, 'soma_csrf')) === csrf) return
  const maxAge = Math.max(0, Math.floor((c.var.principal.expiresAt - Date.now()) / 1_000))
  setCookie(c, nameOf(c, 'soma_csrf'), csrf, { sameSite: 'Strict', path: '/', maxAge, secure: overHttps(c) })
}
