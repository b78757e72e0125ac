/** What the harness itself knows: what it sent, what was acknowledged, and what each reader saw. */
import type { Sent } from '../../shared/api/messages.ts'
import type { Cancelled } from '../../shared/api/turns.ts'
import type { Event } from '../../shared/events/event.ts'

/** One message, by its key. */
export interface SentMessage {
  readonly key: string
  /** Words that the model says to it, if it says all. Absent: whatever was asked first. */
  readonly tokens?: number
  /** Its model breaks: the turn may fail, in words. */
  readonly mayFail?: boolean
  sent?: Sent
  /** How long it took until somebody acknowledged it, tries and restarts included. */
  acknowledgedMs?: number
  /** When its cancellation was acknowledged. Unix ms */
  stoppedAt?: number
  /** Why it was refused for good. */
  refused?: string
}

/** What one reader saw, across all its connections. */
export interface Seen {
  readonly name: string
  readonly events: Event[]
  readonly texts: Map<string, string>
  /** What it should not have seen. */
  readonly wrong: string[]
  connections: number
}

/** All that concerns one session. */
export interface Trail {
  readonly session: string
  readonly said: SentMessage[]
  readonly cancelled: Map<string, Cancelled['outcome']>
  readonly seen: Seen[]
  /** Where it was forked from, and how many events it brought along. */
  forkOf?: string
  /** Nobody asks for anything after its message was acknowledged: it must come to its end alone. */
  quiet?: boolean
}
