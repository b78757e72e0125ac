/** The recordings of model calls: how long they are kept, and who gets them. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { tables } from '../../../durable-objects/migrations.ts'
import { SnapshotLine } from '../../../shared/session/backup.ts'
import { sessionRecordingUnits } from '../../../shared/turn/recording-limits.ts'
import { alice, id, reopen, sendMessage, session, tenant, untilEnded } from './session-fixture.ts'

const keepMs = 86_400_000

/** The lines of the session's snapshot. */
async function snapshotLines(withRecordings?: boolean) {
  const stream = await session.snapshot(withRecordings)
  if (!stream) throw new Error('no snapshot')
  const text = await new Response(stream).text()
  return text
    .trim()
    .split('\n')
    .map((line) => SnapshotLine.parse(JSON.parse(line)))
}

const tablesOf = (lines: readonly SnapshotLine[]) => lines.flatMap((line) => (line.type === 'rows' ? [line.table] : []))

const stored = () =>
  runInDurableObject(session, (_, { storage: { sql } }) =>
    tables(sql).includes('recording')
      ? sql.exec<{ turn_id: string; token: number; units: number }>('SELECT turn_id, token, units FROM recording ORDER BY rowid').toArray()
      : null,
  )

/** A turn with recordings of these tokens. */
async function recordedTurn(...bodies: string[]) {
  const { turn_id } = await sendMessage('hello')
  await untilEnded()
  for (const [index, body] of bodies.entries()) await session.record({ turn_id, token: index + 1, body, keepMs })
  return turn_id
}

/** Lets `ms` pass for the recordings. */
async function pass(ms: number) {
  await runInDurableObject(session, (_, { storage }) => {
    storage.sql.exec("UPDATE due SET at = at - ? WHERE kind = 'recording'", ms)
    storage.sql.exec('UPDATE recording SET expires_at = expires_at - ?', ms)
  })
  await evictDurableObject(session)
  await runInDurableObject(reopen(), (_, { storage }) => storage.setAlarm(Date.now() + 600_000))
  await runDurableObjectAlarm(session)
}

describe('The recordings of a session', () => {
  it('have no table before the first one', async () => {
    await recordedTurn()
    expect(await stored()).toBeNull()
  })

  it('are stored once for each attempt, and come only with a snapshot for a replay', async () => {
    const turn_id = await recordedTurn('{"a":1}', '{"b":2}')
    await session.record({ turn_id, token: 1, body: '{"again":1}', keepMs })
    expect(await stored()).toEqual([
      { turn_id, token: 1, units: 7 },
      { turn_id, token: 2, units: 7 },
    ])
    expect(tablesOf(await snapshotLines())).not.toContain('recording')
    const lines = await snapshotLines(true)
    expect(lines.find((line) => line.type === 'rows' && line.table === 'recording')).toMatchObject({
      rows: [{}, {}].map(() => expect.any(Array)),
    })
    await session.remove(alice)
    expect(await session.adopt(tenant, id, crypto.randomUUID(), lines)).toMatchObject({ ok: false })
  })

  it('are refused for an unknown turn, without a time, and beyond the limit', async () => {
    const turn_id = await recordedTurn()
    await session.record({ turn_id: 'unknown', token: 1, body: '{}', keepMs })
    await session.record({ turn_id, token: 1, body: '{}', keepMs: 0 })
    await session.record({ turn_id, token: 1, body: 'x'.repeat(524_289), keepMs })
    expect(await stored()).toBeNull()
  })

  it('are erased at their time, also while nobody uses the session', async () => {
    await recordedTurn('{}')
    await pass(keepMs / 2)
    expect(await stored()).toHaveLength(1)
    await pass(keepMs / 2)
    expect(await stored()).toEqual([])
    expect(
      await runInDurableObject(session, (_, { storage }) => storage.sql.exec("SELECT 1 FROM due WHERE kind = 'recording'").toArray()),
    ).toEqual([])
  })

  it('make room for newer ones', async () => {
    const body = 'x'.repeat(524_288)
    const count = sessionRecordingUnits / body.length
    await recordedTurn(...Array.from({ length: count + 2 }, () => body))
    expect((await stored())?.map(({ token }) => token)).toEqual(Array.from({ length: count }, (_, index) => index + 3))
  })

  it('are erased with the session, and none is stored after that', async () => {
    const turn_id = await recordedTurn('{}')
    await session.trash(alice)
    expect(await stored()).toHaveLength(1)
    await session.remove(alice)
    expect(await stored()).toBeNull()
    await session.record({ turn_id, token: 9, body: '{}', keepMs })
    expect(await stored()).toBeNull()
  })
})
