import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { SecretSealer } from '../../../durable-objects/issuer/secret-sealer.ts'
import type { WrappedKey } from '../../../shared/secrets/envelope.ts'

const rootKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`

/** A store in memory. */
function memoryStore() {
  let key: WrappedKey | null = null
  return {
    dataKey: () => key,
    setDataKey: (id: string, wrapped: string) => {
      key = { id, wrapped }
    },
  }
}

describe('A secret of the accounts object', () => {
  const [older, newer] = [rootKey('older'), rootKey('newer')]

  it('can be unsealed only with its owner and name', async () => {
    const store = memoryStore()
    const sealed = await new SecretSealer('/accounts/acme', store, () => older).seal('totp', 'hush')
    expect(sealed).not.toContain('hush')
    expect(await new SecretSealer('/accounts/acme', store, () => older).unseal('totp', sealed)).toBe('hush')
    await expect(new SecretSealer('/accounts/acme', store, () => older).unseal('other', sealed)).rejects.toThrow('not_authentic')
    await expect(new SecretSealer('/accounts/globex', store, () => older).unseal('totp', sealed)).rejects.toThrow('cannot be opened')
    await expect(new SecretSealer('/accounts/acme', store, () => newer).unseal('totp', sealed)).rejects.toThrow('complete')
  })

  it('survives the removal of its root key, once the next root key has been configured beside it', async () => {
    const store = memoryStore()
    const sealed = await new SecretSealer('/accounts/acme', store, () => older).seal('totp', 'hush')
    expect(await new SecretSealer('/accounts/acme', store, () => `${newer} ${older}`).unseal('totp', sealed)).toBe('hush')
    expect(await new SecretSealer('/accounts/acme', store, () => newer).unseal('totp', sealed)).toBe('hush')
  })

  it('is sealed by one data key, even with concurrent first requests', async () => {
    const store = memoryStore()
    const sealer = new SecretSealer('/accounts/acme', store, () => older)
    const sealed = await Promise.all(Array.from({ length: 10 }, (_, index) => sealer.seal('totp', `${index}`)))
    expect(await Promise.all(sealed.map((secret) => sealer.unseal('totp', secret)))).toEqual(
      Array.from({ length: 10 }, (_, index) => `${index}`),
    )
  })

  it('can be sealed after the root key has been corrected', async () => {
    let keys = 'nonsense'
    const sealer = new SecretSealer('/accounts/acme', memoryStore(), () => keys)
    await expect(sealer.seal('totp', 'hush')).rejects.toThrow('SOMA_ISSUER_ROOT_KEYS')
    keys = older
    expect(await sealer.unseal('totp', await sealer.seal('totp', 'hush'))).toBe('hush')
  })
})
