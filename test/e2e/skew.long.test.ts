/**
 * Two releases at once. Builds on one state folder differ as releases do: in event types, tables and object methods.
 * The tests deploy, roll back, and use a gateway that is newer or older than the objects.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type NeonServer, serveNeon } from '../../scripts/neon.ts'
import { openPostgres } from '../../scripts/postgres.ts'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import type { Event } from '../../shared/events/event.ts'
import { copySources } from '../support/source-copy.ts'
import { events, readStream, untilEnded } from '../support/sse.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type User, user } from '../support/user.ts'

const root = join(import.meta.dirname, '..', '..')
const connection = 'postgres://soma:test@localhost/soma'
const postgres = openPostgres()
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'soma-skew-')))
const state = join(scratch, 'state')
mkdirSync(state)

/** A text in a source file, and its replacement in another release. */
type Edit = readonly [file: string, text: string, replacement: string]

/** A release: a copy of the sources with `edits`. */
function release(name: string, ...edits: Edit[]): string {
  const project = join(scratch, name)
  copySources(project)
  for (const [file, text, replacement] of edits) {
    const source = readFileSync(join(project, file), 'utf8')
    if (source.split(text).length !== 2) throw new Error(`${file} does not contain exactly once: ${text}`)
    writeFileSync(
      join(project, file),
      source.replace(text, () => replacement),
    )
  }
  return project
}

/** An event type of the next release, recorded with every title. */
const unknownEventType: Edit[] = [
  [
    'shared/events/event.ts',
    'export const Event = z.discriminatedUnion(',
    "const MoodGuessed = recordedFields.extend({ type: z.literal('mood.guessed'), mood: z.string() })\nexport const Event = z.discriminatedUnion(",
  ],
  ['shared/events/event.ts', '\n  SessionDeleted,\n', '\n  SessionDeleted,\n  MoodGuessed,\n'],
  [
    'shared/session/session.ts',
    "return ok([{ type: 'session.titled', title: command.title }])",
    "return ok([{ type: 'session.titled', title: command.title }, { type: 'mood.guessed', mood: 'sunny' }])",
  ],
]
/** The current number of migration steps of a session. */
const steps = readFileSync(join(root, 'durable-objects/session/session-schema.ts'), 'utf8').match(/^ {2}\(sql\) =>/gm)?.length ?? 0
/** Adds one migration step. */
const tables: Edit = [
  'durable-objects/session/session-schema.ts',
  '\n  },\n]\n',
  "\n  },\n  (sql) => void sql.exec('CREATE TABLE mood (turn_id TEXT PRIMARY KEY, mood TEXT NOT NULL)'),\n]\n",
]
/** Removes an object method, as in an earlier release. */
const withoutSnapshot: Edit = [
  'durable-objects/session/session.ts',
  '\n  snapshot(withRecordings = false): ',
  '\n  notYet(withRecordings = false): ',
]
/** This release with the objects of `project`. */
const objectsOf = (project: string): Edit => [
  'scripts/project.ts',
  "worker('durable-objects', 'State')",
  `worker('durable-objects', 'State', '${project}/durable-objects/wrangler.toml')`,
]

let neon: NeonServer
let stack: Stack | undefined
let alice: User
let operator: User

/** Starts `project` on the shared state folder. */
async function run(project: string): Promise<void> {
  stack = await startStack({ project, state, env: { SOMA_DATABASE_URL: connection, SOMA_DATABASE_HTTP: neon.endpoint } })
  alice = user(stack.url, await stack.token('acme', 'alice'))
  operator = user(stack.url, await stack.token('ops', 'olga', { scopes: 'admin:backup' }))
}

beforeAll(async () => {
  await developmentSecrets()
  neon = await serveNeon(postgres, connection)
})
afterEach(async () => {
  await stack?.stop()
  stack = undefined
})
afterAll(async () => {
  await neon?.close()
  await (await postgres).close()
  rmSync(scratch, { recursive: true, force: true })
})

const sendAndWait = async (session: string, message: string, turns: number): Promise<Event[]> => {
  await alice.send(message, { session_id: session })
  return events((await readStream(alice.events(session), alice.bearer, untilEnded(turns))).frames)
}
const logOf = async (session: string): Promise<Event[]> => {
  const page = (await (await alice.call('GET', `/v1/sessions/${session}/events?limit=500`)).json()) as { events: Event[] }
  return page.events
}
const texts = async (session: string) => {
  const { turns } = (await (await alice.call('GET', `/v1/sessions/${session}/history`)).json()) as {
    turns: { items: { text: string }[] }[]
  }
  return turns.map(({ items }) => items[0]?.text)
}
const copied = async (session: string) => {
  const { rows } = await (await postgres).query<{ body: Event }>('SELECT body FROM session_events WHERE session_id = $1 ORDER BY seq', [
    session,
  ])
  return rows.map(({ body }) => body)
}
const guessed = { type: 'mood.guessed', mood: 'sunny' }

describe('One state folder, release after release', () => {
  it('the next release records an event type that this one does not know', async () => {
    await run(release('types', ...unknownEventType))
    await sendAndWait('touched', 'one', 1)
    await sendAndWait('strange', 'one', 1)
    await alice.call('PATCH', '/v1/sessions/strange', { title: 'Strange' })
    expect((await logOf('strange')).at(-1)).toMatchObject(guessed)
  }, 180_000)

  it('rolled back to objects without the snapshot method: everything else works, and the missing method is reported', async () => {
    await run(release('rolled-back', objectsOf(release('before', withoutSnapshot))))
    // Old objects serve the page, the stream, the fold, the copy and the export.
    const before = await logOf('strange')
    expect(before.at(-1)).toMatchObject(guessed)
    const after = await sendAndWait('strange', 'two', 2)
    expect(after.slice(0, before.length)).toEqual(before)
    expect(await texts('strange')).toEqual(['one', 'two'])
    await vi.waitFor(async () => expect(await copied('strange')).toEqual(after), { timeout: 20_000, interval: 200 })
    expect(await (await alice.call('GET', '/v1/sessions/strange/export')).text()).toContain('"mood.guessed"')
    const refused = await operator.call('GET', '/v1/admin/snapshot?tenant=acme&session=strange')
    expect([refused.status, await refused.json()]).toMatchObject([500, { type: '/problems/internal' }])
    expect(await texts('strange')).toEqual(['one', 'two'])
    // Wait until its copies are acknowledged, its list is updated and its timers are deleted, half a minute later. With a timer left, an
    // alarm would make the next release migrate the session.
    await new Promise((done) => setTimeout(done, 35_000))
  }, 180_000)

  it('the release after that has more tables: used sessions are migrated, behind an older gateway', async () => {
    await run(release('gateway-first', objectsOf(release('next', ...unknownEventType, tables))))
    await sendAndWait('touched', 'two', 2)
    expect(await texts('touched')).toEqual(['one', 'two'])
    const snapshot = await (await operator.call('GET', '/v1/admin/snapshot?tenant=acme&session=touched')).text()
    expect(JSON.parse(snapshot.split('\n')[0] ?? '')).toMatchObject({ type: 'session', schema: steps + 1 })
    await alice.call('PATCH', '/v1/sessions/touched', { title: 'Touched' })
    expect((await logOf('touched')).at(-1)).toMatchObject(guessed)
  }, 180_000)

  it('rolled back: migrated sessions are rejected and unchanged, and the others work', async () => {
    await run(release('this'))
    for (const [method, path, body] of [
      ['GET', '/v1/sessions/touched/history', undefined],
      ['GET', '/v1/sessions/touched/events?stream=true', undefined],
      ['GET', '/v1/admin/snapshot?tenant=acme&session=touched', undefined],
      ['POST', '/v1/sessions/message', { session_id: 'touched', message: 'three' }],
      ['DELETE', '/v1/sessions/touched', undefined],
    ] as const) {
      const refused = await (path.includes('admin') ? operator : alice).call(method, path, body)
      expect([path, refused.status, await refused.json()]).toMatchObject([path, 503, { type: '/problems/unavailable' }])
      expect(refused.headers.get('retry-after')).toBe('5')
    }
    await sendAndWait('strange', 'three', 3)
    const { sessions } = (await (await alice.call('GET', '/v1/sessions')).json()) as { sessions: { session_id: string }[] }
    expect(sessions.map(({ session_id }) => session_id).sort()).toEqual(['strange', 'touched'])
    // No retry loop is running.
    const faults = () => stack?.output().match(/NewerSchema/g)?.length ?? 0
    const faultsAtStart = faults()
    await new Promise((done) => setTimeout(done, 5_000))
    expect(faults() - faultsAtStart).toBeLessThan(5)
  }, 180_000)

  it('deployed again: nothing is lost', async () => {
    await run(join(scratch, 'next'))
    expect(await texts('touched')).toEqual(['one', 'two'])
    const log = await sendAndWait('touched', 'three', 3)
    expect(log.filter(({ type }) => type === 'turn.ended')).toMatchObject(Array(3).fill({ outcome: 'completed' }))
    await vi.waitFor(async () => expect(await copied('touched')).toEqual(log), { timeout: 60_000, interval: 200 })
    expect(await texts('strange')).toEqual(['one', 'two', 'three'])
  }, 180_000)
})
