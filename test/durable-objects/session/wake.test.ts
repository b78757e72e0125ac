import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { SessionWriter } from '../../../durable-objects/session/writer.ts'
import type { Event } from '../../../shared/events/event.ts'
import { type SessionId, Subject, TenantId } from '../../../shared/ids.ts'
import { sessions } from './scripted-runner.ts'

const tenant = TenantId.parse('acme')
const alice = Subject.parse('alice')

function* conversation(turns: number): Generator<Event> {
  let seq = 0
  const nextPosition = () => ({ seq: ++seq, at: seq })
  yield { ...nextPosition(), type: 'session.created', subject: alice }
  for (let n = 0; n < turns; n += 1) {
    const ids = { turn_id: `t${n}`, item_id: `i${n}` }
    yield { ...nextPosition(), type: 'turn.accepted', turn_id: ids.turn_id, event_id: `k${n}`, position: 0 }
    yield { ...nextPosition(), type: 'item.added', ...ids, item_id: `m${n}`, role: 'user', text: 'hi' }
    yield { ...nextPosition(), type: 'turn.started', turn_id: ids.turn_id }
    yield { ...nextPosition(), type: 'item.opened', ...ids, role: 'assistant' }
    yield { ...nextPosition(), type: 'item.closed', ...ids, text: 'hello' }
    yield { ...nextPosition(), type: 'turn.ended', turn_id: ids.turn_id, outcome: 'completed' }
  }
}

/** The rows that an object reads when it wakes with `turns` turns in its log. */
async function rowsRead(turns: number): Promise<number> {
  const id = `wake-${turns}` as SessionId
  const session = sessions.getByName(`${tenant}/${id}`)
  await session.restore(tenant, id, alice, [...conversation(turns)])
  return runInDurableObject(session, (_, ctx) => {
    const { sql } = ctx.storage
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
    const exec = (query: string, ...bindings: unknown[]) => {
      const cursor = sql.exec(query, ...bindings)
      cursors.push(cursor)
      return cursor
    }
    const counted = new Proxy(sql, { get: (target, key) => (key === 'exec' ? exec : Reflect.get(target, key, target)) })
    const storage = new Proxy(ctx.storage, { get: (target, key) => (key === 'sql' ? counted : Reflect.get(target, key, target)) })
    const writer = new SessionWriter(new Proxy(ctx, { get: (target, key) => (key === 'storage' ? storage : bound(target, key)) }), [])
    expect(writer.state).toMatchObject({ turns: [], lastTurnId: `t${turns - 1}`, seq: 1 + turns * 6 })
    return cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0)
  })
}

function bound(target: DurableObjectState, key: string | symbol): unknown {
  const value = Reflect.get(target, key, target)
  return typeof value === 'function' ? value.bind(target) : value
}

describe('A session that wakes', () => {
  it('reads as many rows with a thousand turns as with ten', async () => {
    const few = await rowsRead(10)
    expect(few).toBeGreaterThan(5)
    expect(await rowsRead(1_000)).toBe(few)
  })
})
