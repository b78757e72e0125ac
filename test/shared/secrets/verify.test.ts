/** Tokens that try to choose how they are verified. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { base64url, CompactSign, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'
import { KeySet } from '../../../shared/identity/key-set.ts'
import { clockLeewaySeconds } from '../../../shared/identity/token-limits.ts'
import { verifyJws, verifyJwt } from '../../../shared/identity/verify.ts'

const encoder = new TextEncoder()
const signingAlgorithms = ['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'] as const

interface Pair {
  readonly publicKey: JWK
  readonly privateKey: CryptoKey
  readonly pem: string
}

const pairs = new Map<string, Pair>()

async function createPair(alg: string): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return { publicKey: { ...(await exportJWK(publicKey)), kid: alg }, privateKey, pem: await exportSPKI(publicKey) }
}

const pair = (alg: string): Pair => pairs.get(alg) ?? assert.fail(alg)

function keySet(...keys: JWK[]): KeySet {
  const parsed = KeySet.parse({ keys })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

const sign = (alg: string, header: object = {}, key: CryptoKey | Uint8Array = pair(alg).privateKey): Promise<string> =>
  new CompactSign(encoder.encode('hello')).setProtectedHeader({ alg, kid: alg, ...header }).sign(key)

const allKeys = () => keySet(...signingAlgorithms.map((alg) => pair(alg).publicKey))
const refusal = (kind: string) => ({ ok: false, error: { kind } })
const encode = (value: unknown) => base64url.encode(JSON.stringify(value))

describe('A signature', () => {
  before(async () => {
    for (const alg of signingAlgorithms) pairs.set(alg, await createPair(alg))
  })

  it('is verified by the key that the token names', async () => {
    for (const alg of signingAlgorithms) {
      const verified = await verifyJws(await sign(alg), allKeys())
      assert.equal(verified.ok && new TextDecoder().decode(verified.value), 'hello', alg)
    }
  })

  it('is accepted under both names of EdDSA', async () => {
    const { publicKey } = pair('EdDSA')
    assert.equal((await verifyJws(await sign('EdDSA'), keySet({ ...publicKey, alg: 'Ed25519' }))).ok, true)
  })

  it('is refused with alg none, and with no signature', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      const token = `${encode({ alg, kid: 'ES256' })}.${base64url.encode('hello')}.`
      assert.deepEqual(await verifyJws(token, allKeys()), refusal('malformed'))
      assert.equal((await verifyJws(`${token}AA`, allKeys())).ok, false)
    }
  })

  it('is refused when it is signed with a public key as the HMAC secret', async () => {
    const { publicKey, pem } = pair('RS256')
    for (const secret of [pem, pem.trim(), JSON.stringify(publicKey), publicKey.n ?? '']) {
      const forged = await sign('HS256', { kid: 'RS256' }, encoder.encode(secret))
      for (const algorithms of [undefined, ['RS256', 'HS256'] as const]) {
        assert.equal((await verifyJws(forged, allKeys(), algorithms ? { algorithms } : {})).ok, false)
      }
    }
  })

  it('is refused when the token brings its own key or unknown extensions', async () => {
    const attackerPair = await createPair('ES256')
    const extraHeaders = [
      { jwk: attackerPair.publicKey },
      { jku: 'https://attacker.example/keys' },
      { x5u: 'https://attacker.example/cert' },
      { b64: false, crit: ['b64'] },
    ]
    for (const extra of extraHeaders) {
      const input = `${encode({ alg: 'ES256', kid: 'ES256', ...extra })}.${base64url.encode('hello')}`
      const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, attackerPair.privateKey, encoder.encode(input))
      const validSignature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair('ES256').privateKey, encoder.encode(input))
      for (const bytes of [signature, validSignature]) {
        assert.deepEqual(await verifyJws(`${input}.${base64url.encode(new Uint8Array(bytes))}`, allKeys()), refusal('malformed'))
      }
    }
  })

  it('is refused when its key id is unknown or not a string', async () => {
    for (const kid of ['nobody', '../../keys/ES256', 'ES256\u0000', '__proto__', '']) {
      assert.deepEqual(await verifyJws(await sign('ES256', { kid }), allKeys()), refusal('unknown_key'))
    }
    assert.equal((await verifyJws(await sign('ES256', { kid: ['ES256'] as unknown as string }), allKeys())).ok, false)
  })

  it('without a key id, uses the only key that fits', async () => {
    const token = await sign('ES256', { kid: undefined })
    assert.equal((await verifyJws(token, allKeys())).ok, true)
    const { publicKey } = await createPair('ES256')
    assert.deepEqual(await verifyJws(token, keySet(pair('ES256').publicKey, { ...publicKey, kid: 'other' })), refusal('unknown_key'))
  })

  it("uses only the key's algorithm", async () => {
    const token = await sign(
      'PS256',
      { kid: 'RS256' },
      await crypto.subtle.importKey(
        'jwk',
        { ...(await exportJWK(pair('PS256').privateKey)), alg: 'PS256' },
        { name: 'RSA-PSS', hash: 'SHA-256' },
        false,
        ['sign'],
      ),
    )
    const rsa = { ...pair('PS256').publicKey, kid: 'RS256' }
    assert.equal((await verifyJws(token, keySet(rsa))).ok, true)
    assert.deepEqual(await verifyJws(token, keySet({ ...rsa, alg: 'RS256' })), refusal('unknown_key'))
    assert.deepEqual(await verifyJws(token, keySet(rsa), { algorithms: ['RS256'] }), refusal('invalid'))
  })

  it('is refused with surrounding text or another encoding', async () => {
    const token = await sign('ES256')
    const [header = '', payload = '', signature = ''] = token.split('.')
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    // 64 bytes leave four unused bits in the last character, so 15 other characters decode to the same bytes.
    const otherEncoding = `${signature.slice(0, -1)}${last[last.indexOf(signature.at(-1) ?? '') + 1]}`
    const malformed = [
      `${token}\n`,
      `\n${token}`,
      ` ${token}`,
      `${token} `,
      `${token}=`,
      `${token}.`,
      `${token}.x`,
      `${header}.${payload}`,
      `${header}.${payload}.${otherEncoding}`,
    ]
    for (const text of [...malformed, `${header}..${signature}`, `${header}.${'A'.repeat(17_000)}.${signature}`, '']) {
      assert.deepEqual(await verifyJws(text, allKeys()), refusal('malformed'), JSON.stringify(text.slice(-40)))
    }
  })
})

describe('A secret', () => {
  it('verifies only where secrets are allowed, and only from 32 bytes on', async () => {
    const secret = crypto.getRandomValues(new Uint8Array(32))
    const token = await sign('HS256', {}, secret)
    const strong = keySet({ kty: 'oct', kid: 'HS256', k: base64url.encode(secret) })
    assert.equal((await verifyJws(token, strong, { algorithms: ['HS256'] })).ok, true)
    assert.deepEqual(await verifyJws(token, strong), refusal('invalid'))
    const short = secret.slice(0, 31)
    const weak = keySet({ kty: 'oct', kid: 'HS256', k: base64url.encode(short) })
    assert.deepEqual(await verifyJws(await sign('HS256', {}, short), weak, { algorithms: ['HS256'] }), refusal('unknown_key'))
  })
})

describe('A key set', () => {
  it('is refused when it is ambiguous or reveals keys', async () => {
    const { publicKey, privateKey } = pair('ES256')
    const secret = { kty: 'oct', kid: 's', k: base64url.encode(new Uint8Array(32)) }
    for (const keys of [
      [publicKey, { ...pair('ES384').publicKey, kid: 'ES256' }],
      [publicKey, secret],
      [await exportJWK(privateKey)],
      [null],
      ['key'],
      [{}],
    ]) {
      assert.equal(KeySet.parse({ keys }).ok, false)
    }
    for (const jwks of [null, [], {}, { keys: {} }, 'keys']) assert.equal(KeySet.parse(jwks).ok, false)
  })

  it('of an issuer stays usable beside entries that verify nothing (authlib#785, keycloak#15114)', async () => {
    const { publicKey } = pair('ES256')
    const { privateKey } = pair('ES384')
    const other = await createPair('ES256')
    const unusable = [
      null,
      'key',
      [],
      {},
      { kty: 7 },
      { kty: 'new', kid: 'ES256' },
      { ...pair('RS256').publicKey, kid: 'ES256', use: 'enc' },
      { ...pair('RS256').publicKey, kid: 'ES256', alg: 'RSA-OAEP' },
      { ...other.publicKey, kid: 'ES256', use: 'enc' },
      { ...other.publicKey, kid: 'ES256', key_ops: ['deriveKey'] },
      { kty: 'oct', kid: 'ES256', k: base64url.encode(new Uint8Array(32)) },
      { ...(await exportJWK(privateKey)), kid: 'leaked' },
    ]
    const token = await sign('ES256')
    for (const jwk of unusable) {
      const parsed = KeySet.fromIssuer({ keys: [jwk, publicKey] })
      assert.ok(parsed.ok, JSON.stringify(jwk))
      assert.equal((await verifyJws(token, parsed.value)).ok, true, JSON.stringify(jwk))
    }
    const leaked = KeySet.fromIssuer({ keys: [...unusable, publicKey] })
    assert.ok(leaked.ok)
    assert.equal((await verifyJws(token, leaked.value)).ok, true)
    assert.deepEqual(
      await verifyJws(await sign('ES384', { kid: 'leaked' }), leaked.value),
      refusal('unknown_key'),
      'a published private key',
    )
    assert.equal(KeySet.fromIssuer({ keys: unusable }).ok, false)
    for (const jwks of [null, [], {}, { keys: {} }, 'keys', { keys: [] }]) assert.equal(KeySet.fromIssuer(jwks).ok, false)
  })

  it('of an issuer may give one id to an unmarked encryption key and a signing key', async () => {
    const other = await createPair('ES256')
    for (const keys of [
      [{ ...other.publicKey, kid: 'ES256' }, pair('ES256').publicKey],
      [pair('ES256').publicKey, { ...other.publicKey, kid: 'ES256' }],
    ]) {
      const parsed = KeySet.fromIssuer({ keys })
      assert.ok(parsed.ok)
      assert.equal((await verifyJws(await sign('ES256'), parsed.value)).ok, true)
    }
  })

  it('skips RSA keys of fewer than 2048 bits', async () => {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 1_024, publicExponent: new Uint8Array([1, 0, 1]) }
    const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const input = `${encode({ alg: 'RS256', kid: 'weak' })}.${base64url.encode('hello')}`
    const signature = await crypto.subtle.sign(algorithm.name, privateKey, encoder.encode(input))
    const keys = keySet({ ...(await exportJWK(publicKey)), kid: 'weak' })
    assert.deepEqual(await verifyJws(`${input}.${base64url.encode(new Uint8Array(signature))}`, keys), refusal('unknown_key'))
  })

  it('skips keys that are weak, unknown, or for another use', async () => {
    const { publicKey } = pair('ES256')
    const unusableKeys = [
      { ...publicKey, use: 'enc' },
      { ...publicKey, key_ops: ['sign'] },
      { ...publicKey, alg: 'ES384' },
      { ...publicKey, kty: 'new' },
      { ...publicKey, crv: 'P-999' },
    ]
    for (const jwk of unusableKeys) assert.deepEqual(await verifyJws(await sign('ES256'), keySet(jwk)), refusal('unknown_key'))
  })
})

describe('Claims', () => {
  it('are checked after the signature', async () => {
    const options = { issuer: 'https://soma.example', audience: 'api', types: ['at+jwt'], requiredClaims: ['exp'] }
    const signToken = (claims: object, typ = 'at+jwt') =>
      new SignJWT({ iss: 'https://soma.example', aud: 'api', sub: 'anne', exp: Math.floor(Date.now() / 1_000) + 60, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'ES256', typ })
        .sign(pair('ES256').privateKey)
    const verified = await verifyJwt(await signToken({}), allKeys(), options)
    assert.equal(verified.ok && verified.value.sub, 'anne')
    const now = Math.floor(Date.now() / 1_000)
    const outcomeOf = async (token: string) => {
      const result = await verifyJwt(token, allKeys(), options)
      return result.ok ? 'accepted' : result.error
    }
    const faults = {
      issuer: [{ iss: 'https://other.example' }],
      audience: [{ aud: 'other' }],
      expired: [{ exp: 1 }, { exp: now - clockLeewaySeconds - 2 }],
      not_yet_valid: [{ nbf: 4e9 }, { nbf: now + clockLeewaySeconds + 5 }],
      claims: [{ exp: undefined }, { aud: undefined }, { iss: undefined }, { exp: 'soon' }],
    }
    for (const [fault, examples] of Object.entries(faults))
      for (const claims of examples)
        assert.deepEqual(await outcomeOf(await signToken(claims)), { kind: 'invalid', fault }, JSON.stringify(claims))
    assert.deepEqual(await outcomeOf(await signToken({}, 'JWT')), { kind: 'invalid', fault: 'type' })
    for (const claims of [{ exp: now - 2 }, { nbf: now + 2 }])
      assert.equal(await outcomeOf(await signToken(claims)), 'accepted', JSON.stringify(claims))
  })

  it('of another signer reveal no fault', async () => {
    const { privateKey } = await createPair('ES256')
    const token = await new SignJWT({ exp: 1, aud: 'other' }).setProtectedHeader({ alg: 'ES256', kid: 'ES256' }).sign(privateKey)
    assert.deepEqual(await verifyJwt(token, allKeys(), { audience: 'api' }), refusal('invalid'))
  })
})
