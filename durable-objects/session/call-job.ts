/** A call as an executor receives it, and what its run has to be approved for. */

import type { Effect } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import type { ApprovalNeed, CallJob } from '../../shared/tool/executor.ts'
import type { CallRow } from './call-table.ts'
import type { EventLog } from './event-log.ts'
import type { SessionWriter } from './writer.ts'

/** The job of the call's current attempt, with the arguments of the model or of the user who edited them. Null: its turn has ended. */
export function callJob({ log, state, requests }: SessionWriter, row: CallRow, edited?: string): CallJob | null {
  const { running } = state
  const turn = running === null ? undefined : log.turn(running)
  if (running === null || !turn) return null
  const { name, arguments: requested, effect, timeout_ms } = log.calls.requested(row)
  const { role_at_most, persona_id, delegation } = log.turnRequest(turn)
  return {
    tenant: log.tenant,
    session: log.session,
    subject: state.subject ?? '',
    role_at_most,
    persona_id,
    callers: delegation?.callers,
    turn_id: running,
    call_id: row.call_id,
    token: row.token,
    name,
    arguments: edited ?? log.calls.decided(row)?.arguments ?? requested,
    timeout_ms,
    approved: row.approved === 1,
    ...(isCutOff(row, effect) && { cut_off: true }),
    request: requests.of(running),
  }
}

/** Whether an attempt was cut off that must not be repeated without a check. */
export const isCutOff = ({ state }: CallRow, effect: Effect): boolean => state === 'again' && effect === 'once' && !failpoint('repeat-once')

/** Whether a user has approved exactly this call, or the later calls of its tool. */
export function isApproved(log: EventLog, row: CallRow, { binding, grant }: ApprovalNeed): boolean {
  // Programs ask more than once in one call.
  if (row.approved === 1 && log.calls.hasApproved(row, binding)) return true
  return grant !== null && log.grants.has(grant, log.importedTo)
}
