import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Relationships } from '../../../durable-objects/relations/relationships.ts'
import type { Tenant } from '../../../durable-objects/tenant/tenant.ts'
import { maxTuplesByWriter, maxTuplesOf, maxUsersets } from '../../../shared/relations/limits.ts'

const bindings = env as unknown as StateEnv
const tenants = bindings.TENANT as unknown as DurableObjectNamespace<Tenant>
const relations = bindings.RELATIONS as unknown as DurableObjectNamespace<Relationships>

const tuple = (relation: string, user: string, object = 'session:s') => ({ object, relation, user })
const users = (count: number, relation = 'viewer', object?: string) =>
  Array.from({ length: count }, (_, n) => tuple(relation, `user:${n}`, object))
const groups = (count: number) => Array.from({ length: count }, (_, n) => tuple('viewer', `group:g${n}#member`))
const members = (count: number) => Array.from({ length: count }, (_, n) => tuple('member', 'user:someone', `group:g${n}`))
const resultCode = async (written: Promise<{ ok: boolean; error?: { code: string } }>) => (await written).error?.code ?? 'written'

/** Writes in requests of 100. */
async function writeAll(tenant: ReturnType<typeof tenants.getByName>, tuples: ReturnType<typeof tuple>[]) {
  for (let index = 0; index < tuples.length; index += 100)
    expect(await tenant.relate({ writes: tuples.slice(index, index + 100) }, 'ada')).toEqual({ ok: true, value: null })
}
/** Writes as an earlier release does: with SQL of the tenant object. */
const runAsEarlierRelease = (tenant: ReturnType<typeof tenants.getByName>, statement: string, ...parameters: (string | number)[]) =>
  runInDurableObject(tenant, (instance, { storage: { sql } }) => {
    instance.policyStamp()
    sql.exec(statement, ...parameters)
  })
const insert = "INSERT INTO tuple VALUES ('session:s', 'viewer', ?, 0, NULL)"
const copyOf = (tenant: ReturnType<typeof tenants.getByName>) =>
  runInDurableObject(tenant, (_, { storage: { sql } }) =>
    sql
      .exec<{ user: string }>('SELECT user FROM tuple ORDER BY user')
      .toArray()
      .map(({ user }) => user),
  )

describe('H3: relations', () => {
  it('are kept and checked in an object of their own', async () => {
    const tenant = tenants.getByName('own')
    expect(await resultCode(tenant.relate({ writes: [tuple('member', 'user:bob')] }, 'ada'))).toBe('written')
    expect(await tenant.sharedAs('s', 'ada', 'bob')).toEqual(['viewer', 'member'])
    expect(await tenant.sharedAs('s', 'ada', 'carol')).toEqual([])
    await runInDurableObject(relations.getByName('own'), (_, { storage: { sql } }) => {
      expect(sql.exec('SELECT user, writer FROM tuple').toArray()).toEqual([{ user: 'user:bob', writer: 'ada' }])
    })
    expect(await tenant.tuples('session:s', null)).toEqual({ ok: true, value: { tuples: [tuple('member', 'user:bob')], next: null } })
  })

  it('that an earlier release wrote, or deleted, count at once', async () => {
    const tenant = tenants.getByName('earlier')
    await tenant.putPolicy({ revision: 1, hash: 'h' }, '{}', 'ada')
    await runInDurableObject(tenant, (_, { storage: { sql } }) => {
      for (let n = 0; n < 1_203; n++) sql.exec(insert, `user:${n}`)
    })
    expect(await tenant.sharedAs('s', 'ada', '1202')).toEqual(['viewer'])
    await runAsEarlierRelease(tenant, "DELETE FROM tuple WHERE user = 'user:7'")
    expect(await tenant.sharedAs('s', 'ada', '7')).toEqual([])
    expect(await tenant.sharedAs('s', 'ada', '8')).toEqual(['viewer'])
    await evictDurableObject(tenant)
    await runAsEarlierRelease(tenant, insert, 'user:7')
    await runAsEarlierRelease(tenant, "DELETE FROM tuple WHERE user = 'user:8'")
    expect(await tenant.sharedAs('s', 'ada', '8')).toEqual([])
    expect(await tenant.sharedAs('s', 'ada', '7')).toEqual(['viewer'])
    await runInDurableObject(relations.getByName('earlier'), (_, { storage: { sql } }) => {
      expect(sql.exec('SELECT count(*) AS count FROM tuple').one()).toEqual({ count: 1_202 })
    })
  })

  it('are copied for an earlier release', async () => {
    const tenant = tenants.getByName('copied')
    await tenant.relate({ writes: [tuple('viewer', 'user:bob'), tuple('viewer', 'user:carol')] })
    await tenant.relate({ deletes: [tuple('viewer', 'user:bob')] })
    await tenant.relate({ deletes: [tuple('viewer', 'user:nobody')] })
    expect(await copyOf(tenant)).toEqual(['user:carol'])
  })

  it('of concurrent writers are all kept', async () => {
    const tenant = tenants.getByName('concurrent')
    const written = await Promise.all(users(40).map((tuple) => tenant.relate({ writes: [tuple] }, 'ada')))
    expect(written.every(({ ok }) => ok)).toBe(true)
    expect((await copyOf(tenant)).length).toBe(40)
    expect(await tenant.sharedAs('s', 'ada', '39')).toEqual(['viewer'])
  })

  it('of one object are limited, and can still be deleted', async () => {
    const tenant = tenants.getByName('object')
    await writeAll(tenant, users(maxTuplesOf.session))
    expect(await resultCode(tenant.relate({ writes: [tuple('viewer', 'user:more')] }, 'bob'))).toBe('too_many_tuples')
    expect(await resultCode(tenant.relate({ writes: [tuple('viewer', 'user:more')], deletes: users(1) }, 'bob'))).toBe('written')
    expect(await resultCode(tenant.relate({ writes: [tuple('viewer', 'user:more', 'session:other')] }, 'bob'))).toBe('written')
    expect(await resultCode(tenant.relate({ deletes: users(2).slice(1) }))).toBe('written')
  })

  it('of one object name a limited number of groups', async () => {
    const tenant = tenants.getByName('groups')
    await writeAll(tenant, members(maxUsersets + 1))
    await writeAll(tenant, groups(maxUsersets))
    expect(await resultCode(tenant.relate({ writes: groups(maxUsersets + 1).slice(-1) }, 'ada'))).toBe('too_many_tuples')
    expect(await tenant.sharedAs('s', 'ada', 'someone'), 'a check reaches the last group').toEqual(['viewer'])
  })

  it('name only groups that exist, and their own tenant', async () => {
    const tenant = tenants.getByName('exists')
    expect(await resultCode(tenant.relate({ writes: groups(1) }, 'ada'))).toBe('no_such_group')
    expect(await resultCode(tenant.relate({ writes: [...groups(1), ...members(1)] }, 'ada'))).toBe('written')
    expect(await resultCode(tenant.relate({ writes: [tuple('viewer', 'tenant:other#member')] }, 'ada'))).toBe('no_such_group')
    expect(await resultCode(tenant.relate({ writes: [tuple('viewer', 'tenant:exists#member')] }, 'ada'))).toBe('written')
    expect(
      await resultCode(tenant.relate({ writes: [tuple('member', 'group:later#member', 'group:g0')] }, 'ada')),
      'admins build groups in any order',
    ).toBe('written')
    const cycle = [tuple('member', 'group:h#member', 'group:h')]
    expect(await resultCode(tenant.relate({ writes: cycle }, 'ada'))).not.toBe('written')
  })

  it('of one writer are limited over all sessions', async () => {
    const tenant = tenants.getByName('writer')
    await tenant.relate({ writes: [tuple('viewer', 'user:bob')] }, 'ada')
    await runInDurableObject(relations.getByName('writer'), (_, { storage: { sql } }) => {
      for (let n = 1; n < maxTuplesByWriter; n++)
        sql.exec("INSERT INTO tuple VALUES (?, 'viewer', 'user:x', 0, NULL, 'ada')", `session:${n}`)
    })
    const write = (n: number, writer?: string) =>
      resultCode(tenant.relate({ writes: [tuple('viewer', `user:${n}`, `session:new${n}`)] }, writer))
    expect([await write(1, 'ada'), await write(2, 'bob'), await write(3)]).toEqual(['too_many_tuples', 'written', 'written'])
    expect(await resultCode(tenant.relate({ writes: members(1) }, 'ada')), 'a group is written by an admin').toBe('written')
  })

  it('that exceed the limit, from an earlier release, are searched up to a bound', async () => {
    const tenant = tenants.getByName('before')
    await tenant.sharedAs('s', 'ada', 'bob')
    await runInDurableObject(relations.getByName('before'), (_, { storage: { sql } }) => {
      for (let n = 0; n < 6_000; n++) sql.exec("INSERT INTO tuple VALUES ('session:s', 'viewer', ?, 1, NULL, NULL)", `group:g${n}#member`)
    })
    expect(await tenant.sharedAs('s', 'ada', 'bob')).toEqual([])
    const question = { object: 'session:s', relation: 'can_read', user: 'user:bob' }
    expect(await tenant.check(question)).toMatchObject({ ok: false, error: { code: 'authorization_model_resolution_too_complex' } })
    expect(await tenant.sharedAs('s', 'ada', 'ada')).toEqual(['viewer', 'member', 'admin'])
  })
})
