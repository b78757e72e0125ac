/** Abuse case 7: requests that carry the cookie of a signed-in browser. */
import { beforeAll, describe, expect, it } from 'vitest'
import { bodyType } from '../support/body-types.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { signIn } from './browser-session.ts'
import { bodies, missing, operationsOf, pathOf } from './operations.ts'

let stack: SharedStack

beforeAll(async () => {
  stack = await sharedStack()
}, 120_000)

describe('7. The cookie alone', () => {
  it('changes nothing without the CSRF token, from another origin, or with the token of another sign-in', async () => {
    const browser = await signIn(stack, 'acme', 'cookie-7')
    const other = await signIn(stack, 'acme', 'other-7')
    const operations = await operationsOf(stack.url)
    const routes = operations.filter(({ isPublic, method, path }) => !isPublic && method !== 'GET' && !path.startsWith('/v1/auth/'))
    for (const operation of routes) {
      const body = JSON.stringify(bodies[operation.route]?.(missing) ?? {})
      const send = async (headers: Record<string, string>) => {
        const response = await fetch(`${stack.url}${pathOf(operation.path, missing)}`, {
          method: operation.method,
          headers: { 'content-type': bodyType(operation.route), cookie: browser.cookie, ...headers },
          body,
        })
        const refusal = (await response.json()) as { readonly type?: string; readonly error?: { readonly code: string } }
        // A face names the kind in the error of its protocol.
        return [response.status, refusal.error ? `/problems/${refusal.error.code}` : refusal.type]
      }
      const origin = stack.url
      expect(await send({ origin }), operation.route).toEqual([403, '/problems/wrong_csrf'])
      expect(await send({ origin, 'x-csrf-token': other.csrf }), operation.route).toEqual([403, '/problems/wrong_csrf'])
      expect(await send({ 'x-csrf-token': browser.csrf }), operation.route).toEqual([403, '/problems/wrong_origin'])
      expect(await send({ origin: 'https://evil.example', 'x-csrf-token': browser.csrf }), operation.route).toEqual([
        403,
        '/problems/wrong_origin',
      ])
    }
    expect((await browser.call('PATCH', '/v1/sessions/none', { title: 'x' })).status, 'with cookie, origin and token').toBe(404)
  })

  it('opens a WebSocket only with the origin and the CSRF token', async () => {
    const browser = await signIn(stack, 'acme', 'socket-7')
    expect((await browser.call('POST', '/v1/sessions/message', { session_id: 'socket-7', message: 'hi' })).status).toBe(200)
    const url = `${stack.url.replace('http', 'ws')}/v1/sessions/socket-7/stream`
    const socketOutcome = (headers: Record<string, string>, protocols: string[]) =>
      new Promise<string>((done) => {
        const socket = new WebSocket(url, { headers, protocols } as never)
        socket.addEventListener('open', () => {
          done(`open ${socket.protocol}`)
          socket.close()
        })
        socket.addEventListener('error', () => done('refused'))
      })
    const { cookie, csrf } = browser
    const origin = stack.url
    expect(await socketOutcome({ cookie, origin }, ['soma'])).toBe('refused')
    expect(await socketOutcome({ cookie, origin }, ['soma', 'csrf.AAAA'])).toBe('refused')
    expect(await socketOutcome({ cookie }, ['soma', `csrf.${csrf}`])).toBe('refused')
    expect(await socketOutcome({ cookie, origin: 'https://evil.example' }, ['soma', `csrf.${csrf}`])).toBe('refused')
    expect(await socketOutcome({ cookie, origin }, ['soma', `csrf.${csrf}`])).toBe('open soma')
  })
})
