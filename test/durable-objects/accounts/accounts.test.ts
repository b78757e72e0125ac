import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Accounts } from '../../../durable-objects/accounts/accounts.ts'
import { Subject } from '../../../shared/ids.ts'
import { codeOf } from '../../support/authenticator.ts'

const accounts = env.ACCOUNTS as unknown as DurableObjectNamespace<Accounts>

/** The tables of schema 1 as released, with one user. */
const first = `
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
    await runInDurableObject(stub, (_, { storage }) => storage.sql.exec(first).toArray())
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
    await runInDurableObject(stub, (_, { storage }) => storage.sql.exec(first).toArray())
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
