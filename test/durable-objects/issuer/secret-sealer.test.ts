import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { SecretSealer } from '../../../durable-objects/issuer/secret-sealer.ts'
import type { WrappedKey } from '../../../shared/secrets/envelope.ts'

const rootKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`

/** Where the data key lies. */
function kept() {
  let key: WrappedKey | null = null
  return {
    sealKey: () => key,
    setSealKey: (id: string, wrapped: string) => {
      key = { id, wrapped }
    },
  }
}

describe('What the accounts object seals', () => {
  const [older, newer] = [rootKey('older'), rootKey('newer')]

  it('opens again, for its owner and its name', async () => {
    const store = kept()
    const sealed = await new SecretSealer('/accounts/acme', store, () => older).seal('totp', 'hush')
    expect(sealed).not.toContain('hush')
    expect(await new SecretSealer('/accounts/acme', store, () => older).unseal('totp', sealed)).toBe('hush')
    await expect(new SecretSealer('/accounts/acme', store, () => older).unseal('other', sealed)).rejects.toThrow('not_authentic')
    await expect(new SecretSealer('/accounts/globex', store, () => older).unseal('totp', sealed)).rejects.toThrow('does not open')
    await expect(new SecretSealer('/accounts/acme', store, () => newer).unseal('totp', sealed)).rejects.toThrow('complete')
  })

  it('outlives its root key, once it was used beside the next', async () => {
    const store = kept()
    const sealed = await new SecretSealer('/accounts/acme', store, () => older).seal('totp', 'hush')
    expect(await new SecretSealer('/accounts/acme', store, () => `${newer} ${older}`).unseal('totp', sealed)).toBe('hush')
    expect(await new SecretSealer('/accounts/acme', store, () => newer).unseal('totp', sealed)).toBe('hush')
  })

  it('is sealed by one key, though many ask for the first at once', async () => {
    const store = kept()
    const seal = new SecretSealer('/accounts/acme', store, () => older)
    const all = await Promise.all(Array.from({ length: 10 }, (_, at) => seal.seal('totp', `${at}`)))
    expect(await Promise.all(all.map((one) => seal.unseal('totp', one)))).toEqual(Array.from({ length: 10 }, (_, at) => `${at}`))
  })

  it('tries again after a root key that was no key', async () => {
    let keys = 'nonsense'
    const seal = new SecretSealer('/accounts/acme', kept(), () => keys)
    await expect(seal.seal('totp', 'hush')).rejects.toThrow('SOMA_ISSUER_ROOT_KEYS')
    keys = older
    expect(await seal.unseal('totp', await seal.seal('totp', 'hush'))).toBe('hush')
  })
})
