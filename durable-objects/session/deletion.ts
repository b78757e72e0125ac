/** Deletes a session: first so that it can be restored, later for good. The timer `erase` leads from the one to the other. */
import { limits } from '../../shared/api/limits.ts'
import type { Failure } from '../../shared/problem.ts'
import { ok, type Result } from '../../shared/result.ts'
import { isGone, type SessionState } from '../../shared/session/session.ts'
import { scheduleRelease } from './files.ts'
import type { Turns } from './turns.ts'
import type { SessionWriter } from './writer.ts'

/** Deletes the session so that `untrashSession` restores it. Cancels its turns and closes its readers. */
export function trashSession(writer: SessionWriter, turns: Turns): Result<null, Failure> {
  if (isGone(writer.state)) return ok(null)
  const interrupted = turns.partialAnswer()
  turns.release('deleted')
  const erase_after_ms = limits.trashMs + Math.floor(Math.random() * limits.eraseSpreadMs)
  const afterEvents = ({ eraseAt }: SessionState) => {
    dropTurnTimers(writer)
    writer.timers.put('erase', '', eraseAt ?? 0)
  }
  writer.execute({ kind: 'trash', erase_after_ms, interrupted }, { afterEvents })
  writer.readers.closeAll('deleted')
  return ok(null)
}

/** Restores a session that `trashSession` deleted. Fails with `session_deleted` if its content is deleted. */
export function untrashSession(writer: SessionWriter): Result<null, Failure> {
  const restored = writer.execute({ kind: 'untrash' }, { afterEvents: () => writer.timers.drop('erase') })
  return restored.ok ? ok(null) : restored
}

/** Deletes the content and keeps a tombstone. */
export function eraseSession(writer: SessionWriter, turns: Turns): Result<null, Failure> {
  // An earlier release may have left the timer of a tombstone.
  const dropTimer = () => writer.timers.drop('erase')
  if (writer.state.deleted) {
    writer.write(dropTimer)
    return ok(null)
  }
  turns.release('deleted')
  const afterEvents = () => {
    dropTurnTimers(writer)
    dropTimer()
    writer.timers.drop('recording')
    scheduleRelease(writer)
  }
  writer.execute({ kind: 'delete' }, { afterEvents })
  writer.readers.closeAll('deleted')
  return ok(null)
}

/** Call inside a transaction. */
function dropTurnTimers({ timers }: SessionWriter): void {
  timers.drop('turn')
  timers.dropAll('call')
}
