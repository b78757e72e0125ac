import { describe, expect, it, vi } from 'vitest'
import { Subject } from '../../../shared/ids.ts'
import { done, Gate, text } from './scripted-runner.ts'
import { alice, messageInput, scriptRunner, sendMessage, session, untilEnded, untilFirstText } from './session-fixture.ts'

describe('A turn', () => {
  it('is shown in every state', async () => {
    const gate = new Gate()
    scriptRunner(text('Hello '), gate, text('you'), { type: 'usage', usage: { input_tokens: 3, output_tokens: 2 } }, done)
    const { turn_id, event_id } = await sendMessage('hi')
    const next = await sendMessage('later')
    await untilFirstText()
    expect(await session.turn(alice, turn_id)).toMatchObject({
      ok: true,
      value: { status: 'running', text: 'Hello ', event_id, ended_at: null },
    })
    expect(await session.turn(alice, next.turn_id)).toMatchObject({ ok: true, value: { status: 'waiting', text: '', started_at: null } })
    gate.open()
    await untilEnded(2)
    expect(await session.turn(alice, turn_id)).toMatchObject({
      ok: true,
      value: { status: 'completed', text: 'Hello you', usage: { input_tokens: 3, output_tokens: 2 }, ended_at: expect.any(Number) },
    })
  })

  it('does not exist for another user, or under another id', async () => {
    const { turn_id } = await sendMessage('hi')
    const notFound = { ok: false, error: { kind: 'not_found' } }
    expect(await session.turn(Subject.parse('mallory'), turn_id)).toEqual(notFound)
    expect(await session.turn(alice, 'x', 1_000)).toEqual(notFound)
  })
})

describe('A wait', () => {
  it('is answered at the end of the turn', async () => {
    const gate = new Gate()
    scriptRunner(text('Hello'), gate, done)
    const { turn_id } = await sendMessage('hi')
    const waits = [session.turn(alice, turn_id, 30_000), session.turn(alice, turn_id, 30_000)]
    await untilFirstText()
    gate.open()
    for (const answer of await Promise.all(waits)) expect(answer).toMatchObject({ ok: true, value: { status: 'completed', text: 'Hello' } })
  })

  it('is answered after its time with the state so far', async () => {
    const gate = new Gate()
    scriptRunner(text('Hello'), gate, done)
    const { turn_id } = await sendMessage('hi')
    await untilFirstText()
    expect(await session.turn(alice, turn_id, 1)).toMatchObject({ ok: true, value: { status: 'running', text: 'Hello' } })
    gate.open()
    await untilEnded()
  })

  it('for a turn that has ended is answered at once', async () => {
    const { turn_id } = await sendMessage('hi')
    await untilEnded()
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    try {
      expect(await session.turn(alice, turn_id, 30_000)).toMatchObject({ ok: true, value: { status: 'completed' } })
    } finally {
      vi.useRealTimers()
    }
  })

  it('ends with the session', async () => {
    scriptRunner(text('Hello'), new Gate(), done)
    const { turn_id } = await sendMessage('hi')
    await untilFirstText()
    const turnEnd = session.turn(alice, turn_id, 30_000)
    await session.remove(alice)
    expect(await turnEnd).toEqual({ ok: false, error: { kind: 'session_deleted' } })
  })
})

describe('The last frame of a deleted session', () => {
  it('is for its owner alone, and only if it was not seen', async () => {
    await sendMessage('hi')
    await untilEnded()
    expect(await session.deletion(alice, '3')).toBeNull()
    await session.remove(alice)
    const last = await session.deletion(alice, '3.7')
    expect(last?.text).toMatch(/^id: (\d+)\ndata: \{"seq":\1,"at":\d+,"type":"session.deleted"\}\n\n$/)
    expect((await session.deletion(alice, last?.cursor ?? ''))?.text).toBe('')
    expect(await session.deletion('mallory', '3')).toBeNull()
  })
})

describe('A key', () => {
  it('matches the texts and fingerprints under which an earlier release recorded it', async () => {
    // The previous release sent neither aliases nor equivalents.
    const before = await session.send(messageInput('one', { event_id: '"k"', fingerprint: 'with {}' }))
    const send = (overrides: object) => session.send(messageInput('one', { event_id: 'k', fingerprint: 'without', ...overrides }))
    const same = { event_id_aliases: ['"k"'], equivalent_fingerprints: ['with {}'] }
    const turn = before.ok ? before.value.turn_id : ''
    expect(await send(same)).toMatchObject({ ok: true, value: { turn_id: turn } })
    expect(await send({ event_id_aliases: ['"k"'] })).toEqual({ ok: false, error: { kind: 'idempotency_mismatch' } })
    expect(await send({ ...same, fingerprint: 'other', equivalent_fingerprints: [] })).toMatchObject({ ok: false })
    const other = await send({})
    expect(other.ok && other.value.turn_id).not.toBe(turn)
  })
})
