/** Events reach Postgres in order and once, after any outage. Conversations continue without it. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type NeonServer, serveNeon } from '../../scripts/neon.ts'
import { openPostgres } from '../../scripts/postgres.ts'
import { exportLine } from '../../shared/audit/chain.ts'
import type { Event } from '../../shared/events/event.ts'
import { events, readStream, untilEnded } from '../support/sse.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type User, user } from '../support/user.ts'

const connection = 'postgres://soma:test@localhost/soma'
const postgres = openPostgres()
let server: NeonServer
let stack: Stack
let alice: User

beforeAll(async () => {
  server = await serveNeon(postgres, connection)
  stack = await startStack({ env: { SOMA_DATABASE_URL: connection, SOMA_DATABASE_HTTP: server.endpoint } })
  alice = user(stack.url, await stack.token('acme', 'alice'))
})
afterAll(async () => {
  await stack?.stop()
  await server?.close()
  await (await postgres).close()
})

const rows = async <T>(query: string, ...params: unknown[]) => (await (await postgres).query<T>(query, params)).rows
const log = async (session: string): Promise<Event[]> =>
  events((await readStream(alice.events(session), alice.bearer, untilEnded())).frames)
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 100 })

describe('The copy in Postgres', () => {
  it('equals the log', async () => {
    const { session_id } = await alice.send('What is 6 * 7?')
    const recorded = await log(session_id)
    await eventually(async () => {
      const copied = await rows<{ body: Event }>('SELECT body FROM session_events WHERE session_id = $1 ORDER BY seq', session_id)
      expect(copied.map(({ body }) => body)).toEqual(recorded)
    })
    expect(await rows('SELECT tenant, subject, title, state FROM sessions WHERE session_id = $1', session_id)).toEqual([
      { tenant: 'acme', subject: 'alice', title: 'What is 6 * 7?', state: 'idle' },
    ])
  })

  it('catches up after an outage of Postgres, during which conversations and the list continue', async () => {
    const endpoint = server.endpoint
    await server.close()
    const { session_id } = await alice.send('Is anybody there?')
    const recorded = await log(session_id)
    expect(recorded.at(-1)).toMatchObject({ type: 'turn.ended', outcome: 'completed' })
    expect(await (await alice.call('GET', '/v1/sessions?limit=1')).json()).toMatchObject({ sessions: [{ session_id }] })
    await vi.waitFor(
      async () => {
        const ready = await fetch(`${stack.url}/ready`)
        expect([ready.status, await ready.json()]).toMatchObject([
          200,
          {
            status: 'degraded',
            dependencies: [
              { name: 'objects', ok: true },
              { name: 'accounts', ok: true },
              { name: 'policy', ok: true },
              { name: 'audit', ok: true },
              { name: 'tools', ok: true },
              { name: 'sandbox', ok: true },
              { name: 'postgres', ok: false },
            ],
          },
        ])
      },
      { timeout: 20_000, interval: 300 },
    )
    expect(await rows('SELECT 1 FROM session_events WHERE session_id = $1', session_id)).toEqual([])
    server = await serveNeon(postgres, connection, Number(new URL(endpoint).port))
    await vi.waitFor(
      async () => {
        const copied = await rows<{ body: Event }>('SELECT body FROM session_events WHERE session_id = $1 ORDER BY seq', session_id)
        expect(copied.map(({ body }) => body)).toEqual(recorded)
      },
      { timeout: 60_000, interval: 200 },
    )
  }, 90_000)

  it('no longer has a deleted session', async () => {
    const { session_id } = await alice.send('my secret')
    await log(session_id)
    await eventually(async () =>
      expect((await rows('SELECT 1 FROM session_events WHERE session_id = $1', session_id)).length).toBeGreaterThan(5),
    )
    expect((await alice.call('DELETE', `/v1/sessions/${session_id}`)).status).toBe(204)
    await eventually(async () => {
      expect(await rows('SELECT 1 FROM session_events WHERE session_id = $1', session_id)).toEqual([])
      expect(await rows('SELECT title FROM sessions WHERE session_id = $1 AND deleted_at IS NOT NULL', session_id)).toEqual([{ title: '' }])
    })
  })

  it('contains the audit trail, with the hash chain of an export', async () => {
    const { session_id } = await alice.send('one more message')
    await log(session_id)
    await alice.call('GET', '/v1/audit')
    const admin = user(stack.url, await stack.token('acme', 'ada', { scopes: 'admin' }))
    await eventually(async () => {
      const exported = (await (await admin.call('GET', '/v1/audit/export')).text()).trimEnd().split('\n')
      const copied = await rows<{ body: string; prev: string; hash: string }>(
        "SELECT body, prev, hash FROM audit_log WHERE tenant = 'acme' ORDER BY seq",
      )
      expect(copied.length).toBeGreaterThan(5)
      expect(copied.map(({ body, prev, hash }) => exportLine(body, prev, hash))).toEqual(exported.slice(0, copied.length))
      const denied = await rows<{ subject: string }>(
        "SELECT subject FROM policy_audit WHERE tenant = 'acme' AND action = 'admin.audit.read' AND NOT allowed",
      )
      expect(denied).toEqual([{ subject: 'alice' }])
    })
  })
})
