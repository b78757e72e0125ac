/** Copies sessions and their events to Postgres. */
import { and, eq, gt, lt, sql } from 'drizzle-orm'
import type { NeonHttpDatabase } from 'drizzle-orm/neon-http'
import { sessionEvents, sessions } from '../../../../migrations/schema.ts'
import { type EventPage, type Sink, SinkUnavailable } from '../../consume.ts'
import { database, isUnavailable, storable } from './database.ts'

/** Timeout of one transaction, including the round trip. Milliseconds. */
const transactionMs = 30_000

/**
 * Applies a page in one transaction. The first statement locks the session's row, which serializes concurrent pages of one session.
 * An older summary never replaces a newer one. A page from before a deletion restores nothing.
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
          deletion ? deleteEvents(db, tenant, session) : insert(db, tenant, session, page),
          ...restorations.map((restored) => deleteLostEvents(db, tenant, session, restored)),
        ])
      } catch (error) {
        throw isUnavailable(error) ? new SinkUnavailable('Postgres cannot be reached', { cause: error }) : error
      }
    },
  }
}

function upsert(db: NeonHttpDatabase, tenant: string, session: string, page: EventPage, deletedAt: number | null) {
  const { title, state, created_at, updated_at, last_turn_id } = page.summary
  // A deletion is a log's last event. A longer log was therefore restored from an earlier backup.
  const storedDeletion = sql`case when ${sessions.lastSeq} < excluded.last_seq then null else ${sessions.deletedAt} end`
  const newDeletion = sql`coalesce(excluded.deleted_at, ${storedDeletion})`
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
        title: sql`case when ${newDeletion} is null then excluded.title else '' end`,
        state: sql`excluded.state`,
        updatedAt: sql`excluded.updated_at`,
        lastTurnId: sql`excluded.last_turn_id`,
        lastSeq: sql`excluded.last_seq`,
        deletedAt: newDeletion,
      },
      setWhere: sql`${sessions.lastSeq} <= excluded.last_seq`,
    })
}

/** Passes all events as one JSON parameter. A page of 500 would otherwise need 3,500 parameters. */
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

function deleteEvents(db: NeonHttpDatabase, tenant: string, session: string) {
  return db.delete(sessionEvents).where(and(eq(sessionEvents.tenant, tenant), eq(sessionEvents.sessionId, session)))
}

/** Deletes the events between the backup and the restored log's next event. */
function deleteLostEvents(db: NeonHttpDatabase, tenant: string, session: string, { after, seq }: { after: number; seq: number }) {
  const ofSession = and(eq(sessionEvents.tenant, tenant), eq(sessionEvents.sessionId, session))
  return db.delete(sessionEvents).where(and(ofSession, gt(sessionEvents.seq, after), lt(sessionEvents.seq, seq)))
}
