import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { operatorKeys } from '../../../../workers/gateway/auth/tokens.ts'
import { fetchWith } from '../http/gateway-with.ts'

async function pair(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { open: { ...(await exportJWK(publicKey)), kid }, closed: { ...(await exportJWK(privateKey)), kid } }
}

const withKeys = (...keys: unknown[]) => ({ SOMA_OPERATOR_KEYS: JSON.stringify({ keys }) })

describe('L10. The operators’ keys', () => {
  it('are public, and each verifies tokens', async () => {
    const [first, second] = [await pair('one'), await pair('other')]
    expect(operatorKeys(withKeys(first.open, second.open))).toMatchObject([{ kid: 'one', alg: 'ES256' }, { kid: 'other' }])
    expect(operatorKeys({ SOMA_OPERATOR_KEYS: '' })).toEqual([])
    const token = await new SignJWT({ tenant: 'acme', scope: 'admin' })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'other' })
      .setIssuer('https://soma.localhost')
      .setAudience('soma')
      .setSubject('operator')
      .setIssuedAt()
      .setExpirationTime('5 m')
      .sign(await importJWK(second.closed, 'ES256'))
    const me = (variables: object) => fetchWith('/v1/me', { headers: { authorization: `Bearer ${token}` } }, variables)
    expect((await me(withKeys(first.open, second.open))).status).toBe(200)
  })

  it('are refused with a private part or in another form, and the message names no key', async () => {
    const { open, closed } = await pair('one')
    const wrong: JWK[][] = [
      [closed],
      [open, closed],
      [{ ...open, crv: 'P-384' }],
      [{ kty: 'oct', k: 'AAAA' }],
      [{ ...open, x: '' }],
      [open, open],
    ]
    for (const keys of wrong) {
      expect(() => operatorKeys(withKeys(...keys)), JSON.stringify(keys)).toThrow(
        'SOMA_OPERATOR_KEYS must be a JSON Web Key Set of public ES256 keys, without private parts.',
      )
    }
    expect(() => operatorKeys({ SOMA_OPERATOR_KEYS: JSON.stringify(open) })).toThrow('SOMA_OPERATOR_KEYS must be')
  })
})
