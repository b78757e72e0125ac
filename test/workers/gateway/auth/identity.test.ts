import { describe, expect, it } from 'vitest'
import { bearer, eventually, fetchPath, origin, post } from '../browser.ts'
import { accounts, client, token } from '../client.ts'

/** A signed-in browser, which sends the headers of the app's page. */
async function browser(tenant: string, subject: string) {
  const signedIn = await post('/v1/auth/dev', { tenant, subject })
  expect(signedIn.status).toBe(200)
  const cookies = signedIn.headers.getSetCookie()
  const cookieValue = (name: string) => new RegExp(`${name}=([^;]+)`).exec(cookies.join('\n'))?.[1] ?? ''
  const headers = {
    cookie: `__Host-soma_token=${cookieValue('__Host-soma_token')}`,
    origin,
    'x-csrf-token': cookieValue('__Host-soma_csrf'),
  }
  return {
    cookies,
    headers,
    call: (method: string, path: string, body?: unknown, extraHeaders: Record<string, string> = {}) =>
      fetchPath(path, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...extraHeaders },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  }
}

interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

const refresh = (refresh_token: string) => post('/v1/auth/refresh', { refresh_token })
const statusOf = async (text: string) => (await fetchPath('/v1/me', { headers: bearer(text) })).status

describe('A sign-in', () => {
  it('sets `__Host-` cookies with Secure and SameSite=Strict; only the token cookie is HttpOnly', async () => {
    const { cookies } = await browser('acme', 'alice')
    expect(cookies).toHaveLength(2)
    for (const cookie of cookies) expect(cookie).toMatch(/^__Host-[^;]+;.*Path=\/(;|$)/)
    for (const cookie of cookies) expect(cookie).toMatch(/SameSite=Strict/)
    for (const cookie of cookies) expect(cookie).toMatch(/Secure/)
    expect(cookies.filter((cookie) => cookie.includes('HttpOnly')).map((cookie) => cookie.split('=')[0])).toEqual(['__Host-soma_token'])
  })

  it('ends for every copy of the cookie at sign-out', async () => {
    const alice = await browser('acme', 'alice-out')
    expect((await alice.call('GET', '/v1/me')).status).toBe(200)
    expect((await alice.call('POST', '/v1/auth/sign-out')).status).toBe(204)
    await eventually(async () => expect((await alice.call('GET', '/v1/me')).status).toBe(401))
  })

  it('creates a member; in the tenant `local`, an owner', async () => {
    expect(await (await (await browser('acme', 'newcomer')).call('GET', '/v1/me')).json()).toMatchObject({ role: 'member' })
    expect(await (await (await browser('local', 'developer')).call('GET', '/v1/me')).json()).toMatchObject({ role: 'owner' })
  })
})

describe('Tokens for a program', () => {
  const pairOf = async (subject: string) => (await (await (await browser('acme', subject)).call('POST', '/v1/auth/tokens')).json()) as Pair

  it('are short-lived, and renewed by a single-use refresh token', async () => {
    const first = await pairOf('robot')
    expect(await statusOf(first.access_token)).toBe(200)
    const second = (await (await refresh(first.refresh_token)).json()) as Pair
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await statusOf(second.access_token)).toBe(200)
    expect((await refresh(`${second.refresh_token}x`)).status).toBe(401)
    expect((await refresh(second.refresh_token)).status).toBe(200)
  })

  it('are all revoked when a refresh token is reused', async () => {
    const first = await pairOf('victim')
    const second = (await (await refresh(first.refresh_token)).json()) as Pair
    expect((await refresh(first.refresh_token)).status).toBe(401)
    expect((await refresh(second.refresh_token)).status).toBe(401)
    await eventually(async () => expect(await statusOf(second.access_token)).toBe(401))
  })

  it('are stored as hashes', async () => {
    const { refresh_token } = await pairOf('hashed')
    const secret = refresh_token.split('_').at(-1) ?? ''
    expect(await accounts.dump('acme')).toContain('hashed')
    expect(await accounts.dump('acme')).not.toContain(secret)
  })

  it('cannot be created with a token', async () => {
    const { access_token } = await pairOf('chain')
    expect((await post('/v1/auth/tokens', {}, bearer(access_token))).status).toBe(403)
  })

  it('are revoked one by one, by `jti`, also when recently verified', async () => {
    const firstToken = await token('acme', 'two-tokens')
    const secondToken = await token('acme', 'two-tokens')
    expect([await statusOf(firstToken), await statusOf(secondToken)]).toEqual([200, 200])
    expect((await post('/v1/auth/revoke', {}, bearer(firstToken))).status).toBe(204)
    await eventually(async () => expect(await statusOf(firstToken)).toBe(401))
    expect(await statusOf(secondToken)).toBe(200)
  })
})

describe('An API key', () => {
  interface CreatedKey {
    readonly id: string
    readonly key: string
    readonly prefix: string
  }
  const create = async (subject: string, body: object = {}, tenant = 'acme') => {
    const browserOfUser = await browser(tenant, subject)
    const created = await browserOfUser.call('POST', '/v1/keys', { name: 'ci', ...body })
    return { browser: browserOfUser, status: created.status, key: (await created.json()) as CreatedKey }
  }

  it('is shown once, listed by its prefix, used as a bearer token, and refused after revocation', async () => {
    const { browser, key } = await create('keeper')
    expect(key.key).toMatch(/^soma_acme\.[A-Za-z0-9]{12}_[A-Za-z0-9]{43}$/)
    const listed = await (await browser.call('GET', '/v1/keys')).text()
    expect(listed).toContain(key.prefix)
    expect(listed).not.toContain(key.key.slice(-43))
    expect(await accounts.dump('acme')).not.toContain(key.key.slice(-43))
    expect(await (await fetchPath('/v1/me', { headers: bearer(key.key) })).json()).toMatchObject({ subject: 'keeper', role: 'member' })
    expect(await (await browser.call('GET', '/v1/keys')).json()).toMatchObject({ keys: [{ last_used_at: expect.any(Number) }] })
    expect((await browser.call('DELETE', `/v1/keys/${key.id}`)).status).toBe(204)
    await eventually(async () => expect(await statusOf(key.key)).toBe(401))
    expect((await browser.call('DELETE', `/v1/keys/${key.id}`)).status).toBe(404)
  })

  it('with another secret, another tenant or a changed letter is invalid', async () => {
    const { key } = await create('exact')
    const flipped = `${key.key.slice(0, -1)}${key.key.endsWith('A') ? 'B' : 'A'}`
    for (const text of [flipped, key.key.replace('acme', 'globex'), `${key.key}A`, key.key.slice(0, -1), key.prefix])
      expect(await statusOf(text), text).toBe(401)
  })

  it('manages keys only with its scope, and never grants more than its creator has', async () => {
    const { key } = await create('plain')
    expect((await fetchPath('/v1/keys', { headers: bearer(key.key) })).status).toBe(403)
    const manager = await create('manager', { scopes: ['keys:manage'] })
    expect((await fetchPath('/v1/keys', { headers: bearer(manager.key.key) })).status).toBe(200)
    expect((await create('climber', { scopes: ['admin'] })).status).toBe(403)
    expect((await create('climber', { scopes: ['sessions:read_all'] })).status).toBe(403)
    expect((await create('climber', { scopes: ['admin:backup'] })).status).toBe(400)
  })

  it('of another user is hidden, except from an admin', async () => {
    const { key } = await create('private')
    const other = await browser('acme', 'nosy')
    expect(await (await other.call('GET', '/v1/keys')).text()).not.toContain(key.id)
    expect((await other.call('DELETE', `/v1/keys/${key.id}`)).status).toBe(404)
    const admin = await client('acme', 'operator', 'admin')
    expect((await admin.call('PUT', '/v1/users/chief', { role: 'admin' })).status).toBe(200)
    const chief = await browser('acme', 'chief')
    expect(await (await chief.call('GET', '/v1/keys')).text()).toContain(key.id)
    expect((await chief.call('DELETE', `/v1/keys/${key.id}`)).status).toBe(204)
  })
})

describe('A role', () => {
  it('has no effect after its removal, also for a recently verified credential', async () => {
    const operator = await client('initech', 'operator', 'admin')
    await operator.call('PUT', '/v1/users/ada', { role: 'admin' })
    const ada = await browser('initech', 'ada')
    expect((await ada.call('GET', '/v1/users')).status).toBe(200)
    const key = (await (await ada.call('POST', '/v1/keys', { name: 'k', scopes: ['admin'] })).json()) as { key: string }
    expect((await fetchPath('/v1/users', { headers: bearer(key.key) })).status).toBe(200)
    expect((await fetchPath('/v1/audit', { headers: bearer(key.key) })).status).toBe(200)
    await operator.call('PUT', '/v1/users/ada', { role: 'viewer' })
    await eventually(async () => expect((await ada.call('GET', '/v1/users')).status).toBe(403))
    await eventually(async () => expect((await fetchPath('/v1/users', { headers: bearer(key.key) })).status).toBe(403))
    // The scope that only an admin can grant does not apply either.
    expect((await fetchPath('/v1/audit', { headers: bearer(key.key) })).status).toBe(403)
  })

  it('is set by users of at least the same role; the last owner stays', async () => {
    const operator = await client('umbrella', 'operator', 'admin')
    expect((await operator.call('PUT', '/v1/users/olga', { role: 'owner' })).status).toBe(200)
    expect((await operator.call('PUT', '/v1/users/anna', { role: 'admin' })).status).toBe(200)
    const anna = await browser('umbrella', 'anna')
    const olga = await browser('umbrella', 'olga')
    expect((await anna.call('PUT', '/v1/users/anna', { role: 'owner' })).status).toBe(403)
    expect((await anna.call('PUT', '/v1/users/olga', { role: 'member' })).status).toBe(403)
    expect((await anna.call('DELETE', '/v1/users/olga')).status).toBe(403)
    expect((await olga.call('DELETE', '/v1/users/olga')).status).toBe(409)
    expect((await olga.call('PUT', '/v1/users/olga', { role: 'member' })).status).toBe(409)
    expect((await olga.call('DELETE', '/v1/users/anna')).status).toBe(204)
    await eventually(async () => expect((await anna.call('GET', '/v1/me')).status).toBe(401))
    expect((await post('/v1/auth/dev', { tenant: 'umbrella', subject: 'anna' })).status).toBe(401)
  })
})

describe('A request with the session cookie', () => {
  it('is refused without the right origin or CSRF token', async () => {
    const alice = await browser('acme', 'alice-csrf')
    const bob = await browser('acme', 'bob-csrf')
    const body = { message: 'hi' }
    expect((await alice.call('POST', '/v1/sessions/message', body)).status).toBe(200)
    const { 'x-csrf-token': csrf, ...withoutCsrf } = alice.headers
    const attempts: [Record<string, string>, string][] = [
      [withoutCsrf, 'wrong_csrf'],
      [{ ...withoutCsrf, 'x-csrf-token': '' }, 'wrong_csrf'],
      [{ ...withoutCsrf, 'x-csrf-token': bob.headers['x-csrf-token'] }, 'wrong_csrf'],
      [{ cookie: withoutCsrf.cookie, 'x-csrf-token': csrf }, 'wrong_origin'],
      [{ ...alice.headers, origin: 'https://evil.example' }, 'wrong_origin'],
      [{ ...alice.headers, origin: 'null' }, 'wrong_origin'],
    ]
    for (const [headers, kind] of attempts) {
      const response = await post('/v1/sessions/message', body, headers)
      expect([response.status, ((await response.json()) as { type: string }).type]).toEqual([403, `/problems/${kind}`])
    }
  })

  it('does not sign out for another origin, and restores a lost CSRF cookie', async () => {
    const alice = await browser('acme', 'alice-mends')
    const { cookie } = alice.headers
    expect((await post('/v1/auth/sign-out', {}, { cookie, origin })).status).toBe(403)
    expect((await post('/v1/auth/sign-out', {}, { ...alice.headers, origin: 'https://evil.example' })).status).toBe(403)
    const restored = (await fetchPath('/v1/me', { headers: { cookie } })).headers.getSetCookie()
    expect(restored.join()).toContain(`__Host-soma_csrf=${alice.headers['x-csrf-token']};`)
    const bothCookies = `${cookie}; __Host-soma_csrf=${alice.headers['x-csrf-token']}`
    expect((await fetchPath('/v1/me', { headers: { cookie: bothCookies } })).headers.getSetCookie()).toEqual([])
    expect((await alice.call('POST', '/v1/auth/sign-out')).status).toBe(204)
  })

  it('is refused without the `__Host-` prefix', async () => {
    const alice = await browser('acme', 'alice-host')
    const cookie = alice.headers.cookie.replace('__Host-', '')
    expect((await fetchPath('/v1/me', { headers: { cookie } })).status).toBe(401)
  })
})
