/** What clients say: taken once per key, whatever is sent again, and answered only when it is on disk. */
import { limits, type Sent } from '../../shared/api/sessions.ts'
import type { Metadata } from '../../shared/events/event.ts'
import { failpoint } from '../../shared/failpoints.ts'
import type { Role } from '../../shared/identity/role.ts'
import type { SessionId, Subject, TenantId } from '../../shared/ids.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import type { OnConflict } from '../../shared/session/session.ts'
import type { Outbox } from './outbox.ts'
import { dispatchMs, type Turns } from './turns.ts'
import type { SessionWriter } from './writer.ts'

/** What a client says, with who says it and where. */
export interface SendMessageInput {
  readonly tenant: TenantId
  readonly session: SessionId
  readonly subject: Subject
  readonly event_id: string
  /** What makes another message with the same `event_id` the same. */
  readonly fingerprint: string
  /** Absent only where `regenerates` names the turn whose text it is. */
  readonly text?: string | undefined
  readonly persona_id?: string | undefined
  readonly metadata?: Metadata | undefined
  readonly on_conflict?: OnConflict | undefined
  readonly expected_seq?: number | undefined
  /** The turn it follows; null: none. Absent: the active branch. */
  readonly parent_turn_id?: string | null | undefined
  /** The turn that is answered once more, beside it. */
  readonly regenerates?: string | undefined
  /** What the turn may do at most, where that is less than its user may. */
  readonly role_at_most?: Role | undefined
}

export class Messages {
  readonly #writer: SessionWriter
  readonly #turns: Turns
  readonly #outbox: Outbox

  constructor(writer: SessionWriter, turns: Turns, outbox: Outbox) {
    this.#writer = writer
    this.#turns = turns
    this.#outbox = outbox
  }

  async sendMessage(say: SendMessageInput): Promise<Result<Sent, Failure>> {
    const { state, log } = this.#writer
    const { session: session_id, event_id } = say
    if (state.subject && state.subject !== say.subject) return fail({ kind: 'not_found' })
    const used = log.exists && !state.deleted ? log.key(event_id) : undefined
    if (used && used.fingerprint !== say.fingerprint) return fail({ kind: 'idempotency_mismatch' })
    if (used) return ok({ session_id, event_id, turn_id: used.turn_id, seq: used.seq })
    const said = this.#post(say)
    if (!said.ok) return said
    // First what the user waits for.
    this.#turns.dispatchSoon()
    // Whoever begins a session finds it in the list; that it was active just now is there a moment later.
    if (state.subject) void this.#outbox.flushSoon()
    else await this.#outbox.flush()
    return ok({ session_id, event_id, ...said.value })
  }

  #post({ tenant, session, fingerprint, ...say }: SendMessageInput): Result<{ turn_id: string; seq: number }, Failure> {
    const { log, timers, state } = this.#writer
    if (log.exists && log.sizeBytes > limits.sessionBytes) return fail({ kind: 'session_full' })
    const again = say.regenerates !== undefined && log.exists ? log.turn(say.regenerates) : undefined
    if (say.regenerates !== undefined && !again) return fail({ kind: 'not_found' })
    if (say.parent_turn_id && !(log.exists && log.turn(say.parent_turn_id))) {
      return fail({ kind: 'invalid', errors: [{ pointer: '/parent_turn_id', detail: 'must be a turn of this session' }] })
    }
    const turn_id = crypto.randomUUID()
    const what = again ? { text: log.branches.messageOf(again), parent_turn_id: again.parent } : { text: say.text ?? '' }
    const command = {
      kind: 'say',
      ...say,
      turn_id,
      item_id: crypto.randomUUID(),
      interrupted: this.#turns.partialAnswer(),
      ...what,
    } as const
    const begin = () =>
      this.#writer.begin(tenant, session, command, ({ seq, running, paused }) => {
        log.useKey(say.event_id, fingerprint, turn_id, seq)
        const interrupted = state.running !== null && running === null
        if (interrupted) timers.dropAll('call')
        if (!paused && !running && (interrupted || !timers.has('turn'))) timers.put('turn', '', Date.now() + dispatchMs)
      })
    if (failpoint('acknowledge-early') && state.subject) {
      setTimeout(begin, 50)
      return ok({ turn_id, seq: state.seq + 2 })
    }
    const said = begin()
    if (!said.ok) return said
    if (state.running && this.#writer.state.running !== state.running) this.#turns.release('interrupted')
    return ok({ turn_id, seq: said.value.seq })
  }
}
