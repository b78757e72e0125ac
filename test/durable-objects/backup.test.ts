/** Every table of every object is in a backup, or has a reason not to be. Rows survive a restore. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { RestoreRequest } from '../../durable-objects/backup/object-backup.ts'
import type { BackupStatement } from '../../durable-objects/backup/plan.ts'
import { tables } from '../../durable-objects/migrations.ts'
import { sessionMigrations } from '../../durable-objects/session/session-schema.ts'
import { excludedSessionTables } from '../../durable-objects/session/snapshot.ts'
import type { SqlTables } from '../../durable-objects/sql-object.ts'
import * as soma from '../../durable-objects/worker.ts'
import { genesisHead, verifyLine } from '../../shared/audit/chain.ts'
import { Subject, TenantId } from '../../shared/ids.ts'
import type { Failure } from '../../shared/problem.ts'
import type { Result } from '../../shared/result.ts'
import { type ObjectKind, ObjectLine, type ObjectRef, type RestoreOutcome } from '../../shared/session/backup.ts'

const namespaces = env as unknown as Record<string, DurableObjectNamespace<soma.Tenant>>
const stubOf =
  <T extends Rpc.DurableObjectBranded>(binding: string, name: (tenant: TenantId) => string) =>
  (tenant: TenantId) =>
    (env as unknown as Record<string, DurableObjectNamespace<T>>)[binding]?.getByName(name(tenant)) as DurableObjectStub<T>
const directory = env.DIRECTORY as unknown as DurableObjectNamespace<soma.Directory>
const accounts = stubOf<soma.Accounts>('ACCOUNTS', (tenant) => tenant)
const attachments = stubOf<soma.Attachments>('ATTACHMENTS', (tenant) => tenant)
const trail = stubOf<soma.AuditTrail>('AUDIT_TRAIL', (tenant) => tenant)
const memory = stubOf<soma.Memory>('MEMORY', (tenant) => `${tenant}/user:alice`)
const issuer = stubOf<soma.Issuer>('ISSUER', (tenant) => `/${tenant}`)
const list = stubOf<soma.Home>('HOME', (tenant) => `${tenant}/alice`)

/** The methods of an object that a backup calls. */
interface Rows {
  exportRows(of: ObjectRef): Promise<ReadableStream<Uint8Array>>
  restoreRows(request: RestoreRequest): Promise<Result<RestoreOutcome, Failure>>
}
/** The binding of each class of `worker.ts`. */
const bindings: Record<string, string> = {
  Accounts: 'ACCOUNTS',
  Attachments: 'ATTACHMENTS',
  ResumableUpload: 'UPLOADS',
  AuditTrail: 'AUDIT_TRAIL',
  Issuer: 'ISSUER',
  Limiter: 'LIMITER',
  Memory: 'MEMORY',
  Directory: 'DIRECTORY',
  Home: 'HOME',
  Session: 'SESSION',
  Relationships: 'RELATIONS',
  Tenant: 'TENANT',
}
const classes = Object.entries(soma).filter(([name]) => name !== 'default') as [string, { readonly backup?: BackupStatement }][]

let count = 0
const newTenant = () => TenantId.parse(`backup-${++count}`)
const alice = Subject.parse('alice')

const refOf = (kind: ObjectKind, tenant: TenantId): ObjectRef =>
  kind === 'signing_keys' ? { kind } : kind === 'memory' || kind === 'session_list' ? { kind, tenant, subject: alice } : { kind, tenant }
const stubs = {
  settings: stubOf<soma.Tenant>('TENANT', (tenant) => tenant),
  accounts,
  audit: trail,
  memory,
  session_list: list,
  attachments,
  signing_keys: issuer,
}
const object = (kind: ObjectKind, tenant: TenantId) => stubs[kind](tenant) as unknown as Rows
async function read(kind: ObjectKind, tenant: TenantId): Promise<ObjectLine[]> {
  const stream = await object(kind, tenant).exportRows(refOf(kind, tenant))
  const text = await new Response(stream).text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => ObjectLine.parse(JSON.parse(line)))
}
/** Restores lines of one tenant's object into another's, one line at a time. The object restarts afterwards. */
async function restore(
  kind: ObjectKind,
  lines: ObjectLine[],
  to: TenantId,
  { overwrite = false, backup = crypto.randomUUID() as string } = {},
) {
  const ref = refOf(kind, to)
  const renamedLines = lines.map((line) => (line.type === 'object' ? { ...line, ...ref } : line))
  const stub = () => stubs[kind](to) as DurableObjectStub<soma.Tenant>
  const previousInstances = new WeakSet<object>()
  await runInDurableObject(stub(), (instance) => void previousInstances.add(instance))
  let answer: Result<RestoreOutcome, Failure> = { ok: true, value: 'staged' }
  for (const line of renamedLines) {
    answer = await object(kind, to).restoreRows({ of: ref, backup, overwrite, lines: [line] })
    if (!answer.ok || answer.value === 'already') return answer
  }
  // The object starts again from its new tables.
  await vi.waitFor(async () => expect(await runInDurableObject(stub(), (instance) => previousInstances.has(instance))).toBe(false), {
    timeout: 10_000,
  })
  return answer
}
const rowsOf = (kind: ObjectKind, tenant: TenantId) =>
  runInDurableObject(stubs[kind](tenant) as DurableObjectStub<soma.Tenant>, (_, { storage: { sql } }) =>
    Object.fromEntries(
      tables(sql)
        .filter((name) => !/^(entry_)?(word|gram)/.test(name))
        .map((name) => [name, sql.exec(`SELECT * FROM "${name}"`).toArray()]),
    ),
  )

/** Tables of a session that no migration creates. */
const createdLater = ['restoring', 'recording', 'program', 'program_key']

describe('A backup', () => {
  it.each(classes)('covers every table of %s, or says why not', async (name, { backup }) => {
    expect(backup ?? (name === 'Session' ? '' : undefined), `${name} states nothing`).toBeDefined()
    const stub = namespaces[bindings[name] ?? '']?.getByName(name === 'Home' ? 'kinds/alice' : 'kinds') as DurableObjectStub<soma.Tenant>
    if (name === 'Session') {
      const present = await runInDurableObject(stub, (_, { storage: { sql } }) => {
        for (const migration of sessionMigrations) migration(sql)
        return tables(sql)
      })
      expect(present).toEqual(expect.arrayContaining(Object.keys(excludedSessionTables).filter((table) => !createdLater.includes(table))))
      return
    }
    if (typeof backup !== 'object') return expect(backup).toMatch(/\w+ \w+/)
    const present = await runInDurableObject(stub, (instance, { storage: { sql } }) => {
      ;(instance as unknown as { tables: SqlTables }).tables.migrate()
      return tables(sql)
    })
    const stated = [...backup.tables, ...Object.keys(backup.excluded)]
    expect(present.filter((table) => !stated.includes(table))).toEqual([])
    expect(backup.tables.filter((table) => !present.includes(table))).toEqual([])
    for (const reason of Object.values(backup.excluded)) expect(reason).toMatch(/\w+ \w+/)
  })

  it('restores accounts: users, API keys and second factors', async () => {
    const tenant = newTenant()
    const to = newTenant()
    await accounts(tenant).appoint('owner', alice, 'owner')
    await accounts(tenant).makeKey({ subject: alice, name: 'k', scopes: [], expiresAt: null })
    await accounts(tenant).signIn({
      subject: alice,
      name: 'Alice',
      role: 'owner',
      method: 'oidc',
      scope: '',
      amr: [],
      agent: '',
      expiresAt: Date.now() + 1e9,
      refresh: true,
    })
    await accounts(tenant).demandMfa('admins')
    const before = await rowsOf('accounts', tenant)
    const lines = await read('accounts', tenant)
    expect(await restore('accounts', lines, to)).toEqual({ ok: true, value: 'restored' })
    const { meta, changed, ...rest } = await rowsOf('accounts', to)
    expect(rest).toEqual(Object.fromEntries(Object.entries(before).filter(([name]) => !['meta', 'changed'].includes(name))))
    expect(meta?.[0]).toMatchObject({ require_mfa: 'admins' })
    // Workers forget every cached credential.
    expect((await accounts(to).changedSince(Number(before.meta?.[0]?.stamp))).subjects).toBeNull()
    expect(changed).toHaveLength(1)
  })

  it('restores memories with their index', async () => {
    const tenant = newTenant()
    const to = newTenant()
    await memory(tenant).keep('tea', 'Assam tea with milk')
    await memory(tenant).hear({ session: 's', seq: 3, at: Date.now(), text: 'I live in Bergen now' })
    expect(await restore('memory', await read('memory', tenant), to)).toEqual({ ok: true, value: 'restored' })
    const found = await memory(to).find({ q: 'Bergen', limit: 5, before: null, skip: 0 })
    expect(JSON.stringify(found)).toContain('I live in Bergen now')
    expect(await memory(to).heardUpTo('s')).toBe(3)
  })

  it('restores memories with coordinates, their vectors and indexes', async () => {
    const tenant = newTenant()
    const to = newTenant()
    const items = Array.from({ length: 40 }, (_, n) => ({ coord: `${n}`, type: 'episodic' as const, payload: { text: `word${n}` } }))
    await memory(tenant).storeEntries(items.map((item, n) => ({ ...item, embedding: [n + 1, 1, 2], importance: n })))
    await memory(tenant).deleteEntries(['7'])
    expect(await restore('memory', await read('memory', tenant), to)).toEqual({ ok: true, value: 'restored' })
    expect(await memory(to).entryFaults()).toEqual([])
    expect(await rowsOf('memory', to)).toEqual(await rowsOf('memory', tenant))
    const searches = [
      { query: 'x', topK: 5, embedding: [3, 1, 1] },
      { query: 'word12', topK: 5, keyword: { exact: true, caseSensitive: false } },
    ]
    expect(await memory(to).searchEntries(searches)).toEqual(await memory(tenant).searchEntries(searches))
  })

  it('restores what was pinned and archived, before the sessions enter the list and after', async () => {
    const [tenant, empty, running] = [newTenant(), newTenant(), newTenant()]
    const note = (to: TenantId, session_id: string, at: number) =>
      list(to).note({
        summary: { session_id, title: session_id, state: 'idle', created_at: at, updated_at: at, last_turn_id: null },
        seq: at,
        deleted: false,
      })
    const parts = async (of: TenantId) => {
      const names = async (archived: boolean) =>
        (await list(of).list(10, null, archived)).sessions.map(({ session_id, pinned }) => `${session_id}${pinned ? ' pinned' : ''}`)
      return [await names(false), await names(true)]
    }
    for (const [index, id] of ['a', 'b', 'c'].entries()) await note(tenant, id, index + 1)
    await list(tenant).mark('a', { pinned: true })
    await list(tenant).mark('b', { archived: true })
    const lines = await read('session_list', tenant)

    expect(await restore('session_list', lines, empty)).toEqual({ ok: true, value: 'restored' })
    // The index of the list is made before the sessions come.
    expect(await parts(empty)).toEqual([[], []])
    for (const [index, id] of ['a', 'b', 'c'].entries()) await note(empty, id, index + 1)
    expect(await parts(empty)).toEqual([['c', 'a pinned'], ['b']])

    for (const [index, id] of ['b', 'd'].entries()) await note(running, id, index + 1)
    expect(await restore('session_list', lines, running)).toEqual({ ok: true, value: 'restored' })
    expect(await parts(running)).toEqual([['d'], ['b']])
    await list(running).mark('d', { archived: true })
    expect(await restore('session_list', lines, running)).toMatchObject({ error: { kind: 'not_empty' } })
    expect(await restore('session_list', lines, running, { overwrite: true })).toEqual({ ok: true, value: 'restored' })
    expect(await parts(running)).toEqual([['d'], ['b']])
  })

  it('is not restored over content without the flag, and once per backup', async () => {
    const tenant = newTenant()
    const to = newTenant()
    await accounts(tenant).appoint('owner', alice, 'owner')
    await accounts(to).appoint('owner', Subject.parse('bob'), 'owner')
    const lines = await read('accounts', tenant)
    expect(await restore('accounts', lines, to)).toMatchObject({ error: { kind: 'not_empty' } })
    expect(await accounts(to).roleOf('bob')).toBe('owner')
    const backup = crypto.randomUUID()
    expect(await restore('accounts', lines, to, { overwrite: true, backup })).toEqual({ ok: true, value: 'restored' })
    expect((await accounts(to).users('', 5)).map(({ subject }) => subject)).toEqual(['alice'])
    expect(await restore('accounts', lines, to, { backup })).toEqual({ ok: true, value: 'already' })
  })

  it('leaves the live rows alone until its last line', async () => {
    const tenant = newTenant()
    const to = newTenant()
    await accounts(tenant).appoint('owner', alice, 'owner')
    const lines = (await read('accounts', tenant)).map((line) => (line.type === 'object' ? { ...line, ...refOf('accounts', to) } : line))
    const ref = refOf('accounts', to)
    const restoreLines = (part: ObjectLine[]) =>
      object('accounts', to).restoreRows({ of: ref, backup: crypto.randomUUID(), overwrite: false, lines: part })
    expect(await restoreLines(lines.slice(1))).toMatchObject({ error: { kind: 'invalid' } })
    expect(await restoreLines(lines.slice(0, -1))).toEqual({ ok: true, value: 'staged' })
    expect(await accounts(to).users('', 5)).toEqual([])
    // A user who is added meanwhile is not lost.
    await accounts(to).appoint('owner', Subject.parse('bob'), 'owner')
    expect(await restoreLines(lines.slice(-1))).toMatchObject({ error: { kind: 'not_empty' } })
    for (const [index, change] of [
      [0, { schema: 99 }],
      [0, { tenant: 'other' }],
      [1, { table: 'sqlite_master' }],
      [1, { table: 'changed' }],
    ] as const) {
      const broken = lines.map((line, position) => (position === index ? { ...line, ...change } : line)) as ObjectLine[]
      expect(await restoreLines(broken), JSON.stringify(change)).toMatchObject({ error: { kind: 'invalid' } })
    }
    // A line is staged as one value, and SQLite bounds those.
    const long = ['x'.repeat(400_000)]
    const tooLong = lines.map((line, position) => (position === 1 ? { ...line, rows: [long, long] } : line)) as ObjectLine[]
    expect(await restoreLines(tooLong)).toMatchObject({ error: { kind: 'invalid', errors: [{ pointer: '/lines/1/rows' }] } })
  })

  it('continues the audit chain, and keeps the entries that are newer', async () => {
    const tenant = newTenant()
    const record = (tenant: TenantId, action: string) =>
      trail(tenant).record([{ kind: 'change', subject: 'alice', action, target: '', outcome: 'done' }])
    const actions = async (tenant: TenantId) => {
      const { text } = (await trail(tenant).lines(0, 100)) as { text: string }
      let head: ReturnType<typeof verifyLine> = genesisHead
      for (const line of text.trimEnd().split('\n')) {
        if (typeof head === 'string') throw new Error(head)
        head = verifyLine(head, line)
      }
      expect(head).toEqual(await trail(tenant).head())
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).action)
    }
    for (const action of ['a.one', 'a.two']) await record(tenant, action)
    const lines = await read('audit', tenant)
    await record(tenant, 'a.three')
    // The trail has all of the backup already.
    expect(await restore('audit', lines, tenant)).toEqual({ ok: true, value: 'already' })
    expect(await actions(tenant)).toEqual(['a.one', 'a.two', 'a.three'])
    // An empty stack has begun a trail of its own.
    const before = await rowsOf('audit', tenant)
    await runInDurableObject(trail(tenant), (_, { storage: { sql } }) => sql.exec('DELETE FROM entry'))
    await runInDurableObject(trail(tenant), (_, state) => state.abort('forget')).catch(() => undefined)
    await record(tenant, 'b.new')
    expect(await restore('audit', lines, tenant)).toEqual({ ok: true, value: 'restored' })
    expect(await actions(tenant)).toEqual(['a.one', 'a.two', 'b.new'])
    expect((await rowsOf('audit', tenant)).entry?.slice(0, 2)).toEqual(before.entry?.slice(0, 2))
    await record(tenant, 'b.next')
    expect(await actions(tenant)).toEqual(['a.one', 'a.two', 'b.new', 'b.next'])
  })

  it('merges the signing keys: old tokens verify, and the newest key signs', async () => {
    const tenant = newTenant()
    const to = newTenant()
    const kids = async (tenant: TenantId) => ((await issuer(tenant).keySet()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
    const [old = ''] = await kids(tenant)
    const [own = ''] = await kids(to)
    expect(await restore('signing_keys', await read('signing_keys', tenant), to)).toEqual({ ok: true, value: 'restored' })
    expect((await kids(to)).sort()).toEqual([old, own].sort())
    const states = (await issuer(to).list()) as { kid: string; state: string }[]
    expect(states.filter(({ state }) => state === 'signing')).toHaveLength(1)
  })

  it('contains large tables in pages', async () => {
    const tenant = newTenant()
    const to = newTenant()
    for (let n = 0; n < 120; n += 1) await memory(tenant).keep(`key-${n}`, `${n} ${'x'.repeat(3_900)}`)
    const lines = await read('memory', tenant)
    expect(lines.filter((line) => line.type === 'rows' && line.table === 'memory').length).toBeGreaterThan(2)
    expect(await restore('memory', lines, to)).toEqual({ ok: true, value: 'restored' })
    expect((await rowsOf('memory', to)).memory).toEqual((await rowsOf('memory', tenant)).memory)
  })
})

describe('The directory', () => {
  it('lists every tenant and subject with rows in a backup', async () => {
    const [withKey, withAudit, withMemory] = [newTenant(), newTenant(), newTenant()]
    await accounts(withKey).appoint('owner', alice, 'owner')
    await trail(withAudit).record([{ kind: 'change', subject: 'alice', action: 'a.b', target: '', outcome: 'done' }])
    await memory(withMemory).keep('k', 'text')
    await vi.waitFor(
      async () => {
        const names = await directory.getByName('/').names('', 1_000)
        expect(names).toEqual(expect.arrayContaining([withKey, withAudit, withMemory]))
        expect(await directory.getByName(withMemory).names('', 10)).toEqual(['alice'])
      },
      { timeout: 10_000 },
    )
  })
})
