/** A simulated browser: cookies, origin and CSRF token, as the gateway sees them. */
import { exports } from 'cloudflare:workers'
import { vi } from 'vitest'
import { codeOf } from '../../support/authenticator.ts'

export const origin = 'https://soma.test'

export const fetchPath = (path: string, init: RequestInit = {}) =>
  exports.default.fetch(new Request(`${origin}${path}`, { redirect: 'manual', ...init }))
export const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetchPath(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
export const bearer = (text: string) => ({ authorization: `Bearer ${text}` })

/** Retries `check`. A change applies within two seconds. The timeout allows for a busy machine. */
export const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 50 })

export interface Browser {
  /** The current cookies. */
  cookies(): Record<string, string>
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
}

/** A browser without a sign-in. It stores cookies, and sends the headers of the app's page. */
export function newBrowser(agent = 'curl/8.5.0'): Browser {
  const jar: Record<string, string> = {}
  return {
    cookies: () => ({ ...jar }),
    async call(method, path, body, headers = {}) {
      const cookie = Object.entries(jar)
        .filter(([name]) => name !== '__Secure-soma_challenge' || path === '/v1/auth/mfa')
        .map(([name, value]) => `${name}=${value}`)
        .join('; ')
      const response = await fetchPath(path, {
        method,
        headers: {
          origin,
          'user-agent': agent,
          ...(cookie && { cookie, 'x-csrf-token': jar['__Host-soma_csrf'] ?? '' }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
        if (value === '') delete jar[name]
        else jar[name] = value
      }
      return response
    },
  }
}

/** A browser signed in with the first factor. */
export async function signedInBrowser(tenant: string, subject: string, agent?: string): Promise<Browser> {
  const browser = newBrowser(agent)
  const { status } = await browser.call('POST', '/v1/auth/dev', { tenant, subject })
  if (status !== 200) throw new Error(`sign-in: ${status}`)
  return browser
}

export interface Enrolled {
  readonly browser: Browser
  readonly secret: string
  readonly recovery: readonly string[]
}

/** A user with a second factor, verified with the current code. The next valid code is that of the next time step. */
export async function enrolledUser(tenant: string, subject: string): Promise<Enrolled> {
  const browser = await signedInBrowser(tenant, subject)
  const { secret } = (await (await browser.call('POST', '/v1/me/mfa', {})).json()) as { secret: string }
  const verified = await browser.call('POST', '/v1/me/mfa/verify', { code: await codeOf(secret) })
  const { recovery_codes: recovery } = (await verified.json()) as { recovery_codes: string[] }
  return { browser, secret, recovery }
}

/** The challenge of a user with a second factor. */
export async function challengeFor(tenant: string, subject: string): Promise<{ browser: Browser; challenge: string }> {
  const browser = newBrowser()
  const response = await browser.call('POST', '/v1/auth/dev', { tenant, subject })
  if (response.status !== 202) throw new Error(`sign-in: ${response.status}`)
  return { browser, challenge: ((await response.json()) as { challenge: string }).challenge }
}
