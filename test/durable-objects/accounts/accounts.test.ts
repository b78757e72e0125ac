import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Accounts } from '../../../durable-objects/accounts/accounts.ts'
import { maxUsedTokens } from '../../../durable-objects/accounts/sign-ins.ts'
import { createCredential } from '../../../shared/identity/credential.ts'
import { Subject, TenantId } from '../../../shared/ids.ts'
import { codeOf } from '../../support/authenticator.ts'

const accounts = env.ACCOUNTS as unknown as DurableObjectNamespace<Accounts>

/** The tables of schema 1 as released, with one user. */
const schema1 = `
  CREATE TABLE meta (schema INTEGER NOT NULL, stamp INTEGER NOT NULL);
  CREATE TABLE user (
    subject TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL,
    created_at INTEGER NOT NULL, signed_in_at INTEGER, removed_at INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE changed (subject TEXT PRIMARY KEY, stamp INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX changed_by_stamp ON changed (stamp);
  CREATE TABLE sign_in (
    sid TEXT PRIMARY KEY, subject TEXT NOT NULL, method TEXT NOT NULL, scope TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, ended TEXT
  ) WITHOUT ROWID;
  CREATE TABLE refresh (hash TEXT PRIMARY KEY, sid TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE revoked (jti TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE api_key (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER, last_used_at INTEGER
  ) WITHOUT ROWID;
  INSERT INTO meta VALUES (1, 7);
  INSERT INTO user VALUES ('ada', 'Ada', 'admin', 1, 2, NULL);
  INSERT INTO sign_in VALUES ('sidofada0000', 'ada', 'oidc', '', 1, 9000000000000, NULL);
`

/** An identity as a gateway before second factors sends it. */
const identityOf = (subject: string) =>
  ({ subject: Subject.parse(subject), name: '', method: 'oidc', scope: '', expiresAt: 9e12, role: 'member', refresh: false }) as const

describe('A gateway from a release before second factors', () => {
  const identity = identityOf('ada')

  it('signs in a user without a second factor, and refuses a user with one', async () => {
    const stub = accounts.getByName('gateway-from-before')
    const signedIn = await stub.signIn(identity)
    expect(signedIn).toMatchObject({ ok: true, value: { sid: expect.any(String), role: 'member', refresh: null } })
    const enrolment = await stub.enrol('ada', null)
    if (!enrolment.ok || !signedIn.ok || signedIn.value.kind !== 'in') throw new Error('not set up')
    expect((await stub.verifyMfa('ada', signedIn.value.sid, await codeOf(enrolment.value.secret))).ok).toBe(true)
    expect(await stub.signIn(identity)).toEqual({ ok: false, error: { kind: 'unauthenticated' } })
    expect(await stub.signIn({ ...identity, amr: [], agent: '' })).toMatchObject({ ok: true, value: { kind: 'challenge' } })
  })
})

describe('Accounts from a release before second factors', () => {
  it('migrate: sign-ins stay valid, and no second factor is required', async () => {
    const stub = accounts.getByName('from-before')
    await runInDurableObject(stub, (_, { storage }) => storage.sql.exec(schema1).toArray())
    expect(await stub.standing('ada', { sid: 'sidofada0000' })).toEqual({ role: 'admin', revoked: false, demandsMfa: false, stamp: 7 })
    expect(await stub.signIns('ada')).toMatchObject([{ sid: 'sidofada0000', method: 'oidc', amr: [], agent: '' }])
    expect(await stub.user('ada')).toMatchObject({ name: 'Ada', mfa: false })
    expect(await stub.mfa('ada')).toEqual({ since: null, pending: false, recoveryLeft: 0 })
    await stub.demandMfa('admins')
    expect(await stub.standing('ada', { sid: 'sidofada0000' })).toMatchObject({ demandsMfa: true })
    // Every cached credential must be checked again.
    expect(await stub.changedSince(7)).toEqual({ stamp: 8, subjects: null })
  })
})

describe('M7. A subject', () => {
  const provider = { issuer: 'https://login.example', isProvider: true }
  const other = { issuer: 'https://other.example', isProvider: false }
  const isRefused = async (tenant: string, subject: string, origin: typeof other) =>
    (await accounts.getByName(tenant).standing(subject, { jti: 'j', origin })).revoked

  it('who signed in before issuers were recorded belongs to the identity provider', async () => {
    const stub = accounts.getByName('issuers-from-before')
    await runInDurableObject(stub, (_, { storage }) => storage.sql.exec(schema1).toArray())
    expect(await isRefused('issuers-from-before', 'ada', other)).toBe(true)
    expect(await stub.user('ada')).toMatchObject({ issuer: null })
    expect(await isRefused('issuers-from-before', 'ada', provider)).toBe(false)
    expect(await stub.user('ada')).toMatchObject({ issuer: provider.issuer })
    expect(await isRefused('issuers-from-before', 'ada', { issuer: 'https://next.example', isProvider: true })).toBe(true)
    expect((await stub.standing('ada', { sid: 'sidofada0000' })).revoked, 'our own tokens').toBe(false)
  })

  it('belongs to the issuer that first brings it, in this tenant', async () => {
    expect(await isRefused('issuers-a', 'bob', other)).toBe(false)
    expect(await isRefused('issuers-a', 'bob', provider)).toBe(true)
    expect(await isRefused('issuers-b', 'bob', provider)).toBe(false)
    const signIn = (tenant: string) => accounts.getByName(tenant).signIn({ ...identityOf('bob'), amr: [], agent: '', origin: provider })
    expect(await signIn('issuers-a')).toEqual({ ok: false, error: { kind: 'unauthenticated' } })
    expect(await signIn('issuers-b')).toMatchObject({ ok: true })
  })
})

describe('M4. The refresh tokens of a sign-in', () => {
  const identity = {
    subject: Subject.parse('eve'),
    name: '',
    method: 'token',
    scope: '',
    amr: [],
    agent: '',
    expiresAt: 9e12,
    role: 'member',
    refresh: true,
  } as const
  type Stub = DurableObjectStub<Accounts>

  async function startSignIn(stub: Stub): Promise<{ sid: string; refresh: string }> {
    const signedIn = await stub.signIn(identity)
    if (!signedIn.ok || signedIn.value.kind !== 'in') throw new Error('not signed in')
    return { sid: signedIn.value.sid, refresh: signedIn.value.refresh ?? '' }
  }

  /** The tokens of a chain after `count` exchanges, oldest first. The last one is valid. */
  async function exchangeTokens(stub: Stub, first: string, count: number): Promise<string[]> {
    const tokens = [first]
    for (let n = 0; n < count; n += 1) {
      const next = await stub.refresh(tokens.at(-1) ?? '')
      if (!next.ok) throw new Error(next.error.kind)
      tokens.push(next.value.refresh)
    }
    return tokens
  }

  const rows = (stub: Stub, sid: string): Promise<number> =>
    runInDurableObject(stub, (_, { storage }) => storage.sql.exec('SELECT 1 FROM refresh WHERE sid = ?', sid).toArray().length)
  const insertUsed = (stub: Stub, sid: string, count: number) =>
    runInDurableObject(stub, (_, { storage }) => {
      for (let n = 0; n < count; n += 1) storage.sql.exec('INSERT INTO refresh VALUES (?, ?, 1)', `used ${sid} ${n}`, sid)
    })
  const reused = { ok: false, error: { kind: 'unauthenticated', reusedBy: 'eve' } }

  it('leave a bounded number of rows, for any number of exchanges', async () => {
    const stub = accounts.getByName('chain-rows')
    const [first, second] = [await startSignIn(stub), await startSignIn(stub)]
    await exchangeTokens(stub, first.refresh, 3)
    await exchangeTokens(stub, second.refresh, 40)
    expect(await rows(stub, first.sid)).toBe(4)
    expect(await rows(stub, second.sid)).toBe(maxUsedTokens + 1)
  })

  it.each([
    ['first', 0],
    ['twentieth', 19],
    ['last but one', 29],
  ])('show the reuse of the %s of thirty', async (_, index) => {
    const stub = accounts.getByName(`chain-reuse-${index}`)
    const { sid, refresh } = await startSignIn(stub)
    const other = await startSignIn(stub)
    const tokens = await exchangeTokens(stub, refresh, 30)
    expect(await stub.refresh(tokens[index] ?? '')).toEqual(reused)
    expect(await stub.standing('eve', { sid })).toMatchObject({ revoked: true })
    expect(await stub.refresh(tokens.at(-1) ?? ''), 'the valid token').toEqual({ ok: false, error: { kind: 'unauthenticated' } })
    expect((await stub.refresh(other.refresh)).ok, 'another sign-in').toBe(true)
  })

  it('are rejected with a wrong secret, and the sign-in stays valid', async () => {
    const stub = accounts.getByName('chain-forged')
    const { sid, refresh } = await startSignIn(stub)
    const other = await startSignIn(stub)
    // A secret of another sign-in, and a secret with another checksum.
    const swapped = `${refresh.slice(0, refresh.lastIndexOf('_'))}${other.refresh.slice(other.refresh.lastIndexOf('_'))}`
    const changed = `${refresh.slice(0, -1)}${refresh.endsWith('A') ? 'B' : 'A'}`
    for (const forged of [swapped, changed]) expect(await stub.refresh(forged)).toEqual({ ok: false, error: { kind: 'unauthenticated' } })
    expect(await stub.standing('eve', { sid })).toMatchObject({ revoked: false })
    expect((await stub.refresh(refresh)).ok).toBe(true)
  })

  it('of an earlier release are pruned to the bound at the first use, and each chain at its next exchange', async () => {
    const stub = accounts.getByName('chain-from-before')
    await runInDurableObject(stub, (_, { storage }) => storage.sql.exec(schema1).toArray())
    await insertUsed(stub, 'sidofada0000', 200)
    await insertUsed(stub, 'another', 3)
    await stub.signIns('ada')
    expect([await rows(stub, 'sidofada0000'), await rows(stub, 'another')]).toEqual([maxUsedTokens, 3])
    // An earlier release runs the object again for a while.
    const { sid, refresh } = await startSignIn(stub)
    await insertUsed(stub, sid, 50)
    await exchangeTokens(stub, refresh, 1)
    expect(await rows(stub, sid)).toBe(maxUsedTokens + 1)
  })

  it('of an earlier release are exchanged, and their reuse shows by their rows', async () => {
    const stub = accounts.getByName('chain-without-checksum')
    const { sid } = await startSignIn(stub)
    // A release before checksums issued this token.
    const plain = await createCredential('somarefresh', TenantId.parse('chain-without-checksum'), null, sid)
    await runInDurableObject(stub, (_, { storage }) => storage.sql.exec('INSERT INTO refresh VALUES (?, ?, 0)', plain.hash, sid).toArray())
    expect((await stub.refresh(plain.text)).ok).toBe(true)
    expect(await stub.refresh(plain.text)).toEqual(reused)
  })
})
