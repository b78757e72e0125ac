/** The HTTP interface over real connections: waiting for an answer, one turn, compressed bodies, methods. */
import { deflateSync, gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SentTurn } from '../../shared/api/turns.ts'
import { type Client, createClient } from '../../shared/client/client.ts'
import { type SharedStack, sharedStack } from '../support/shared-stack.ts'
import { type User, user } from '../support/user.ts'

let stack: SharedStack
let alice: User
let client: Client

beforeAll(async () => {
  stack = await sharedStack()
  const token = await stack.token('http', 'alice')
  alice = user(stack.url, token)
  client = createClient({ baseUrl: stack.url, token })
})

describe('A message with wait', () => {
  it('returns the whole answer, its usage and its times', async () => {
    const response = await alice.call('POST', '/v1/sessions/message?wait=true', { message: '15% of 240' })
    const turn = (await response.json()) as SentTurn
    expect([response.status, turn.status, turn.reason, turn.incomplete]).toEqual([200, 'completed', null, false])
    expect(turn.text).toContain('36')
    expect(turn.usage).toMatchObject({ input_tokens: expect.any(Number), output_tokens: expect.any(Number) })
    expect(turn.ended_at).toBeGreaterThanOrEqual(turn.started_at ?? 0)
    const { seq: _, ...view } = turn
    expect(await (await alice.call('GET', response.headers.get('location') ?? '')).json()).toEqual(view)
  })

  it('of the client resolves with the turn, over as many requests as it takes', async () => {
    const key = crypto.randomUUID()
    const turn = await client.ask({ message: '15% of 240' }, { key, waitMs: 10 })
    expect([turn.status, turn.event_id]).toEqual(['completed', key])
    expect(turn.text).toContain('36')
    expect(await client.ask({ message: '15% of 240' }, { key })).toMatchObject(turn)
    expect(await client.turn(turn.session_id, turn.turn_id)).toMatchObject({ text: turn.text })
  })

  it('as an event stream ends with its turn', async () => {
    const response = await alice.call('POST', '/v1/sessions/message', { message: '15% of 240' }, { accept: 'text/event-stream' })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const text = await response.text()
    expect(text).toMatch(/"type":"turn.ended".*\n\n: turn ended\n$/)
    for (const block of text.split('\n\n').slice(0, -1)) expect(block).toMatch(/(^|\n)data: \{.*\}$/)
  })
})

describe('A compressed body', () => {
  const post = (encoding: string, body: Uint8Array<ArrayBuffer>) =>
    fetch(`${stack.url}/v1/sessions/message`, {
      method: 'POST',
      headers: { ...alice.bearer, 'content-type': 'application/json', 'content-encoding': encoding },
      body,
    })

  it('is accepted, and its size is limited after decompression', async () => {
    const message = Buffer.from('{"message":"Grüß dich"}')
    expect((await post('gzip', new Uint8Array(gzipSync(message)))).status).toBe(200)
    expect((await post('deflate', new Uint8Array(deflateSync(message)))).status).toBe(200)
    // 200 kB that expand to 200 MB.
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(200_000_000, ' '), { level: 9 }))
    expect(bomb.length).toBeLessThan(1_000_000)
    const refused = await post('gzip', bomb)
    expect(refused.status).toBe(413)
    await refused.body?.cancel()
    expect((await fetch(`${stack.url}/live`)).status).toBe(200)
  })
})

describe('A path', () => {
  it('has 405 with `Allow`, OPTIONS, HEAD, and works with a slash at its end', async () => {
    const notAllowed = await alice.call('DELETE', '/v1/sessions/message/history')
    expect([notAllowed.status, notAllowed.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    expect((await fetch(`${stack.url}/v1/sessions`, { method: 'OPTIONS' })).status).toBe(204)
    const head = await fetch(`${stack.url}/v1/sessions`, { method: 'HEAD', headers: alice.bearer })
    expect([head.status, await head.text()]).toEqual([200, ''])
    for (const path of ['/v1/sessions/', '/health/', '/docs', '/docs/'])
      expect([path, (await fetch(stack.url + path, { headers: alice.bearer })).status]).toEqual([path, 200])
  })
})
