/** At most two heavy requests of a subject run at a time, until their responses are read. */
import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { limits } from '../../../../shared/api/limits.ts'
import { HeavyRequests, isHeavy } from '../../../../workers/gateway/limits/heavy-limit.ts'
import { token } from '../client.ts'

const at = Date.UTC(2025, 0, 1)

describe('M2. Heavy requests', () => {
  it('are counted by subject, and their bodies by isolate', () => {
    const heavy = new HeavyRequests()
    const ends = [heavy.start('a', 10), heavy.start('a', 10)]
    expect(heavy.start('a', 10)).toBeNull()
    expect(heavy.start('b', 10)).not.toBeNull()
    ends[0]?.()
    ends[0]?.()
    expect(heavy.start('a', 10)).not.toBeNull()
    expect(heavy.start('a', 10)).toBeNull()
    const big = new HeavyRequests()
    const first = big.start('a', limits.importBytes)
    expect([big.start('b', limits.importBytes), big.start('c', 1)].map((end) => end !== null)).toEqual([true, false])
    expect(big.start('d', 0)).not.toBeNull()
    first?.()
    expect(big.start('c', 1)).not.toBeNull()
  })

  it('are all requests that send or return a file, according to the OpenAPI document', async () => {
    const api = (await (await exports.default.fetch(new Request('https://soma.test/openapi.json'))).json()) as {
      paths: Record<string, Record<string, { description?: string; responses: Record<string, { content?: object }> }>>
    }
    const files = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(
          ([, { description = '', responses }]) =>
            description.includes(`${limits.importBytes} bytes`) ||
            Object.keys(responses[200]?.content ?? {}).includes('application/x-ndjson'),
        )
        .map(([method]) => [method.toUpperCase(), path.replace('{session}', 's')] as const),
    )
    expect(files.length).toBeGreaterThan(6)
    expect(files.filter(([method, path]) => !isHeavy(method, path))).toEqual([])
    expect(isHeavy('POST', '/v1/sessions/export')).toBe(true)
    expect([isHeavy('GET', '/v1/sessions/s'), isHeavy('POST', '/v1/sessions/message')]).toEqual([false, false])
  })

  it('are refused with 429 and Retry-After while two exports are unread, and accepted again when one is read', async () => {
    const authorization = `Bearer ${await token('heavy', 'alice')}`
    const call = (path: string, body?: object) =>
      exports.default.fetch(
        new Request(`https://soma.test${path}`, {
          method: body ? 'POST' : 'GET',
          headers: { authorization, 'content-type': 'application/json' },
          ...(body ? { body: JSON.stringify(body) } : {}),
        }),
      )
    const events: object[] = [{ seq: 1, at, type: 'session.created' }]
    for (let seq = 2; seq < 2_000; seq += 1) events.push({ seq, at, type: 'session.titled', title: 'x'.repeat(200) })
    const { ctxids } = (await (await call('/v1/sessions/import', { version: 'soma-1', events })).json()) as { ctxids: string[] }
    const path = `/v1/sessions/${ctxids[0]}/export`
    const [first, second] = [await call(path), await call(path)]
    const refused = await call(path)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2'])
    expect(await refused.json()).toMatchObject({ type: '/problems/too_many_heavy' })
    expect((await call('/v1/sessions/import', { version: 'soma-1', events: [] })).status).toBe(429)
    expect((await call(`/v1/sessions/${ctxids[0]}`)).status).toBe(200)
    await first.text()
    const thirdResponse = await call(path)
    expect(thirdResponse.status).toBe(200)
    await second.body?.cancel()
    const fourthResponse = await call(path)
    expect(fourthResponse.status).toBe(200)
    await Promise.all([thirdResponse.text(), fourthResponse.text()])
  })

  it('include forks: they are refused beside others, and count until their responses are read', async () => {
    const authorization = `Bearer ${await token('heavy-forks', 'alice')}`
    const call = (path: string, body: object) =>
      exports.default.fetch(
        new Request(`https://soma.test${path}`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      )
    const events = [
      { seq: 1, at, type: 'session.created' },
      { seq: 2, at, type: 'turn.accepted', turn_id: 't', event_id: 'e', position: 0 },
      { seq: 3, at, type: 'item.added', turn_id: 't', item_id: 'q', role: 'user', text: 'question' },
      { seq: 4, at, type: 'turn.ended', turn_id: 't', outcome: 'cancelled' },
    ]
    const { ctxids } = (await (await call('/v1/sessions/import', { version: 'soma-1', events })).json()) as { ctxids: string[] }
    const fork = () => call(`/v1/sessions/${ctxids[0]}/fork`, { turn_id: 't' })
    const running = [await fork(), await fork()]
    expect(running.map(({ status }) => status)).toEqual([200, 200])
    const refused = await fork()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2'])
    expect(await refused.json()).toMatchObject({ type: '/problems/too_many_heavy' })
    expect((await call('/v1/sessions/import', { version: 'soma-1', events })).status).toBe(429)
    await Promise.all(running.map((response) => response.text()))
    const again = await fork()
    expect(again.status).toBe(200)
    await again.text()
  })
})
