import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Accounts, CredentialStatusCache } from '../../../shared/identity/credential-status.ts'
import type { Role } from '../../../shared/identity/role.ts'
import { TenantId } from '../../../shared/ids.ts'

const acme = TenantId.parse('acme')
const ignore = () => undefined

/** A tenant's accounts, with counts of their calls. */
function accounts() {
  const roles = new Map<string, Role | null>()
  const revoked = new Set<string>()
  const changes: { readonly subject: string; readonly stamp: number }[] = []
  const calls = { standing: 0, changes: 0, unavailable: false, tooManyChanges: false }
  const port: Accounts = {
    async standing(subject, { jti = '' }) {
      if (calls.unavailable) throw new Error('away')
      calls.standing += 1
      const role = roles.get(subject) ?? (roles.has(subject) ? null : 'member')
      return { role, revoked: revoked.has(jti), demandsMfa: false, stamp: changes.length }
    },
    async changedSince(since) {
      if (calls.unavailable) throw new Error('away')
      calls.changes += 1
      const subjects = changes.filter(({ stamp }) => stamp > since).map(({ subject }) => subject)
      return { stamp: changes.length, subjects: calls.tooManyChanges ? null : subjects }
    },
  }
  const change = (subject: string) => changes.push({ subject, stamp: changes.length + 1 })
  return { port, roles, revoked, change, calls }
}

describe("A credential's status", () => {
  it('is fetched once, and changes at most once a second per tenant', async () => {
    const { port, calls } = accounts()
    const cache = new CredentialStatusCache()
    for (let now = 0; now < 10_000; now += 10)
      for (const subject of ['alice', 'bob']) await cache.statusOf(port, acme, subject, { jti: subject }, now, ignore)
    assert.equal(calls.standing, 2)
    assert.ok(calls.changes <= 20, `${calls.changes}`)
  })

  it('changes within a second', async () => {
    const { port, revoked, roles, change } = accounts()
    const cache = new CredentialStatusCache()
    const ask = (now: number, jti = 'a') => cache.statusOf(port, acme, 'alice', { jti }, now, ignore)
    assert.deepEqual(await ask(0), { role: 'member', revoked: false, demandsMfa: false })
    revoked.add('a')
    change('alice')
    assert.equal((await ask(1_001)).revoked, true)
    assert.equal((await ask(1_002, 'b')).revoked, false)
    roles.set('alice', null)
    change('alice')
    assert.equal((await ask(2_100, 'b')).role, null)
  })

  it("is fetched again only for its own subject's change, or after too many changes to list", async () => {
    const { port, change, calls } = accounts()
    const cache = new CredentialStatusCache()
    const ask = (subject: string, now: number) => cache.statusOf(port, acme, subject, {}, now, ignore)
    await ask('alice', 0)
    await ask('bob', 0)
    change('bob')
    await ask('alice', 1_100)
    assert.equal(calls.standing, 2)
    await ask('bob', 1_100)
    assert.equal(calls.standing, 3)
    calls.tooManyChanges = true
    change('carol')
    await ask('alice', 2_300)
    assert.equal(calls.standing, 4)
  })

  it('is not cached if it changed during the fetch', async () => {
    const { port, revoked, change } = accounts()
    const cache = new CredentialStatusCache()
    await cache.statusOf(port, acme, 'bob', {}, 0, ignore)
    const racingAccounts: Accounts = {
      ...port,
      async standing(subject, ids) {
        const status = await port.standing(subject, ids)
        revoked.add('a')
        change('alice')
        await cache.statusOf(port, acme, 'bob', {}, 1_100, ignore)
        return status
      },
    }
    await cache.statusOf(racingAccounts, acme, 'alice', { jti: 'a' }, 500, ignore)
    assert.equal((await cache.statusOf(port, acme, 'alice', { jti: 'a' }, 1_101, ignore)).revoked, true)
  })

  it('is an error while the accounts are unreachable', async () => {
    const { port, calls } = accounts()
    const cache = new CredentialStatusCache()
    await cache.statusOf(port, acme, 'alice', {}, 0, ignore)
    calls.unavailable = true
    await assert.rejects(cache.statusOf(port, acme, 'alice', {}, 1_100, ignore))
    await assert.rejects(cache.statusOf(port, acme, 'dora', {}, 0, ignore))
  })
})
