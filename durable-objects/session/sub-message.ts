/** The message that gives a call to a sub-agent: the same one for every attempt to start it. */
import { SessionId, Subject, TenantId } from '../../shared/ids.ts'
import { textHash } from '../../shared/lib/text-hash.ts'
import type { CallRow } from './call-table.ts'
import type { SendMessageInput } from './send-message-input.ts'
import type { SessionWriter } from './writer.ts'

/** The message for the call of the running turn. Null: nobody has the call. */
export function subMessage({ log, state, requests }: SessionWriter, row: CallRow): SendMessageInput | null {
  const turn = state.running === null ? undefined : log.turn(state.running)
  const to = log.calls.delegated(row)
  if (!turn || !to) return null
  const { metadata, role_at_most, delegation } = log.turnRequest(turn)
  const { turn_id, call_id } = to
  return {
    tenant: TenantId.parse(log.tenant),
    session: to.session_id,
    subject: Subject.parse(state.subject),
    event_id: `agent:${call_id}`,
    fingerprint: textHash(to.message),
    text: to.message,
    persona_id: to.persona_id,
    // A model wrote the message, so nothing of it becomes a memory of the user.
    metadata: { ...metadata, memory: 'off' },
    role_at_most,
    delegation: { session_id: SessionId.parse(log.session), turn_id, call_id, callers: [...(delegation?.callers ?? []), to.caller] },
    request: requests.of(turn_id),
  }
}
