import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import type { SendMessageInput } from '../../../durable-objects/session/send-message-input.ts'
import { jobs, runner } from '../worker.ts'
import { done, Gate, play, streams, text } from './scripted-runner.ts'
import {
  alice,
  id,
  last,
  log,
  messageInput,
  reopen,
  scriptRunner,
  sendMessage,
  session,
  types,
  untilEnded,
  untilFirstText,
} from './session-fixture.ts'

describe('Cancelling', () => {
  it("keeps the text so far, and closes the runner's stream at once, even an idle one", async () => {
    scriptRunner(text('as far as'), new Gate(), text('never'), done)
    const { turn_id } = await sendMessage('go')
    await untilFirstText()
    expect(await session.cancel(alice, turn_id)).toEqual({ ok: true, value: { turn_id, outcome: 'cancelled' } })
    await vi.waitFor(() => expect(streams.get(turn_id)).toBe('closed'))
    expect(await last('item.closed')).toMatchObject({ text: 'as far as', incomplete: true })
    expect(await last('turn.ended')).toMatchObject({ outcome: 'cancelled' })
    expect(await session.cancel(alice, turn_id)).toEqual({ ok: true, value: { turn_id, outcome: 'cancelled' } })
  })

  it('cancels a waiting message and leaves the running one', async () => {
    const gate = new Gate()
    scriptRunner(text('a'), gate, done)
    const running = await sendMessage('one')
    const waiting = await sendMessage('two')
    await session.cancel(alice, waiting.turn_id)
    gate.open()
    await untilEnded(2)
    const history = await session.history(alice)
    expect(history.ok && history.value.turns.map(({ outcome }) => outcome)).toEqual(['completed', 'cancelled'])
    expect(jobs.filter(({ session }) => session === id).map(({ turn_id }) => turn_id)).toEqual([running.turn_id])
  })

  it('reaches a runner that has not attached its stream yet', async () => {
    const gate = new Gate()
    let isFinished = false
    runner.run = async (job) => {
      await gate.waitUntilOpen(new AbortController().signal)
      await play(text('too late'), done)(job)
      isFinished = true
    }
    const { turn_id } = await sendMessage('go')
    await vi.waitFor(() => expect(jobs.some((job) => job.turn_id === turn_id)).toBe(true))
    await session.cancel(alice, turn_id)
    gate.open()
    await vi.waitFor(() => expect(isFinished).toBe(true))
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

  it('keeps the outcome of an ended turn, and refuses a turn of another session', async () => {
    const { turn_id } = await sendMessage('go')
    await untilEnded()
    expect(await session.cancel(alice, turn_id)).toEqual({ ok: true, value: { turn_id, outcome: 'completed' } })
    expect(await session.cancel(alice, 'nothing')).toEqual({ ok: false, error: { kind: 'not_found' } })
  })

  it('continues with the next message', async () => {
    scriptRunner(text('a'), new Gate(), done)
    const first = await sendMessage('one')
    await sendMessage('two')
    await untilFirstText()
    scriptRunner(text('b'), done)
    await session.cancel(alice, first.turn_id)
    await untilEnded(2)
    expect(await last('item.closed')).toMatchObject({ text: 'b' })
  })
})

describe('A failure', () => {
  it('repeats an answer after its stream ended without an `end` line', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    let attempts = 0
    runner.run = (job) => (++attempts === 1 ? play(text('half an ans'), 'break off') : play(text('whole'), done))(job)
    await sendMessage('go')
    await vi.waitFor(async () => expect(await types()).toContain('item.abandoned'))
    await vi.waitFor(() => runDurableObjectAlarm(session).then((ran) => expect(ran && attempts).toBe(2)), { timeout: 5_000, interval: 100 })
    await untilEnded()
    const events = await log()
    expect(events.filter(({ type }) => type === 'item.closed')).toHaveLength(1)
    expect(await last('item.closed')).toMatchObject({ text: 'whole' })
    expect(jobs.at(-1)?.token).toBeGreaterThan(jobs.at(-2)?.token ?? 0)
  })

  it('fails the turn after five attempts, with a reason', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    runner.run = async () => {
      throw new Error('no runner')
    }
    await sendMessage('go')
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

  it('refuses a runner with an older token', async () => {
    scriptRunner(text('mine'), new Gate(), done)
    const { turn_id } = await sendMessage('go')
    await untilFirstText()
    const staleJob = { ...jobs.at(-1), token: (jobs.at(-1)?.token ?? 0) - 1 } as (typeof jobs)[0]
    await play(text('not mine'), done)(staleJob)
    expect(await types()).not.toContain('turn.ended')
    await session.cancel(alice, turn_id)
    expect(await last('item.closed')).toMatchObject({ text: 'mine' })
  })

  it('fences the runner from before a reset, and repeats the turn at once', async () => {
    const gate = new Gate()
    runner.run = async (job) => {
      await gate.waitUntilOpen(new AbortController().signal)
      await play(text('new'), done)(job)
    }
    const { turn_id } = await sendMessage('go')
    const attempts = () => jobs.filter((job) => job.turn_id === turn_id)
    await vi.waitFor(() => expect(attempts()).toHaveLength(1))
    await runInDurableObject(session, (_, state) => state.abort('reset')).catch(() => undefined)
    reopen()
    await session.summary(alice)
    await vi.waitFor(() => expect(attempts()).toHaveLength(2))
    // The first runner still runs and attaches its stream.
    await play(text('old'), done)(attempts()[0] as (typeof jobs)[0])
    const page = await session.read(alice, '')
    expect(page.ok && page.value.text).not.toContain('item.delta')
    gate.open()
    await untilEnded()
    expect(await last('item.closed')).toMatchObject({ text: 'new' })
  })

  it("keeps the provider's text before its failure, and the reason", async () => {
    scriptRunner(text('so far'), { type: 'end', outcome: 'failed', reason: 'The provider hung up.' })
    await sendMessage('go')
    await untilEnded()
    expect(await last('item.closed')).toMatchObject({ text: 'so far', incomplete: true })
    expect(await last('turn.ended')).toMatchObject({ outcome: 'failed', reason: 'The provider hung up.' })
  })

  it('refuses an invalid line, and tries again', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    scriptRunner(text('a'), { type: 'nonsense' } as never, done)
    const { turn_id } = await sendMessage('go')
    await vi.waitFor(async () => expect(await types()).toContain('item.abandoned'))
    await session.cancel(alice, turn_id)
  })
})

describe('A message during a running turn', () => {
  const post = (on_conflict: SendMessageInput['on_conflict']) => session.send(messageInput('x', { on_conflict }))

  it('is refused on conflict `reject`: of 50 concurrent messages one is accepted', async () => {
    const gate = new Gate()
    scriptRunner(gate, done)
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('reject')))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    const { turn_id } = jobs.at(-1) as (typeof jobs)[0]
    for (const answer of answers) if (!answer.ok) expect(answer.error).toEqual({ kind: 'turn_in_progress', turn_id })
    gate.open()
    await untilEnded()
    expect(await post('reject')).toMatchObject({ ok: true })
  })

  it('interrupts it on conflict `interrupt`: of 50 concurrent messages the last one is answered', async () => {
    scriptRunner(text('as far as '), new Gate(), done)
    await sendMessage('first')
    await untilFirstText()
    // No message is answered before all have arrived.
    const gate = new Gate()
    scriptRunner(gate, text('the last'), done)
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('interrupt')))
    expect(answers.every(({ ok }) => ok)).toBe(true)
    gate.open()
    await untilEnded(51)
    const outcomes = (await log()).flatMap((event) => (event.type === 'turn.ended' ? [event.outcome] : []))
    expect(outcomes.filter((outcome) => outcome === 'completed')).toHaveLength(1)
    expect(outcomes.at(-1)).toBe('completed')
    const closed = (await log()).filter((event) => event.type === 'item.closed')
    expect(closed.map(({ text, incomplete }) => [text, incomplete])).toEqual([
      ['as far as ', true],
      ['the last', undefined],
    ])
    const own = jobs.filter(({ session }) => session === id)
    await vi.waitFor(() => expect(own.every(({ turn_id }) => streams.get(turn_id) !== 'open')).toBe(true))
  })

  it('is refused if the log has events that its sender has not seen', async () => {
    const { seq } = await sendMessage('one')
    await untilEnded()
    expect(await session.send(messageInput('stale', { expected_seq: seq }))).toMatchObject({ error: { kind: 'version_conflict' } })
    const lastSeq = (await log()).at(-1)?.seq
    expect(await session.send(messageInput('fresh', { expected_seq: lastSeq }))).toMatchObject({ ok: true })
  })
})

describe('Pausing', () => {
  it('finishes the running turn, starts no other, and survives an eviction', async () => {
    const gate = new Gate()
    scriptRunner(text('one'), gate, done)
    await sendMessage('one')
    await sendMessage('two')
    expect(await session.pause(alice, true)).toMatchObject({ value: { state: 'paused' } })
    gate.open()
    await untilEnded(1)
    await evictDurableObject(session)
    await session.dispatch()
    await sendMessage('three')
    expect((await types()).filter((type) => type === 'turn.started')).toHaveLength(1)
    expect(
      await runInDurableObject(session, (_, state) => state.storage.sql.exec("SELECT 1 FROM due WHERE kind = 'turn'").toArray()),
    ).toEqual([])
    await session.pause(alice, false)
    await untilEnded(3)
    expect(await session.summary(alice)).toMatchObject({ value: { state: 'idle' } })
  })
})

describe('The usage of a cancelled turn', () => {
  it('is our estimate if the provider has not reported it', async () => {
    scriptRunner(text('four words of text'), new Gate(), done)
    const { turn_id } = await sendMessage('go')
    await untilFirstText()
    await session.cancel(alice, turn_id)
    const usage = (await last('turn.ended'))?.usage
    expect(usage).toMatchObject({ estimated: true })
    expect(usage?.output_tokens).toBeGreaterThan(0)
  })
})
