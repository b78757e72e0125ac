/** Copies sessions to Postgres over Neon's SQL-over-HTTP protocol. */
import { and, eq, gt, lt, sql } from 'drizzle-orm'
import type { NeonHttpDatabase } from 'drizzle-orm/neon-http'
import { sessionEvents, sessions } from '../../../../migrations/schema.ts'
import { type EventPage, type Sink, SinkUnavailable } from '../../consume.ts'
import { database, isUnavailable, storable } from './database.ts'

/** How long one transaction may take, the way there and back included. */
const transactionMs = 30_000

/**
 * One page is one transaction. Its first statement takes the session's row, so that two relays with the same session take turns.
 * An older summary never replaces a newer one, and a page that was read before a deletion brings nothing back after it.
 */
export function postgresSink(env: Pick<BackgroundEnv, 'SOMA_DATABASE_URL' | 'SOMA_DATABASE_HTTP'>): Sink {
  return {
    consumer: 'relay',
    async apply(tenant, session, page) {
      const db = database(env, transactionMs)
      const deletion = page.events.find((event) => event.type === 'session.deleted')
      const restorations = page.events.filter((event) => event.type === 'session.restored')
      try {
        await db.batch([
          upsert(db, tenant, session, page, deletion?.at ?? null),
          deletion ? forget(db, tenant, session) : insert(db, tenant, session, page),
          ...restorations.map((restored) => forgetLost(db, tenant, session, restored)),
        ])
      } catch (error) {
        throw isUnavailable(error) ? new SinkUnavailable('Postgres cannot be reached', { cause: error }) : error
      }
    },
  }
}

function upsert(db: NeonHttpDatabase, tenant: string, session: string, page: EventPage, deletedAt: number | null) {
  const { title, state, created_at, updated_at, last_turn_id } = page.summary
  // Nothing is recorded after a deletion, so a log that is longer was restored from before it.
  const kept = sql`case when ${sessions.lastSeq} < excluded.last_seq then null else ${sessions.deletedAt} end`
  const gone = sql`coalesce(excluded.deleted_at, ${kept})`
  return db
    .insert(sessions)
    .values({
      tenant,
      sessionId: session,
      subject: page.subject,
      title: deletedAt === null ? storable(title) : '',
      state,
      createdAt: created_at,
      updatedAt: updated_at,
      lastTurnId: last_turn_id,
      lastSeq: page.last_seq,
      deletedAt,
    })
    .onConflictDoUpdate({
      target: [sessions.tenant, sessions.sessionId],
      set: {
        title: sql`case when ${gone} is null then excluded.title else '' end`,
        state: sql`excluded.state`,
        updatedAt: sql`excluded.updated_at`,
        lastTurnId: sql`excluded.last_turn_id`,
        lastSeq: sql`excluded.last_seq`,
        deletedAt: gone,
      },
      setWhere: sql`${sessions.lastSeq} <= excluded.last_seq`,
    })
}

/** All events in one parameter: a page of 500 would otherwise need 3,500. */
function insert(db: NeonHttpDatabase, tenant: string, session: string, page: EventPage) {
  const events = storable(JSON.stringify(page.events))
  return db.execute(sql`
    insert into ${sessionEvents} (tenant, session_id, seq, at, type, turn_id, body)
    select ${tenant}, ${session}, (e->>'seq')::bigint, (e->>'at')::bigint, e->>'type', e->>'turn_id', e
    from jsonb_array_elements(${events}::jsonb) as e
    where not exists (
      select from ${sessions} s where s.tenant = ${tenant} and s.session_id = ${session} and s.deleted_at is not null
    )
    on conflict do nothing`)
}

function forget(db: NeonHttpDatabase, tenant: string, session: string) {
  return db.delete(sessionEvents).where(and(eq(sessionEvents.tenant, tenant), eq(sessionEvents.sessionId, session)))
}

/** What was recorded after the backup and before the restored log goes on. */
function forgetLost(db: NeonHttpDatabase, tenant: string, session: string, { after, seq }: { after: number; seq: number }) {
  const ofSession = and(eq(sessionEvents.tenant, tenant), eq(sessionEvents.sessionId, session))
  return db.delete(sessionEvents).where(and(ofSession, gt(sessionEvents.seq, after), lt(sessionEvents.seq, seq)))
}
