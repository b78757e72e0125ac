/** A turn of a session as an answer of a face. The turn goes on when its reader leaves. */
import type { AcceptedMessage } from '../../../shared/api/messages.ts'
import type { FrameBody } from '../../../shared/events/frame-body.ts'
import { EventId, type SessionId } from '../../../shared/ids.ts'
import type { Failure } from '../../../shared/problem.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { GatewayContext } from '../http/context.ts'
import { authorizeReading, denial } from '../policy/enforce.ts'
import { openStream } from '../sessions/open-stream.ts'
import { post, type SendOptions } from '../sessions/send.ts'
import type { FaceEvent, OpenAnswer } from './face.ts'
import { parsedFrames } from './session-frames.ts'

/** Between the texts of two steps of a turn. */
const stepGap = '\n\n'

/** Sends the message, if the caller may also read its answer. A repeat with the same `Idempotency-Key` sends nothing. `messageId`: such a key of the protocol. */
export async function sendTurn(
  c: GatewayContext,
  session: SessionId,
  options: SendOptions,
  messageId?: string,
): Promise<Result<AcceptedMessage, Failure>> {
  const decision = await authorizeReading(c, session)
  if (!decision.allowed) return fail(denial(c, decision))
  const key = EventId.optional().safeParse(c.req.header('idempotency-key') ?? messageId)
  if (!key.success)
    return fail({ kind: 'malformed', detail: 'Idempotency-Key, or the id of the message, must be 1 to 255 visible ASCII characters.' })
  return post(c, options, session, key.data)
}

/** The events of a turn after the cursor `after`. */
export async function readTurn(c: GatewayContext, session: SessionId, turn: string, after: string): Promise<Result<OpenAnswer, Failure>> {
  const reauthorize = async () => (await authorizeReading(c, session)).allowed
  const response: Response = await openStream(c, session, { after, transport: 'sse', until: turn, reauthorize })
  if (!response.ok || response.body === null) return fail({ kind: 'unavailable', what: 'The session' })
  const reader = response.body.getReader()
  const end = () => void reader.cancel().catch(() => {})
  return ok({ events: turnEvents(parsedFrames(reader), turn), cancel: end, end, session, turn })
}

/** The events of one turn. Tools of the session run in it. */
export async function* turnEvents(source: AsyncIterable<FrameBody | null>, turn: string): AsyncGenerator<FaceEvent> {
  let written = 0
  let itemUnits = 0
  let needsGap = false
  let isCut = false
  for await (const frame of source) {
    if (frame === null || !('turn_id' in frame) || frame.turn_id !== turn) yield { type: 'alive' }
    else if (frame.type === 'item.delta') {
      const gap = needsGap && written > 0 ? stepGap : ''
      needsGap = false
      written += frame.text.length
      itemUnits += frame.text.length
      yield { type: 'text', text: gap + frame.text }
    } else if (frame.type === 'reasoning.delta') yield { type: 'reasoning', text: frame.text }
    else if (frame.type === 'item.closed') {
      needsGap ||= frame.kind === undefined
      isCut ||= frame.truncated === true
    } else if (frame.type === 'item.opened') itemUnits = 0
    else if (frame.type === 'item.abandoned' && itemUnits > 0) {
      // What was sent cannot be taken back.
      const detail = 'The answer began again. Read it in the session.'
      return yield { type: 'failed', failure: { kind: 'model_failed', why: 'failed', detail } }
    } else if (frame.type === 'call.requested')
      yield { type: 'session_call', id: frame.call_id, name: frame.name, arguments: frame.arguments }
    else if (frame.type === 'call.parked')
      yield { type: 'waiting', id: frame.call_id, seq: frame.seq, reason: frame.reason, until: frame.until }
    else if (frame.type === 'call.ended')
      yield { type: 'session_result', id: frame.call_id, text: frame.text, isError: frame.outcome !== 'completed' }
    else if (frame.type === 'turn.ended') {
      if (frame.answered_by) yield { type: 'model', model: frame.answered_by.model }
      if (frame.usage) yield { type: 'usage', usage: frame.usage }
      if (frame.outcome === 'failed')
        return yield { type: 'failed', failure: { kind: 'model_failed', why: 'failed', detail: frame.reason ?? 'The turn failed.' } }
      return yield { type: 'end', finish: frame.outcome === 'cancelled' ? 'cancelled' : isCut ? 'length' : 'stop' }
    } else yield { type: 'alive' }
  }
  yield { type: 'failed', failure: { kind: 'unavailable', what: 'The session' } }
}
