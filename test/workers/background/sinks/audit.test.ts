import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { neon, neonConfig } from '@neondatabase/serverless'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AuditTrail } from '../../../../durable-objects/audit/audit-trail.ts'
import { chainHash, genesis } from '../../../../shared/audit/chain.ts'
import type { AuditDraft } from '../../../../shared/audit/entry.ts'
import worker from '../worker.ts'

const background = env as unknown as BackgroundEnv
const trails = background.AUDIT_TRAIL as unknown as DurableObjectNamespace<AuditTrail>

const draft = (n: number, overrides: Partial<AuditDraft> = {}): AuditDraft => ({
  kind: 'decision',
  subject: 'alice',
  action: 'session.read',
  target: `session:s${n}`,
  outcome: 'allowed',
  policy: { revision: 3, hash: 'abc' },
  ...overrides,
})

async function deliverDoorbell(tenant: string, settings: Partial<BackgroundEnv> = {}) {
  const batch = createMessageBatch('audit-relay', [{ id: 'm1', timestamp: new Date(), attempts: 1, body: { tenant, seq: 1 } }])
  const context = createExecutionContext()
  await worker.queue(batch, { ...background, ...settings })
  return getQueueResult(batch, context)
}

const rows = (query: string, ...params: unknown[]) => neon(background.SOMA_DATABASE_URL).query(query, params)

beforeAll(() => {
  neonConfig.fetchEndpoint = background.SOMA_DATABASE_HTTP
})

describe('A trail', () => {
  it('is copied to Postgres once and in order, with its hash chain', async () => {
    const trail = trails.getByName('t1')
    await trail.record([draft(1), draft(2, { outcome: 'denied', reasons: ['not_permitted'] })])
    await trail.record([draft(3, { kind: 'change', outcome: 'done', target: 'nul\0here' })])
    expect((await deliverDoorbell('t1')).explicitAcks).toEqual(['m1'])
    await deliverDoorbell('t1')
    await trail.record(Array.from({ length: 1_200 }, (_, n) => draft(n + 4)))
    await deliverDoorbell('t1')
    const copied = await rows('SELECT seq, body, prev, hash FROM audit_log WHERE tenant = $1 ORDER BY seq', 't1')
    expect(copied).toHaveLength(1_203)
    let prev = genesis
    for (const row of copied) {
      expect(row.prev).toBe(prev)
      expect(chainHash(prev, row.body)).toBe(row.hash)
      prev = row.hash
    }
    expect(await trail.head()).toEqual({ seq: 1_203, hash: prev })
    const decisions = await rows(
      'SELECT seq, allowed, reasons, policy_revision, policy_hash FROM policy_audit WHERE tenant = $1 AND seq < 4 ORDER BY seq',
      't1',
    )
    expect(decisions.map(({ allowed, reasons }) => [allowed, reasons])).toEqual([
      [true, []],
      [false, ['not_permitted']],
    ])
    expect(decisions[0]).toMatchObject({ policy_hash: 'abc' })
  })

  it('is copied when Postgres is available again', async () => {
    await trails.getByName('t2').record([draft(1)])
    const failed = await deliverDoorbell('t2', { SOMA_DATABASE_HTTP: 'http://127.0.0.1:9/sql' })
    expect(failed.retryMessages).toMatchObject([{ msgId: 'm1' }])
    neonConfig.fetchEndpoint = background.SOMA_DATABASE_HTTP
    expect((await deliverDoorbell('t2')).explicitAcks).toEqual(['m1'])
    expect(await rows('SELECT seq FROM audit_log WHERE tenant = $1', 't2')).toHaveLength(1)
  })
})
