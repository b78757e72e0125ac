/**
 * Drains `audit-relay`: copies each tenant's audit trail to Postgres, in order, from the trail's own cursor.
 * A doorbell only names a tenant, so it may be lost or repeated.
 */
import { sql } from 'drizzle-orm'
import { auditLog, policyAudit } from '../../../../migrations/schema.ts'
import { AuditDoorbell } from '../../../../shared/audit/doorbell.ts'
import type { ChainedEntry } from '../../../../shared/audit/entry.ts'
import { groupMessages } from '../../../../shared/lib/group-messages.ts'
import { backoffSeconds, SinkUnavailable } from '../../consume.ts'
import { logger } from '../../logger.ts'
import { database, isUnavailable, storable } from '../postgres/database.ts'

/** The queue of the trails' doorbells. */
export const auditQueue = 'audit-relay'

/** The part of a trail that the sink needs. */
export interface Trail {
  uncopied(limit: number): Promise<{ text: string; last: number }>
  acknowledge(seq: number): Promise<unknown>
}

/** The destination of trails. `apply` is idempotent. It throws `SinkUnavailable` when no trail can be copied. */
export interface TrailSink {
  apply(tenant: string, lines: readonly string[]): Promise<void>
}

/** Entries per acknowledgement. */
const pageEntries = 500
/** Timeout of one transaction, including the round trip. Milliseconds. */
const transactionMs = 30_000

/** Copies the new entries of each trail of `batch`. A trail that fails blocks only itself. An unavailable sink blocks all. */
export async function copyTrails(batch: MessageBatch, trail: (tenant: string) => Trail, sink: TrailSink): Promise<void> {
  const waiting = groupMessages(
    batch.messages,
    (body) => AuditDoorbell.safeParse(body).data,
    ({ tenant }) => tenant,
    ({ id }) => logger.write('audit.unreadable', { queue: batch.queue, message: id }),
  )
  const retry = (messages: readonly Message[]) => {
    for (const message of messages) message.retry({ delaySeconds: backoffSeconds(message.attempts) })
  }
  for (const [tenant, { messages }] of waiting) {
    try {
      await drain(tenant, trail(tenant), sink)
      for (const message of messages) message.ack()
    } catch (error) {
      logger.write('audit.failed', { error, tenant, queue: batch.queue })
      retry(messages)
      if (error instanceof SinkUnavailable) {
        waiting.delete(tenant)
        return retry([...waiting.values()].flatMap((group) => group.messages))
      }
    }
    waiting.delete(tenant)
  }
}

async function drain(tenant: string, trail: Trail, sink: TrailSink): Promise<void> {
  while (true) {
    const { text, last } = await trail.uncopied(pageEntries)
    if (text === '') return
    await sink.apply(tenant, text.trimEnd().split('\n'))
    await trail.acknowledge(last)
  }
}

/** Copies entries to `audit_log`, and decisions also to `policy_audit`. */
export function auditSink(env: Pick<BackgroundEnv, 'SOMA_DATABASE_URL' | 'SOMA_DATABASE_HTTP'>): TrailSink {
  return {
    async apply(tenant, lines) {
      const db = database(env, transactionMs)
      const entries = lines.map(rowOf)
      const entriesJson = storable(JSON.stringify(entries))
      const decisionsJson = storable(JSON.stringify(entries.filter(({ kind }) => kind === 'decision')))
      try {
        await db.batch([
          db.execute(sql`
            insert into ${auditLog} (tenant, seq, at, kind, subject, action, target, outcome, body, prev, hash)
            select ${tenant}, (e->>'seq')::bigint, (e->>'at')::bigint, e->>'kind', e->>'subject', e->>'action', e->>'target', e->>'outcome',
              e->>'body', e->>'prev', e->>'hash'
            from jsonb_array_elements(${entriesJson}::jsonb) as e
            on conflict do nothing`),
          db.execute(sql`
            insert into ${policyAudit} (tenant, seq, at, subject, action, target, allowed, reasons, policy_revision, policy_hash)
            select ${tenant}, (e->>'seq')::bigint, (e->>'at')::bigint, e->>'subject', e->>'action', e->>'target', e->>'outcome' = 'allowed',
              coalesce(e->'reasons', '[]'), coalesce((e->'policy'->>'revision')::bigint, 0), coalesce(e->'policy'->>'hash', '')
            from jsonb_array_elements(${decisionsJson}::jsonb) as e
            on conflict do nothing`),
        ])
      } catch (error) {
        throw isUnavailable(error) ? new SinkUnavailable('Postgres cannot be reached', { cause: error }) : error
      }
    },
  }
}

/** The columns of an entry. `body` is the hashed text: the line without its links `prev` and `hash`. */
function rowOf(line: string) {
  const { seq, at, kind, subject, action, target, outcome, reasons, policy, prev, hash } = JSON.parse(line) as ChainedEntry
  const chained = `,"prev":"${prev}","hash":"${hash}"}`
  return { seq, at, kind, subject, action, target, outcome, reasons, policy, prev, hash, body: `${line.slice(0, -chained.length)}}` }
}
