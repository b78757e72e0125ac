import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import { sessionMigrations } from '../../../durable-objects/session/session-schema.ts'
import type { Event } from '../../../shared/events/event.ts'
import { SessionId, TenantId } from '../../../shared/ids.ts'
import { restoreGap, type SnapshotLine, type SnapshotStart } from '../../../shared/session/backup.ts'
import { emptySession, fold } from '../../../shared/session/session.ts'
import { exportEvent, importLog, transferVersion } from '../../../shared/session/transfer.ts'
import { jobs, runner } from '../worker.ts'
import { done, Gate, play, text } from './scripted-runner.ts'
import {
  alice,
  backup,
  disk,
  homes,
  id,
  log,
  messageInput,
  newDisk,
  restoreSnapshot,
  sendMessage,
  session,
  snapshot,
  startLine,
  tenant,
  untilEnded,
} from './snapshot-fixture.ts'

describe('A restored session', () => {
  it('is ingested into memory again, without a second refusal and without imported messages', async () => {
    const { turn_id } = await sendMessage('call 555-123-4567')
    await untilEnded(1)
    const end = (await log()).findLast(({ type }) => type === 'turn.ended')?.seq ?? 0
    await session.refuseMemory(turn_id, end, ['personal'])
    const lines = await snapshot()
    await newDisk()
    expect(await restoreSnapshot(lines)).toEqual({ ok: true, value: 'restored' })
    expect((await session.unacknowledged('memory', 500))?.events.map(({ type }) => type)).toContain('item.added')
    await session.refuseMemory(turn_id, end, ['personal'])
    expect((await log()).filter(({ type }) => type === 'memory.refused')).toHaveLength(1)
    expect((await session.unacknowledged('memory', 500))?.events.map(({ seq }) => seq)).not.toContain(end)

    const chat = { version: transferVersion, events: (await log()).slice(0, end).map(exportEvent) }
    await newDisk()
    const imported = importLog(JSON.parse(JSON.stringify(chat)), alice, Date.now())
    if (!imported.ok) throw new Error('it is an export')
    await session.restore(tenant, id, alice, imported.value)
    expect((await session.unacknowledged('memory', 500))?.events).toEqual([])
    const exported = await snapshot()
    await newDisk()
    await restoreSnapshot(exported)
    expect((await session.unacknowledged('memory', 500))?.events.map(({ type }) => type)).toEqual(['session.restored'])
  })

  it('is unchanged, and continues 1,000,000 after its last event', async () => {
    const first = await sendMessage('a', { event_id: 'key-a' })
    await untilEnded(1)
    await sendMessage('b', { parent_turn_id: null })
    await untilEnded(2)
    await session.switchBranch(alice, first.turn_id)
    await session.rename(alice, 'Mine')
    await session.acknowledge('relay', 5)
    const before = { log: await log(), history: await session.history(alice), branches: await session.branches(alice) }
    const list = await vi.waitFor(async () => {
      const listed = await homes.getByName('acme/alice').list(1, null)
      expect(listed.sessions).toMatchObject([{ title: 'Mine', state: 'idle' }])
      return listed
    })
    const lines = await snapshot()
    await newDisk()
    expect(await restoreSnapshot(lines)).toEqual({ ok: true, value: 'restored' })
    const last = before.log.at(-1)
    const after = await log()
    expect(after.slice(0, -1)).toEqual(before.log)
    expect(after.at(-1)).toEqual({
      seq: (last?.seq ?? 0) + restoreGap,
      at: last?.at,
      type: 'session.restored',
      after: last?.seq,
      backup,
      restored_at: expect.any(Number),
    })
    expect(await session.history(alice)).toEqual(before.history)
    expect(await session.branches(alice)).toEqual(before.branches)
    expect(await homes.getByName('acme/alice').list(1, null)).toEqual(list)
    // A used key stays used.
    expect(await sendMessage('a', { event_id: 'key-a' })).toEqual(first)
    expect(await session.send(messageInput('other', { event_id: 'key-a' }))).toMatchObject({ error: { kind: 'idempotency_mismatch' } })
    // A cursor from before the backup resumes. A cursor from the lost part is invalid.
    const { seq = 0 } = last ?? {}
    expect(await session.read(alice, `${seq}`)).toMatchObject({ value: { cursor: `${seq + restoreGap}`, behind: false } })
    for (const lostSeq of [seq + 1, seq + 17, seq + restoreGap - 1, seq + restoreGap + 1]) {
      expect(await session.read(alice, `${lostSeq}`)).toMatchObject({ error: { kind: 'invalid_cursor' } })
    }
    // Consumers start over.
    expect((await session.unacknowledged('relay', 500))?.events).toEqual(after)
    // It continues, also after an eviction.
    await evictDurableObject(session)
    expect((await sendMessage('c')).seq).toBe(seq + restoreGap + 2)
    await untilEnded(3)
    expect((await log()).reduce(fold, emptySession)).toMatchObject({ title: 'Mine', turns: [] })
  })

  it('answers the turn that was running at the snapshot, once', async () => {
    const gate = new Gate()
    runner.run = play(text('Hel'), gate, text('lo'), done)
    const running = await sendMessage('hi')
    await sendMessage('and then')
    await vi.waitFor(async () => expect((await log()).map(({ type }) => type)).toContain('item.opened'))
    const lines = await snapshot()
    const [{ token = 0 } = {}] = jobs.filter(({ turn_id }) => turn_id === running.turn_id)
    gate.open()
    await untilEnded(2)
    await newDisk()
    runner.run = play(text('Again'), done)
    expect(await restoreSnapshot(lines)).toEqual({ ok: true, value: 'restored' })
    await untilEnded(2)
    const events = await log()
    expect(events.filter(({ type }) => type === 'item.closed')).toMatchObject([{ text: 'Again' }, { text: 'Again' }])
    expect(events.filter(({ type }) => type === 'turn.ended')).toMatchObject([{ turn_id: running.turn_id, outcome: 'completed' }, {}])
    expect(events.map(({ type }) => type)).toContain('item.abandoned')
    // The earlier runner's token is never issued again.
    expect(jobs.findLast(({ turn_id }) => turn_id === running.turn_id)?.token).toBeGreaterThan(token + restoreGap)
    expect(await session.summary(alice)).toMatchObject({ value: { state: 'idle' } })
  })

  it('stays paused, and a tombstone stays a tombstone', async () => {
    await sendMessage('hi')
    await untilEnded(1)
    await session.pause(alice, true)
    const paused = await snapshot()
    await session.remove(alice)
    const tombstone = await snapshot()
    expect(JSON.stringify(tombstone)).not.toContain('hi')
    await newDisk()
    await restoreSnapshot(paused)
    expect(await session.summary(alice)).toMatchObject({ value: { state: 'paused' } })
    await newDisk()
    expect(await restoreSnapshot(tombstone)).toEqual({ ok: true, value: 'restored' })
    expect(await session.summary(alice)).toMatchObject({ error: { kind: 'not_found' } })
    expect(await session.send(messageInput('hi'))).toMatchObject({ error: { kind: 'session_deleted' } })
    expect((await session.unacknowledged('relay', 5))?.events).toMatchObject([{ type: 'session.deleted', seq: startLine(tombstone).seq }])
    expect(await restoreSnapshot(tombstone)).toEqual({ ok: true, value: 'already' })
  })
})

describe('A restore', () => {
  const eventCount = 5_002

  /** The snapshot of an imported session with 5,002 events. */
  async function longSnapshot(): Promise<SnapshotLine[]> {
    const events: Event[] = [{ seq: 1, at: Date.UTC(2025, 0, 1), type: 'session.created', subject: alice }]
    for (let n = 0; events.length < eventCount; n += 1) {
      const turn_id = `t${n}`
      const seq = events.length
      const at = Date.UTC(2025, 0, 1) + seq
      events.push(
        { seq: seq + 1, at, type: 'turn.accepted', turn_id, event_id: `e${n}`, position: 0 },
        { seq: seq + 2, at, type: 'item.added', turn_id, item_id: `i${n}`, role: 'user', text: `${n} ${'y'.repeat(300)}` },
        { seq: seq + 3, at, type: 'turn.ended', turn_id, outcome: 'cancelled' },
      )
    }
    await session.restore(tenant, id, alice, events)
    return snapshot()
  }

  it('of 5,000 events takes several calls, and the session exists after the last one', async () => {
    const lines = await longSnapshot()
    const before = { log: await log(), history: await session.history(alice) }
    expect(before.log).toHaveLength(eventCount)
    expect(lines.length).toBeGreaterThan(8)
    await newDisk()
    for (const line of lines.slice(0, -1)) {
      expect(await restoreSnapshot([line])).toEqual({ ok: true, value: 'staged' })
      await evictDurableObject(session)
      expect(await session.summary(alice)).toMatchObject({ error: { kind: 'not_found' } })
    }
    expect(await restoreSnapshot(lines.slice(-1))).toEqual({ ok: true, value: 'restored' })
    expect((await log()).slice(0, -1)).toEqual(before.log)
    expect(await session.history(alice)).toEqual(before.history)
    expect(Object.keys(await disk())).not.toContain('restoring')
  })

  it('that gets no further line is erased by an alarm', async () => {
    const lines = await longSnapshot()
    await newDisk()
    await restoreSnapshot(lines.slice(0, 4))
    await evictDurableObject(session)
    expect(await runDurableObjectAlarm(session)).toBe(true)
    expect(await disk()).toEqual({})
    expect(await restoreSnapshot(lines)).toEqual({ ok: true, value: 'restored' })
  })

  it('that was interrupted can start again, and yields to a message that arrives meanwhile', async () => {
    const lines = await longSnapshot()
    await newDisk()
    await restoreSnapshot(lines.slice(0, 4))
    await restoreSnapshot(lines.slice(0, 6))
    expect(await restoreSnapshot(lines)).toEqual({ ok: true, value: 'restored' })
    expect(await log()).toHaveLength(eventCount + 1)
    await newDisk()
    await restoreSnapshot(lines.slice(0, 6))
    await sendMessage('I was first')
    await untilEnded(1)
    expect((await log()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(await restoreSnapshot(lines.slice(6))).toMatchObject({ error: { kind: 'session_exists' } })
    expect(await restoreSnapshot(lines)).toMatchObject({ error: { kind: 'session_exists' } })
  })

  it('is idempotent, and never replaces a session', async () => {
    await sendMessage('hi')
    await untilEnded(1)
    const lines = await snapshot()
    expect(await restoreSnapshot(lines)).toMatchObject({ error: { kind: 'session_exists' } })
    await newDisk()
    await restoreSnapshot(lines)
    const before = await disk()
    expect(await restoreSnapshot(lines)).toEqual({ ok: true, value: 'already' })
    expect(await restoreSnapshot(lines, crypto.randomUUID())).toMatchObject({ error: { kind: 'session_exists' } })
    expect(await disk()).toEqual(before)
  })

  it('M3. refuses values that do not fit their columns, with the place of each', async () => {
    await sendMessage('hi')
    await untilEnded(1)
    const lines = await snapshot()
    await newDisk()
    const withCell = (table: string, column: string, value: string | number | null) =>
      lines.map((line) =>
        line.type === 'rows' && line.table === table
          ? { ...line, rows: line.rows.map((row) => row.map((cell, index) => (line.columns[index] === column ? value : cell))) }
          : line,
      ) as SnapshotLine[]
    const withTable = (table: string, change: object) =>
      lines.map((line) => (line.type === 'rows' && line.table === table ? { ...line, ...change } : line)) as SnapshotLine[]
    const cases: Readonly<Record<string, SnapshotLine[]>> = {
      'a time after all dates': withCell('meta', 'created_at', 9e15),
      'a time as text': withCell('meta', 'created_at', 'soon'),
      'a fraction': withCell('meta', 'paused', 0.5),
      'a negative number': withCell('turn', 'attempts', -1),
      'a token at the end of all numbers': withCell('turn', 'token', Number.MAX_SAFE_INTEGER),
      'a timer in a million years': withCell('due', 'at', 9e15),
      'a title as a number': withCell('meta', 'title', 5),
      'no owner': withCell('meta', 'subject', null),
      'another schema': withCell('meta', 'schema', 99),
      'no schema': withCell('meta', 'schema', 0),
      'another tenant': withCell('meta', 'tenant', 'globex'),
      'an unknown column': withTable('turn', { columns: ['nothing'], rows: [[1]] }),
      'a column twice': withTable('turn', { columns: ['seq', 'seq'], rows: [[1, 1]] }),
      'a value too few': withTable('turn', { rows: [[1]] }),
      'no meta': lines.filter((line) => line.type !== 'rows' || line.table !== 'meta'),
      'no events': lines.filter((line) => line.type !== 'rows' || line.table !== 'event'),
      'a row twice': lines.flatMap((line) => (line.type === 'rows' && line.table === 'turn' ? [line, line] : [line])),
    }
    for (const [name, broken] of Object.entries(cases)) {
      expect([name, await restoreSnapshot(broken)]).toMatchObject([
        name,
        { error: { kind: 'invalid', errors: [{ detail: expect.stringMatching(/^must /) }] } },
      ])
      expect(await session.summary(alice)).toMatchObject({ error: { kind: 'not_found' } })
    }
    expect(await restoreSnapshot(lines)).toEqual({ ok: true, value: 'restored' })
  })

  it('refuses lines of another session, of a newer schema, or with events that no import may hold', async () => {
    await sendMessage('hi')
    await untilEnded(1)
    const lines = await snapshot()
    await newDisk()
    const withStart = (overrides: Partial<SnapshotStart>) => [{ ...startLine(lines), ...overrides }, ...lines.slice(1)]
    expect(await restoreSnapshot(withStart({ session: SessionId.parse('other') }))).toMatchObject({ error: { kind: 'invalid' } })
    expect(await restoreSnapshot(withStart({ tenant: TenantId.parse('globex') }))).toMatchObject({ error: { kind: 'invalid' } })
    expect(await restoreSnapshot(withStart({ schema: sessionMigrations.length + 1 }))).toMatchObject({ error: { kind: 'invalid' } })
    expect(await restoreSnapshot(lines.slice(1))).toMatchObject({ error: { kind: 'invalid' } })
    expect(await restoreSnapshot([...lines, ...lines])).toMatchObject({ error: { kind: 'invalid' } })
    expect(await disk()).toEqual({})
    // The events of a backup meet the limits of an import.
    const withBody = (change: object) =>
      lines.map((line) => {
        if (line.type !== 'rows' || line.table !== 'event') return line
        const [first = [], ...rest] = line.rows
        const value = (name: string, current: string | number | null) => {
          if (name !== 'body') return name in change ? (change as Record<string, number>)[name] : current
          return JSON.stringify({ ...JSON.parse(String(current)), ...change })
        }
        return { ...line, rows: [line.columns.map((name, index) => value(name, first[index] ?? null)), ...rest] }
      }) as SnapshotLine[]
    for (const change of [{ at: 9e15 }, { seq: Number.MAX_SAFE_INTEGER }, { persona_id: 'p'.repeat(65) }]) {
      expect(await restoreSnapshot(withBody(change)), JSON.stringify(change)).toMatchObject({ error: { kind: 'invalid' } })
    }
    expect(await disk()).toEqual({})
    // Missing rows or an unknown table undo the whole restore.
    const withoutKeys = lines.filter((line) => line.type !== 'rows' || line.table !== 'key')
    const foreign = lines.map((line) => (line.type === 'rows' && line.table === 'key' ? { ...line, table: 'sqlite_master' } : line))
    const renamed = JSON.parse(JSON.stringify(lines).replaceAll(`"${id}"`, '"other"')) as SnapshotLine[]
    for (const broken of [withoutKeys, foreign, [startLine(lines), ...renamed.slice(1)]]) {
      expect(await restoreSnapshot(broken)).toMatchObject({ error: { kind: 'invalid' } })
      expect(await session.summary(alice)).toMatchObject({ error: { kind: 'not_found' } })
    }
    expect(await restoreSnapshot(lines)).toEqual({ ok: true, value: 'restored' })
  })
})
