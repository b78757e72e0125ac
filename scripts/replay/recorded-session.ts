/** A recorded session, from the lines of its snapshot: the log, and what the models sent. */
import { Event } from '../../shared/events/event.ts'
import { SnapshotLine } from '../../shared/session/backup.ts'
import { Recording } from '../../shared/turn/recording.ts'

/** An event of the log. `body` is its text on disk. */
export interface LogEvent {
  readonly event: Event
  readonly body: string
}

export interface RecordedSession {
  readonly tenant: string
  readonly session: string
  readonly events: readonly LogEvent[]
  /** The recordings of each turn, in order of its attempts. */
  readonly recordings: ReadonlyMap<string, readonly Recording[]>
}

/** A turn of the log. */
export interface RecordedTurn {
  readonly turn_id: string
  /** The position among all turns, from 1. */
  readonly position: number
  readonly accepted: Extract<Event, { type: 'turn.accepted' }>
  /** The events of the turn after its message, in order. */
  readonly events: readonly LogEvent[]
  /** The seq of the first of them. */
  readonly startSeq: number
}

/** Parses the lines of `GET /v1/admin/snapshot?recordings=true`. Throws an error that says what is wrong. */
export async function readRecordedSession(lines: AsyncIterable<string> | Iterable<string>): Promise<RecordedSession> {
  let name: { tenant: string; session: string } | undefined
  let hasEnd = false
  const events: LogEvent[] = []
  const recordings: { turn_id: string; token: number; recording: Recording }[] = []
  for await (const text of lines) {
    const line = SnapshotLine.parse(JSON.parse(text))
    if (line.type === 'void') throw new Error('the session was deleted while it was read')
    if (line.type === 'session') name = { tenant: line.tenant, session: line.session }
    if (line.type === 'end') hasEnd = true
    if (line.type !== 'rows') continue
    for (const values of line.rows) {
      const row = Object.fromEntries(line.columns.map((column, index) => [column, values[index]]))
      const body = String(row.body)
      if (line.table === 'event') events.push({ event: eventOf({ seq: row.seq, at: row.at, ...JSON.parse(body) }), body })
      if (line.table === 'recording')
        recordings.push({ turn_id: String(row.turn_id), token: Number(row.token), recording: Recording.parse(JSON.parse(body)) })
    }
  }
  if (!name) throw new Error('no line names the session: the lines must be those of its snapshot')
  if (!hasEnd) throw new Error('the last line is missing, so the snapshot is incomplete')
  recordings.sort((a, b) => a.token - b.token)
  const byTurn = Map.groupBy(recordings, ({ turn_id }) => turn_id)
  return { ...name, events, recordings: new Map([...byTurn].map(([turn, list]) => [turn, list.map(({ recording }) => recording)])) }
}

/** A valid event, with its fields in their order. */
function eventOf(value: unknown): Event {
  Event.parse(value)
  return value as Event
}

/** The turns that have started, in the order in which they ran. */
export function turnsOf({ events }: RecordedSession): RecordedTurn[] {
  const accepted: RecordedTurn['accepted'][] = []
  const started = new Map<string, LogEvent[]>()
  for (const entry of events) {
    const { event } = entry
    if (event.type === 'turn.accepted') accepted.push(event)
    if (event.type === 'turn.started') started.set(event.turn_id, [entry])
    else if ('turn_id' in event) started.get(event.turn_id)?.push(entry)
  }
  return [...started].flatMap(([turn_id, own]) => {
    const index = accepted.findIndex((event) => event.turn_id === turn_id)
    const [request, first] = [accepted[index], own[0]]
    return request && first ? [{ turn_id, position: index + 1, accepted: request, events: own, startSeq: first.event.seq }] : []
  })
}

/** Why a turn cannot run again as it did. Undefined: it can. */
export function obstacle({ accepted, events }: RecordedTurn, recordings: readonly Recording[]): string | undefined {
  const has = (test: (event: Event) => boolean) => events.some(({ event }) => test(event))
  const last = events.at(-1)?.event
  if (last?.type !== 'turn.ended') return 'it has not ended'
  if (last.outcome === 'cancelled') return 'a user cancelled it'
  if (newStarts(events) > restarts(recordings)) return 'an attempt was interrupted'
  if (has((event) => event.type === 'call.abandoned' || event.type === 'call.resolved' || isCutOff(event))) return 'a call was cut off'
  const modelCalls = accepted.tool ? 0 : events.filter(({ event }) => event.type === 'step.ended').length + 1
  if (recordings.length < modelCalls) return 'it was not recorded'
  if (recordings.some(({ calls }) => calls.some(({ end }) => end === 'stopped'))) return 'a time limit stopped the model'
  return undefined
}

const isCutOff = (event: Event): boolean =>
  (event.type === 'call.parked' && event.ask === 'effect') || (event.type === 'call.ended' && event.outcome === 'unknown')

/** How often the answer was begun once more. */
const newStarts = (events: readonly LogEvent[]): number =>
  events.filter(({ event }, index) => {
    const isReplaced = event.type === 'item.abandoned' && event.replaced === undefined
    return isReplaced && events[index + 1]?.event.type === 'item.opened'
  }).length

/** How often a model itself began once more, because the form of its answer was wrong. */
const restarts = (recordings: readonly Recording[]): number =>
  recordings.flatMap(({ calls }) => calls.flatMap(({ chunks }) => chunks.filter(({ type }) => type === 'text_void'))).length
