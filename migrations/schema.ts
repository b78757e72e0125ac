/** Tables of the relational copy. Sessions own the truth; what is here converges on their logs and may be rebuilt from them. */
import { bigint, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'

const unixMs = (name: string) => bigint(name, { mode: 'number' })

/** One row a session, as of its event `last_seq`. A deleted session keeps its row, without title. */
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

/** Every recorded event of every session that was not deleted. `body` is the whole event. */
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
