import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Accounts } from '../../../durable-objects/accounts/accounts.ts'
import { Subject } from '../../../shared/ids.ts'
import { codeOf } from '../../support/authenticator.ts'

const accounts = env.ACCOUNTS as unknown as DurableObjectNamespace<Accounts>

/** The tables of schema 1 as they were released, with somebody in them. */
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

describe('A gateway from before there were second factors', () => {
  const arrival = {
    subject: Subject.parse('ada'),
    name: '',
    method: 'oidc',
    scope: '',
    expiresAt: 9e12,
    role: 'member',
    refresh: false,
  } as const

  it('signs in whoever has none, and nobody who has one', async () => {
    const stub = accounts.getByName('gateway-from-before')
    const entered = await stub.signIn(arrival)
    expect(entered).toMatchObject({ ok: true, value: { sid: expect.any(String), role: 'member', refresh: null } })
    const begun = await stub.enrol('ada', null)
    if (!begun.ok || !entered.ok || entered.value.kind !== 'in') throw new Error('not set up')
    expect((await stub.verifyMfa('ada', entered.value.sid, await codeOf(begun.value.secret))).ok).toBe(true)
    expect(await stub.signIn(arrival)).toEqual({ ok: false, error: { kind: 'unauthenticated' } })
    expect(await stub.signIn({ ...arrival, amr: [], agent: '' })).toMatchObject({ ok: true, value: { kind: 'challenge' } })
  })
})

describe('Accounts from before there were second factors', () => {
  it('are brought forward: whoever was signed in still is, and nothing is demanded', async () => {
    const stub = accounts.getByName('from-before')
    await runInDurableObject(stub, (_, { storage }) => storage.sql.exec(first).toArray())
    expect(await stub.standing('ada', { sid: 'sidofada0000' })).toEqual({ role: 'admin', revoked: false, demandsMfa: false, stamp: 7 })
    expect(await stub.signIns('ada')).toMatchObject([{ sid: 'sidofada0000', method: 'oidc', amr: [], agent: '' }])
    expect(await stub.user('ada')).toMatchObject({ name: 'Ada', mfa: false })
    expect(await stub.mfa('ada')).toEqual({ since: null, pending: false, recoveryLeft: 0 })
    await stub.demandMfa('admins')
    expect(await stub.standing('ada', { sid: 'sidofada0000' })).toMatchObject({ demandsMfa: true })
    // Whoever remembers anything of anybody is to ask again.
    expect(await stub.changedSince(7)).toEqual({ stamp: 8, subjects: null })
  })
})
