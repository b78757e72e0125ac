/** Abuse case 20. Only a Worker's bindings allow it to decrypt a key; no request can claim the right. */
import { createExecutionContext, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Tenant } from '../../../../durable-objects/worker.ts'
import { TenantId } from '../../../../shared/ids.ts'
import { openKey } from '../../../../shared/secrets/tenant-keys.ts'
import { Vault } from '../worker.ts'

const conversation = env as unknown as ConversationEnv
const tenants = conversation.TENANT as unknown as DurableObjectNamespace<Tenant>
const origin = 'https://api.example.com'
const secret = 'sk-canary-0123456789abcdef-4f2a'
let count = 0
const tenant = () => TenantId.parse(`vault-${++count}`)
const vault = (settings: Partial<ConversationEnv> = {}) => new Vault(createExecutionContext(), { ...conversation, ...settings })
const key = (tenantId: TenantId, provider = 'p', endpointOrigin = origin, settings: Partial<ConversationEnv> = {}) =>
  openKey({ ...conversation, ...settings }, tenantId, provider, endpointOrigin)
const put = (tenantId: TenantId, plain = secret, settings: Partial<ConversationEnv> = {}) =>
  vault(settings).put(tenantId, { provider: 'p', origin, secret: { plain }, subject: 'ada' })

type Row = Record<string, SqlStorageValue>
const read = (tenantId: TenantId, table: string): Promise<Row[]> =>
  runInDurableObject(tenants.getByName(tenantId), (_, { storage }) => storage.sql.exec<Row>(`SELECT * FROM ${table}`).toArray())
const write = (tenantId: TenantId, query: string, ...values: SqlStorageValue[]) =>
  runInDurableObject(tenants.getByName(tenantId), (_, { storage }) => void storage.sql.exec(query, ...values))

describe('The vault', () => {
  it('returns only masks, ciphertext and counts', async () => {
    const names = Object.getOwnPropertyNames(Vault.prototype).filter((name) => name !== 'constructor')
    expect(names.sort()).toEqual(['put', 'rotate', 'toFernet'])
    const tenantId = tenant()
    const answers = [await put(tenantId), await vault().rotate(tenantId), await vault().toFernet(tenantId, 'p')]
    expect(answers.every(({ ok }) => ok)).toBe(true)
    expect(JSON.stringify(answers)).not.toContain('canary')
  })

  it('stores only ciphertext', async () => {
    const tenantId = tenant()
    await put(tenantId)
    const stored = JSON.stringify([
      await read(tenantId, 'credential'),
      await read(tenantId, 'data_key'),
      await read(tenantId, 'settings_change'),
    ])
    expect(stored).toContain('soma-secret-1')
    expect(stored).not.toContain('canary')
  })

  it('creates one data key for concurrent writes', async () => {
    const tenantId = tenant()
    const results = await Promise.all(Array.from({ length: 8 }, (_, n) => put(tenantId, `${secret}${n}`)))
    expect(results.every(({ ok }) => ok)).toBe(true)
    expect(await read(tenantId, 'data_key')).toHaveLength(1)
    expect((await key(tenantId)).ok).toBe(true)
  })

  it('refuses to store without a root key', async () => {
    expect(await put(tenant(), secret, { SOMA_ROOT_KEYS: '' })).toMatchObject({ ok: false, error: { kind: 'unavailable' } })
  })
})

describe('A key', () => {
  it('decrypts for its tenant, name and origin', async () => {
    const tenantId = tenant()
    await put(tenantId)
    expect(await key(tenantId)).toEqual({ ok: true, value: secret })
    expect(await key(tenantId, 'q')).toMatchObject({ ok: false, error: expect.stringContaining('There is no key') })
    expect(await key(tenantId, 'p', 'https://evil.example')).toMatchObject({
      ok: false,
      error: expect.stringContaining('may only be sent to'),
    })
  })

  it('20. does not decrypt for another tenant, name or origin', async () => {
    const [owner, other] = [tenant(), tenant()]
    await put(owner)
    await put(other, 'sk-of-the-thief-0123456789')
    const [stolen] = await read(owner, 'credential')
    const [wrapped] = await read(owner, 'data_key')
    await write(other, 'UPDATE credential SET sealed = ?', stolen?.sealed ?? '')
    expect((await key(other)).ok).toBe(false)
    // Also with its data key.
    await write(other, 'DELETE FROM data_key')
    await write(other, 'INSERT INTO data_key VALUES (?, ?, ?, 0)', wrapped?.id ?? '', wrapped?.wrapped ?? '', 'current')
    expect((await key(other)).ok).toBe(false)
    await write(owner, "UPDATE credential SET provider = 'q'")
    expect((await key(owner, 'q')).ok).toBe(false)
    await write(owner, "UPDATE credential SET provider = 'p', origin = 'https://evil.example'")
    expect((await key(owner, 'p', 'https://evil.example')).ok).toBe(false)
    expect(await key(owner)).toEqual({ ok: true, value: secret })
  })

  it('20. decrypts under an older data key, and not under a retired one', async () => {
    const tenantId = tenant()
    await put(tenantId)
    const [before] = await read(tenantId, 'credential')
    const restoreRow = () => write(tenantId, 'UPDATE credential SET sealed = ?', before?.sealed ?? '')
    expect((await vault().rotate(tenantId)).ok).toBe(true)
    await restoreRow()
    expect(await key(tenantId)).toEqual({ ok: true, value: secret })
    // A rotation re-encrypts secrets under older keys, so retiring a key loses nothing.
    expect(await vault().rotate(tenantId)).toMatchObject({ ok: true, value: { retired: [expect.any(String)] } })
    expect(await key(tenantId)).toEqual({ ok: true, value: secret })
    await restoreRow()
    expect(await key(tenantId)).toMatchObject({ ok: false, error: expect.stringContaining('retired_key') })
  })

  it('20. decrypts during a change of root keys, until its own root key is removed', async () => {
    const tenantId = tenant()
    const old = conversation.SOMA_ROOT_KEYS
    const next = `r2:${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`
    await put(tenantId)
    expect(await key(tenantId, 'p', origin, { SOMA_ROOT_KEYS: `${next} ${old}` })).toEqual({ ok: true, value: secret })
    expect((await key(tenantId, 'p', origin, { SOMA_ROOT_KEYS: next })).ok).toBe(false)
    expect((await vault({ SOMA_ROOT_KEYS: `${next} ${old}` }).rotate(tenantId)).ok).toBe(true)
    expect((await vault({ SOMA_ROOT_KEYS: `${next} ${old}` }).rotate(tenantId)).ok).toBe(true)
    expect(await key(tenantId, 'p', origin, { SOMA_ROOT_KEYS: next })).toEqual({ ok: true, value: secret })
    expect((await key(tenantId, 'p', origin, { SOMA_ROOT_KEYS: old })).ok).toBe(false)
  })
})
