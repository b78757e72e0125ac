/** Sessions that an older release imported with values that no release records today. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Home } from '../../../durable-objects/session-list/session-list.ts'
import { SessionId } from '../../../shared/ids.ts'
import { runner } from '../worker.ts'
import { done, play } from './scripted-runner.ts'
import { alice, id, messageInput, sendMessage, session, tenant, untilEnded } from './session-fixture.ts'

const homes = env.HOME as unknown as DurableObjectNamespace<Home>
const list = () => homes.getByName(`${tenant}/${alice}`)
const created = { seq: 1, at: Date.UTC(2025, 0, 1), type: 'session.created', subject: alice } as const

describe('The list of sessions', () => {
  it('cuts titles, of updates and of rows that an older release stored', async () => {
    const title = `${'x'.repeat(199)}👩‍🚀${'y'.repeat(1_900_000)}`
    await session.restore(tenant, id, alice, [created, { seq: 2, at: created.at, type: 'session.titled', title }])
    const summary = await session.summary(alice)
    expect(summary.ok && summary.value.title.length).toBeLessThanOrEqual(200)
    for (let n = 0; n < 24; n += 1) {
      const session_id = SessionId.parse(`long-${n}`)
      const update = { session_id, title: 'x', state: 'idle', created_at: 1, updated_at: 9e15, last_turn_id: null } as const
      await list().note({ summary: update, seq: 1, deleted: false })
    }
    await runInDurableObject(list(), (_, { storage }) => storage.sql.exec('UPDATE session SET title = ?', title))
    const { sessions } = await list().list(50, null)
    expect(sessions.length).toBeGreaterThanOrEqual(25)
    expect(Math.max(...sessions.map(({ title }) => title.length))).toBeLessThanOrEqual(200)
    expect(sessions.every(({ title }) => title.isWellFormed())).toBe(true)
  })
})

describe('A session at the greatest seq', () => {
  it('refuses messages as full', async () => {
    await session.restore(tenant, id, alice, [
      created,
      { seq: Number.MAX_SAFE_INTEGER, at: created.at, type: 'session.titled', title: 'x' },
    ])
    expect(await session.send(messageInput('hi'))).toMatchObject({ error: { kind: 'session_full' } })
  })
})

describe('A title from a message', () => {
  it('is within the limit of a title, also of letters with many marks', async () => {
    runner.run = play(done)
    await sendMessage(`a${'\u0301'.repeat(3_000)} b`)
    await untilEnded()
    const summary = await session.summary(alice)
    expect(summary.ok && summary.value.title.length).toBeLessThanOrEqual(200)
  })
})
