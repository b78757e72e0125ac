/**
 * The cost from token to principal: the gateway's own code with all checks, compared with jose and fast-jwt.
 * Both libraries check only signature, issuer, audience, type and times.
 * Tokens are new, or one known token. The contenders alternate.
 */
import { exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify } from 'jose'
import { keySetOf } from '../../scripts/stack/policy.ts'
import { sign } from '../../scripts/stack/token.ts'
import { createCredential, importChecksumKey, parseCredential } from '../../shared/identity/credential.ts'
import { TenantId } from '../../shared/ids.ts'
import { ratios, spread } from '../statistics.ts'

/** Number of new tokens per contender and round, and of repetitions of a known one. */
const newTokens = 1_500
const repetitions = 200_000
const rules = { issuer: 'https://soma.localhost', audience: 'soma' }

/** The gateway's modules. Their own types belong to another runtime. */
interface Authenticate {
  tokenPrincipal(c: object, token: string, via: 'token'): Promise<{ readonly ok: boolean }>
}
interface ApiKeys {
  keyPrincipal(c: object, text: string): Promise<object | null>
}

interface FastJwt {
  createVerifier(options: object): (token: string) => unknown
}

/** The part of the gateway's context that authentication uses. Its accounts and its issuer answer at once. */
function gateway(key: JWK): object {
  const status = { role: 'member', revoked: false, stamp: 0 } as const
  const accounts = {
    standing: async () => status,
    changedSince: async () => ({ stamp: 0, subjects: [] }),
    useKey: async ({ id }: { id: string }) => ({
      key: { id, subject: 'reader', name: '', scopes: [], createdAt: 0, expiresAt: null, lastUsedAt: null },
      role: 'member',
    }),
  }
  const env = {
    SOMA_ISSUER: rules.issuer,
    SOMA_AUDIENCE: rules.audience,
    SOMA_OPERATOR_KEYS: keySetOf(key),
    SOMA_TRUSTED_ISSUERS: '',
    ISSUER: { getByName: () => ({ keySet: async () => ({ keys: [] }), checksumKey: async () => 'A'.repeat(43) }) },
    ACCOUNTS: { getByName: () => accounts },
  }
  return { env, executionCtx: { waitUntil: () => undefined } }
}

/** The mean time of `times` calls of `work`. Microseconds. */
async function microseconds(times: number, work: (index: number) => unknown): Promise<number> {
  const startedAt = performance.now()
  for (let index = 0; index < times; index += 1) {
    const result = work(index)
    if (result instanceof Promise) await result
  }
  return ((performance.now() - startedAt) * 1_000) / times
}

/** Runs the benchmark. Returns Markdown. */
export async function auth(rounds: number, log: (line: string) => void): Promise<string> {
  const { tokenPrincipal } = (await import('../../workers/gateway/auth/authenticate.ts' as string)) as Authenticate
  const { keyPrincipal } = (await import('../../workers/gateway/auth/api-key.ts' as string)) as ApiKeys
  const { createVerifier } = (await import('fast-jwt' as string)) as FastJwt
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'bench' }
  const { d: _, ...publicJwk } = jwk
  const publicKey = await importJWK(publicJwk, 'ES256')
  const pem = await pemOf(publicJwk)
  const token = (subject: string) => sign(jwk, { tenant: 'bench', subject, scopes: '', ttlSeconds: 3_600 })
  const c = gateway(jwk)
  const options = { ...rules, algorithms: ['ES256'], typ: 'at+jwt', requiredClaims: ['exp', 'sub', 'iat'] }
  const fastVerifier = (cache: boolean) =>
    createVerifier({
      key: pem,
      algorithms: ['ES256'],
      allowedIss: rules.issuer,
      allowedAud: rules.audience,
      checkTyp: 'at+jwt',
      cache,
      cacheTTL: 3_600_000,
    })
  const [fastNew, fastCached] = [fastVerifier(false), fastVerifier(true)]
  const soma = async (text: string) => (await tokenPrincipal(c, text, 'token')).ok || fail('ours')
  const jose = (text: string) => jwtVerify(text, publicKey, options)
  const knownToken = await token('known')
  const { text: apiKey } = await createCredential('soma', TenantId.parse('bench'), await importChecksumKey(new Uint8Array(32)))
  const key = async () => (await keyPrincipal(c, apiKey)) ?? fail('key')

  const times: Record<string, number[]> = {}
  const record = (name: string, value: number) => {
    times[name] = [...(times[name] ?? []), value]
  }
  for (let round = -1; round < rounds; round += 1) {
    log(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`)
    // Each contender has its own tokens, so that no cache knows them.
    const tokens = await Promise.all(Array.from({ length: newTokens * 3 }, (_, index) => token(`reader-${round}-${index}`)))
    const measured: Record<string, number> = {
      'ours, new': await microseconds(newTokens, (index) => soma(tokens[index] ?? '')),
      'jose, new': await microseconds(newTokens, (index) => jose(tokens[newTokens + index] ?? '')),
      'fast-jwt, new': await microseconds(newTokens, (index) => fastNew(tokens[2 * newTokens + index] ?? '')),
      'ours, again': await microseconds(repetitions, () => soma(knownToken)),
      'jose, again': await microseconds(newTokens, () => jose(knownToken)),
      'fast-jwt, again': await microseconds(repetitions, () => fastCached(knownToken)),
      'key, again': await microseconds(repetitions, key),
      'key, hashed': await microseconds(newTokens, () => parseCredential('soma', apiKey)),
    }
    if (round >= 0) for (const [name, value] of Object.entries(measured)) record(name, value)
  }
  const timesOf = (name: string) => times[name] ?? []
  const row = (label: string, name: string, peer: string) =>
    `| ${label} | ${spread(timesOf(name))} | ${name === peer ? '' : spread(ratios(timesOf(name), timesOf(peer)))} |`
  return [
    '| token to principal | µs each | × jose |',
    '| --- | --- | --- |',
    row('new token, soma', 'ours, new', 'jose, new'),
    row('new token, jose `jwtVerify`', 'jose, new', 'jose, new'),
    row('new token, fast-jwt', 'fast-jwt, new', 'jose, new'),
    row('known token, soma', 'ours, again', 'jose, again'),
    row('known token, jose `jwtVerify` (no cache)', 'jose, again', 'jose, again'),
    row('known token, fast-jwt with its cache', 'fast-jwt, again', 'jose, again'),
    row('known API key, soma', 'key, again', 'jose, again'),
    row('new API key, soma: to its hash, without asking its object', 'key, hashed', 'jose, new'),
    '',
    `node ${process.versions.node}; ${rounds} rounds of ${newTokens} new tokens and ${repetitions} times the same.`,
  ].join('\n')
}

async function pemOf(jwk: JWK): Promise<string> {
  const { createPublicKey } = await import('node:crypto')
  return createPublicKey({ key: jwk as never, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString()
}

const fail = (contender: string): never => {
  throw new Error(`${contender}: a valid token was rejected`)
}
