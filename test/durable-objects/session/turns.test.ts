import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import type { SendMessageInput } from '../../../durable-objects/session/messages.ts'
import { jobs, runner } from '../worker.ts'
import { done, Gate, play, streams, text } from './play.ts'
import { alice, answering, ended, id, last, log, reopen, say, saying, session, spoken, types } from './talk.ts'

describe('Cancelling', () => {
  it("keeps what was said, and closes the runner's stream at once, also when it is silent", async () => {
    answering(text('as far as'), new Gate(), text('never'), done)
    const { turn_id } = await say('go')
    await spoken()
    expect(await session.cancel(alice, turn_id)).toEqual({ ok: true, value: { turn_id, outcome: 'cancelled' } })
    await vi.waitFor(() => expect(streams.get(turn_id)).toBe('closed'))
    expect(await last('item.closed')).toMatchObject({ text: 'as far as', incomplete: true })
    expect(await last('turn.ended')).toMatchObject({ outcome: 'cancelled' })
    expect(await session.cancel(alice, turn_id)).toEqual({ ok: true, value: { turn_id, outcome: 'cancelled' } })
  })

  it('takes a waiting message back without touching the running one', async () => {
    const gate = new Gate()
    answering(text('a'), gate, done)
    const running = await say('one')
    const waiting = await say('two')
    await session.cancel(alice, waiting.turn_id)
    gate.open()
    await ended(2)
    const history = await session.history(alice)
    expect(history.ok && history.value.turns.map(({ outcome }) => outcome)).toEqual(['completed', 'cancelled'])
    expect(jobs.filter(({ session }) => session === id).map(({ turn_id }) => turn_id)).toEqual([running.turn_id])
  })

  it('reaches a runner that has not handed over its stream yet', async () => {
    const gate = new Gate()
    let over = false
    runner.run = async (job) => {
      await gate.passed(new AbortController().signal)
      await play(text('too late'), done)(job)
      over = true
    }
    const { turn_id } = await say('go')
    await session.cancel(alice, turn_id)
    gate.open()
    await vi.waitFor(() => expect(over).toBe(true))
    expect(await types()).toEqual([
      'session.created',
      'turn.accepted',
      'item.added',
      'turn.started',
      'item.opened',
      'item.abandoned',
      'turn.ended',
    ])
  })

  it('keeps the outcome of what has ended, and knows no turn of another session', async () => {
    const { turn_id } = await say('go')
    await ended()
    expect(await session.cancel(alice, turn_id)).toEqual({ ok: true, value: { turn_id, outcome: 'completed' } })
    expect(await session.cancel(alice, 'nothing')).toEqual({ ok: false, error: { kind: 'not_found' } })
  })

  it('goes on with the next message', async () => {
    answering(text('a'), new Gate(), done)
    const first = await say('one')
    await say('two')
    await spoken()
    answering(text('b'), done)
    await session.cancel(alice, first.turn_id)
    await ended(2)
    expect(await last('item.closed')).toMatchObject({ text: 'b' })
  })
})

describe('When something dies', () => {
  it('says an answer again whose bytes stopped without an end', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    let attempts = 0
    runner.run = (job) => (++attempts === 1 ? play(text('half an ans'), 'break off') : play(text('whole'), done))(job)
    await say('go')
    await vi.waitFor(async () => expect(await types()).toContain('item.abandoned'))
    await vi.waitFor(() => runDurableObjectAlarm(session).then((ran) => expect(ran && attempts).toBe(2)), { timeout: 5_000, interval: 100 })
    await ended()
    const events = await log()
    expect(events.filter(({ type }) => type === 'item.closed')).toHaveLength(1)
    expect(await last('item.closed')).toMatchObject({ text: 'whole' })
    expect(jobs.at(-1)?.token).toBeGreaterThan(jobs.at(-2)?.token ?? 0)
  })

  it('gives up after five attempts in a row, in words', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    runner.run = async () => {
      throw new Error('no runner')
    }
    await say('go')
    await vi.waitFor(
      async () => {
        await runInDurableObject(session, (_, state) => void state.storage.sql.exec("UPDATE due SET at = 0 WHERE kind = 'turn'"))
        await evictDurableObject(session)
        await session.dispatch()
        expect(await types()).toContain('turn.ended')
      },
      { timeout: 10_000, interval: 50 },
    )
    expect(jobs.filter(({ session }) => session === id).length).toBeGreaterThanOrEqual(5)
    expect(await last('turn.ended')).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(/5 times/) })
  })

  it('refuses the runner of an older token', async () => {
    answering(text('mine'), new Gate(), done)
    const { turn_id } = await say('go')
    await spoken()
    const old = { ...jobs.at(-1), token: (jobs.at(-1)?.token ?? 0) - 1 } as (typeof jobs)[0]
    await play(text('not mine'), done)(old)
    expect(await types()).not.toContain('turn.ended')
    await session.cancel(alice, turn_id)
    expect(await last('item.closed')).toMatchObject({ text: 'mine' })
  })

  it('fences who ran the turn before it was reset, and has it said again at once', async () => {
    const gate = new Gate()
    runner.run = async (job) => {
      await gate.passed(new AbortController().signal)
      await play(text('new'), done)(job)
    }
    const { turn_id } = await say('go')
    const attempts = () => jobs.filter((job) => job.turn_id === turn_id)
    await runInDurableObject(session, (_, state) => state.abort('reset')).catch(() => undefined)
    reopen()
    await session.summary(alice)
    await vi.waitFor(() => expect(attempts()).toHaveLength(2))
    // The first runner lives on, and comes with what it has.
    await play(text('old'), done)(attempts()[0] as (typeof jobs)[0])
    const page = await session.read(alice, '')
    expect(page.ok && page.value.text).not.toContain('item.delta')
    gate.open()
    await ended()
    expect(await last('item.closed')).toMatchObject({ text: 'new' })
  })

  it('keeps what the provider said before it failed, and why', async () => {
    answering(text('so far'), { type: 'end', outcome: 'failed', reason: 'The provider hung up.' })
    await say('go')
    await ended()
    expect(await last('item.closed')).toMatchObject({ text: 'so far', incomplete: true })
    expect(await last('turn.ended')).toMatchObject({ outcome: 'failed', reason: 'The provider hung up.' })
  })

  it('refuses a line that no runner says, and tries again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    answering(text('a'), { type: 'nonsense' } as never, done)
    const { turn_id } = await say('go')
    await vi.waitFor(async () => expect(await types()).toContain('item.abandoned'))
    await session.cancel(alice, turn_id)
  })
})

describe('A message that meets a running turn', () => {
  const post = (on_conflict: SendMessageInput['on_conflict']) => session.send(saying('x', { on_conflict }))

  it('is refused when it asks to be: of 50 at once one is taken', async () => {
    const gate = new Gate()
    answering(gate, done)
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('reject')))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    const { turn_id } = jobs.at(-1) as (typeof jobs)[0]
    for (const answer of answers) if (!answer.ok) expect(answer.error).toEqual({ kind: 'turn_in_progress', turn_id })
    gate.open()
    await ended()
    expect(await post('reject')).toMatchObject({ ok: true })
  })

  it('takes its place when it asks to: of 50 at once the last is answered', async () => {
    const before = jobs.length
    answering(text('as far as '), new Gate(), done)
    await say('first')
    await spoken()
    // None of them is answered before all of them are there.
    const gate = new Gate()
    answering(gate, text('the last'), done)
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('interrupt')))
    expect(answers.every(({ ok }) => ok)).toBe(true)
    gate.open()
    await ended(51)
    const outcomes = (await log()).flatMap((event) => (event.type === 'turn.ended' ? [event.outcome] : []))
    expect(outcomes.filter((outcome) => outcome === 'completed')).toHaveLength(1)
    expect(outcomes.at(-1)).toBe('completed')
    const closed = (await log()).filter((event) => event.type === 'item.closed')
    expect(closed.map(({ text, incomplete }) => [text, incomplete])).toEqual([
      ['as far as ', true],
      ['the last', undefined],
    ])
    await vi.waitFor(() => expect(jobs.slice(before).every(({ turn_id }) => streams.get(turn_id) !== 'open')).toBe(true))
  })

  it('is refused when more was recorded than its sender had seen', async () => {
    const { seq } = await say('one')
    await ended()
    expect(await session.send(saying('stale', { expected_seq: seq }))).toMatchObject({ error: { kind: 'version_conflict' } })
    const now = (await log()).at(-1)?.seq
    expect(await session.send(saying('fresh', { expected_seq: now }))).toMatchObject({ ok: true })
  })
})

describe('Pausing', () => {
  it('finishes what runs, begins nothing else, and survives the object', async () => {
    const gate = new Gate()
    answering(text('one'), gate, done)
    await say('one')
    await say('two')
    expect(await session.pause(alice, true)).toMatchObject({ value: { state: 'paused' } })
    gate.open()
    await ended(1)
    await evictDurableObject(session)
    await session.dispatch()
    await say('three')
    expect((await types()).filter((type) => type === 'turn.started')).toHaveLength(1)
    expect(
      await runInDurableObject(session, (_, state) => state.storage.sql.exec("SELECT 1 FROM due WHERE kind = 'turn'").toArray()),
    ).toEqual([])
    await session.pause(alice, false)
    await ended(3)
    expect(await session.summary(alice)).toMatchObject({ value: { state: 'idle' } })
  })
})

describe('What was stopped', () => {
  it('is counted by us when the provider has not said', async () => {
    answering(text('four words of text'), new Gate(), done)
    const { turn_id } = await say('go')
    await spoken()
    await session.cancel(alice, turn_id)
    const usage = (await last('turn.ended'))?.usage
    expect(usage).toMatchObject({ estimated: true })
    expect(usage?.output_tokens).toBeGreaterThan(0)
  })
})
