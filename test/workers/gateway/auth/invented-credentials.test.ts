import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Accounts } from '../../../../durable-objects/worker.ts'
import { createCredential } from '../../../../shared/identity/credential.ts'
import { TenantId } from '../../../../shared/ids.ts'
import { bearer, challengeFor, enrolledUser, fetchPath, post, signedInBrowser } from '../browser.ts'

const gateway = env as unknown as GatewayEnv
const accounts = gateway.ACCOUNTS as unknown as DurableObjectNamespace<Accounts>

/** A credential in the form of releases before checksums. An attacker can invent one. */
const invented = async (kind: Parameters<typeof createCredential>[0], tenant: string) =>
  (await createCredential(kind, TenantId.parse(tenant), null)).text

const isAccounts = async (tenant: string) => (await listDurableObjectIds(accounts)).some((id) => id.equals(accounts.idFromName(tenant)))

describe('M5. An invented credential', () => {
  it('creates no object, for any kind of credential', async () => {
    const before = (await listDurableObjectIds(accounts)).length
    for (let n = 0; n < 10; n++) {
      const refresh = await post('/v1/auth/refresh', { refresh_token: await invented('somarefresh', `invented-r${n}`) })
      const mfa = await post(
        '/v1/auth/mfa',
        { challenge: await invented('somachallenge', `invented-c${n}`), code: '123456' },
        { origin: 'https://soma.test' },
      )
      const key = await fetchPath('/v1/me', { headers: bearer(await invented('soma', `invented-k${n}`)) })
      expect([refresh.status, mfa.status, key.status]).toEqual([401, 401, 401])
      for (const kind of ['r', 'c', 'k']) expect(await isAccounts(`invented-${kind}${n}`)).toBe(false)
    }
    expect((await listDurableObjectIds(accounts)).length).toBe(before)
  })

  it('is distinguished from an issued one by its checksum, so that a tenant without sessions can use its own', async () => {
    const { browser, secret: _ } = await enrolledUser('m5-new', 'ada')
    const pair = (await (await browser.call('POST', '/v1/auth/tokens')).json()) as { refresh_token: string }
    const key = (await (await browser.call('POST', '/v1/keys', { name: 'k' })).json()) as { key: string }
    expect((await fetchPath('/v1/me', { headers: bearer(key.key) })).status).toBe(200)
    expect((await post('/v1/auth/refresh', { refresh_token: pair.refresh_token })).status).toBe(200)
    const { challenge } = await challengeFor('m5-new', 'ada')
    const response = await post('/v1/auth/mfa', { challenge, code: '000000' }, { origin: 'https://soma.test' })
    expect(((await response.json()) as { type: string }).type).toBe('/problems/wrong_code')
  })

  it('of an earlier release works while the directory lists its tenant: one with a session, or with a sign-in', async () => {
    for (const [tenant, sendsMessage] of [
      ['m5-session', true],
      ['m5-sign-in', false],
    ] as const) {
      const browser = await signedInBrowser(tenant, 'ada')
      if (sendsMessage) expect((await browser.call('POST', '/v1/sessions/message', { message: 'hello' })).status).toBe(200)
      const old = await createCredential('soma', TenantId.parse(tenant), null)
      await runInDurableObject(accounts.getByName(tenant), (_, { storage }) =>
        storage.sql.exec("INSERT INTO api_key VALUES (?, ?, 'ada', 'old', '', 1, NULL, NULL)", old.id, old.hash).toArray(),
      )
      expect([tenant, (await fetchPath('/v1/me', { headers: bearer(old.text) })).status]).toEqual([tenant, 200])
    }
  })
})
