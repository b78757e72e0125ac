import { beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../../../shared/api/limits.ts'
import type { SentTurn } from '../../../../shared/api/turns.ts'
import { type Client, client } from '../client.ts'

let alice: Client
beforeAll(async () => {
  alice = await client('waits', 'alice', 'admin')
})

const json = async <T>(response: Response): Promise<T> => (await response.json()) as T
/** Cancels every turn of `session` until `pending` is answered. The stand-in of the runner answers nothing. */
async function cancelUntilAnswered(session: string, pending: Promise<Response>): Promise<Response> {
  let isAnswered = false
  const done = pending.finally(() => {
    isAnswered = true
  })
  while (!isAnswered) {
    const { turns } = await json<{ turns: { turn_id: string }[] }>(await alice.call('GET', `/v1/sessions/${session}/branches`)).catch(
      () => ({
        turns: [],
      }),
    )
    for (const { turn_id } of turns ?? []) await alice.call('POST', `/v1/sessions/${session}/turns/${turn_id}/cancel`)
    await new Promise((next) => setTimeout(next, 20))
  }
  return done
}

const send = (query: string, body: object) => alice.call('POST', `/v1/sessions/message${query}`, { message: 'Hello', ...body })

describe('A message with wait', () => {
  it('gets 200 and the turn when it has ended', async () => {
    for (const [index, query] of ['?wait=true', '?wait=1', '?wait', '?wait_ms=30000', '?wait=true&wait_ms=30000'].entries()) {
      const session_id = `waited-${index}`
      const response = await cancelUntilAnswered(session_id, send(query, { session_id }))
      const turn = await json<SentTurn>(response)
      expect([query, response.status, turn]).toMatchObject([
        query,
        200,
        { session_id, status: 'cancelled', text: '', seq: expect.any(Number), event_id: expect.any(String), ended_at: expect.any(Number) },
      ])
      expect(response.headers.get('location')).toBe(`/v1/sessions/${session_id}/turns/${turn.turn_id}`)
    }
  })

  it('gets 202 and the turn after the wait', async () => {
    const response = await send('?wait_ms=1', { session_id: 'brief' })
    expect(response.status).toBe(202)
    const turn = await json<SentTurn>(response)
    expect(turn).toMatchObject({ session_id: 'brief', ended_at: null, seq: 3 })
    expect(['waiting', 'running']).toContain(turn.status)
    const laterResponse = await alice.call('GET', response.headers.get('location') ?? '')
    expect(await json(laterResponse)).toMatchObject({ turn_id: turn.turn_id, event_id: turn.event_id })
  })

  it('repeated with its key gives the same turn, waited for or not', async () => {
    const body = { session_id: 'again', event_id: 'key' }
    const first = await json<SentTurn>(await send('', body))
    const waited = await cancelUntilAnswered('again', send('?wait=true', body))
    expect([waited.status, await json(waited)]).toMatchObject([200, { ...first, status: 'cancelled' }])
    const after = await send('?wait=true', body)
    expect([after.status, await json(after)]).toMatchObject([200, { ...first, status: 'cancelled' }])
    expect(await json(await send('', body))).toEqual(first)
  })

  it('is not waited for with `wait=false`, and by default', async () => {
    for (const query of ['', '?wait=false', '?wait=0', '?wait=false&wait_ms=5000', '?wait_ms=0'])
      expect([query, Object.keys(await json<object>(await send(query, {})))]).toEqual([query, ['session_id', 'event_id', 'turn_id', 'seq']])
  })

  it('waits at most the documented bound', async () => {
    for (const query of [`?wait_ms=${limits.waitMs + 1}`, '?wait_ms=-1', '?wait_ms=x', '?wait=yes', '?wait_ms=1.5'])
      expect([query, (await send(query, {})).status]).toEqual([query, 400])
    expect(limits.defaultWaitMs).toBeLessThanOrEqual(limits.waitMs)
  })

  it('works for quick actions and regenerated answers', async () => {
    const response = await cancelUntilAnswered(
      'acted',
      alice.call('POST', '/v1/sessions/action?wait=1', { session_id: 'acted', action: 'nudge' }),
    )
    const turn = await json<SentTurn>(response)
    expect([response.status, turn.status]).toEqual([200, 'cancelled'])
    const again = await alice.call('POST', `/v1/sessions/acted/turns/${turn.turn_id}/regenerate?wait_ms=1`)
    expect([again.status, (await json<SentTurn>(again)).turn_id]).toEqual([202, expect.not.stringMatching(turn.turn_id)])
  })
})

describe('A turn', () => {
  it('is shown with its state, times and key', async () => {
    const sent = await json<SentTurn>(await send('', { session_id: 'shown', event_id: 'a-key' }))
    const path = `/v1/sessions/shown/turns/${sent.turn_id}`
    expect(await json(await alice.call('GET', path))).toMatchObject({ event_id: 'a-key', ended_at: null, accepted_at: expect.any(Number) })
    const waited = await cancelUntilAnswered('shown', alice.call('GET', `${path}?wait=true`))
    expect(await json(waited)).toMatchObject({ status: 'cancelled', text: '', usage: null, ended_at: expect.any(Number) })
  })

  it('of another user, or of no session, does not exist', async () => {
    const { turn_id } = await json<SentTurn>(await send('', { session_id: 'private' }))
    const mallory = await client('waits', 'mallory')
    for (const response of [
      await mallory.call('GET', `/v1/sessions/private/turns/${turn_id}?wait=1`),
      await alice.call('GET', '/v1/sessions/private/turns/nothing?wait=1'),
      await alice.call('GET', `/v1/sessions/nothing/turns/${turn_id}`),
    ])
      expect([response.status, await json(response)]).toMatchObject([404, { type: '/problems/not_found' }])
  })
})
