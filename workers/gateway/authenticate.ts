/** Token to principal. The tenant comes from here and nowhere else. */
import { getCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import type { Gateway, GatewayContext } from './context.ts'
import { verifyToken } from './issuer.ts'
import { refuse } from './refuse.ts'

export const cookieName = 'soma_token'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A bearer token, else the app's cookie. A cookie comes by itself, so what it changes must come from the app's own pages. */
export const authenticate = createMiddleware<Gateway>(async (c, next) => {
  const bearer = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  const token = c.req.header('authorization') === undefined ? getCookie(c, cookieName) : bearer
  const principal = token ? await verifyToken(c.env, token) : null
  if (!principal) return refuse(c, { kind: 'unauthenticated' })
  if (!bearer && changes(c) && !sameOrigin(c)) return refuse(c, { kind: 'wrong_origin' })
  c.set('principal', principal)
  return next()
})

const changes = (c: GatewayContext): boolean => !safeMethods.has(c.req.method) || c.req.header('upgrade') !== undefined

/** Whether the request says that it comes from a page of this very origin (RFC 6454 §7). No word is no. */
export const sameOrigin = (c: GatewayContext): boolean => c.req.header('origin') === new URL(c.req.url).origin
