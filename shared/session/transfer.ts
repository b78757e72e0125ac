/**
 * Forks, exports and imports of conversations. Pure. A fork is a copy that records each event's origin. An import is the log itself, so
 * exporting it again gives the same bytes.
 */
import { z } from 'zod'
import { limits } from '../api/limits.ts'
import type { Event } from '../events/event.ts'
import { incomingEvent } from '../events/incoming-event.ts'
import { clientMetadata } from '../events/metadata.ts'
import type { SessionId, Subject } from '../ids.ts'
import { cutText } from '../lib/cut-text.ts'
import { runToEnd, type Steps } from '../lib/steps.ts'
import type { Failure } from '../problem.ts'
import { fail, ok, type Result } from '../result.ts'
import { emptySession, fold, type SessionState } from './session.ts'

/** The version that exports and imports share. */
export const transferVersion = 'soma-1'

/** An export: every event without owner and origin, which the import sets. */
export const Transfer = z.object({ version: z.literal(transferVersion), events: z.array(z.record(z.string(), z.unknown())).min(1) })
export type Transfer = z.infer<typeof Transfer>

/** The log of a fork: a new first event, then `events` of the forked branch, all at `at`. */
export function buildFork(events: readonly Event[], source: SessionId, subject: Subject, title: string, at: number): Event[] {
  const copies = events.map((event): Event => {
    const { seq, at: _, ...body } = event
    const copied = { ...body, seq: 0, at, origin: { session: source, seq } } as Event
    if (copied.type !== 'turn.accepted') return copied
    // Turns form one branch: each follows the one before.
    const { parent_turn_id: _parent, regenerates: _regenerates, ...accepted } = copied
    return { ...accepted, position: 0 }
  })
  const log: Event[] = [
    { seq: 0, at, type: 'session.created', subject },
    ...copies,
    { seq: 0, at, type: 'session.titled', title: cutText(title, limits.titleUnits) },
  ]
  return log.map((event, index) => ({ ...event, seq: index + 1 }))
}

/** An event as an export holds it. */
export function exportEvent(event: Event): Record<string, unknown> {
  if (event.type !== 'session.created') return event
  const { subject: _, imported_to: __, ...rest } = event
  return rest
}

/** The log of a transfer for its new owner, or its problems by pointer. `now`: the time of the import, Unix ms. */
export const importLog = (transfer: Transfer, subject: Subject, now: number): Result<Event[], Failure> =>
  runToEnd(importSteps(transfer, subject, now))

/** `importLog` in steps of `limits.importStepEvents` events or `limits.importStepUnits`, so that a caller can let other requests run. */
export function* importSteps({ events }: Transfer, subject: Subject, now: number): Steps<Result<Event[], Failure>> {
  if (events.length > limits.importEvents) return invalid('/events', `must have at most ${limits.importEvents} events`)
  const log: Event[] = []
  const Incoming = incomingEvent(now)
  let session: SessionState = emptySession
  const turns = new Set<string>()
  const step = new ImportStep()
  for (const [index, event] of events.entries()) {
    if (step.isFull(event)) yield
    const parsed = Incoming.safeParse(index === 0 ? { ...event, subject } : event)
    if (!parsed.success) {
      const { path = [], message = 'is no event' } = parsed.error.issues[0] ?? {}
      return invalid(`/events/${[index, ...path].join('/')}`, message)
    }
    const incoming = withoutServerMetadata(parsed.data)
    const violation = orderViolation(session, incoming, turns)
    if (violation) return invalid(`/events/${index}`, violation)
    session = fold(session, incoming)
    if (incoming.type === 'turn.accepted') turns.add(incoming.turn_id)
    log.push(incoming)
  }
  if (session.eraseAt !== null) return invalid('/events', 'must not end with a deleted session')
  if (session.turns.length > 0) return invalid('/events', 'must end every turn that it starts')
  const [created, ...rest] = log
  if (created?.type !== 'session.created') return invalid('/events/0', 'must be session.created')
  return ok([{ ...created, imported_to: session.seq }, ...rest])
}

/** Bounds a step of an import, by its events and by their text. */
class ImportStep {
  #events = 0
  #units = 0

  /** Whether `event` begins another step. Counts it. */
  isFull(event: unknown): boolean {
    const units = textUnits(event)
    const isFull = this.#events === limits.importStepEvents || (this.#events > 0 && this.#units + units > limits.importStepUnits)
    this.#events = isFull ? 1 : this.#events + 1
    this.#units = isFull ? units : this.#units + units
    return isFull
  }
}

/** The log in parts, each one step of an import. */
export function importParts(log: readonly Event[]): Event[][] {
  const parts: Event[][] = []
  const step = new ImportStep()
  for (const event of log) {
    const part = parts.at(-1)
    if (!step.isFull(event) && part) part.push(event)
    else parts.push([event])
  }
  return parts
}

/** UTF-16 units of the texts of an event. */
function textUnits(event: unknown): number {
  let units = 0
  if (typeof event === 'object' && event !== null)
    for (const value of Object.values(event)) if (typeof value === 'string') units += value.length
  return units
}

/** The event without metadata that only the server sets. A file may not name the sender of a message. */
const withoutServerMetadata = (event: Event): Event =>
  event.type === 'turn.accepted' && event.metadata ? { ...event, metadata: clientMetadata(event.metadata) } : event

const invalid = (pointer: string, detail: string) => fail<Failure>({ kind: 'invalid', errors: [{ pointer, detail }] })

/** Why `event` cannot come next; undefined: it can. */
function orderViolation(session: SessionState, event: Event, turns: ReadonlySet<string>): string | undefined {
  if (event.seq <= session.seq) return 'must have a greater seq than the event before'
  if (event.at < session.at) return 'must not be earlier than the event before'
  if ((event.type === 'session.created') !== (session.seq === 0)) return 'must be session.created first, and only then'
  const { running, open } = session
  switch (event.type) {
    case 'session.deleted':
      return 'must not be deleted'
    case 'turn.accepted':
      if (turns.has(event.turn_id)) return 'must not accept a turn again'
      return event.parent_turn_id && !turns.has(event.parent_turn_id) ? 'must follow an existing turn' : undefined
    case 'branch.switched':
      return turns.has(event.turn_id) ? undefined : 'must switch to an existing turn'
    case 'memory.refused':
      return turns.has(event.about) && !session.turns.includes(event.about) ? undefined : 'must be about a turn that has ended'
    case 'context.summarized':
      return running === event.turn_id && turns.has(event.through_turn_id) && event.through_turn_id !== event.turn_id
        ? undefined
        : 'must summarise earlier turns of the running turn'
    case 'item.added':
      return session.turns.includes(event.turn_id) ? undefined : 'must belong to a turn that has not ended'
    case 'turn.started':
      return running === null && session.turns[0] === event.turn_id ? undefined : 'must start the next turn'
    case 'item.opened':
      return running === event.turn_id && open === null ? undefined : 'must open one item of the running turn at a time'
    case 'item.closed':
    case 'item.abandoned':
      return open?.item_id === event.item_id && open.turn_id === event.turn_id ? undefined : 'must be of the open item'
    case 'call.requested':
      if (session.calls.some(({ call_id }) => call_id === event.call_id)) return 'must not request a call again'
      return running === event.turn_id && open === null ? undefined : 'must belong to the running turn, between two items'
    case 'step.ended':
      return running === event.turn_id && open === null ? undefined : 'must end a step of the running turn'
    case 'call.claimed':
    case 'call.abandoned':
    case 'call.parked':
    case 'call.decided':
    case 'call.resolved':
    case 'call.delegated':
    case 'call.relayed':
    case 'program.called':
    case 'program.claimed':
    case 'program.returned':
    case 'call.ended':
      return running === event.turn_id && session.calls.some(({ call_id }) => call_id === event.call_id)
        ? undefined
        : 'must be of a call that has not ended'
    case 'turn.ended':
      return session.turns.includes(event.turn_id) && !(running === event.turn_id && (open || session.calls.length > 0))
        ? undefined
        : 'must end a turn after its items and calls'
    default:
      return undefined
  }
}
