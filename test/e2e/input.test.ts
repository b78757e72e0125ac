/** Invalid input gets a clear problem and never a 5xx. It records nothing. */
import { generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Problem } from '../../shared/problem.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { events, readStream, untilEnded } from '../support/sse.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let alice: User
let mallory: User
let neighbour: User

beforeAll(async () => {
  stack = await sharedStack()
  alice = user(stack.url, await stack.token('input', 'alice'))
  mallory = user(stack.url, await stack.token('input', 'mallory'))
  neighbour = user(stack.url, await stack.token('input-neighbour', 'alice'))
})

async function expectProblem(response: Response, status: number, kind: string): Promise<Problem> {
  const text = await response.text()
  expect([response.status, text], text).toEqual([status, expect.anything()])
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = JSON.parse(text) as Problem
  expect(problem).toMatchObject({ type: `/problems/${kind}`, status, title: expect.any(String), detail: expect.any(String) })
  expect(problem.request_id).toBe(response.headers.get('x-request-id'))
  return problem
}

const sessionsOf = async (caller: User) =>
  ((await (await caller.call('GET', '/v1/sessions?limit=200')).json()) as { sessions: unknown[] }).sessions.length

describe('A message', () => {
  const invalid: [string, unknown, number, string, string?][] = [
    ['that is not JSON', '{"message":', 400, 'malformed'],
    ['that is not an object', '[]', 400, 'invalid', ''],
    ['that is a string', '"hi"', 400, 'invalid', ''],
    ['that is null', 'null', 400, 'invalid', ''],
    ['without text', {}, 400, 'invalid', '/message'],
    ['of the wrong type', { message: 5 }, 400, 'invalid', '/message'],
    ['that is empty', { message: '' }, 400, 'invalid', '/message'],
    ['that is blank', { message: ' \n\t\u2003' }, 400, 'invalid', '/message'],
    ['over the limit', { message: 'x'.repeat(32_001) }, 400, 'invalid', '/message'],
    ['nested deeply', `{"message":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400, 'invalid', '/message'],
    ['with metadata nested deeply', `{"message":"x","metadata":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`, 400, 'invalid'],
    ['with an attachment that is no id', { message: 'x', attachments: ['a'] }, 400, 'invalid', '/attachments/0'],
    [
      'with too much metadata',
      { message: 'x', metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, 'v'])) },
      400,
      'invalid',
      '/metadata',
    ],
    ['with large metadata', { message: 'x', metadata: { k: 'v'.repeat(9_000) } }, 400, 'invalid', '/metadata'],
    ['with metadata that is not text', { message: 'x', metadata: { k: 1 } }, 400, 'invalid', '/metadata/k'],
    ['with a slash in the session', { message: 'x', session_id: 'a/b' }, 400, 'invalid', '/session_id'],
    ['with dots as the session', { message: 'x', session_id: '..' }, 400, 'invalid', '/session_id'],
    ['with NUL in the session', { message: 'x', session_id: 'a\0b' }, 400, 'invalid', '/session_id'],
    ['with a long session', { message: 'x', session_id: 'a'.repeat(300) }, 400, 'invalid', '/session_id'],
    ['with a trailing newline in the session', { message: 'x', session_id: 'a\n' }, 400, 'invalid', '/session_id'],
    ['with a bad event id', { message: 'x', event_id: 'ü' }, 400, 'invalid', '/event_id'],
  ]
  it.each(invalid)('%s is refused and records nothing', async (_, body, status, kind, pointer) => {
    const before = await sessionsOf(alice)
    const problem = await expectProblem(await alice.call('POST', '/v1/sessions/message', body), status, kind)
    if (pointer !== undefined) expect(problem.errors?.map((error) => error.pointer)).toContain(pointer)
    expect(await sessionsOf(alice)).toBe(before)
  })

  it('at the limit is accepted: 32,000 units, with emoji', async () => {
    const message = '👩‍🚀é'.repeat(4_571).slice(0, 32_000)
    const { session_id } = await alice.send(message, { metadata: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, 'v'])) })
    const { frames } = await readStream(alice.events(session_id), alice.bearer, untilEnded())
    expect(events(frames).find((event) => event.type === 'item.added')).toMatchObject({ text: message })
  })

  it('in a body over the limit gets 413', async () => {
    await expectProblem(await alice.call('POST', '/v1/sessions/message', { message: 'x', pad: 'x'.repeat(1_000_001) }), 413, 'too_large')
  })

  it('in a body over the limit without a content length gets 413', async () => {
    let remaining = 101
    const body = new ReadableStream({
      pull: (controller) => (remaining-- > 0 ? controller.enqueue(new Uint8Array(10_000).fill(32)) : controller.close()),
    })
    const response = await fetch(`${stack.url}/v1/sessions/message`, {
      method: 'POST',
      headers: { ...alice.bearer, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit)
    await expectProblem(response, 413, 'too_large')
  })

  it('without a JSON content type gets 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      await expectProblem(
        await alice.call('POST', '/v1/sessions/message', '{"message":"x"}', { 'content-type': type }),
        415,
        'unsupported_media_type',
      )
    }
  })

  it('with two different keys gets 400', async () => {
    await expectProblem(
      await alice.call('POST', '/v1/sessions/message', { message: 'x', event_id: 'a' }, { 'idempotency-key': 'b' }),
      400,
      'malformed',
    )
  })

  it('with the key of another message gets 409', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const first = await alice.call('POST', '/v1/sessions/message', { message: 'one' }, headers)
    const second = await alice.call('POST', '/v1/sessions/message', { message: 'one' }, headers)
    expect([second.status, await second.json()]).toEqual([200, await first.json()])
    await expectProblem(await alice.call('POST', '/v1/sessions/message', { message: 'two' }, headers), 409, 'idempotency_mismatch')
  })

  it('to the compatible address works the same', async () => {
    const response = await alice.call('POST', '/v1/session/message', { message: 'hello' })
    expect(response.status).toBe(200)
    await expectProblem(await alice.call('POST', '/v1/session/message', { message: '' }), 400, 'invalid')
  })
})

describe('A session of another user', () => {
  const requests: [string, string, unknown?][] = [
    ['GET', ''],
    ['PATCH', '', { title: 'x' }],
    ['DELETE', ''],
    ['GET', '/history'],
    ['GET', '/events'],
    ['GET', '/events?stream=true'],
    ['POST', '/turns/x/cancel'],
  ]
  it('gets the same response as an unknown session', async () => {
    const { session_id } = await alice.send('private')
    for (const [method, path, body] of requests) {
      const answers = []
      for (const [caller, id] of [
        [mallory, session_id],
        [neighbour, session_id],
        [alice, 'unknown'],
      ] as const) {
        const { request_id: _, ...problem } = await expectProblem(
          await caller.call(method, `/v1/sessions/${id}${path}`, body),
          404,
          'not_found',
        )
        answers.push(problem)
      }
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    }
    await expectProblem(await mallory.call('POST', '/v1/sessions/message', { message: 'x', session_id }), 404, 'not_found')
    // The other tenant has its own session of that name.
    expect((await neighbour.send('mine', { session_id })).session_id).toBe(session_id)
    const history = (await (await alice.call('GET', `/v1/sessions/${session_id}/history`)).json()) as { turns: unknown[] }
    expect(history.turns).toHaveLength(1)
    expect((await (await mallory.call('GET', '/v1/sessions')).json()) as object).toMatchObject({ sessions: [] })
  })

  it.each(['a%2Fb', '%2e%2e', 'a%00b', 'a'.repeat(300), '%ff', 'ü', '-a', 'a%0a', '%'])(
    'is not found under the invalid id %s',
    async (id) => {
      for (const [method, path, body] of requests) {
        const response = await alice.call(method, `/v1/sessions/${id}${path}`, body)
        expect([response.status, response.headers.get('content-type')], `${method} ${id}${path}`).toEqual([404, 'application/problem+json'])
      }
    },
  )
})

describe('A cursor', () => {
  it('that does not exist gets 400', async () => {
    const { session_id } = await alice.send('hi')
    await readStream(alice.events(session_id), alice.bearer, untilEnded())
    for (const cursor of ['999', '-1', 'abc', '1.', '.5', '1.2.3', '1e3', '99999999999999999999']) {
      await expectProblem(await alice.call('GET', `/v1/sessions/${session_id}/events?stream=true&after=${cursor}`), 400, 'invalid_cursor')
      await expectProblem(await alice.call('GET', `/v1/sessions/${session_id}/events?after=${cursor}`), 400, 'invalid_cursor')
      await expectProblem(
        await alice.call('GET', `/v1/sessions/${session_id}/events?stream=true`, undefined, { 'last-event-id': cursor }),
        400,
        'invalid_cursor',
      )
    }
    for (const limit of ['0', '501', 'x', '1.5', '-1'])
      await expectProblem(await alice.call('GET', `/v1/sessions/${session_id}/events?limit=${limit}`), 400, 'invalid')
    for (const cursor of ['x', 'W10', btoa('[1,"../"]'), 'é'])
      await expectProblem(await alice.call('GET', `/v1/sessions?cursor=${encodeURIComponent(cursor)}`), 400, 'invalid_cursor')
  })

  it('in the header takes precedence over the query; empty values do not count', async () => {
    const { session_id } = await alice.send('hi')
    const path = `/v1/sessions/${session_id}/events?stream=true`
    await readStream(alice.events(session_id), alice.bearer, untilEnded())
    const first = async (query: string, id?: string) => {
      const read = await readStream(
        `${stack.url}${path}${query}`,
        { ...alice.bearer, ...(id !== undefined && { 'last-event-id': id }) },
        (frames) => frames.length > 0,
      )
      return read.frames[0]?.id
    }
    expect(await first('')).toBe('1')
    expect(await first('&after=')).toBe('1')
    expect(await first('&after=1')).toBe('2')
    expect(await first('&after=1', '2')).toBe('3')
    expect(await first('&after=1', '')).toBe('2')
  })
})

describe('A token', () => {
  it.each(['', 'x', 'a.b.c', 'a.b', 'a.b.c.d', `${'a'.repeat(5_000)}.b.c`, 'eyJhbGciOiJub25lIn0.e30.'])(
    'that is malformed gets 401: %j',
    async (token) => {
      await expectProblem(
        await fetch(`${stack.url}/v1/sessions`, { headers: { authorization: `Bearer ${token}` } }),
        401,
        'unauthenticated',
      )
    },
  )

  it('that is missing, of another scheme, or sent twice gets 401', async () => {
    await expectProblem(await fetch(`${stack.url}/v1/sessions`), 401, 'unauthenticated')
    await expectProblem(await fetch(`${stack.url}/v1/nothing`), 401, 'unauthenticated')
    await expectProblem(await fetch(`${stack.url}/v1/sessions`, { headers: { authorization: 'Basic YTpi' } }), 401, 'unauthenticated')
    const twice = `${alice.bearer.authorization}, ${alice.bearer.authorization}`
    await expectProblem(await fetch(`${stack.url}/v1/sessions`, { headers: { authorization: twice } }), 401, 'unauthenticated')
  })

  it('with trailing text gets 401, also in the cookie', async () => {
    const validToken = alice.bearer.authorization?.slice(7) ?? ''
    for (const token of [
      `${validToken}%0A`,
      `${validToken}=`,
      `${validToken}.`,
      `${validToken}x`,
      validToken.slice(0, -2),
      `${validToken}\u00a0`,
    ]) {
      await expectProblem(await fetch(`${stack.url}/v1/sessions`, { headers: { cookie: `soma_token=${token}` } }), 401, 'unauthenticated')
    }
    expect((await fetch(`${stack.url}/v1/sessions`, { headers: { cookie: `soma_token=${validToken}` } })).status).toBe(200)
  })

  it('with a foreign signature gets 401', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const claims = { tenant: 'input', scope: '' }
    const forge = (change: (jwt: SignJWT) => SignJWT, header: object = {}) =>
      change(
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header })
          .setIssuer('https://soma.localhost')
          .setAudience('soma')
          .setSubject('alice')
          .setIssuedAt()
          .setExpirationTime('1h'),
      ).sign(privateKey)
    for (const token of [
      await forge((jwt) => jwt),
      await forge((jwt) => jwt.setSubject('')),
      await forge((jwt) => jwt, { kid: '../../etc/passwd' }),
    ]) {
      await expectProblem(
        await fetch(`${stack.url}/v1/sessions`, { headers: { authorization: `Bearer ${token}` } }),
        401,
        'unauthenticated',
      )
    }
  })

  it('that has expired gets 401', async () => {
    for (const token of [await stack.token('input', 'alice', { ttl: -40 })]) {
      await expectProblem(
        await fetch(`${stack.url}/v1/sessions`, { headers: { authorization: `Bearer ${token}` } }),
        401,
        'unauthenticated',
      )
    }
  })

  it('ends the stream that was opened with it', async () => {
    // Expired, and accepted for three more seconds: clocks may differ by 30 s.
    const expiring = user(stack.url, await stack.token('input', 'alice', { ttl: -27 }))
    const { session_id } = await alice.send('hi')
    const openedAt = Date.now()
    const read = await readStream(expiring.events(session_id), expiring.bearer, () => false, 8_000)
    expect(read.status).toBe(200)
    expect(Date.now() - openedAt).toBeLessThan(6_000)
  })
})

describe('The cookie', () => {
  it('comes from the development sign-in, is HttpOnly and strict, and allows changes only from the app', async () => {
    const signedIn = await fetch(`${stack.url}/v1/auth/dev`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: stack.url },
      body: '{}',
    })
    expect(signedIn.status).toBe(200)
    const [token = '', readable = ''] = signedIn.headers.getSetCookie()
    expect(token).toMatch(/HttpOnly/)
    for (const header of [token, readable]) expect(header).toMatch(/SameSite=Strict/)
    const [cookie = '', csrf = ''] = [token.split(';')[0], readable.split(';')[0]?.split('=')[1]]
    expect(await (await fetch(`${stack.url}/v1/me`, { headers: { cookie } })).json()).toMatchObject({
      tenant: expect.any(String),
      subject: expect.any(String),
    })
    const post = (origin?: string) =>
      fetch(`${stack.url}/v1/sessions/message`, {
        method: 'POST',
        headers: { cookie, 'x-csrf-token': csrf, 'content-type': 'application/json', ...(origin && { origin }) },
        body: '{"message":"hi"}',
      })
    await expectProblem(await post(), 403, 'wrong_origin')
    await expectProblem(await post('https://evil.example'), 403, 'wrong_origin')
    await expectProblem(await post('null'), 403, 'wrong_origin')
    expect((await post(stack.url)).status).toBe(200)
    await expectProblem(
      await fetch(`${stack.url}/v1/auth/dev`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
        body: '{}',
      }),
      403,
      'wrong_origin',
    )
  })
})

describe('Logs', () => {
  it('hold no content, token or key', async () => {
    const canary = 'canary-6f1d'
    await alice.send(`${canary} what did I say?`, { metadata: { note: canary } })
    await expectProblem(await alice.call('POST', '/v1/sessions/message', { message: 5, note: canary, [canary]: 1 }), 400, 'invalid')
    await expectProblem(await alice.call('POST', '/v1/sessions/message', `{"message": "${canary}`), 400, 'malformed')
    const output = stack.output()
    expect(output).not.toContain(canary)
    expect(output).not.toContain(alice.bearer.authorization?.slice(7))
  })
})
