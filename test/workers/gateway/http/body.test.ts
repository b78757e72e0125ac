import { exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../../../shared/api/limits.ts'
import { token } from '../client.ts'

let authorization: string
beforeAll(async () => {
  authorization = `Bearer ${await token('bodies', 'alice')}`
})

const post = (body: BodyInit, headers: Record<string, string> = {}, path = '/v1/sessions/message') =>
  exports.default.fetch(
    new Request(`https://soma.test${path}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', ...headers },
      body,
    }),
  )
const compressed = (text: string, format: 'gzip' | 'deflate'): Promise<ArrayBuffer> =>
  new Response(new Blob([text]).stream().pipeThrough(new CompressionStream(format))).arrayBuffer()
const problemOf = async (response: Response) => [response.status, ((await response.json()) as { type: string }).type]
const utf8 = (text: string) => new TextEncoder().encode(text)

describe('A compressed body', () => {
  it.each(['gzip', 'deflate'] as const)('of %s is accepted', async (format) => {
    const response = await post(await compressed('{"message":"Grüß dich"}', format), { 'content-encoding': format })
    expect(response.status).toBe(200)
    const { session_id } = (await response.json()) as { session_id: string }
    const history = await exports.default.fetch(`https://soma.test/v1/sessions/${session_id}/history`, { headers: { authorization } })
    expect(await history.text()).toContain('Grüß dich')
  })

  it('may be named in capitals, and as `identity`', async () => {
    expect((await post(await compressed('{"message":"x"}', 'gzip'), { 'content-encoding': 'GZIP' })).status).toBe(200)
    expect((await post('{"message":"x"}', { 'content-encoding': 'identity' })).status).toBe(200)
  })

  it.each(['br', 'zstd', 'gzip, gzip', 'compress'])('of %s is 415 with the accepted encodings', async (encoding) => {
    const response = await post('{"message":"x"}', { 'content-encoding': encoding })
    expect(response.headers.get('accept-encoding')).toBe('gzip, deflate, identity')
    expect(await problemOf(response)).toEqual([415, '/problems/unsupported_encoding'])
  })

  it('that expands over the limit gets 413, although it is small', async () => {
    const bomb = await compressed(`{"message":"${' '.repeat(64 * limits.bodyBytes)}"}`, 'gzip')
    expect(bomb.byteLength).toBeLessThan(limits.bodyBytes / 10)
    expect(await problemOf(await post(bomb, { 'content-encoding': 'gzip' }))).toEqual([413, '/problems/too_large'])
  })

  it('at the limit is accepted, and with one byte more it is not', async () => {
    const padded = (bytes: number) => `{"message":"x"${' '.repeat(bytes - 15)}}`
    for (const [bytes, status] of [
      [limits.bodyBytes, 200],
      [limits.bodyBytes + 1, 413],
    ] as const)
      expect((await post(await compressed(padded(bytes), 'gzip'), { 'content-encoding': 'gzip' })).status).toBe(status)
  })

  it('that is truncated or is not gzip gets 400', async () => {
    const compressedBody = await compressed(`{"message":"${'word '.repeat(1_000)}"}`, 'gzip')
    for (const invalid of [compressedBody.slice(0, -9), utf8('{"message":"x"}'), new Uint8Array(0)])
      expect(await problemOf(await post(invalid, { 'content-encoding': 'gzip' }))).toEqual([400, '/problems/malformed'])
  })
})

describe('The bytes of a body', () => {
  it.each([
    ['a byte FF', [0xff]],
    ['a cut sequence', [0xe2, 0x82]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
  ])('with %s are 400 and store nothing', async (_, bytes) => {
    const list = async () => (await exports.default.fetch('https://soma.test/v1/sessions', { headers: { authorization } })).text()
    const before = await list()
    const response = await post(new Uint8Array([...utf8('{"message":"'), ...bytes, ...utf8('"}')]))
    expect(await response.json()).toMatchObject({ status: 400, type: '/problems/malformed', detail: 'The body is not valid UTF-8.' })
    expect(await list()).toBe(before)
  })

  it('may begin with a byte order mark', async () => {
    expect((await post(new Uint8Array([0xef, 0xbb, 0xbf, ...utf8('{"message":"x"}')]))).status).toBe(200)
    expect((await post(await compressed('\ufeff{"message":"x"}', 'gzip'), { 'content-encoding': 'gzip' })).status).toBe(200)
  })

  it('leave nothing for the next body', async () => {
    const [before, after] = [utf8('{"message":"'), utf8('"}')]
    const sign = [0xe2, 0x82, 0xac]
    const statusOf = async (...bytes: readonly (readonly number[] | Uint8Array)[]) =>
      (await post(new Uint8Array(bytes.flatMap((part) => [...part])))).status
    for (const broken of [
      [before, sign.slice(0, 2)],
      [sign.slice(2), before, after],
      [before, [0xff], after],
    ]) {
      expect(await statusOf(...broken)).toBe(400)
      expect(await statusOf(before, sign, after)).toBe(200)
    }
  })

  it('are checked on every route with a body, public ones too', async () => {
    const wrong = new Uint8Array([...utf8('{"name":"'), 0xff, ...utf8('"}')])
    for (const path of [
      '/v1/auth/refresh',
      '/v1/auth/mfa',
      '/v1/remember',
      '/v1/relations/check',
      '/v1/sessions/import',
      '/v1/sessions/x/reset',
    ])
      expect([path, (await post(wrong, {}, path)).status]).toEqual([path, path.endsWith('/reset') ? 404 : 400])
  })
})

describe('A body without a declared length', () => {
  it('is counted while it is read', async () => {
    let remaining = limits.bodyBytes / 10_000 + 1
    const body = new ReadableStream({
      pull: (controller) => (remaining-- > 0 ? controller.enqueue(new Uint8Array(10_000).fill(32)) : controller.close()),
    })
    expect(await problemOf(await post(body))).toEqual([413, '/problems/too_large'])
  })
})

describe('A body that is not JSON', () => {
  // Routes with a body, without a body, and with a body that the policy reads first.
  it.each([
    ['POST', '/v1/sessions/message'],
    ['POST', '/v1/sessions/action'],
    ['POST', '/v1/remember'],
    ['POST', '/v1/auth/tokens'],
    ['POST', '/v1/me/mfa'],
    ['DELETE', '/v1/me/sign-ins'],
  ])('is 400 for %s %s', async (method, path) => {
    const headers = { authorization, 'content-type': 'application/json' }
    for (const body of ['{"a":1', '[[[[', '{} trailing', 'undefined'])
      expect(await problemOf(await exports.default.fetch(new Request(`https://soma.test${path}`, { method, headers, body })))).toEqual([
        400,
        '/problems/malformed',
      ])
  })
})
