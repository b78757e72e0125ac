/** Tables of the relational copy. Session logs are authoritative. These tables converge on them and can be rebuilt from them. */
import { bigint, boolean, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'

const unixMs = (name: string) => bigint(name, { mode: 'number' })

/** One row for each session, as of its event `last_seq`. A deleted session keeps its row, without a title. */
export const sessions = pgTable(
  'sessions',
  {
    tenant: text('tenant').notNull(),
    sessionId: text('session_id').notNull(),
    subject: text('subject').notNull(),
    title: text('title').notNull(),
    state: text('state').notNull(),
    createdAt: unixMs('created_at').notNull(),
    updatedAt: unixMs('updated_at').notNull(),
    lastTurnId: text('last_turn_id'),
    lastSeq: bigint('last_seq', { mode: 'number' }).notNull(),
    deletedAt: unixMs('deleted_at'),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.sessionId] }),
    index('sessions_by_subject').on(table.tenant, table.subject, table.updatedAt.desc()),
  ],
)

/** Every recorded event of every session that is not deleted. `body` is the whole event. */
export const sessionEvents = pgTable(
  'session_events',
  {
    tenant: text('tenant').notNull(),
    sessionId: text('session_id').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    at: unixMs('at').notNull(),
    type: text('type').notNull(),
    turnId: text('turn_id'),
    body: jsonb('body').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.sessionId, table.seq] })],
)

/** The audit trail of every tenant. `body` is canonical JSON, `hash` is its hash, and `prev` chains the entries. */
export const auditLog = pgTable(
  'audit_log',
  {
    tenant: text('tenant').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    at: unixMs('at').notNull(),
    kind: text('kind').notNull(),
    subject: text('subject').notNull(),
    action: text('action').notNull(),
    target: text('target').notNull(),
    outcome: text('outcome').notNull(),
    body: text('body').notNull(),
    prev: text('prev').notNull(),
    hash: text('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.seq] }), index('audit_log_by_subject').on(table.tenant, table.subject, table.seq)],
)

/** The policy decisions of `audit_log`, with columns for queries. */
export const policyAudit = pgTable(
  'policy_audit',
  {
    tenant: text('tenant').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    at: unixMs('at').notNull(),
    subject: text('subject').notNull(),
    action: text('action').notNull(),
    target: text('target').notNull(),
    allowed: boolean('allowed').notNull(),
    reasons: jsonb('reasons').notNull(),
    policyRevision: bigint('policy_revision', { mode: 'number' }).notNull(),
    policyHash: text('policy_hash').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.seq] }),
    index('policy_audit_by_action').on(table.tenant, table.action, table.seq),
  ],
)
