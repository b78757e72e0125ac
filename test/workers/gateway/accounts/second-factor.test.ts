import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Accounts } from '../../../../durable-objects/worker.ts'
import { codeOf, fromBase32, wrongCode } from '../../../support/authenticator.ts'
import { bearer, challengeFor, enrolledUser, eventually, fetchPath, newBrowser, post, signedInBrowser } from '../browser.ts'
import { accounts, client } from '../client.ts'

const namespace = (env as unknown as GatewayEnv).ACCOUNTS as unknown as DurableObjectNamespace<Accounts>
const sql = (tenant: string, statement: string, ...values: (string | number)[]) =>
  runInDurableObject(namespace.getByName(tenant), (_, { storage }) => storage.sql.exec(statement, ...values).toArray())

const problem = async (response: Response) => [
  response.status,
  ((await response.json()) as { type: string }).type.slice('/problems/'.length),
]
const mfaState = async (browser: { call(method: string, path: string): Promise<Response> }) =>
  (await (await browser.call('GET', '/v1/me/mfa')).json()) as Record<string, unknown>

describe('A second factor', () => {
  it('takes effect when a code verifies it', async () => {
    const ada = await signedInBrowser('m1', 'ada')
    expect(await mfaState(ada)).toEqual({ on: false, since: null, pending: false, recovery_codes_left: 0, demanded: false, shown: false })
    const pending = await ada.call('POST', '/v1/me/mfa', {})
    expect([pending.status, pending.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const { secret, uri } = (await pending.json()) as { secret: string; uri: string }
    expect(new URL(uri).searchParams.get('secret')).toBe(secret)
    expect(await mfaState(ada)).toMatchObject({ on: false, pending: true })
    expect((await newBrowser().call('POST', '/v1/auth/dev', { tenant: 'm1', subject: 'ada' })).status).toBe(200)
    expect(await problem(await ada.call('POST', '/v1/me/mfa/verify', { code: await wrongCode(secret) }))).toEqual([403, 'wrong_code'])
    const verified = await ada.call('POST', '/v1/me/mfa/verify', { code: await codeOf(secret) })
    expect(verified.status).toBe(200)
    expect(((await verified.json()) as { recovery_codes: string[] }).recovery_codes).toHaveLength(10)
    expect(await mfaState(ada)).toMatchObject({ on: true, pending: false, recovery_codes_left: 10, shown: true })
    expect(await (await ada.call('GET', '/v1/me')).json()).toMatchObject({ mfa: true, needs_mfa: false })
  })

  it('is required after the first factor, and stays in the `amr` of all tokens', async () => {
    const { secret } = await enrolledUser('m2', 'ada')
    const { browser, challenge } = await challengeFor('m2', 'ada')
    expect(Object.keys(browser.cookies())).toEqual(['__Secure-soma_challenge'])
    expect((await browser.call('GET', '/v1/me')).status).toBe(401)
    const signedIn = await browser.call('POST', '/v1/auth/mfa', { code: await codeOf(secret, 1) })
    expect(await signedIn.json()).toMatchObject({ tenant: 'm2', subject: 'ada', mfa: true })
    expect(Object.keys(browser.cookies()).sort()).toEqual(['__Host-soma_csrf', '__Host-soma_token'])
    expect(decodeJwt(browser.cookies()['__Host-soma_token'] ?? '').amr).toEqual(['otp', 'mfa'])
    type Pair = { access_token: string; refresh_token: string }
    const pair = (await (await browser.call('POST', '/v1/auth/tokens')).json()) as Pair
    expect(decodeJwt(pair.access_token).amr).toEqual(['otp', 'mfa'])
    const next = (await (await post('/v1/auth/refresh', { refresh_token: pair.refresh_token })).json()) as Pair
    expect(decodeJwt(next.access_token).amr).toEqual(['otp', 'mfa'])
    expect(await (await fetchPath('/v1/me', { headers: bearer(next.access_token) })).json()).toMatchObject({ mfa: true })
    expect(await problem(await post('/v1/auth/mfa', { challenge, code: await codeOf(secret, 1) }))).toEqual([401, 'challenge_ended'])
  })

  it('is stored encrypted, bound to its tenant and user', async () => {
    const { secret, recovery } = await enrolledUser('m3', 'ada')
    const bytes = fromBase32(secret)
    const dump = await accounts.dump('m3')
    const spellings = [
      secret,
      btoa(String.fromCharCode(...bytes)),
      Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    ]
    for (const text of [...spellings, spellings[1]?.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') ?? '', ...recovery])
      expect(dump.includes(text), text).toBe(false)
    expect(dump).toContain('soma-secret-1.')
    // A row copied from another user is a fault, not a sign-in.
    await enrolledUser('m3', 'eve')
    await sql(
      'm3',
      "UPDATE factor SET sealed = (SELECT sealed FROM factor WHERE subject = 'eve'), id = (SELECT id FROM factor WHERE subject = 'eve') WHERE subject = 'ada'",
    )
    const { challenge } = await challengeFor('m3', 'ada')
    expect((await post('/v1/auth/mfa', { challenge, code: await codeOf(secret, 1) })).status).toBe(500)
  })

  it('accepts each code once', async () => {
    const { secret } = await enrolledUser('m4', 'ada')
    const { challenge } = await challengeFor('m4', 'ada')
    // The code of the set-up counts as used.
    const used = await sql('m4', 'SELECT last_step FROM factor')
    expect(used).toEqual([{ last_step: expect.any(Number) }])
    const code = await codeOf(secret, 1)
    expect((await post('/v1/auth/mfa', { challenge, code })).status).toBe(200)
    const { challenge: next } = await challengeFor('m4', 'ada')
    expect(await problem(await post('/v1/auth/mfa', { challenge: next, code }))).toEqual([403, 'wrong_code'])
  })

  it('locks after exactly five wrong codes, also with 50 concurrent attempts', async () => {
    const { secret } = await enrolledUser('m5', 'ada')
    const { challenge } = await challengeFor('m5', 'ada')
    const wrong = await wrongCode(secret)
    const responses = await Promise.all(Array.from({ length: 50 }, () => post('/v1/auth/mfa', { challenge, code: wrong })))
    const kinds = await Promise.all(responses.map(problem))
    expect(kinds.filter(([, kind]) => kind === 'wrong_code')).toHaveLength(5)
    expect(kinds.filter(([status, kind]) => status === 429 && kind === 'guessed_too_often')).toHaveLength(45)
    expect(await sql('m5', 'SELECT wrong FROM guess')).toEqual([{ wrong: 5 }])
    // The right code must wait too. The response says how long.
    const lockedOut = await post('/v1/auth/mfa', { challenge, code: await codeOf(secret, 1) })
    expect(lockedOut.status).toBe(429)
    const retryAfterSeconds = Number(lockedOut.headers.get('retry-after'))
    expect(retryAfterSeconds).toBeGreaterThan(0)
    expect(retryAfterSeconds).toBeLessThanOrEqual(30)
    await sql('m5', 'UPDATE guess SET until = 0')
    const sixthResponse = await post('/v1/auth/mfa', { challenge, code: wrong })
    expect([sixthResponse.status, Number(sixthResponse.headers.get('retry-after'))]).toEqual([403, 60])
    await sql('m5', 'UPDATE guess SET until = 0')
    expect((await post('/v1/auth/mfa', { challenge, code: await codeOf(secret, 1) })).status).toBe(200)
    expect(await sql('m5', 'SELECT * FROM guess')).toEqual([])
  })

  it('accepts one of 20 concurrent attempts with the same right code', async () => {
    const { secret } = await enrolledUser('m6', 'ada')
    const { challenge } = await challengeFor('m6', 'ada')
    const code = await codeOf(secret, 1)
    const responses = await Promise.all(Array.from({ length: 20 }, () => post('/v1/auth/mfa', { challenge, code })))
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('is replaced with a code of the previous one, which stays valid until then', async () => {
    const { browser, secret, recovery } = await enrolledUser('m7', 'ada')
    expect(await problem(await browser.call('POST', '/v1/me/mfa', {}))).toEqual([409, 'mfa_on'])
    const pending = await browser.call('POST', '/v1/me/mfa', { code: recovery[0] })
    const newSecret = ((await pending.json()) as { secret: string }).secret
    expect(newSecret).not.toBe(secret)
    const { challenge } = await challengeFor('m7', 'ada')
    expect(await problem(await post('/v1/auth/mfa', { challenge, code: await codeOf(newSecret) }))).toEqual([403, 'wrong_code'])
    expect((await post('/v1/auth/mfa', { challenge, code: await codeOf(secret, 1) })).status).toBe(200)
    const verified = await browser.call('POST', '/v1/me/mfa/verify', { code: await codeOf(newSecret) })
    expect(((await verified.json()) as { recovery_codes: string[] }).recovery_codes).not.toContain(recovery[1])
    const { challenge: next } = await challengeFor('m7', 'ada')
    expect((await post('/v1/auth/mfa', { challenge: next, code: recovery[1] })).status).toBe(403)
    expect((await post('/v1/auth/mfa', { challenge: next, code: await codeOf(newSecret, 1) })).status).toBe(200)
  })

  it('is turned off with a code, and then not required', async () => {
    const { browser, secret } = await enrolledUser('m8', 'ada')
    expect(await problem(await browser.call('POST', '/v1/me/mfa/disable', { code: await wrongCode(secret) }))).toEqual([403, 'wrong_code'])
    expect((await browser.call('POST', '/v1/me/mfa/disable', { code: await codeOf(secret, 1) })).status).toBe(204)
    expect((await newBrowser().call('POST', '/v1/auth/dev', { tenant: 'm8', subject: 'ada' })).status).toBe(200)
    expect(await problem(await browser.call('POST', '/v1/me/mfa/disable', { code: '123456' }))).toEqual([409, 'mfa_off'])
  })

  it('cannot be set up, replaced or turned off by a token or an API key', async () => {
    const { browser, recovery } = await enrolledUser('m9', 'ada')
    const { access_token } = (await (await browser.call('POST', '/v1/auth/tokens')).json()) as { access_token: string }
    const { key } = (await (await browser.call('POST', '/v1/keys', { name: 'k' })).json()) as { key: string }
    for (const text of [access_token, key])
      for (const path of ['', '/verify', '/recovery-codes', '/disable'])
        expect(await problem(await post(`/v1/me/mfa${path}`, { code: recovery[0] }, bearer(text))), path).toEqual([403, 'needs_cookie'])
  })

  it('audits every change, without codes', async () => {
    const { browser, secret, recovery } = await enrolledUser('m10', 'ada')
    const { challenge } = await challengeFor('m10', 'ada')
    await post('/v1/auth/mfa', { challenge, code: await wrongCode(secret) })
    const code = await codeOf(secret, 1)
    await post('/v1/auth/mfa', { challenge, code })
    await browser.call('POST', '/v1/me/mfa/recovery-codes', { code: recovery[0] })
    const admin = await client('m10', 'operator', 'admin')
    const page = await (await admin.call('GET', '/v1/audit?kind=change&subject=ada')).text()
    const entries = (JSON.parse(page) as { entries: { action: string; outcome: string; detail?: object }[] }).entries
    expect(entries.map(({ action, outcome }) => `${action} ${outcome}`).reverse()).toEqual([
      'account.sign_in done',
      'account.mfa begun',
      'account.mfa on',
      'account.mfa wrong',
      'account.sign_in done',
      'account.mfa new recovery codes',
    ])
    expect(entries.find(({ detail }) => detail && 'mfa' in detail)).toMatchObject({ action: 'account.sign_in', detail: { mfa: true } })
    for (const text of [secret, code, challenge.slice(-43), ...recovery]) expect(page.includes(text)).toBe(false)
  })
})

describe('A recovery code', () => {
  it('is accepted once, instead of a code of the app', async () => {
    const { recovery } = await enrolledUser('r1', 'ada')
    const { browser, challenge } = await challengeFor('r1', 'ada')
    const typedCode = recovery[3]?.toUpperCase().replaceAll('-', ' ')
    expect((await browser.call('POST', '/v1/auth/mfa', { code: typedCode })).status).toBe(200)
    expect(decodeJwt(browser.cookies()['__Host-soma_token'] ?? '').amr).toEqual(['mfa'])
    expect(await mfaState(browser)).toMatchObject({ recovery_codes_left: 9 })
    expect((await post('/v1/auth/mfa', { challenge, code: recovery[4] })).status).toBe(401)
    const { challenge: next } = await challengeFor('r1', 'ada')
    expect(await problem(await post('/v1/auth/mfa', { challenge: next, code: recovery[3] }))).toEqual([403, 'wrong_code'])
  })

  it('is invalid for another user, and after its replacement', async () => {
    const { recovery } = await enrolledUser('r2', 'ada')
    const { browser, secret, recovery: oldCodes } = await enrolledUser('r2', 'bob')
    const { challenge } = await challengeFor('r2', 'bob')
    expect((await post('/v1/auth/mfa', { challenge, code: recovery[0] })).status).toBe(403)
    const renewed = await browser.call('POST', '/v1/me/mfa/recovery-codes', { code: await codeOf(secret, 1) })
    const { recovery_codes: newCodes } = (await renewed.json()) as { recovery_codes: string[] }
    expect(newCodes.filter((code) => oldCodes.includes(code))).toEqual([])
    expect((await post('/v1/auth/mfa', { challenge, code: oldCodes[0] })).status).toBe(403)
    expect((await post('/v1/auth/mfa', { challenge, code: newCodes[0] })).status).toBe(200)
  })
})

describe('A challenge', () => {
  it('is not accepted as a token, cookie, API key or refresh token, nor by another tenant', async () => {
    const { secret } = await enrolledUser('c1', 'ada')
    await enrolledUser('c2', 'ada')
    const { challenge } = await challengeFor('c1', 'ada')
    expect(challenge).toMatch(/^somachallenge_c1\.\w{12}_\w{43}$/)
    expect((await fetchPath('/v1/me', { headers: bearer(challenge) })).status).toBe(401)
    expect((await fetchPath('/v1/me', { headers: { cookie: `__Host-soma_token=${challenge}` } })).status).toBe(401)
    expect((await fetchPath('/v1/me', { headers: bearer(challenge.replace('somachallenge', 'soma')) })).status).toBe(401)
    expect((await post('/v1/auth/refresh', { refresh_token: challenge })).status).toBe(401)
    expect((await post('/v1/auth/refresh', { refresh_token: challenge.replace('somachallenge', 'somarefresh') })).status).toBe(401)
    const code = await codeOf(secret, 1)
    const flipped = `${challenge.slice(0, -1)}${challenge.endsWith('A') ? 'B' : 'A'}`
    for (const text of [challenge.replace('_c1.', '_c2.'), flipped, '', 'somachallenge_c1'])
      expect(await problem(await post('/v1/auth/mfa', { challenge: text, code })), text).toEqual([401, 'challenge_ended'])
    expect((await post('/v1/auth/mfa', { challenge, code })).status).toBe(200)
  })

  it('ends after five minutes', async () => {
    const { secret } = await enrolledUser('c3', 'ada')
    const { challenge } = await challengeFor('c3', 'ada')
    const rows = await sql('c3', 'SELECT expires_at - ? AS remainingMs FROM challenge', Date.now())
    const [{ remainingMs }] = rows as unknown as [{ remainingMs: number }]
    expect(remainingMs).toBeGreaterThan(240_000)
    expect(remainingMs).toBeLessThanOrEqual(300_000)
    await sql('c3', 'UPDATE challenge SET expires_at = ?', Date.now() - 1)
    expect(await problem(await post('/v1/auth/mfa', { challenge, code: await codeOf(secret, 1) }))).toEqual([401, 'challenge_ended'])
  })

  it('from a cookie is accepted from the app itself, and from no other page', async () => {
    const { secret } = await enrolledUser('c4', 'ada')
    const { browser, challenge } = await challengeFor('c4', 'ada')
    const code = await codeOf(secret, 1)
    const cookie = `__Secure-soma_challenge=${challenge}`
    expect(await problem(await post('/v1/auth/mfa', { code }, { cookie, origin: 'https://evil.example' }))).toEqual([403, 'wrong_origin'])
    expect(await problem(await post('/v1/auth/mfa', { code }, { cookie }))).toEqual([403, 'wrong_origin'])
    expect((await browser.call('POST', '/v1/auth/mfa', { code })).status).toBe(200)
  })

  it('ends when the user is removed', async () => {
    const { secret } = await enrolledUser('c5', 'ada')
    const { challenge } = await challengeFor('c5', 'ada')
    const admin = await client('c5', 'operator', 'admin')
    expect((await admin.call('DELETE', '/v1/users/ada')).status).toBe(204)
    expect((await post('/v1/auth/mfa', { challenge, code: await codeOf(secret, 1) })).status).toBe(401)
  })
})

describe('A tenant that requires a second factor', () => {
  const setRule = async (tenant: string, require_mfa: string) => {
    const admin = await client(tenant, 'operator', 'admin')
    expect((await admin.call('PUT', '/v1/sign-in-rules', { require_mfa })).status).toBe(200)
    return admin
  }

  it('restricts a user without a second factor to its setup', async () => {
    const ada = await signedInBrowser('d1', 'ada')
    const { key } = (await (await ada.call('POST', '/v1/keys', { name: 'k' })).json()) as { key: string }
    const { access_token } = (await (await ada.call('POST', '/v1/auth/tokens')).json()) as { access_token: string }
    const admin = await setRule('d1', 'everyone')
    await eventually(async () => expect(await problem(await ada.call('GET', '/v1/sessions'))).toEqual([403, 'mfa_required']))
    expect(await problem(await fetchPath('/v1/sessions', { headers: bearer(access_token) }))).toEqual([403, 'mfa_required'])
    for (const [method, path] of [
      ['POST', '/v1/auth/tokens'],
      ['POST', '/v1/keys'],
      ['GET', '/v1/me/sign-ins'],
    ] as const)
      expect(await problem(await ada.call(method, path, method === 'POST' ? { name: 'k' } : undefined)), path).toEqual([
        403,
        'mfa_required',
      ])
    expect(await (await ada.call('GET', '/v1/me')).json()).toMatchObject({ mfa: false, needs_mfa: true })
    // API keys and operators' tokens stay valid.
    expect((await fetchPath('/v1/sessions', { headers: bearer(key) })).status).toBe(200)
    expect((await admin.call('GET', '/v1/sign-in-rules')).status).toBe(200)
    const { secret } = (await (await ada.call('POST', '/v1/me/mfa', {})).json()) as { secret: string }
    expect((await ada.call('POST', '/v1/me/mfa/verify', { code: await codeOf(secret) })).status).toBe(200)
    expect((await ada.call('GET', '/v1/sessions')).status).toBe(200)
    expect(await problem(await ada.call('POST', '/v1/me/mfa/disable', { code: await codeOf(secret, 1) }))).toEqual([409, 'mfa_demanded'])
    await setRule('d1', 'none')
    expect((await ada.call('POST', '/v1/me/mfa/disable', { code: await codeOf(secret, 1) })).status).toBe(204)
  })

  it('of admins does not affect members until they become admins', async () => {
    const admin = await setRule('d2', 'admins')
    const bob = await signedInBrowser('d2', 'bob')
    expect((await bob.call('GET', '/v1/sessions')).status).toBe(200)
    await admin.call('PUT', '/v1/users/bob', { role: 'admin' })
    await eventually(async () => expect((await bob.call('GET', '/v1/sessions')).status).toBe(403))
  })

  it('requires verification of an older sign-in', async () => {
    const earlierSignIn = await signedInBrowser('d3', 'ada')
    const { secret } = await enrolledUser('d3', 'ada')
    await setRule('d3', 'everyone')
    await eventually(async () => expect((await earlierSignIn.call('GET', '/v1/sessions')).status).toBe(403))
    const verified = await earlierSignIn.call('POST', '/v1/me/mfa/verify', { code: await codeOf(secret, 1) })
    expect(await verified.json()).toEqual({ recovery_codes: null })
    expect((await earlierSignIn.call('GET', '/v1/sessions')).status).toBe(200)
  })

  it('gives the rule to admins only', async () => {
    const { call } = await client('d4', 'bob')
    expect((await call('PUT', '/v1/sign-in-rules', { require_mfa: 'none' })).status).toBe(403)
    expect((await call('GET', '/v1/sign-in-rules')).status).toBe(403)
  })
})

describe('A lost second factor', () => {
  it('is reset by an admin, which ends every sign-in and is audited', async () => {
    const { browser } = await enrolledUser('l1', 'ada')
    const admin = await client('l1', 'operator', 'admin')
    expect((await (await client('l1', 'bob')).call('DELETE', '/v1/users/ada/mfa')).status).toBe(403)
    expect((await admin.call('DELETE', '/v1/users/unknown/mfa')).status).toBe(404)
    expect(await (await admin.call('GET', '/v1/users/ada')).json()).toMatchObject({ mfa: true })
    expect((await admin.call('DELETE', '/v1/users/ada/mfa')).status).toBe(204)
    expect(await (await admin.call('GET', '/v1/users/ada')).json()).toMatchObject({ mfa: false })
    expect((await admin.call('DELETE', '/v1/users/ada/mfa')).status).toBe(404)
    await eventually(async () => expect((await browser.call('GET', '/v1/me')).status).toBe(401))
    expect((await newBrowser().call('POST', '/v1/auth/dev', { tenant: 'l1', subject: 'ada' })).status).toBe(200)
    const page = await admin.call('GET', '/v1/audit?kind=change&subject=operator')
    expect(await page.json()).toMatchObject({ entries: [{ action: 'account.mfa', target: 'user:ada', outcome: 'reset' }] })
  })

  it('of an owner cannot be reset by an admin', async () => {
    const operator = await client('l2', 'operator', 'admin')
    await operator.call('PUT', '/v1/users/olga', { role: 'owner' })
    await operator.call('PUT', '/v1/users/anna', { role: 'admin' })
    await enrolledUser('l2', 'olga')
    const anna = await signedInBrowser('l2', 'anna')
    expect((await anna.call('DELETE', '/v1/users/olga/mfa')).status).toBe(403)
  })
})
