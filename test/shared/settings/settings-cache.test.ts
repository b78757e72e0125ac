import { deepEqual, equal, rejects } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Settings, type StoredSettings } from '../../../shared/settings/settings.ts'
import { SettingsCache } from '../../../shared/settings/settings-cache.ts'

const stored = (version: number, currency: string): StoredSettings => ({
  version,
  settings: Settings.parse({ budgets: { currency } }),
  credentials: [],
})

/** A cache of currencies, with a store that records the requested versions. */
function setUp(ttlMs: number) {
  const versions: (number | undefined)[] = []
  let newest = stored(1, 'EUR')
  const read = async (version?: number) => {
    versions.push(version)
    return version === newest.version ? null : newest
  }
  const cache = new SettingsCache(10, ttlMs, ({ settings }) => settings.budgets.currency)
  const change = (next: StoredSettings) => {
    newest = next
  }
  return { versions, read, cache, change }
}

describe('SettingsCache', () => {
  it('returns a value without a read until the TTL ends', async () => {
    const { versions, read, cache, change } = setUp(1_000)
    equal(await cache.get('acme', read, 0), 'EUR')
    change(stored(2, 'CHF'))
    equal(await cache.get('acme', read, 999), 'EUR')
    equal(await cache.get('acme', read, 1_000), 'CHF')
    deepEqual(versions, [undefined, 1])
  })

  it('keeps the value while the version is the newest', async () => {
    const { versions, read, cache } = setUp(0)
    equal(await cache.get('acme', read, 0), 'EUR')
    equal(await cache.get('acme', read, 0), 'EUR')
    deepEqual(versions, [undefined, 1])
  })

  it('rejects when the read fails, and then returns the stale value', async () => {
    const { versions, read, cache } = setUp(1_000)
    await cache.get('acme', read, 0)
    await rejects(cache.get('acme', () => Promise.reject(new Error('away')), 1_000))
    equal(cache.stale('acme', 1_000), 'EUR')
    equal(await cache.get('acme', read, 1_999), 'EUR')
    equal(versions.length, 1)
  })

  it('returns the defaults for a tenant that was never read', () => {
    equal(setUp(1_000).cache.stale('acme', 0), 'USD')
  })

  it('fills in the sections that a tenant object of an earlier release does not know', async () => {
    const { budgets, models } = Settings.parse({ budgets: { currency: 'EUR' } })
    const cache = new SettingsCache(10, 0, ({ settings }) => settings)
    const read = async () => ({ version: 1, settings: { budgets, models } as unknown as Settings, credentials: [] })
    deepEqual(await cache.get('acme', read, 0), Settings.parse({ budgets: { currency: 'EUR' } }))
  })
})
