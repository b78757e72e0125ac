/**
 * The restore drill: back up several tenants, add conversations that will be lost, and restore into an empty stack.
 * Cursors of lost events are rejected. Postgres still has the lost events and is brought in line with the logs.
 */
import { execFile } from 'node:child_process'
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type NeonServer, serveNeon } from '../../scripts/neon.ts'
import { openPostgres } from '../../scripts/postgres.ts'
import type { Sent } from '../../shared/api/messages.ts'
import { genesisLink, verifyLine } from '../../shared/audit/chain.ts'
import type { Event } from '../../shared/events/event.ts'
import { isRecorded } from '../../shared/events/frame-body.ts'
import { signIn } from '../security/browser-session.ts'
import { codeOf } from '../support/authenticator.ts'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { events, readStream, untilEnded } from '../support/sse.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type User, user } from '../support/user.ts'

const project = join(import.meta.dirname, '..', '..')
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

/** Runs a script. Returns its exit code and output. */
const run = (script: string, ...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const options = { cwd: project, maxBuffer: 10_000_000 }
    execFile(process.execPath, [`scripts/${script}.ts`, ...args], options, (error, out, err) =>
      // A slow machine sees progress, one line at a time.
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err: err.replace(/^\d+ (of \d+ )?objects, .*\n/gm, '') }),
    )
  })

const json = async <T>(caller: User, path: string): Promise<T> => (await caller.call('GET', path)).json() as Promise<T>
const rows = async <T>(query: string, ...params: unknown[]) => (await (await postgres).query<T>(query, params)).rows
const settled = (caller: User, session: string, turns: number) => readStream(caller.events(session), caller.bearer, untilEnded(turns))

async function logOf(caller: User, session: string): Promise<Event[]> {
  const all: Event[] = []
  for (let after: string | null = '0'; after !== null; ) {
    const page: { events: Event[]; next_cursor: string | null } = await json(
      caller,
      `/v1/sessions/${session}/events?after=${after}&limit=500`,
    )
    all.push(...page.events)
    after = page.next_cursor
  }
  return all
}

/** Everything that the owner of `sessions` sees. */
const seen = async (caller: User, sessions: readonly string[]) => ({
  list: await json(caller, '/v1/sessions'),
  ...Object.fromEntries(
    await Promise.all(
      sessions.map(async (id) => [
        id,
        { history: await json(caller, `/v1/sessions/${id}/history`), branches: await json(caller, `/v1/sessions/${id}/branches`) },
      ]),
    ),
  ),
})

const copied = async (session: string) =>
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
    const almost = user(stack.url, await stack.token('acme', 'alice', { scopes: 'admin admin:backups backup Admin:Backup' }))
    for (const [method, path] of routes) {
      const body = method === 'POST' ? {} : undefined
      for (const caller of [alice, almost]) {
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
    const one = await alice.send('[[fake normal tokens=40]]', { event_id: key })
    await settled(alice, one.session_id, 1)
    const two = await alice.send('[[fake normal tokens=3]] again', { session_id: one.session_id })
    await settled(alice, one.session_id, 2)
    await alice.send('[[fake normal tokens=3]] edited', { session_id: one.session_id, parent_turn_id: one.turn_id })
    await settled(alice, one.session_id, 3)
    const fork = (await (await alice.call('POST', `/v1/sessions/${one.session_id}/fork`, { turn_id: two.turn_id })).json()) as {
      session_id: string
    }
    await alice.send('[[fake normal tokens=3]] forked', { session_id: fork.session_id })
    await settled(alice, fork.session_id, 3)
    const deleted = await alice.send('[[fake normal tokens=3]] my secret')
    await settled(alice, deleted.session_id, 1)
    expect((await alice.call('DELETE', `/v1/sessions/${deleted.session_id}`)).status).toBe(204)
    const bobs = await bob.send('[[fake normal tokens=5]] émoji 🎈 \u2028 "quoted"')
    await settled(bob, bobs.session_id, 1)
    const carols = await carol.send('[[fake normal tokens=5]]')
    await settled(carol, carols.session_id, 1)
    const stored = await carol.send('[[fake normal tokens=5]] to be deleted too late')
    await settled(carol, stored.session_id, 1)
    // A turn in mid-answer.
    const running = await bob.send('[[fake stall after=5]]')
    await readStream(bob.events(running.session_id), bob.bearer, (frames) => frames.some(({ body }) => body.type === 'item.delta'))
    const before = {
      alice: await seen(alice, [one.session_id, fork.session_id]),
      carol: await seen(carol, [carols.session_id, stored.session_id]),
      bobs: await logOf(bob, bobs.session_id),
      one: await logOf(alice, one.session_id),
      fork: await logOf(alice, fork.session_id),
    }

    const backedUp = await run('backup', file, '--url', stack.url)
    expect(backedUp.err).toBe('')
    expect(backedUp).toMatchObject({ code: 0, out: expect.stringMatching(/: 7 sessions, \d+ events/) })
    const text = gunzipSync(await readFile(file)).toString()
    expect(text).not.toContain('my secret')
    expect(text).toContain('émoji 🎈')
    expect((await stat(file)).mode & 0o777).toBe(0o600)

    // Changes that will be lost: a message, a session and a deletion.
    const lost = await alice.send('[[fake normal tokens=3]] lost', { session_id: one.session_id })
    const { frames } = await settled(alice, one.session_id, 4)
    const lostIds = frames.filter(({ body }) => isRecorded(body) && body.seq > (before.one.at(-1)?.seq ?? 0)).map(({ id }) => id)
    const never = await carol.send('[[fake normal tokens=3]] never was')
    await settled(carol, never.session_id, 1)
    expect((await carol.call('DELETE', `/v1/sessions/${stored.session_id}`)).status).toBe(204)
    // Postgres keeps all of them.
    await vi.waitFor(
      async () => {
        expect((await copied(one.session_id)).at(-1)).toMatchObject({ type: 'turn.ended', turn_id: lost.turn_id })
        expect((await copied(never.session_id)).at(-1)).toMatchObject({ type: 'turn.ended' })
        expect(await rows('SELECT 1 FROM sessions WHERE session_id = $1 AND deleted_at IS NOT NULL', stored.session_id)).toHaveLength(1)
      },
      { timeout: 20_000, interval: 100 },
    )

    const from = Date.now()
    await stack.stop()
    stack = await startStack({ env: env() })
    const empty = Date.now()
    await createUsers()
    expect(await json(alice, '/v1/sessions')).toEqual({ sessions: [], next_cursor: null })
    const restored = await run('restore', file, '--url', stack.url)
    const over = Date.now()
    expect(restored.err).toBe('')
    expect(restored).toMatchObject({ code: 0, out: expect.stringMatching(/^7 sessions .* restored in .* 1 stale copies dropped\n$/) })

    expect(await seen(alice, [one.session_id, fork.session_id])).toEqual(before.alice)
    expect(await seen(carol, [carols.session_id, stored.session_id])).toEqual(before.carol)
    for (const [caller, id, log] of [
      [alice, one.session_id, before.one],
      [alice, fork.session_id, before.fork],
      [bob, bobs.session_id, before.bobs],
    ] as const) {
      const now = await logOf(caller, id)
      expect(now.slice(0, -1)).toEqual(log)
      expect(now.at(-1)).toMatchObject({ type: 'session.restored', seq: (log.at(-1)?.seq ?? 0) + 1_000_000 })
    }
    expect((await alice.call('GET', `/v1/sessions/${deleted.session_id}`)).status).toBe(404)
    expect((await alice.call('POST', '/v1/sessions/message', { session_id: deleted.session_id, message: 'x' })).status).toBe(410)
    expect((await carol.call('GET', `/v1/sessions/${never.session_id}`)).status).toBe(404)
    // The idempotency key of the backup still works.
    expect(await alice.send('[[fake normal tokens=40]]', { event_id: key })).toEqual(one)

    // Cursors of lost events are rejected. Earlier cursors still work.
    for (const after of lostIds) {
      for (const stream of ['', '&stream=true']) {
        const refused = await alice.call('GET', `/v1/sessions/${one.session_id}/events?after=${after}${stream}`)
        expect([after, refused.status, await refused.json()]).toMatchObject([after, 400, { type: '/problems/invalid_cursor' }])
      }
    }
    expect(lostIds.length).toBeGreaterThan(4)
    const lastSeq = before.one.at(-1)?.seq ?? 0
    const rest = readStream(alice.events(one.session_id), { ...alice.bearer, 'last-event-id': `${lastSeq}` }, untilEnded(1))
    const next: Sent = await alice.send('[[fake normal tokens=3]] again', { session_id: one.session_id })
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
    const second = await logOf(bob, running.session_id)
    expect(second.filter(({ type }) => type === 'item.opened')).toHaveLength(2)
    expect(second.filter(({ type }) => type === 'item.abandoned')).toHaveLength(1)
    expect((await bob.call('POST', `/v1/sessions/${running.session_id}/turns/${running.turn_id}/cancel`)).status).toBe(202)

    // Postgres equals the logs.
    const logs = await Promise.all(
      (
        [
          [alice, one.session_id],
          [alice, fork.session_id],
          [bob, bobs.session_id],
          [bob, running.session_id],
          [carol, carols.session_id],
          [carol, stored.session_id],
        ] as const
      ).map(async ([caller, id]) => [id, (await logOf(caller, id)).filter((event) => !event.origin)] as const),
    )
    await vi.waitFor(
      async () => {
        for (const [id, log] of logs) expect(await copied(id)).toEqual(log)
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
    expect(await copied(deleted.session_id)).toEqual([])
    const seconds = (ms: number) => (ms / 1_000).toFixed(1)
    console.log(
      `drill: backup: ${backedUp.out.trim()}; ${seconds(empty - from)} s to stop and start empty, ${seconds(over - empty)} s to restore, ` +
        `Postgres in line ${seconds(inSync - from)} s after the stop`,
    )

    // A second restore changes nothing. Another backup does not overwrite sessions, and names them.
    const log = await logOf(alice, one.session_id)
    const twice = await run('restore', file, '--url', stack.url)
    expect(twice).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^0 sessions .*, 7 were restored before\n$/) })
    const other = join(folder, 'other.ndjson')
    await run('backup', other, '--url', stack.url)
    const onTop = await run('restore', other, '--url', stack.url)
    expect(onTop).toMatchObject({
      code: 1,
      err: expect.stringContaining(`NOT RESTORED: acme/${one.session_id}: there is such a session\n`),
    })
    expect(await logOf(alice, one.session_id)).toEqual(log)
  }, 180_000)

  it('restores accounts, settings, keys, relations, memories and the audit trail of a tenant', async () => {
    // The content of the backup.
    const secret = `sk-${crypto.randomUUID()}`
    const browser = await signIn(stack, 'initech', 'ada')
    const admin = user(stack.url, await stack.token('initech', 'root', { scopes: 'admin' }))
    const profile = { provider: 'openai-compatible', base_url: model.url, model: 'fake', credential: 'fake' }
    for (const [method, path, body] of [
      ['PUT', '/v1/settings/models/main', { profile }],
      ['PUT', '/v1/llm/credentials/fake', { secret }],
      ['PUT', '/v1/settings', { version: 2, chat: { profile: 'main' } }],
    ] as const) {
      const answer = await admin.call(method, path, body)
      expect([path, answer.status, answer.ok ? '' : await answer.text()]).toEqual([path, 200, ''])
    }
    const { secret: totp } = (await (await browser.call('POST', '/v1/me/mfa', {})).json()) as { secret: string }
    const verified = await browser.call('POST', '/v1/me/mfa/verify', { code: await codeOf(totp) })
    const { recovery_codes } = (await verified.json()) as { recovery_codes: string[] }
    const made = await browser.call('POST', '/v1/keys', { name: 'script', scopes: [] })
    const { key } = (await made.json()) as { key: string }
    const program = user(stack.url, key)
    const shared = await program.send('[[fake normal tokens=3]] to share')
    await settled(program, shared.session_id, 1)
    const share = { object: `session:${shared.session_id}`, relation: 'viewer', user: 'user:grace' }
    expect((await program.call('POST', '/v1/relations', { writes: [share] })).status).toBe(200)
    expect((await program.call('POST', '/v1/remember', { key: 'tea', value: 'Assam' })).status).toBe(200)
    expect(model.requests.at(-1)?.authorization).toBe(`Bearer ${secret}`)
    const before = {
      users: await json(admin, '/v1/users'),
      settings: await json(admin, '/v1/settings'),
      trail: (await (await admin.call('GET', '/v1/audit/export')).text()).trimEnd().split('\n'),
    }

    const whole = join(folder, 'whole.ndjson.gz')
    const backedUp = await run('backup', whole, '--url', stack.url)
    expect(backedUp).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/ \d+ other objects/) })
    const text = gunzipSync(await readFile(whole)).toString()
    for (const clear of [secret, totp, key, ...recovery_codes]) expect(text).not.toContain(clear)

    const from = Date.now()
    await stack.stop()
    stack = await startStack({ env: env() })
    await createUsers()
    const again = (who: User): User => ({
      ...who,
      call: (method, path, body) => user(stack.url, who.bearer.authorization?.slice(7) ?? '').call(method, path, body),
    })
    const beforeRestore = await fetch(`${stack.url}/v1/me`, { headers: program.bearer })
    expect(beforeRestore.status).toBe(401)
    const empty = Date.now()
    const restored = await run('restore', whole, '--url', stack.url)
    expect(restored.err).toBe('')
    console.log(
      `drill of all objects: ${((Date.now() - empty) / 1_000).toFixed(1)} s to restore, ${((Date.now() - from) / 1_000).toFixed(1)} s in all`,
    )

    // A sign-in of before the backup, an API key, and a second factor.
    // A gateway asks for unknown keys once per cooldown.
    await vi.waitFor(async () => expect((await fetch(`${stack.url}/v1/me`, { headers: { cookie: browser.cookie } })).status).toBe(200), {
      timeout: 60_000,
      interval: 500,
    })
    const script = again(program)
    // A gateway asks about a tenant that it does not know once in 30 s.
    await vi.waitFor(async () => expect((await script.call('GET', '/v1/me')).status).toBe(200), { timeout: 90_000, interval: 1_000 })
    const challenged = await fetch(`${stack.url}/v1/auth/dev`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant: 'initech', subject: 'ada' }),
    })
    expect(challenged.status).toBe(202)
    const { challenge } = (await challenged.json()) as { challenge: string }
    const answered = await fetch(`${stack.url}/v1/auth/mfa`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ challenge, code: await codeOf(totp, 1) }),
    })
    expect(answered.status).toBe(200)
    // Users, settings, relations and memories.
    const root = again(admin)
    const subjects = ({ users }: { users: { subject: string; role: string; mfa: boolean }[] }) =>
      users.map(({ subject, role, mfa }) => ({ subject, role, mfa }))
    expect(subjects(await json(root, '/v1/users'))).toEqual(subjects(before.users as never))
    expect(await json(root, '/v1/settings')).toEqual(before.settings)
    const grace = user(stack.url, await stack.token('initech', 'grace'))
    expect((await grace.call('GET', `/v1/sessions/${shared.session_id}`)).status).toBe(200)
    expect(await json(script, '/v1/recall/tea')).toMatchObject({ text: 'Assam' })
    // The provider's key opens.
    const next = (await (await script.call('POST', '/v1/sessions/message', { message: '[[fake normal tokens=3]] go on' })).json()) as Sent
    await readStream(`${stack.url}/v1/sessions/${next.session_id}/events?stream=true`, program.bearer, untilEnded(1))
    expect(model.requests.at(-1)?.authorization).toBe(`Bearer ${secret}`)
    // The trail begins with the entries of the backup, and its chain holds.
    const trail = (await (await root.call('GET', '/v1/audit/export')).text()).trimEnd().split('\n')
    expect(trail.slice(0, before.trail.length)).toEqual(before.trail)
    let head: ReturnType<typeof verifyLine> = genesisLink
    for (const line of trail) if (typeof head !== 'string') head = verifyLine(head, line)
    expect(head).toMatchObject({ seq: trail.length })
    // Once more changes nothing. Another backup is refused where there is content.
    expect(await run('restore', whole, '--url', stack.url)).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/and 0 other objects/),
    })
    const later = join(folder, 'later.ndjson')
    await run('backup', later, '--url', stack.url)
    const onTop = await run('restore', later, '--url', stack.url)
    expect(onTop).toMatchObject({ code: 1, err: expect.stringContaining('NOT RESTORED: accounts of initech: it has content') })
    const replaced = await run('restore', later, '--url', stack.url, '--overwrite')
    expect(replaced.err).not.toContain('of initech: it has content')
    // A gateway asks about a tenant that it does not know once in 30 s.
    await vi.waitFor(async () => expect((await script.call('GET', '/v1/me')).status).toBe(200), { timeout: 90_000, interval: 1_000 })
  }, 180_000)

  it('rejects a truncated, damaged or foreign file before it sends anything', async () => {
    const plain = join(folder, 'plain.ndjson')
    await run('backup', plain, '--url', stack.url)
    const whole = await readFile(plain, 'utf8')
    const expectRefusal = async (why: RegExp) => {
      const { code, err } = await run('restore', plain, '--url', stack.url)
      expect(code).toBe(1)
      expect(err).toMatch(why)
    }
    await truncate(plain, whole.length - 200)
    await expectRefusal(/its end is missing/)
    await truncate(plain, 0)
    await expectRefusal(/its end is missing/)
    await writeFile(plain, whole.replace('émoji', 'emoji'))
    await expectRefusal(/is damaged/)
    await writeFile(plain, whole)
    await appendFile(plain, '{"type":"void"}\n')
    await expectRefusal(/has lines after its end/)
    await writeFile(plain, '{"hello":"world"}\n')
    await expectRefusal(/is not a backup/)
    const cut = join(folder, 'cut.gz')
    await writeFile(cut, (await readFile(file)).subarray(0, 500))
    const { code, err } = await run('restore', cut, '--url', stack.url)
    expect([code, err]).toEqual([1, expect.stringMatching(/cannot be read|its end is missing/)])
    const unreachable = await run('backup', join(folder, 'unreachable'), '--url', 'http://localhost:1')
    expect([unreachable.code, unreachable.err]).toEqual([1, expect.stringMatching(/cannot be reached/)])
    await expect(stat(join(folder, 'unreachable'))).rejects.toThrow()
  }, 60_000)
})
