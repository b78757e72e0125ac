import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Issuer } from '../../../durable-objects/issuer/issuer.ts'
import { tables } from '../../../durable-objects/migrations.ts'

const issuers = env.ISSUER as unknown as DurableObjectNamespace<Issuer>
const seconds = () => Math.floor(Date.now() / 1_000)
const claims = () => ({ iss: 'us', aud: 'soma', sub: 'alice', tenant: 'acme', scope: '', iat: seconds(), exp: seconds() + 600 })

/** Everything on the object's disk, as text. */
const dump = (issuer: DurableObjectStub<Issuer>): Promise<string> =>
  runInDurableObject(issuer, (_, { storage: { sql } }) =>
    JSON.stringify(tables(sql).map((table) => sql.exec(`SELECT * FROM "${table}"`).toArray())),
  )
const verify = async (issuer: DurableObjectStub<Issuer>, token: string) =>
  jwtVerify(token, createLocalJWKSet((await issuer.keySet()) as Parameters<typeof createLocalJWKSet>[0]))
/** Makes the keys `ms` older. */
const ageKeys = (issuer: DurableObjectStub<Issuer>, ms: number) =>
  runInDurableObject(issuer, (_, { storage: { sql } }) => {
    sql.exec('UPDATE signing_key SET made_at = made_at - ?1, signs_from = signs_from - ?1, retires_at = retires_at - ?1', ms)
  })

describe('The issuer', () => {
  it('creates one key for concurrent first requests, and signs with it after eviction', async () => {
    const issuer = issuers.getByName('first')
    const sets = await Promise.all(Array.from({ length: 5 }, () => issuer.keySet()))
    expect(new Set(sets.map((set) => JSON.stringify(set))).size).toBe(1)
    expect(sets[0]?.keys).toMatchObject([{ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' }])
    await verify(issuer, await issuer.sign(claims()))
    await evictDurableObject(issuer)
    const { payload, protectedHeader } = await verify(issuer, await issuer.sign(claims()))
    expect(payload).toMatchObject({ tenant: 'acme', sub: 'alice', jti: expect.any(String) })
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
  })

  it('stores private keys sealed, and never returns one', async () => {
    const issuer = issuers.getByName('sealed')
    await issuer.sign(claims())
    const stored = await dump(issuer)
    expect(stored).toContain('soma-secret-1')
    expect(stored).not.toMatch(/\\?"d\\?"/)
    expect(JSON.stringify([await issuer.keySet(), await issuer.list()])).not.toMatch(/"d"/)
  })

  it('publishes the next key before it signs, and the last one until its tokens expire', async () => {
    const issuer = issuers.getByName('rotating')
    const old = await issuer.sign(claims())
    const [next] = await issuer.rotate(600_000)
    expect(next?.state).toBe('published')
    expect((await issuer.keySet()).keys).toHaveLength(2)
    expect(decodeProtectedHeader(await issuer.sign(claims())).kid).toBe(decodeProtectedHeader(old).kid)
    expect(await issuer.rotate(600_000)).toHaveLength(2)
    await ageKeys(issuer, 600_001)
    expect(decodeProtectedHeader(await issuer.sign(claims())).kid).toBe(next?.kid)
    await verify(issuer, old)
    expect((await issuer.list()).map(({ state }) => state)).toEqual(['signing', 'verifying'])
    await ageKeys(issuer, 13 * 3_600_000)
    await runDurableObjectAlarm(issuer)
    expect(await issuer.list()).toMatchObject([{ kid: next?.kid, state: 'signing' }])
    await expect(verify(issuer, old)).rejects.toThrow()
  })

  it('rotates automatically after 90 days', async () => {
    const issuer = issuers.getByName('aged')
    await issuer.sign(claims())
    await ageKeys(issuer, 91 * 24 * 3_600_000)
    await runDurableObjectAlarm(issuer)
    expect((await issuer.list()).map(({ state }) => state)).toEqual(['published', 'signing'])
  })

  it('removes a leaked key, and another one signs at once', async () => {
    const issuer = issuers.getByName('leaked')
    const token = await issuer.sign(claims())
    expect(await issuer.remove(decodeProtectedHeader(token).kid ?? '')).toBe(true)
    expect(await issuer.remove('none')).toBe(false)
    await expect(verify(issuer, token)).rejects.toThrow()
    await verify(issuer, await issuer.sign(claims()))
  })

  it('creates a new key when the root key is lost, while older tokens still verify', async () => {
    const issuer = issuers.getByName('lost')
    const before = await issuer.sign(claims())
    await runInDurableObject(issuer, (_, { storage: { sql } }) => {
      sql.exec("UPDATE signing_key SET wrapped = replace(wrapped, '.test.', '.gone.')")
    })
    await evictDurableObject(issuer)
    const after = await issuer.sign(claims())
    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid)
    await verify(issuer, after)
    await verify(issuer, before)
  })
})
