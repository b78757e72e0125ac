/** An import in parts. The session exists after the last part, with all events. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { tables } from '../../../durable-objects/migrations.ts'
import { unfinishedMs } from '../../../durable-objects/session/unfinished-tables.ts'
import type { Event } from '../../../shared/events/event.ts'
import { alice, id, log, messageInput, reopen, session, tenant, types } from './session-fixture.ts'

const at = Date.UTC(2025, 0, 1)
const turn = (n: number): Event[] => {
  const turn_id = `t${n}`
  const seq = 2 + 3 * n
  return [
    { seq, at, type: 'turn.accepted', turn_id, event_id: `e${n}`, position: 0 },
    { seq: seq + 1, at, type: 'item.added', turn_id, item_id: `i${n}`, role: 'user', text: `question ${n}` },
    { seq: seq + 2, at, type: 'turn.ended', turn_id, outcome: 'cancelled' },
  ]
}
const events: Event[] = [{ seq: 1, at, type: 'session.created', subject: alice }, ...Array.from({ length: 20 }, (_, n) => turn(n)).flat()]

/** The parts of an import named `name`. Some end in the middle of a turn. */
const parts = (name: string, size = 10) =>
  Array.from({ length: Math.ceil(events.length / size) }, (_, n) => ({
    tenant,
    session: id,
    subject: alice,
    id: name,
    events: events.slice(n * size, (n + 1) * size),
    first: n === 0,
    last: (n + 1) * size >= events.length,
  }))

describe('An import in parts', () => {
  it('creates the same session as one call', async () => {
    for (const part of parts('one')) {
      expect(await session.summary(alice)).toMatchObject({ error: { kind: 'not_found' } })
      const result = await session.importPart(part)
      expect(result).toMatchObject(part.last ? { ok: true, value: { session_id: id, title: 'question 0' } } : { ok: true, value: null })
    }
    expect(await log()).toEqual(events)
    const history = await session.history(alice)
    expect(history.ok && history.value.turns).toHaveLength(20)
    // A repeated import changes nothing, and the session continues.
    expect(await session.importPart(parts('two')[0] as never)).toMatchObject({ ok: true, value: { session_id: id } })
    expect(await session.send(messageInput('more'))).toMatchObject({ ok: true })
    expect((await types()).slice(events.length)).toContain('turn.accepted')
  })

  it('that is interrupted leaves nothing, and can start again', async () => {
    const [first, second] = parts('one')
    await session.importPart(first as never)
    await evictDurableObject(session)
    expect(await session.summary(alice)).toMatchObject({ error: { kind: 'not_found' } })
    expect(await session.importPart(second as never)).toMatchObject({ error: { kind: 'unavailable' } })
    // Parts of two imports never mix.
    await session.importPart(first as never)
    expect(await session.importPart({ ...second, id: 'other' } as never)).toMatchObject({ error: { kind: 'unavailable' } })
    for (const part of parts('two')) await session.importPart(part)
    expect(await log()).toEqual(events)
  })

  it('that is killed is erased by an alarm, unless a further part arrives', async () => {
    const [first, second] = parts('one')
    await session.importPart(first as never)
    const stored = () =>
      runInDurableObject(session, async (_, { storage }) => ({
        tables: tables(storage.sql),
        keepsFor: ((await storage.getAlarm()) ?? 0) - Date.now(),
      }))
    expect((await stored()).keepsFor).toBeGreaterThan(unfinishedMs / 2)
    await runInDurableObject(session, (_, state) => state.abort('killed')).catch(() => {})
    reopen()
    expect((await stored()).tables).toContain('restoring')
    expect(await runDurableObjectAlarm(session)).toBe(true)
    expect(await stored()).toEqual({ tables: [], keepsFor: expect.any(Number) })
    expect(await session.importPart(second as never)).toMatchObject({ error: { kind: 'unavailable' } })
    // The erased object takes another import, and the alarm of a session that exists erases nothing.
    for (const part of parts('two')) await session.importPart(part)
    await runDurableObjectAlarm(session)
    expect(await log()).toEqual(events)
  })

  it('that stalls is erased, and its next part fails', async () => {
    const [first, second] = parts('one')
    await session.importPart(first as never)
    expect(await runDurableObjectAlarm(session)).toBe(true)
    expect(await session.importPart(second as never)).toMatchObject({ error: { kind: 'unavailable' } })
    expect(await session.summary(alice)).toMatchObject({ error: { kind: 'not_found' } })
    expect(await session.send(messageInput('I am new'))).toMatchObject({ ok: true })
  })

  it('yields to a message that arrives meanwhile', async () => {
    const [first, second] = parts('one')
    await session.importPart(first as never)
    await session.send(messageInput('I was first'))
    expect(await session.importPart(second as never)).toMatchObject({ ok: true, value: { title: 'I was first' } })
    expect((await types()).filter((type) => type === 'session.created')).toHaveLength(1)
  })
})
