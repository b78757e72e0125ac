/** Copies sessions to Postgres over Neon's SQL-over-HTTP protocol. */
import { NeonDbError, neon, neonConfig } from '@neondatabase/serverless'
import { and, eq, gt, lt, sql } from 'drizzle-orm'
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http'
import { sessionEvents, sessions } from '../../../../migrations/schema.ts'
import { readVariable } from '../../../../shared/settings/variables.ts'
import { type EventPage, type Sink, SinkUnavailable } from '../../consume.ts'

/** How long one transaction may take, the way there and back included. */
const transactionMs = 30_000

/** The database that `env` names. Requests on it are given up `withinMs` from now. */
export function database(env: Pick<BackgroundEnv, 'SOMA_DATABASE_URL' | 'SOMA_DATABASE_HTTP'>, withinMs: number): NeonHttpDatabase {
  const url = readVariable(env, 'SOMA_DATABASE_URL')
  const endpoint = readVariable(env, 'SOMA_DATABASE_HTTP')
  if (url === '') throw new SinkUnavailable('SOMA_DATABASE_URL is not set')
  if (endpoint !== '') neonConfig.fetchEndpoint = endpoint
  return drizzle(neon(url, { fetchOptions: { signal: AbortSignal.timeout(withinMs) } }))
}

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
        throw isAway(error) ? new SinkUnavailable('Postgres cannot be reached', { cause: error }) : error
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

/**
 * `text` as Postgres can hold it. Its `text` and `jsonb` refuse NUL and lone surrogates, which JSON and our log allow; the copy
 * has U+FFFD in their place, because one such character must not keep a session from being copied for ever.
 */
export function storable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\0', '\ufffd')
    .replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi, '$1\ufffd')
}

/** SQLSTATE classes that say "not now" rather than "not this": connection, resources, shutdown, system. */
const awayClasses = ['08', '53', '57', '58']

/** Whether Postgres was away. The client's errors without a SQLSTATE never reached it. */
export function isAway(error: unknown): boolean {
  const cause = error instanceof NeonDbError ? error : error instanceof Error ? error.cause : undefined
  if (!(cause instanceof NeonDbError)) return false
  return cause.code === undefined || awayClasses.includes(cause.code.slice(0, 2))
}
