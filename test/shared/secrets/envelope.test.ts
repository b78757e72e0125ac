/** An envelope opens only with its key, tenant and name. Keys rotate without a gap. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Keyring, keyIdOf, RootKeys, type StoredKey } from '../../../shared/secrets/envelope.ts'

const randomKey = (): string => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))

const [first, second] = [randomKey(), randomKey()]

async function roots(text = `r1:${first}`): Promise<RootKeys> {
  const parsed = await RootKeys.parse(text)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

async function keyring(tenant: string, storedKeys: readonly StoredKey[], from?: RootKeys): Promise<Keyring> {
  const opened = await Keyring.open(from ?? (await roots()), tenant, storedKeys)
  assert.ok(opened.ok, JSON.stringify(opened))
  return opened.value
}

const newKey = async (tenant: string, id: string, state: StoredKey['state'] = 'current'): Promise<StoredKey> => ({
  ...(await (await roots()).createDataKey(tenant, id)),
  state,
})

const refusal = (kind: string) => ({ ok: false, error: { kind } })

describe('An envelope', () => {
  it('opens any text for the same tenant and name', async () => {
    const ring = await keyring('acme', [await newKey('acme', 'd1')])
    const name = fc.string({ unit: 'binary', maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), name, async (secret, name) => {
        assert.deepEqual(await ring.open(name, await ring.seal(name, secret)), { ok: true, value: secret })
      }),
      { numRuns: 50 },
    )
    assert.notEqual(await ring.seal('n', 'same'), await ring.seal('n', 'same'))
  })

  it('does not open under another name', async () => {
    const ring = await keyring('acme', [await newKey('acme', 'd1')])
    const sealed = await ring.seal('openai', 'sk-one')
    for (const other of ['openai ', 'Openai', '', 'anthropic', 'acme","openai']) {
      assert.deepEqual(await ring.open(other, sealed), refusal('not_authentic'))
    }
  })

  it('does not open for another tenant, even with the same data key', async () => {
    const key = await newKey('acme', 'd1')
    const sealed = await (await keyring('acme', [key])).seal('openai', 'sk-one')
    assert.deepEqual(await Keyring.open(await roots(), 'globex', [key]), refusal('not_authentic'))
    const globexKeyring = await keyring('globex', [await newKey('globex', 'd1')])
    assert.deepEqual(await globexKeyring.open('openai', sealed), refusal('not_authentic'))
  })

  it('is bound to version, key, tenant and name separately', async () => {
    // Built by hand, as another implementation would: stored secrets rely on this format.
    const bytes = (text: string) =>
      Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
    const additionalData = (...parts: string[]) => new TextEncoder().encode(JSON.stringify(parts))
    const aes = (raw: Uint8Array<ArrayBuffer>) => crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
    const gcm = (nonce: string, ...parts: string[]) => ({ name: 'AES-GCM', iv: bytes(nonce), additionalData: additionalData(...parts) })
    const key = await newKey('acme', 'd1')
    const sealed = await (await keyring('acme', [key])).seal('openai', 'sk-one')
    const [, root = '', nonce = '', wrapped = ''] = key.wrapped.split('.')
    assert.equal(root, 'r1')
    const algorithm = gcm(nonce, 'soma-key-1', 'r1', 'acme', 'd1')
    const raw = new Uint8Array(await crypto.subtle.decrypt(algorithm, await aes(bytes(first)), bytes(wrapped)))
    const [version, id, secretNonce = '', ciphertext = ''] = sealed.split('.')
    assert.deepEqual([version, id], ['soma-secret-1', 'd1'])
    const opened = await crypto.subtle.decrypt(gcm(secretNonce, 'soma-secret-1', 'd1', 'acme', 'openai'), await aes(raw), bytes(ciphertext))
    assert.equal(new TextDecoder().decode(opened), 'sk-one')
    // The worst case: another tenant has the same data key, properly wrapped. The secret still does not open for it.
    const other = new Uint8Array(await crypto.subtle.encrypt(gcm(nonce, 'soma-key-1', 'r1', 'globex', 'd1'), await aes(bytes(first)), raw))
    const encoded = btoa(String.fromCharCode(...other))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
    const otherKeyring = await keyring('globex', [{ id: 'd1', state: 'current', wrapped: `soma-key-1.r1.${nonce}.${encoded}` }])
    assert.equal((await otherKeyring.open('x', await otherKeyring.seal('x', 'own'))).ok, true)
    assert.deepEqual(await otherKeyring.open('openai', sealed), refusal('not_authentic'))
  })

  it('keeps tenant and name apart for any names', async () => {
    const { wrapped } = await newKey('ab', 'c1')
    for (const [tenant, id] of [
      ['a', 'bc1'],
      ['abc', '1'],
      ['ab","c1', 'x'],
    ] as const) {
      assert.deepEqual(await Keyring.open(await roots(), tenant, [{ id, wrapped, state: 'current' }]), refusal('not_authentic'))
    }
  })

  it('refuses every change of a single character, and never throws', async () => {
    const ring = await keyring('acme', [await newKey('acme', 'd1')])
    const sealed = await ring.seal('openai', 'sk-one')
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = `${sealed.slice(0, index)}${sealed[index] === 'A' ? 'B' : 'A'}${sealed.slice(index + 1)}`
      assert.equal((await ring.open('openai', changed)).ok, false, `changed at ${index}`)
    }
    for (const cut of [
      sealed.slice(0, -1),
      `${sealed}A`,
      `${sealed}=`,
      ` ${sealed}`,
      `${sealed}\n`,
      `${sealed}.x`,
      '',
      '....',
      'soma-secret-1.d1..',
    ]) {
      assert.equal((await ring.open('openai', cut)).ok, false, JSON.stringify(cut))
    }
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), async (noise) => {
        assert.equal((await ring.open('openai', noise)).ok, false)
      }),
      { numRuns: 100 },
    )
  })

  it('refuses a wrapped key with a changed id', async () => {
    const { wrapped } = await newKey('acme', 'd1')
    assert.deepEqual(await Keyring.open(await roots(), 'acme', [{ id: 'd2', wrapped, state: 'current' }]), refusal('not_authentic'))
  })

  it('seals only text that it can return unchanged', async () => {
    const ring = await keyring('acme', [await newKey('acme', 'd1')])
    await assert.rejects(ring.seal('n', '\ud800'), /well-formed/)
    await assert.rejects(ring.seal('n', 'x'.repeat(65_537)), /at most 65536 bytes/)
  })
})

describe('Root keys', () => {
  it('rotate: the old one opens until its keys are rewrapped', async () => {
    const key = await newKey('acme', 'd1')
    const sealed = await (await keyring('acme', [key])).seal('openai', 'sk-one')
    const bothRoots = await roots(`r2:${second} r1:${first}`)
    assert.deepEqual(await (await keyring('acme', [key], bothRoots)).open('openai', sealed), { ok: true, value: 'sk-one' })
    const rewrapped = await bothRoots.rewrap('acme', key)
    assert.ok(rewrapped.ok)
    assert.deepEqual([keyIdOf(key.wrapped), keyIdOf(rewrapped.value.wrapped)], ['r1', 'r2'])
    const newRoots = await roots(`r2:${second}`)
    const ring = await keyring('acme', [{ ...rewrapped.value, state: 'current' }], newRoots)
    assert.deepEqual(await ring.open('openai', sealed), { ok: true, value: 'sk-one' })
    assert.deepEqual(await Keyring.open(newRoots, 'acme', [key]), refusal('unknown_key'))
    assert.deepEqual(await newRoots.rewrap('acme', key), refusal('unknown_key'))
  })

  it('are refused unless they are 32 bytes under unique ids, and are never repeated', async () => {
    for (const text of [
      '',
      ' , ',
      first,
      `:${first}`,
      `r 1:${first}`,
      `r1:${first} r1:${second}`,
      `r1:${first.slice(1)}`,
      `r1:${first}\u00e9`,
      `r1:${btoa('short')}`,
      `r1:${btoa('\0'.repeat(32))}`,
    ]) {
      const parsed = await RootKeys.parse(text)
      assert.equal(parsed.ok, false, text)
      assert.ok(!JSON.stringify(parsed).includes(first.slice(0, 20)))
    }
  })

  it('are not revealed by printing', async () => {
    const keys = await roots()
    const printed = JSON.stringify(keys) + String(keys)
    assert.ok(!printed.includes(first) && !Object.keys(keys).some((name) => name !== 'currentId'))
  })
})

describe('Data keys', () => {
  it('rotate: the old one opens, the current one seals, the retired one is refused', async () => {
    const old = await newKey('acme', 'd1')
    const sealed = await (await keyring('acme', [old])).seal('openai', 'sk-one')
    const current = await newKey('acme', 'd2')
    const ring = await keyring('acme', [current, { ...old, state: 'old' }])
    assert.deepEqual(await ring.open('openai', sealed), { ok: true, value: 'sk-one' })
    assert.equal(ring.isStale(sealed), true)
    const resealed = await ring.reseal('openai', sealed)
    assert.ok(resealed.ok)
    assert.equal(keyIdOf(resealed.value), 'd2')
    assert.equal(ring.isStale(resealed.value), false)
    const after = await keyring('acme', [current, { ...old, state: 'retired' }])
    assert.deepEqual(await after.open('openai', sealed), refusal('retired_key'))
    assert.deepEqual(await after.reseal('openai', sealed), refusal('retired_key'))
    assert.deepEqual(await after.open('openai', resealed.value), { ok: true, value: 'sk-one' })
    assert.deepEqual(await (await keyring('acme', [current])).open('openai', sealed), refusal('unknown_key'))
  })

  it('have exactly one current key', async () => {
    const [firstKey, secondKey] = [await newKey('acme', 'd1'), await newKey('acme', 'd2')]
    for (const storedKeys of [
      [],
      [{ ...firstKey, state: 'old' as const }],
      [firstKey, secondKey],
      [firstKey, { ...firstKey, state: 'old' as const }],
    ]) {
      assert.deepEqual(await Keyring.open(await roots(), 'acme', storedKeys), refusal('malformed'))
    }
  })
})
