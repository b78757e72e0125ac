/**
 * This release and a real earlier one over one state folder. Stored and public names must not have changed between them.
 * The earlier release is commit 5be66a6, before folders and names changed.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { hasCommit } from '../../scripts/commit.ts'
import { type NeonServer, serveNeon } from '../../scripts/neon.ts'
import { openPostgres } from '../../scripts/postgres.ts'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import type { Event } from '../../shared/events/event.ts'
import { oldRelease, withEmptyClassesOf, withObjectsOf } from '../support/old-release.ts'
import { events, readStream, untilEnded } from '../support/sse.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type User, user } from '../support/user.ts'

const commit = '5be66a6'
const root = join(import.meta.dirname, '../..')
const connection = 'postgres://soma:test@localhost/soma'
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'soma-old-release-')))
const state = join(scratch, 'state')
mkdirSync(state)

let postgres: ReturnType<typeof openPostgres>
let neon: NeonServer
let stack: Stack | undefined
let alice: User
let admin: User

/** A copy of this checkout, which a test may change before it starts it. */
function thisRelease(name: string): string {
  const project = join(scratch, name)
  mkdirSync(join(project, 'web', 'dist'), { recursive: true })
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    const included = entry.isFile() || ['durable-objects', 'migrations', 'policy', 'scripts', 'shared', 'workers'].includes(entry.name)
    const filter = (source: string) => !['node_modules', '.wrangler'].includes(basename(source))
    if (included) cpSync(join(root, entry.name), join(project, entry.name), { recursive: true, filter })
  }
  if (!existsSync(join(project, 'node_modules'))) symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'))
  return project
}

async function start(project: string): Promise<void> {
  const env = { SOMA_DATABASE_URL: connection, SOMA_DATABASE_HTTP: neon.endpoint, SOMA_BUILTIN_WORD_MS: '1' }
  stack = await startStack({ project, state, env })
  alice = user(stack.url, await stack.token('acme', 'alice'))
  admin = user(stack.url, await stack.token('acme', 'root', { scopes: 'admin:users' }))
}

/** Sends a message and returns the log once `turns` turns have ended. */
async function sendAndRead(message: string, turns: number): Promise<Event[]> {
  await alice.send(message, { session_id: 'kept' })
  return events((await readStream(alice.events('kept'), alice.bearer, untilEnded(turns))).frames)
}

async function expectNothingLost(turns: number, log: readonly Event[]): Promise<void> {
  expect(log.filter(({ type }) => type === 'turn.ended')).toMatchObject(Array(turns).fill({ outcome: 'completed' }))
  const { sessions } = (await (await alice.call('GET', '/v1/sessions')).json()) as { sessions: { session_id: string }[] }
  expect(sessions.map(({ session_id }) => session_id)).toEqual(['kept'])
  await vi.waitFor(
    async () => {
      const { rows } = await (await postgres).query<{ body: Event }>(
        "SELECT body FROM session_events WHERE session_id = 'kept' ORDER BY seq",
      )
      expect(rows.map(({ body }) => body)).toEqual(log)
    },
    { timeout: 30_000, interval: 200 },
  )
  const response = (await (await alice.call('GET', '/v1/memories')).json()) as { memories: { text: string }[] }
  expect(response.memories.length).toBeGreaterThan(0)
  expect((await admin.call('GET', '/v1/audit')).status).toBe((await alice.call('GET', '/v1/audit')).status)
}

describe.skipIf(!hasCommit(commit))(`One state folder with the release of ${commit}`, () => {
  let log: Event[] = []

  beforeAll(async () => {
    await developmentSecrets()
    postgres = openPostgres()
    neon = await serveNeon(postgres, connection)
  }, 60_000)
  afterEach(async () => {
    await stack?.stop()
    stack = undefined
  })
  afterAll(async () => {
    await neon?.close()
    await (await postgres)?.close()
    rmSync(scratch, { recursive: true, force: true })
  })

  it('is written by the earlier release', async () => {
    await start(oldRelease(commit, join(scratch, 'old')))
    log = await sendAndRead('My favourite colour is green today.', 1)
    log = await sendAndRead('/tool timestamp', 2)
    await expectNothingLost(2, log)
  }, 180_000)

  it('continues with this release: every event is unchanged', async () => {
    await start(thisRelease('new'))
    const after = await sendAndRead('My favourite animal is the badger.', 3)
    expect(after.slice(0, log.length)).toEqual(log)
    log = after
    await expectNothingLost(3, log)
  }, 180_000)

  it('continues with earlier Workers over these objects', async () => {
    await start(withObjectsOf(oldRelease(commit, join(scratch, 'old-workers')), join(scratch, 'new')))
    log = await sendAndRead('/tool timestamp', 4)
    await expectNothingLost(4, log)
  }, 180_000)

  it('continues with these Workers over earlier objects', async () => {
    const objects = withEmptyClassesOf(oldRelease(commit, join(scratch, 'old-objects')), root)
    await start(withObjectsOf(thisRelease('new-workers'), objects))
    log = await sendAndRead('/tool echo {"text":"still here"}', 5)
    await expectNothingLost(5, log)
  }, 180_000)

  it('is rolled back to the earlier release', async () => {
    await start(join(scratch, 'old'))
    const after = await sendAndRead('And my favourite tree is the oak.', 6)
    expect(after.slice(0, log.length)).toEqual(log)
    await expectNothingLost(6, after)
  }, 180_000)
})
