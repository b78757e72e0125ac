/** Backs a session up, and restores it from lines of a backup. `snapshot.ts` has the format of the lines. */
import { SessionId, TenantId } from '../../shared/ids.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { RestoreOutcome, SnapshotLine, SnapshotStart } from '../../shared/session/backup.ts'
import { lineBytes } from '../line-bytes.ts'
import { sessionMigrations } from './session-schema.ts'
import { snapshot, validateLines } from './snapshot.ts'
import { InvalidSnapshot } from './snapshot-rows.ts'
import type { SessionWriter } from './writer.ts'

/** The tables at one instant, as NDJSON; the recordings only on request. Null: no such session. */
export function backUp(sql: SqlStorage, writer: SessionWriter, withRecordings: boolean): ReadableStream<Uint8Array> | null {
  const { log, state } = writer
  if (!state.subject) return null
  const { seq, subject, deleted } = state
  const tenant = TenantId.parse(log.tenant)
  const start = { type: 'session', tenant, session: SessionId.parse(log.session), subject, schema: log.schema, seq, deleted } as const
  return lineBytes(snapshot(sql, start, () => writer.state.deleted === deleted, withRecordings))
}

/** Stages `lines` of `backup`. The last line restores the session. */
export function restoreLines(
  sql: SqlStorage,
  writer: SessionWriter,
  { tenant, session }: Pick<SnapshotStart, 'tenant' | 'session'>,
  backup: string,
  lines: readonly SnapshotLine[],
): Result<RestoreOutcome, Failure> {
  const { log, state } = writer
  if (log.exists) {
    const isTombstone = state.deleted && lines[0]?.type === 'session' && lines[0].deleted
    return isTombstone || log.restoredFrom() === backup ? ok('already') : fail({ kind: 'session_exists' })
  }
  const valid = validateLines(sql, { tenant, session }, lines, sessionMigrations.length, Date.now())
  if (!valid.ok) return valid
  try {
    return ok(writer.restoreSnapshot(tenant, session, lines, backup) ? 'restored' : 'staged')
  } catch (error) {
    if (!(error instanceof InvalidSnapshot)) throw error
    return fail({ kind: 'invalid', errors: [{ pointer: error.pointer, detail: error.message }] })
  }
}
