/** The harness's own records: sent messages, acknowledgements, and what each reader received. */
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import type { Cancelled } from '../../shared/api/turns.ts'
import type { Event } from '../../shared/events/event.ts'

/** One message, with its idempotency key. */
export interface SentMessage {
  readonly key: string
  /** Number of words in the complete answer. Absent: the answer repeats an earlier request. */
  readonly tokens?: number
  /** The model misbehaves, so the turn may fail with a reason. */
  readonly mayFail?: boolean
  sent?: AcceptedMessage
  /** Time to the acknowledgement, including retries and restarts. Milliseconds. */
  acknowledgedMs?: number
  /** When its cancellation was acknowledged. Unix ms. */
  stoppedAt?: number
  /** Status and type of a final rejection. */
  refused?: string
}

/** What one reader received, across all its connections. */
export interface ReaderRecord {
  readonly name: string
  readonly events: Event[]
  readonly texts: Map<string, string>
  /** Errors in what it received. */
  readonly errors: string[]
  connections: number
}

/** The harness's record of one session. */
export interface SessionRecord {
  readonly session: string
  readonly messages: SentMessage[]
  readonly cancelled: Map<string, Cancelled['outcome']>
  readonly readers: ReaderRecord[]
  /** The session that this one was forked from. */
  forkOf?: string
  /** No request follows the acknowledgement of its message. The turn must end without one. */
  unattended?: boolean
}
