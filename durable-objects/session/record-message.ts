/** Records the messages of clients, each once per idempotency key. The response leaves after the commit. */
import { limits } from '../../shared/api/limits.ts'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import { failpoint } from '../../shared/failpoints.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { restoreGap } from '../../shared/session/backup.ts'
import { isGone, type SessionState } from '../../shared/session/session.ts'
import type { TurnRow } from './branches.ts'
import type { EventLog } from './event-log.ts'
import { scheduleClaim } from './files.ts'
import type { UsedKey } from './key-table.ts'
import type { Outbox } from './outbox.ts'
import type { SendMessageInput } from './send-message-input.ts'
import { dispatchMs, type Turns } from './turns.ts'
import type { SessionWriter } from './writer.ts'

/** The last seq after which a session accepts messages. Every number that follows in one step stays exact. */
const lastSeq = Number.MAX_SAFE_INTEGER - restoreGap

/** Records one message and starts its turn. Repeating the key returns the recorded message. */
export async function recordMessage(
  writer: SessionWriter,
  turns: Turns,
  outbox: Outbox,
  input: SendMessageInput,
): Promise<Result<AcceptedMessage, Failure>> {
  const { state, log } = writer
  const { session: session_id, event_id } = input
  if (state.subject && state.subject !== input.subject) return fail({ kind: 'not_found' })
  const recorded = log.exists && !isGone(state) ? findUsedKey(log, input) : undefined
  const acceptedFingerprints = [input.fingerprint, ...(input.equivalent_fingerprints ?? [])]
  if (recorded && !acceptedFingerprints.includes(recorded.fingerprint)) return fail({ kind: 'idempotency_mismatch' })
  if (recorded) return ok({ session_id, event_id, turn_id: recorded.turn_id, seq: recorded.seq })
  const posted = post(writer, turns, input)
  if (!posted.ok) return posted
  // The user waits for the answer, so the turn comes first.
  turns.dispatchSoon()
  // A new session must be in the list when this call returns. For an existing one, the list may update later.
  if (state.subject) outbox.flushLater()
  else await outbox.flush()
  return ok({ session_id, event_id, ...posted.value })
}

/** The use of the message's key, or of the first of its aliases that was used. */
function findUsedKey(log: EventLog, { event_id, event_id_aliases = [] }: SendMessageInput): UsedKey | undefined {
  for (const key of [event_id, ...event_id_aliases]) {
    const used = log.keys.get(key)
    if (used) return used
  }
  return undefined
}

function post(
  writer: SessionWriter,
  turns: Turns,
  { tenant, session, fingerprint, request, event_id_aliases: _aliases, equivalent_fingerprints: _equivalent, ...message }: SendMessageInput,
): Result<{ turn_id: string; seq: number }, Failure> {
  const { log, timers, state } = writer
  // An older release imported sessions with a `seq` that leaves no room for another event.
  if (log.exists && (log.sizeBytes > limits.sessionBytes || state.seq > lastSeq)) return fail({ kind: 'session_full' })
  const regenerated = message.regenerates !== undefined && log.exists ? log.turn(message.regenerates) : undefined
  if (message.regenerates !== undefined && !regenerated) return fail({ kind: 'not_found' })
  if (message.parent_turn_id && !(log.exists && log.turn(message.parent_turn_id))) {
    return fail({ kind: 'invalid', errors: [{ pointer: '/parent_turn_id', detail: 'must be a turn of this session' }] })
  }
  if (message.persona_unknown) {
    return fail({ kind: 'invalid', errors: [{ pointer: '/persona_id', detail: 'must be one of the personas of `GET /v1/personas`' }] })
  }
  if (message.model_unknown) {
    return fail({
      kind: 'invalid',
      errors: [{ pointer: '/model', detail: 'must be the name of a model profile that the workspace allows' }],
    })
  }
  const turn_id = crypto.randomUUID()
  const content = regenerated ? contentOf(log, regenerated) : { text: message.text ?? '' }
  const command = {
    kind: 'post',
    ...message,
    turn_id,
    item_id: crypto.randomUUID(),
    interrupted: turns.partialAnswer(),
    ...content,
  } as const
  const afterEvents = ({ seq, running, paused }: SessionState) => {
    log.keys.put(message.event_id, fingerprint, turn_id, seq)
    // The session has the files of a regenerated message already.
    if (message.attachments?.length) scheduleClaim(writer, turn_id)
    writer.requests.set([turn_id], request)
    const wasInterrupted = state.running !== null && running === null
    if (wasInterrupted) timers.dropAll('call')
    if (!paused && !running && (wasInterrupted || !timers.has('turn'))) timers.put('turn', '', Date.now() + dispatchMs)
  }
  const execute = () => writer.execute(command, { afterEvents, create: { tenant, session } })
  if (failpoint('acknowledge-early') && state.subject) {
    setTimeout(execute, 50)
    return ok({ turn_id, seq: state.seq + 2 })
  }
  const posted = execute()
  if (!posted.ok) return posted
  if (state.running && writer.state.running !== state.running) turns.release('interrupted')
  return ok({ turn_id, seq: posted.value.seq })
}

/** What an answer that is regenerated has in common with the first one. */
function contentOf(log: EventLog, turn: TurnRow) {
  const { persona_id, model, response_format, tool } = log.turnRequest(turn)
  return { ...log.branches.messageContent(turn), parent_turn_id: turn.parent, persona_id, model, response_format, tool }
}
