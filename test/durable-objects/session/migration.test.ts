import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Directory } from '../../../durable-objects/directory/directory.ts'
import { type Migrations, migrate, storedSchema, tables } from '../../../durable-objects/migrations.ts'
import { EventLog } from '../../../durable-objects/session/event-log.ts'
import type { SendMessageInput } from '../../../durable-objects/session/send-message-input.ts'
import { sessionMigrations } from '../../../durable-objects/session/session-schema.ts'
import type { Home } from '../../../durable-objects/session-list/session-list.ts'
import { isNewerSchema, NewerSchema } from '../../../shared/faults.ts'
import { SessionId, Subject, TenantId, tenantDirectoryName } from '../../../shared/ids.ts'
import { runner } from '../worker.ts'
import { done, Gate, play, sessions, text } from './scripted-runner.ts'

const tenant = TenantId.parse('acme')
const alice = Subject.parse('alice')
const homes = env.HOME as unknown as DurableObjectNamespace<Home>
const directories = env.DIRECTORY as unknown as DurableObjectNamespace<Directory>

const messageInput = (session: SessionId, text: string): SendMessageInput => ({
  tenant,
  session,
  subject: alice,
  event_id: crypto.randomUUID(),
  fingerprint: text,
  text,
})

/** The error that `call` throws. Undefined: none. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
}

const steps: Migrations = [
  (sql) => {
    sql.exec('CREATE TABLE meta (schema INTEGER NOT NULL); CREATE TABLE thing (name TEXT)')
    sql.exec('INSERT INTO meta VALUES (1)')
  },
  (sql) => sql.exec("ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 7; INSERT INTO thing (name) VALUES ('second')"),
  (sql) => sql.exec("INSERT INTO thing (name, size) VALUES ('third', 3)"),
]

/** Runs `use` on the storage of a new object. */
const withStorage = <T>(name: string, use: (storage: DurableObjectStorage) => T) =>
  runInDurableObject(directories.getByName(name), (_, state) => use(state.storage))

describe('Tables', () => {
  it('migrate from any schema, each step once, and get the new number', async () => {
    const result = await withStorage('forward', (storage) => {
      migrate(storage, storedSchema(storage.sql), steps.slice(0, 1))
      storage.sql.exec("INSERT INTO thing VALUES ('old')")
      for (let repetition = 0; repetition < 2; repetition += 1) migrate(storage, storedSchema(storage.sql), steps)
      return [storedSchema(storage.sql), [...storage.sql.exec('SELECT name, size FROM thing').raw()]]
    })
    expect(result).toEqual([
      3,
      [
        ['old', 7],
        ['second', 7],
        ['third', 3],
      ],
    ])
  })

  it('stay unchanged when a step fails', async () => {
    const broken: Migrations = [...steps.slice(0, 2), (sql) => sql.exec('INSERT INTO nothing VALUES (1)')]
    const result = await withStorage('broken', (storage) => {
      migrate(storage, 0, steps.slice(0, 1))
      expect(() => migrate(storage, 1, broken)).toThrow(/nothing/)
      return [storedSchema(storage.sql), storage.sql.exec('SELECT * FROM thing').columnNames]
    })
    expect(result).toEqual([1, ['name']])
  })

  it('are not written if newer code created them', async () => {
    const result = await withStorage('newer', (storage) => {
      migrate(storage, 0, steps)
      expect(() => migrate(storage, storedSchema(storage.sql), steps.slice(0, 2))).toThrow(NewerSchema)
      return [storedSchema(storage.sql), tables(storage.sql)]
    })
    expect(result).toEqual([3, ['meta', 'thing']])
  })
})

describe('A session list without a schema number', () => {
  const summary = { session_id: 'a', title: 'Old', state: 'idle', created_at: 1, updated_at: 1, last_turn_id: null } as const

  it('keeps its sessions, gets a number, and registers at its next update', async () => {
    const home = homes.getByName('older/bob')
    await runInDurableObject(home, (_, state) => {
      // The tables of schema 1 as released.
      state.storage.sql.exec(`
        CREATE TABLE session (
          session_id TEXT PRIMARY KEY, title TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
          last_turn_id TEXT, seq INTEGER NOT NULL, deleted INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX session_by_activity ON session (updated_at, session_id) WHERE deleted = 0;
      `)
      state.storage.sql.exec("INSERT INTO session VALUES ('a', 'Old', 'idle', 1, 1, NULL, 3, 0)")
    })
    await evictDurableObject(home)
    expect(await home.list(10, null)).toEqual({ sessions: [summary], next: null })
    expect(await runInDurableObject(home, (_, { storage }) => storedSchema(storage.sql))).toBe(2)
    expect(await directories.getByName('older').names('', 10)).toEqual([])
    await home.note({ summary: { ...summary, session_id: 'b', updated_at: 2 }, seq: 1, deleted: false })
    expect(await directories.getByName('older').names('', 10)).toEqual(['bob'])
    expect(await directories.getByName(tenantDirectoryName).names('', 10)).toContain('older')
    expect(await home.everySession('', 10)).toEqual(['a', 'b'])
  })
})

describe('The directory', () => {
  it('lists a subject after its first answered message, in pages by name', async () => {
    runner.run = play(done)
    for (const name of ['zoe', 'bob', 'carol/x']) {
      const id = SessionId.parse(`of-${name.slice(0, 3)}`)
      const objectName = `directory/${id}`
      await sessions
        .getByName(objectName)
        .send({ ...messageInput(id, 'hi'), tenant: TenantId.parse('directory'), subject: Subject.parse(name) })
    }
    const directory = directories.getByName('directory')
    expect(await directory.names('', 2)).toEqual(['bob', 'carol/x'])
    expect(await directory.names('carol/x', 2)).toEqual(['zoe'])
    expect(await directories.getByName('empty').names('', 2)).toEqual([])
    expect(await runInDurableObject(directories.getByName('empty'), (_, { storage }) => tables(storage.sql))).toEqual([])
  })

  it('receives the registration again after it was unreachable', async () => {
    const home = homes.getByName('registers-again/bob')
    const summary = { session_id: 'a', title: '', state: 'idle', created_at: 1, updated_at: 1, last_turn_id: null } as const
    const directory = directories.getByName('registers-again')
    await runInDurableObject(directory, (_, { storage }) =>
      storage.sql.exec('CREATE TABLE meta (schema INTEGER); INSERT INTO meta VALUES (99)'),
    )
    expect(await errorOf(() => home.note({ summary, seq: 1, deleted: false }))).toSatisfy(isNewerSchema)
    // The list already has the session.
    expect((await home.list(10, null)).sessions).toHaveLength(1)
    await runInDurableObject(directory, (_, { storage }) => storage.sql.exec('DROP TABLE meta'))
    await home.note({ summary, seq: 1, deleted: false })
    expect(await directory.names('', 10)).toEqual(['bob'])
  })
})

describe('A session with a newer schema than the code', () => {
  it('refuses everything with `NewerSchema`, writes nothing, and checks once per hour', async () => {
    runner.run = play(text('Hello'), done)
    const id = SessionId.parse('newer')
    const session = sessions.getByName(`${tenant}/${id}`)
    await session.send(messageInput(id, 'hi'))
    await vi.waitFor(async () => expect(await session.summary(alice)).toMatchObject({ value: { state: 'idle' } }))
    const disk = () =>
      runInDurableObject(session, (_, { storage }) =>
        tables(storage.sql).map((table) => [table, [...storage.sql.exec(`SELECT * FROM "${table}"`).raw()]]),
      )
    await runInDurableObject(session, async (_, { storage }) => {
      storage.sql.exec(
        'UPDATE meta SET schema = 99; ALTER TABLE due RENAME COLUMN at TO due_at; ALTER TABLE event RENAME COLUMN body TO text',
      )
      await storage.setAlarm(Date.now() + 60_000)
    })
    const before = await disk()
    await evictDurableObject(session)
    for (const call of [
      () => session.send(messageInput(id, 'again')),
      () => session.read(alice, ''),
      () => session.summary(alice),
      () => session.cancel(alice, 'x'),
      () => session.remove(alice),
      () => session.snapshot(),
      () => session.acknowledge('relay', 1),
      () => session.fetch('https://session/?subject=alice', { headers: { upgrade: 'websocket' } }),
    ]) {
      expect(await errorOf(call)).toSatisfy(isNewerSchema)
    }
    expect(await runDurableObjectAlarm(session)).toBe(true)
    const next = await runInDurableObject(session, (_, { storage }) => storage.getAlarm())
    expect(next).toBeGreaterThan(Date.now() + 3_000_000)
    expect(await disk()).toEqual(before)
    // The newer code is deployed.
    await runInDurableObject(session, (_, { storage }) => {
      storage.sql.exec(`UPDATE meta SET schema = ${sessionMigrations.length}`)
      storage.sql.exec('ALTER TABLE due RENAME COLUMN due_at TO at; ALTER TABLE event RENAME COLUMN text TO body')
    })
    await evictDurableObject(session)
    expect(await session.send(messageInput(id, 'again'))).toMatchObject({ ok: true })
  })
})

describe('A session from the first release', () => {
  it('keeps its turns, including a running and a waiting one', async () => {
    const gate = new Gate()
    const id = SessionId.parse('older')
    const session = sessions.getByName(`${tenant}/${id}`)
    runner.run = play(done)
    for (let n = 0; n < 3; n += 1) {
      await session.send(messageInput(id, 'hi'))
      await vi.waitFor(async () => expect(await session.summary(alice)).toMatchObject({ value: { state: 'idle' } }))
    }
    runner.run = play(gate, done)
    await session.send(messageInput(id, 'now'))
    await session.send(messageInput(id, 'next'))
    const [before, after] = await runInDurableObject(session, (_, { storage }) => {
      const before = new EventLog(storage.sql).load()
      storage.sql.exec(`
        DROP TABLE call; ALTER TABLE turn DROP COLUMN steps; ALTER TABLE turn DROP COLUMN spent;
        ALTER TABLE meta DROP COLUMN unended_from; UPDATE meta SET schema = 1
      `)
      const log = new EventLog(storage.sql)
      log.migrate(storage)
      return [before, log.load()]
    })
    expect(after.turns).toHaveLength(2)
    expect(after).toEqual(before)
    gate.open()
  })
})
