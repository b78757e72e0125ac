/** The API of memory: storing, finding and deleting, refusals with reasons, and the audit trail. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Limiter } from '../../../../durable-objects/worker.ts'
import type { Memory, MemoryList } from '../../../../shared/api/memory.ts'
import { memoryLimits } from '../../../../shared/api/memory.ts'
import type { AuditEntry } from '../../../../shared/audit/entry.ts'
import { type Client, client, trails } from '../client.ts'

let tenant: string
let count = 0
let alice: Client
beforeEach(async () => {
  tenant = `memory-${++count}`
  alice = await client(tenant, 'alice')
})

const remember = (key: unknown, value: unknown, caller = alice) => caller.call('POST', '/v1/remember', { key, value })
const list = async (query = '', caller = alice) => (await (await caller.call('GET', `/v1/memories${query}`)).json()) as MemoryList
const texts = async (query = '', caller = alice) => (await list(query, caller)).memories.map(({ text }) => text)

async function trail(): Promise<AuditEntry[]> {
  const lines = await trails.getByName(tenant).page({}, Number.MAX_SAFE_INTEGER, 100)
  return lines.map((line) => JSON.parse(line) as AuditEntry).reverse()
}

/** Sets the number of writes in this minute. */
const setWrites = (spent: number) =>
  runInDurableObject(
    (env as unknown as GatewayEnv).LIMITER.getByName(`${tenant}/memory`) as DurableObjectStub<Limiter>,
    async (_, { storage }) => {
      await storage.put('rate', { by: 'fixed_window/60', at: Math.floor(Date.now() / 60_000) * 60_000, value: spent })
    },
  )

describe('A fact', () => {
  it('is stored, recalled, found, replaced and deleted', async () => {
    const stored = (await (await remember('tea', 'Assam, with milk')).json()) as Memory
    expect(stored).toMatchObject({ kind: 'fact', key: 'tea', text: 'Assam, with milk', source: null })
    expect(await (await alice.call('GET', '/v1/recall/tea')).json()).toEqual(stored)
    expect(await texts('?q=milk')).toEqual(['Assam, with milk'])
    expect(await (await remember('tea', 'Darjeeling')).json()).toMatchObject({ id: stored.id, text: 'Darjeeling' })
    expect((await alice.call('DELETE', `/v1/memories/${stored.id}`)).status).toBe(204)
    expect((await alice.call('DELETE', `/v1/memories/${stored.id}`)).status).toBe(404)
    expect((await alice.call('GET', '/v1/recall/tea')).status).toBe(404)
    expect(await texts()).toEqual([])
  })

  it('may have a key of any characters', async () => {
    const key = 'a/b?c=d&e "f" %2F ☕'
    await remember(key, 'odd')
    expect(await (await alice.call('GET', `/v1/recall/${encodeURIComponent(key)}`)).json()).toMatchObject({ key, text: 'odd' })
  })

  it.each([
    ['', 'x', '/key'],
    ['k', ' ', '/value'],
    ['k', 'x'.repeat(memoryLimits.units + 1), '/value'],
    ['k'.repeat(memoryLimits.keyUnits + 1), 'x', '/key'],
    ['k', '\ud800', '/value'],
    ['k', 5, '/value'],
  ])('is refused as %j: %j', async (key, value, pointer) => {
    const response = await remember(key, value)
    expect([response.status, await response.json()]).toMatchObject([400, { type: '/problems/invalid', errors: [{ pointer }] }])
  })

  it('is audited, as a decision and a change, without its text', async () => {
    const { id } = (await (await remember('secret key', 'a secret value')).json()) as Memory
    await vi.waitFor(async () => expect(await trail()).toHaveLength(2))
    const entries = await trail()
    expect(entries.find(({ kind }) => kind === 'decision')).toMatchObject({ subject: 'alice', action: 'memory.write', outcome: 'allowed' })
    expect(entries.find(({ kind }) => kind === 'change')).toMatchObject({ action: 'memory.write', target: `memory:${id}`, outcome: 'done' })
    expect(JSON.stringify(entries)).not.toContain('secret')
  })
})

describe('A write that the policy denies', () => {
  it('is refused with its reason and audited: over 1,000 per tenant and minute', async () => {
    await setWrites(999)
    expect((await remember('last', 'the thousandth')).status).toBe(200)
    const bob = await client(tenant, 'bob')
    const denied = await remember('k', 'v', bob)
    expect([denied.status, await denied.json()]).toMatchObject([
      403,
      {
        type: '/problems/denied',
        action: 'memory.write',
        reasons: ['too_often'],
        detail: 'The policy does not allow `memory.write`: the tenant stored too many memories in this minute.',
      },
    ])
    expect(await texts('', bob)).toEqual([])
    await vi.waitFor(async () =>
      expect((await trail()).find(({ outcome }) => outcome === 'denied')).toMatchObject({
        subject: 'bob',
        action: 'memory.write',
        reasons: ['too_often'],
        input: { resource: { kind: 'somabrain' }, context: { writes_this_minute: 1_001 } },
      }),
    )
    const otherTenant = await client(`${tenant}-other`, 'alice')
    expect((await remember('k', 'v', otherTenant)).status).toBe(200)
  })

  it('is refused while its counter is unavailable', async () => {
    const counter = (env as unknown as GatewayEnv).LIMITER.getByName(`${tenant}/memory`) as DurableObjectStub<Limiter>
    const restoreCounter = await runInDurableObject(counter, (object) => {
      const methods: Pick<Limiter, 'take'> = Object.getPrototypeOf(object)
      const { take } = methods
      methods.take = function (this: Limiter, rule) {
        if ((this as unknown as { ctx: DurableObjectState }).ctx.id.name === `${tenant}/memory`) throw new Error('away')
        return take.call(this, rule)
      }
      return () => {
        methods.take = take
      }
    })
    const response = await remember('k', 'v')
    restoreCounter()
    expect([response.status, await response.json()]).toMatchObject([503, { type: '/problems/unavailable' }])
    expect(await texts()).toEqual([])
    expect((await remember('k', 'v')).status).toBe(200)
  })

  it('is refused for a viewer', async () => {
    const owner = await client(tenant, 'root', 'admin')
    expect((await owner.call('PUT', '/v1/users/vera', { role: 'viewer' })).status).toBe(200)
    const vera = await client(tenant, 'vera')
    expect(await (await remember('k', 'v', vera)).json()).toMatchObject({ status: 403, reasons: ['not_permitted'] })
  })
})

describe('Memories', () => {
  it('are private to their user, also from a user of the same name in another tenant', async () => {
    const { id } = (await (await remember('tea', 'Assam')).json()) as Memory
    for (const other of [await client(tenant, 'bob', 'admin sessions:read_all'), await client(`${tenant}-b`, 'alice', 'admin')]) {
      expect(await texts('', other)).toEqual([])
      expect(await texts('?q=assam', other)).toEqual([])
      expect((await other.call('GET', '/v1/recall/tea')).status).toBe(404)
      expect((await other.call('DELETE', `/v1/memories/${id}`)).status).toBe(404)
      expect((await other.call('DELETE', '/v1/memories?confirm=everything')).status).toBe(200)
    }
    expect(await texts()).toEqual(['Assam'])
  })

  it('are deleted as a whole only with confirmation', async () => {
    await remember('one', '1')
    await remember('two', '2')
    expect((await alice.call('DELETE', '/v1/memories')).status).toBe(400)
    expect((await alice.call('DELETE', '/v1/memories?confirm=yes')).status).toBe(400)
    expect(await texts()).toEqual(['2', '1'])
    expect(await (await alice.call('DELETE', '/v1/memories?confirm=everything')).json()).toEqual({ forgotten: 2 })
    expect(await texts()).toEqual([])
  })

  it('are listed in pages', async () => {
    for (const n of [1, 2, 3]) await remember(`k${n}`, `value ${n}`)
    for (const q of ['', '&q=value']) {
      const first = await list(`?limit=2${q}`)
      const rest = await list(`?limit=2&cursor=${first.next_cursor}${q}`)
      expect([...first.memories, ...rest.memories].map(({ key }) => key)).toEqual(['k3', 'k2', 'k1'])
      expect(rest.next_cursor).toBe(null)
    }
    expect((await alice.call('GET', '/v1/memories?cursor=x')).status).toBe(400)
  })

  it.each(['"', '*', 'NEAR(', '-', 'a"b', 'key:x', '^', '{', "'; DROP TABLE memory --"])('are searched by %j as words', async (q) => {
    await remember('k', 'a b x')
    expect((await alice.call('GET', `/v1/memories?q=${encodeURIComponent(q)}`)).status).toBe(200)
    expect(await texts()).toEqual(['a b x'])
  })
})
