/**
 * The restore drill: back up several tenants, add conversations that will be lost, and restore into an empty stack.
 * Cursors of lost events are rejected. Postgres still has the lost events and is brought in line with the logs.
 */
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type NeonServer, serveNeon } from '../../scripts/neon.ts'
import { openPostgres } from '../../scripts/postgres.ts'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import type { Event } from '../../shared/events/event.ts'
import { isRecorded } from '../../shared/events/frame-body.ts'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { getJson, readTurns, runScript } from '../support/restore-drill.ts'
import { events, readStream, untilEnded } from '../support/sse.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type User, user } from '../support/user.ts'

const connection = 'postgres://soma:test@localhost/soma'
const postgres = openPostgres()
let neon: NeonServer
let model: FakeModel
let stack: Stack
let folder: string
let file: string
let alice: User
let bob: User
let carol: User

const env = () => ({
  SOMA_MODEL_BASE_URL: model.url,
  SOMA_MODEL: 'fake',
  SOMA_DATABASE_URL: connection,
  SOMA_DATABASE_HTTP: neon.endpoint,
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soma-backup-'))
  file = join(folder, 'soma.ndjson.gz')
  model = await startFakeModel()
  neon = await serveNeon(postgres, connection)
  stack = await startStack({ env: env() })
  await createUsers()
})
afterAll(async () => {
  await stack?.stop()
  await neon?.close()
  await model?.close()
  await (await postgres).close()
  await rm(folder, { recursive: true, force: true })
})

async function createUsers(): Promise<void> {
  alice = user(stack.url, await stack.token('acme', 'alice'))
  bob = user(stack.url, await stack.token('acme', 'bob/builder?'))
  carol = user(stack.url, await stack.token('globex', 'carol'))
}

const rows = async <T>(query: string, ...params: unknown[]) => (await (await postgres).query<T>(query, params)).rows

async function logOf(caller: User, session: string): Promise<Event[]> {
  const all: Event[] = []
  for (let after: string | null = '0'; after !== null; ) {
    const page: { events: Event[]; next_cursor: string | null } = await getJson(
      caller,
      `/v1/sessions/${session}/events?after=${after}&limit=500`,
    )
    all.push(...page.events)
    after = page.next_cursor
  }
  return all
}

/** Everything that the owner of `sessions` sees. */
const visibleTo = async (caller: User, sessions: readonly string[]) => ({
  list: await getJson(caller, '/v1/sessions'),
  ...Object.fromEntries(
    await Promise.all(
      sessions.map(async (id) => [
        id,
        { history: await getJson(caller, `/v1/sessions/${id}/history`), branches: await getJson(caller, `/v1/sessions/${id}/branches`) },
      ]),
    ),
  ),
})

const postgresEvents = async (session: string) =>
  (await rows<{ body: Event }>('SELECT body FROM session_events WHERE session_id = $1 ORDER BY seq', session)).map(({ body }) => body)

describe('The admin routes', () => {
  it('require the scope', async () => {
    const routes = [
      ['GET', '/v1/admin/tenants'],
      ['GET', '/v1/admin/subjects?tenant=acme'],
      ['GET', '/v1/admin/sessions?tenant=acme&subject=alice'],
      ['GET', '/v1/admin/snapshot?tenant=acme&session=x'],
      ['POST', '/v1/admin/restore'],
      ['GET', '/v1/admin/object?kind=accounts&tenant=acme'],
      ['POST', '/v1/admin/object/restore'],
      ['POST', '/v1/admin/copies/prune'],
    ] as const
    const withSimilarScopes = user(stack.url, await stack.token('acme', 'alice', { scopes: 'admin admin:backups backup Admin:Backup' }))
    for (const [method, path] of routes) {
      const body = method === 'POST' ? {} : undefined
      for (const caller of [alice, withSimilarScopes]) {
        const refused = await caller.call(method, path, body)
        expect([path, refused.status, await refused.json()]).toMatchObject([path, 403, { type: '/problems/denied' }])
      }
      expect((await fetch(`${stack.url}${path}`, { method })).status).toBe(401)
    }
    const operator = user(stack.url, await stack.token('ops', 'olga', { scopes: 'other admin:backup' }))
    expect((await operator.call('GET', '/v1/admin/tenants')).status).toBe(200)
    expect((await operator.call('GET', '/v1/admin/snapshot?tenant=acme&session=x')).status).toBe(404)
  })
})

describe('The drill', () => {
  it('restores exactly the backup', async () => {
    // The content of the backup.
    const key = crypto.randomUUID()
    const first = await alice.send('[[fake normal tokens=40]]', { event_id: key })
    await readTurns(alice, first.session_id, 1)
    const second = await alice.send('[[fake normal tokens=3]] again', { session_id: first.session_id })
    await readTurns(alice, first.session_id, 2)
    await alice.send('[[fake normal tokens=3]] edited', { session_id: first.session_id, parent_turn_id: first.turn_id })
    await readTurns(alice, first.session_id, 3)
    const fork = (await (await alice.call('POST', `/v1/sessions/${first.session_id}/fork`, { turn_id: second.turn_id })).json()) as {
      session_id: string
    }
    await alice.send('[[fake normal tokens=3]] forked', { session_id: fork.session_id })
    await readTurns(alice, fork.session_id, 3)
    const deleted = await alice.send('[[fake normal tokens=3]] my secret')
    await readTurns(alice, deleted.session_id, 1)
    expect((await alice.call('DELETE', `/v1/sessions/${deleted.session_id}`)).status).toBe(204)
    const bobSent = await bob.send('[[fake normal tokens=5]] émoji 🎈 \u2028 "quoted"')
    await readTurns(bob, bobSent.session_id, 1)
    const carolSent = await carol.send('[[fake normal tokens=5]]')
    await readTurns(carol, carolSent.session_id, 1)
    const deletedLater = await carol.send('[[fake normal tokens=5]] to be deleted too late')
    await readTurns(carol, deletedLater.session_id, 1)
    // A turn that has not finished its answer.
    const running = await bob.send('[[fake stall after=5]]')
    await readStream(bob.events(running.session_id), bob.bearer, (frames) => frames.some(({ body }) => body.type === 'item.delta'))
    const before = {
      alice: await visibleTo(alice, [first.session_id, fork.session_id]),
      carol: await visibleTo(carol, [carolSent.session_id, deletedLater.session_id]),
      bobLog: await logOf(bob, bobSent.session_id),
      firstLog: await logOf(alice, first.session_id),
      forkLog: await logOf(alice, fork.session_id),
    }

    const backedUp = await runScript('backup', file, '--url', stack.url)
    expect(backedUp.err).toBe('')
    expect(backedUp).toMatchObject({ code: 0, out: expect.stringMatching(/: 7 sessions, \d+ events/) })
    const text = gunzipSync(await readFile(file)).toString()
    expect(text).not.toContain('my secret')
    expect(text).toContain('émoji 🎈')
    expect((await stat(file)).mode & 0o777).toBe(0o600)

    // Changes that will be lost: a message, a session and a deletion.
    const lost = await alice.send('[[fake normal tokens=3]] lost', { session_id: first.session_id })
    const { frames } = await readTurns(alice, first.session_id, 4)
    const lostIds = frames.filter(({ body }) => isRecorded(body) && body.seq > (before.firstLog.at(-1)?.seq ?? 0)).map(({ id }) => id)
    const lostSession = await carol.send('[[fake normal tokens=3]] never was')
    await readTurns(carol, lostSession.session_id, 1)
    expect((await carol.call('DELETE', `/v1/sessions/${deletedLater.session_id}`)).status).toBe(204)
    // Postgres keeps all of them.
    await vi.waitFor(
      async () => {
        expect((await postgresEvents(first.session_id)).at(-1)).toMatchObject({ type: 'turn.ended', turn_id: lost.turn_id })
        expect((await postgresEvents(lostSession.session_id)).at(-1)).toMatchObject({ type: 'turn.ended' })
        expect(await rows('SELECT 1 FROM sessions WHERE session_id = $1 AND deleted_at IS NOT NULL', deletedLater.session_id)).toHaveLength(
          1,
        )
      },
      { timeout: 20_000, interval: 100 },
    )

    const stoppedAt = Date.now()
    await stack.stop()
    stack = await startStack({ env: env() })
    const emptyAt = Date.now()
    await createUsers()
    expect(await getJson(alice, '/v1/sessions')).toEqual({ sessions: [], next_cursor: null })
    const restored = await runScript('restore', file, '--url', stack.url)
    const restoredAt = Date.now()
    expect(restored.err).toBe('')
    expect(restored).toMatchObject({ code: 0, out: expect.stringMatching(/^7 sessions .* restored in .* 1 stale copies dropped\n$/) })

    expect(await visibleTo(alice, [first.session_id, fork.session_id])).toEqual(before.alice)
    expect(await visibleTo(carol, [carolSent.session_id, deletedLater.session_id])).toEqual(before.carol)
    for (const [caller, id, log] of [
      [alice, first.session_id, before.firstLog],
      [alice, fork.session_id, before.forkLog],
      [bob, bobSent.session_id, before.bobLog],
    ] as const) {
      const now = await logOf(caller, id)
      expect(now.slice(0, -1)).toEqual(log)
      expect(now.at(-1)).toMatchObject({ type: 'session.restored', seq: (log.at(-1)?.seq ?? 0) + 1_000_000 })
    }
    expect((await alice.call('GET', `/v1/sessions/${deleted.session_id}`)).status).toBe(404)
    expect((await alice.call('POST', '/v1/sessions/message', { session_id: deleted.session_id, message: 'x' })).status).toBe(410)
    expect((await carol.call('GET', `/v1/sessions/${lostSession.session_id}`)).status).toBe(404)
    // The idempotency key of the backup still works.
    expect(await alice.send('[[fake normal tokens=40]]', { event_id: key })).toEqual(first)

    // Cursors of lost events are rejected. Earlier cursors still work.
    for (const after of lostIds) {
      for (const stream of ['', '&stream=true']) {
        const refused = await alice.call('GET', `/v1/sessions/${first.session_id}/events?after=${after}${stream}`)
        expect([after, refused.status, await refused.json()]).toMatchObject([after, 400, { type: '/problems/invalid_cursor' }])
      }
    }
    expect(lostIds.length).toBeGreaterThan(4)
    const lastSeq = before.firstLog.at(-1)?.seq ?? 0
    const rest = readStream(alice.events(first.session_id), { ...alice.bearer, 'last-event-id': `${lastSeq}` }, untilEnded(1))
    const next: AcceptedMessage = await alice.send('[[fake normal tokens=3]] again', { session_id: first.session_id })
    expect(next.seq).toBe(lastSeq + 1_000_002)
    expect(events((await rest).frames).map(({ type }) => type)).toEqual([
      'session.restored',
      'turn.accepted',
      'item.added',
      'turn.started',
      'item.opened',
      'item.closed',
      'turn.ended',
    ])

    // The interrupted turn runs again, once. Its model stalls again.
    await readStream(bob.events(running.session_id), bob.bearer, (frames) => frames.at(-1)?.body.type === 'item.delta')
    const resumedLog = await logOf(bob, running.session_id)
    expect(resumedLog.filter(({ type }) => type === 'item.opened')).toHaveLength(2)
    expect(resumedLog.filter(({ type }) => type === 'item.abandoned')).toHaveLength(1)
    expect((await bob.call('POST', `/v1/sessions/${running.session_id}/turns/${running.turn_id}/cancel`)).status).toBe(202)

    // Postgres equals the logs.
    const logs = await Promise.all(
      (
        [
          [alice, first.session_id],
          [alice, fork.session_id],
          [bob, bobSent.session_id],
          [bob, running.session_id],
          [carol, carolSent.session_id],
          [carol, deletedLater.session_id],
        ] as const
      ).map(async ([caller, id]) => [id, (await logOf(caller, id)).filter((event) => !event.origin)] as const),
    )
    await vi.waitFor(
      async () => {
        for (const [id, log] of logs) expect(await postgresEvents(id)).toEqual(log)
      },
      { timeout: 20_000, interval: 200 },
    )
    const inSync = Date.now()
    expect(
      await rows<{ session_id: string; deleted: boolean }>(
        'SELECT session_id, deleted_at IS NOT NULL AS deleted FROM sessions ORDER BY session_id',
      ),
    ).toEqual(
      [...logs.map(([session_id]) => ({ session_id, deleted: false })), { session_id: deleted.session_id, deleted: true }].sort((a, b) =>
        a.session_id < b.session_id ? -1 : 1,
      ),
    )
    expect(await postgresEvents(deleted.session_id)).toEqual([])
    const seconds = (ms: number) => (ms / 1_000).toFixed(1)
    console.log(
      `drill: backup: ${backedUp.out.trim()}; ${seconds(emptyAt - stoppedAt)} s to stop and start empty, ${seconds(restoredAt - emptyAt)} s to restore, ` +
        `Postgres in line ${seconds(inSync - stoppedAt)} s after the stop`,
    )

    // A second restore changes nothing. Another backup does not overwrite sessions, and names them.
    const log = await logOf(alice, first.session_id)
    const repeated = await runScript('restore', file, '--url', stack.url)
    expect(repeated).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^0 sessions .*, 7 were restored before\n$/) })
    const other = join(folder, 'other.ndjson')
    await runScript('backup', other, '--url', stack.url)
    const refusedRestore = await runScript('restore', other, '--url', stack.url)
    expect(refusedRestore).toMatchObject({
      code: 1,
      err: expect.stringContaining(`NOT RESTORED: acme/${first.session_id}: a session with this id exists\n`),
    })
    expect(await logOf(alice, first.session_id)).toEqual(log)
  }, 180_000)

  it('rejects a truncated, damaged or foreign file before it sends anything', async () => {
    const plain = join(folder, 'plain.ndjson')
    await runScript('backup', plain, '--url', stack.url)
    const completeText = await readFile(plain, 'utf8')
    const expectRefusal = async (reason: RegExp) => {
      const { code, err } = await runScript('restore', plain, '--url', stack.url)
      expect(code).toBe(1)
      expect(err).toMatch(reason)
    }
    await truncate(plain, completeText.length - 200)
    await expectRefusal(/its end is missing/)
    await truncate(plain, 0)
    await expectRefusal(/its end is missing/)
    await writeFile(plain, completeText.replace('émoji', 'emoji'))
    await expectRefusal(/is damaged/)
    await writeFile(plain, completeText)
    await appendFile(plain, '{"type":"void"}\n')
    await expectRefusal(/has lines after its end/)
    await writeFile(plain, '{"hello":"world"}\n')
    await expectRefusal(/is not a backup/)
    const cut = join(folder, 'cut.gz')
    await writeFile(cut, (await readFile(file)).subarray(0, 500))
    const { code, err } = await runScript('restore', cut, '--url', stack.url)
    expect([code, err]).toEqual([1, expect.stringMatching(/cannot be read|its end is missing/)])
    const unreachable = await runScript('backup', join(folder, 'unreachable'), '--url', 'http://localhost:1')
    expect([unreachable.code, unreachable.err]).toEqual([1, expect.stringMatching(/cannot be reached/)])
    await expect(stat(join(folder, 'unreachable'))).rejects.toThrow()
  }, 60_000)
})
