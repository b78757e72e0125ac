import { beforeAll, describe, expect, it } from 'vitest'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { bearer, signIn } from './browser-session.ts'

let stack: SharedStack

beforeAll(async () => {
  stack = await sharedStack()
}, 150_000)

describe('8. Unknown fields', () => {
  it('grant no rights', async () => {
    const extraFields = {
      role: 'owner',
      roles: ['owner'],
      is_admin: true,
      scope: 'admin',
      scopes: ['admin'],
      subject: 'alice',
      quota: 1e9,
      id: 'mine',
      hash: 'x',
    }
    for (const [path, body] of [
      ['/v1/sessions/message', { session_id: 'mass-8', message: 'hi', metadata: { role: 'owner' } }],
      ['/v1/keys', { name: 'mass-8' }],
      ['/v1/auth/tokens', {}],
    ] as const) {
      const browser = await signIn(stack, 'unknown-fields', 'mass-8')
      const response = await browser.call('POST', path, { ...body, ...extraFields })
      const text = await response.text()
      // The fields are ignored or rejected, and never stored.
      expect([200, 201, 400, 403], path).toContain(response.status)
      const token =
        (JSON.parse(text) as { key?: string; access_token?: string }).key ?? (JSON.parse(text) as { access_token?: string }).access_token
      if (token)
        expect(await (await fetch(`${stack.url}/v1/me`, { headers: bearer(token) })).json()).toMatchObject({
          subject: 'mass-8',
          role: 'member',
        })
      expect(await (await browser.call('GET', '/v1/me')).json()).toMatchObject({ subject: 'mass-8', role: 'member' })
    }
    const bob = await stack.user('unknown-fields', 'bob')
    expect((await bob.call('PUT', '/v1/users/bob', { role: 'owner' })).status).toBe(403)
    const signInAs = (fields: object) =>
      fetch(`${stack.url}/v1/auth/dev`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...fields, tenant: 'unknown-fields', subject: 'mass-9' }),
      })
    const refused = await signInAs(extraFields)
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([400, []])
    expect(await (await signInAs({})).json()).toMatchObject({ role: 'member' })
  })
})
