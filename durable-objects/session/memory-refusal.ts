/** Records that memory refused the message of a turn, and moves memory's cursor in the same transaction. See decision 12. */
import { isGone } from '../../shared/session/session.ts'
import { memoryConsumer } from './consumers.ts'
import type { SessionWriter } from './writer.ts'

/** Records the refusal of the turn's message. `seq`: the turn's end. False: nothing was recorded, because the cursor has passed `seq` or the log has the refusal. */
export function recordMemoryRefusal(writer: SessionWriter, turnId: string, seq: number, reasons: readonly string[]): boolean {
  const { log, state } = writer
  if (!log.exists || isGone(state) || log.cursors.of(memoryConsumer) >= seq || !log.turn(turnId)?.outcome) return false
  const afterEvents = () => log.cursors.advance(memoryConsumer, seq)
  // A restored session has lost its cursors, so memory reads its refused turns again.
  if (log.hasMemoryRefusal(turnId, seq)) {
    writer.write(afterEvents)
    return false
  }
  // With the time of the last event, the session does not look active again in lists.
  writer.execute({ kind: 'refuse_memory', turn_id: turnId, reasons }, { afterEvents, at: state.at })
  return true
}
