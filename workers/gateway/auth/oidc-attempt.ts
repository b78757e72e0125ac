/**
 * Pending sign-ins of one browser. Each has its own cookie, named after its `state`. Several tabs can sign in at once, because a callback
 * removes only its own attempt.
 */
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import type { GatewayContext } from '../http/context.ts'
import { isHttps } from '../http/public-url.ts'

/** Timeout of the sign-in at the provider. */
const attemptSeconds = 600
/** Attempts that a browser keeps; a new one replaces the oldest. */
const maxAttempts = 5

/** What the callback needs of a started sign-in. `to`: the page to return to. `at`: its start, Unix ms. */
const Attempt = z.object({ nonce: z.string(), verifier: z.string(), to: z.string(), at: z.number() })
/** A started sign-in. */
export type Attempt = z.infer<typeof Attempt>

const State = z.string().regex(/^[\w-]{20,100}$/)

const prefixOf = (c: GatewayContext): string => (isHttps(c) ? '__Host-soma_oidc.' : 'soma_oidc.')

/** Stores an attempt in a cookie named after `state`. Removes the oldest attempts beyond `maxAttempts`. */
export function storeAttempt(c: GatewayContext, state: string, attempt: Attempt): void {
  const prefix = prefixOf(c)
  const older = Object.entries(getCookie(c))
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => ({ name, at: parse(value)?.at ?? 0 }))
    .sort((a, b) => b.at - a.at)
  for (const { name } of older.slice(maxAttempts - 1)) remove(c, name)
  // Lax: the provider's redirect must carry the cookie.
  setCookie(c, prefix + state, btoa(JSON.stringify(attempt)), {
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    secure: isHttps(c),
    maxAge: attemptSeconds,
  })
}

/** Removes and returns the attempt that `state` names; null: this browser has none. */
export function takeAttempt(c: GatewayContext, state: string | undefined): Attempt | null {
  if (!State.safeParse(state).success) return null
  const name = `${prefixOf(c)}${state}`
  const attempt = parse(getCookie(c, name) ?? '')
  if (attempt) remove(c, name)
  return attempt
}

const remove = (c: GatewayContext, name: string) => deleteCookie(c, name, { path: '/', secure: isHttps(c) })

function parse(value: string): Attempt | null {
  try {
    return Attempt.parse(JSON.parse(atob(value)))
  } catch {
    return null
  }
}
