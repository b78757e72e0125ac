/** The relay over the real queue: what is said reaches Postgres, also when Postgres was away meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NeonServer, serveNeon } from '../../scripts/neon.ts'
import { openPostgres } from '../../scripts/postgres.ts'
import { type Stack, startStack } from '../stack.ts'
import { type User, user } from './user.ts'

const url = 'postgres://soma:elsewhere@localhost/soma'
let postgres: PGlite
let neon: NeonServer
let stack: Stack
let alice: User

beforeAll(async () => {
  postgres = await openPostgres()
  neon = await serveNeon(Promise.resolve(postgres), url)
  stack = await startStack({ env: { SOMA_DATABASE_URL: url, SOMA_DATABASE_HTTP: neon.endpoint } })
  alice = user(stack.url, await stack.token('acme', 'alice'))
}, 180_000)
afterAll(async () => {
  await stack?.stop()
  await neon?.close()
  await postgres?.close()
}, 60_000)

/** The types of the events that Postgres has of `session`, in order. */
async function copied(session: string): Promise<string[]> {
  const { rows } = await postgres.query<{ type: string }>(
    'select type from session_events where tenant = $1 and session_id = $2 order by seq',
    ['acme', session],
  )
  return rows.map(({ type }) => type)
}

async function until(done: () => Promise<boolean>, withinMs: number): Promise<void> {
  const giveUpAt = Date.now() + withinMs
  while (!(await done())) {
    if (Date.now() > giveUpAt) throw new Error(`not within ${withinMs} ms`)
    await sleep(100)
  }
}

const log = async (session: string): Promise<{ type: string }[]> =>
  ((await (await alice.call('GET', `/v1/sessions/${session}/events`)).json()) as { events: { type: string }[] }).events

describe('What was said', () => {
  it('reaches Postgres whole and in order', { timeout: 60_000 }, async () => {
    const { session_id } = await alice.say('hello')
    await until(async () => (await copied(session_id)).includes('turn.ended'), 30_000)
    expect(await copied(session_id)).toEqual((await log(session_id)).map(({ type }) => type))
    const { rows } = await postgres.query('select subject, title, state, deleted_at from sessions where session_id = $1', [session_id])
    expect(rows).toEqual([{ subject: 'alice', title: 'hello', state: 'idle', deleted_at: null }])
  })

  it('leaves Postgres when it is deleted', { timeout: 60_000 }, async () => {
    const { session_id } = await alice.say('a secret')
    await until(async () => (await copied(session_id)).includes('turn.ended'), 30_000)
    expect((await alice.call('DELETE', `/v1/sessions/${session_id}`)).status).toBe(204)
    await until(async () => (await copied(session_id)).length === 0, 30_000)
    const { rows } = await postgres.query<{ title: string; deleted_at: number }>(
      'select title, deleted_at from sessions where session_id = $1',
      [session_id],
    )
    expect(rows).toEqual([{ title: '', deleted_at: expect.any(Number) }])
  })
})

describe('When Postgres is away', () => {
  it('sessions work, lists are fresh, and the copy catches up afterwards', { timeout: 120_000 }, async () => {
    await neon.close()
    const { session_id } = await alice.say('said while it was away')
    await until(async () => (await log(session_id)).some(({ type }) => type === 'turn.ended'), 30_000)
    const list = await (await alice.call('GET', '/v1/sessions')).json()
    expect(list).toMatchObject({ sessions: expect.arrayContaining([expect.objectContaining({ session_id })]) })
    const ready = (await (await fetch(`${stack.url}/ready`)).json()) as { dependencies: { name: string; ok: boolean }[] }
    expect(ready.dependencies).toContainEqual(expect.objectContaining({ name: 'postgres', ok: false }))
    expect(await copied(session_id)).toEqual([])
    neon = await serveNeon(Promise.resolve(postgres), url, Number(new URL(neon.endpoint).port))
    await until(async () => (await copied(session_id)).includes('turn.ended'), 90_000)
    expect(await copied(session_id)).toEqual((await log(session_id)).map(({ type }) => type))
  })
})
