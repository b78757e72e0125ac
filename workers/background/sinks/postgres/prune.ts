/** Deletes copies of sessions that do not exist. After a restore, Postgres may hold sessions that the backup lacks. */
import { and, asc, eq, sql } from 'drizzle-orm'
import { sessionEvents, sessions } from '../../../../migrations/schema.ts'
import { SessionId, TenantId } from '../../../../shared/ids.ts'
import type { SessionReader } from '../../consume.ts'
import { database } from './database.ts'

/** A position in the rows, ordered by tenant and session. */
export interface SessionRef {
  readonly tenant: TenantId
  readonly session: SessionId
}

/** Rows per call. Each row costs a call to its object. */
const pageRows = 100
/** Timeout of the requests of one page. Milliseconds. */
const withinMs = 30_000

/** Checks a page of rows, and deletes those without a session. `next`: the position of the next page. */
export async function prunePage(
  env: Pick<BackgroundEnv, 'SOMA_DATABASE_URL' | 'SOMA_DATABASE_HTTP'>,
  session: (objectName: string) => SessionReader,
  after: SessionRef | null,
): Promise<{ pruned: number; next: SessionRef | null }> {
  const db = database(env, withinMs)
  const { tenant, session: id } = after ?? { tenant: '', session: '' }
  const rows = await db
    .select({ tenant: sessions.tenant, id: sessions.sessionId })
    .from(sessions)
    .where(sql`(${sessions.tenant}, ${sessions.sessionId}) > (${tenant}, ${id})`)
    .orderBy(asc(sessions.tenant), asc(sessions.sessionId))
    .limit(pageRows)
  const checked = await Promise.all(
    rows.map(async (row) => ({
      tenant: TenantId.parse(row.tenant),
      id: SessionId.parse(row.id),
      exists: (await session(`${row.tenant}/${row.id}`).unacknowledged('relay', 0)) !== null,
    })),
  )
  const orphans = checked.filter(({ exists }) => !exists)
  for (const { tenant, id } of orphans) {
    await db.batch([
      db.delete(sessionEvents).where(and(eq(sessionEvents.tenant, tenant), eq(sessionEvents.sessionId, id))),
      db.delete(sessions).where(and(eq(sessions.tenant, tenant), eq(sessions.sessionId, id))),
    ])
  }
  const last = checked.length === pageRows ? checked.at(-1) : undefined
  return { pruned: orphans.length, next: last ? { tenant: last.tenant, session: last.id } : null }
}
