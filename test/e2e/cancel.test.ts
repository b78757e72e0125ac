/** Guarantee 4: a cancelled turn ends, and its provider request ends within a second. */
import { describe, expect, it, vi } from 'vitest'
import { alice, model, useModel } from '../support/model-stack.ts'
import { events, readStream, untilEnded } from '../support/sse.ts'

useModel('cancel')

const lastRequest = () => model.requests.at(-1)
const waitUntilOpen = () =>
  vi.waitFor(() => expect(lastRequest()?.abortedAt ?? lastRequest()?.finishedAt).toBeUndefined(), { timeout: 5_000, interval: 10 })
const waitForWords = (words: number) =>
  vi.waitFor(() => expect(lastRequest()?.sentWords).toBeGreaterThanOrEqual(words), { timeout: 5_000, interval: 10 })

async function cancel(session: string, turn: string) {
  const at = Date.now()
  const response = await alice.call('POST', `/v1/sessions/${session}/turns/${turn}/cancel`)
  expect(response.status).toBe(202)
  expect(await response.json()).toEqual({ turn_id: turn, outcome: 'cancelled' })
  return at
}

const expectAborted = (since: number) =>
  vi.waitFor(
    () => {
      const at = lastRequest()?.abortedAt
      expect(at).toBeDefined()
      expect((at ?? 0) - since).toBeLessThan(1_000)
    },
    { timeout: 3_000, interval: 10 },
  )

const turnEnds = async (session: string, turns = 1) => {
  const { frames } = await readStream(alice.events(session), alice.bearer, untilEnded(turns))
  return events(frames).filter((event) => event.type === 'turn.ended')
}

describe('A cancelled turn', () => {
  it("aborts its model request between the claim and the model's headers", async () => {
    const before = model.requests.length
    const { session_id, turn_id } = await alice.send('[[fake silent]]')
    await vi.waitFor(() => expect(model.requests.length).toBe(before + 1), { timeout: 5_000, interval: 10 })
    await waitUntilOpen()
    await expectAborted(await cancel(session_id, turn_id))
    expect(await turnEnds(session_id)).toMatchObject([{ outcome: 'cancelled' }])
  })

  it('aborts its model request after ten tokens', async () => {
    const { session_id, turn_id } = await alice.send('[[fake normal tokens=2000 rate=20]]')
    await vi.waitFor(() => expect(lastRequest()?.behaviour.kind).toBe('normal'))
    await waitForWords(10)
    await expectAborted(await cancel(session_id, turn_id))
    expect(lastRequest()?.sentWords).toBeLessThan(100)
  })

  it('aborts its model request after ten tokens and a pause', async () => {
    const { session_id, turn_id } = await alice.send('[[fake stall after=10]]')
    await vi.waitFor(() => expect(lastRequest()?.behaviour.kind).toBe('stall'))
    await waitForWords(10)
    await new Promise((done) => setTimeout(done, 1_000))
    await expectAborted(await cancel(session_id, turn_id))
    const history = (await (await alice.call('GET', `/v1/sessions/${session_id}/history`)).json()) as {
      turns: { items: { incomplete?: boolean; text: string }[] }[]
    }
    expect(history.turns[0]?.items[1]).toMatchObject({ incomplete: true, text: expect.stringMatching(/\S/) })
  })

  it('never calls the model if it was queued', async () => {
    const { session_id, turn_id } = await alice.send('[[fake stall after=3]]')
    const waiting = await alice.send('[[fake normal tokens=5]] never sent', { session_id })
    await cancel(session_id, waiting.turn_id)
    await waitForWords(3)
    await expectAborted(await cancel(session_id, turn_id))
    expect(await turnEnds(session_id, 2)).toMatchObject([
      { turn_id: waiting.turn_id, outcome: 'cancelled' },
      { turn_id, outcome: 'cancelled' },
    ])
    expect(model.requests.filter(({ body }) => body?.messages?.at(-1)?.content.includes('never sent'))).toEqual([])
  })

  it('keeps the outcome that it already had', async () => {
    const { session_id, turn_id } = await alice.send('[[fake normal tokens=3]]')
    await turnEnds(session_id)
    const response = await alice.call('POST', `/v1/sessions/${session_id}/turns/${turn_id}/cancel`)
    expect([response.status, await response.json()]).toEqual([202, { turn_id, outcome: 'completed' }])
  })
})
