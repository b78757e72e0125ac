import { describe, expect, it } from 'vitest'
import { openSnapshot, type Seal, sealKey, sealSnapshot } from '../../../shared/code/seal.ts'

const seal: Seal = { tenant: 'acme', session: 's', call_id: 'c', engine: 'e', catalog: 3, step: 1 }
const key = await sealKey(new Uint8Array(32).fill(1))
const snapshot = Uint8Array.from({ length: 300 }, (_, index) => index % 251)

describe('A sealed snapshot', () => {
  it('opens with the key and the seal that closed it', async () => {
    const sealed = await sealSnapshot(key, seal, snapshot)
    expect(await openSnapshot(key, seal, sealed)).toEqual({ ok: true, value: snapshot })
    // Also as a part of other bytes, as storage may return it.
    const padded = new Uint8Array([9, 9, ...sealed, 9]).subarray(2, 2 + sealed.length)
    expect(await openSnapshot(key, seal, padded)).toEqual({ ok: true, value: snapshot })
  })

  it('is refused after a change of any byte, at any place', async () => {
    const sealed = await sealSnapshot(key, seal, snapshot)
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = sealed.slice()
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      expect([at, await openSnapshot(key, seal, changed)]).toEqual([at, { ok: false, error: 'changed' }])
    }
  })

  it('is refused if it is cut, extended, empty or huge', async () => {
    const sealed = await sealSnapshot(key, seal, snapshot)
    const others = [
      sealed.subarray(0, -1),
      sealed.subarray(0, 40),
      sealed.subarray(1),
      new Uint8Array([...sealed, 0]),
      new Uint8Array(),
      new Uint8Array(3_000_000),
    ]
    for (const other of others) expect(await openSnapshot(key, seal, other)).toEqual({ ok: false, error: 'changed' })
  })

  it('is refused with the key of another session', async () => {
    const other = await sealKey(new Uint8Array(32).fill(2))
    expect(await openSnapshot(other, seal, await sealSnapshot(key, seal, snapshot))).toEqual({ ok: false, error: 'changed' })
  })

  it.each([
    ['tenant', 'other'],
    ['session', 'other'],
    ['call_id', 'other'],
    ['engine', 'other'],
    ['catalog', 4],
    ['step', 2],
  ] as const)('is refused for another %s, which it names', async (field, value) => {
    const sealed = await sealSnapshot(key, seal, snapshot)
    expect(await openSnapshot(key, { ...seal, [field]: value }, sealed)).toEqual({ ok: false, error: field })
  })

  it('needs a key of 32 bytes', () => {
    expect(() => sealKey(new Uint8Array(16))).toThrow(/32 bytes/)
  })
})
