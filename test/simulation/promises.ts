/** What must be true once everything has come to rest. */
import type { Event } from '../../shared/event.ts'
import { fold, unknown } from '../../shared/session/session.ts'
import type { Simulation } from './simulation.ts'

/** Whatever is broken, in words. */
export function* broken(simulation: Simulation): Generator<string> {
  const { client, attempts, readers, copy } = simulation
  const found = simulation.log
  if (!found) {
    if (client.ledger.sent.size > 0) yield 'there is no log, and something was acknowledged'
    return
  }
  const { events, log } = found
  yield* order(events)
  yield* acknowledged(events, simulation)
  yield* turns(events, attempts)
  for (const reader of readers) yield* read(events, reader)
  for (const [turn, outcome] of client.ledger.cancelled) {
    const ended = events.find((event) => event.type === 'turn.ended' && event.turn_id === turn)
    if (ended?.type !== 'turn.ended' || ended.outcome !== outcome) yield `${turn} was said to be ${outcome}: ${JSON.stringify(ended)}`
  }
  if (JSON.stringify([...copy.values()]) !== JSON.stringify(events))
    yield `the copy is not the log: ${[...copy.keys()]} of ${events.length}`
  const listed = simulation.listed()
  if (listed !== events.at(-1)?.seq) yield `the list knows of ${listed}, not ${events.at(-1)?.seq}`
  const due = simulation.due()
  if (due.size > 0) yield `still due: ${[...due]}`
  const [folded, loaded] = [events.reduce(fold, unknown), log.load()]
  if (JSON.stringify(folded, Object.keys(folded).sort()) !== JSON.stringify(loaded, Object.keys(folded).sort()))
    yield 'the tables are not the fold over the log'
  if (client.waiting > 0) yield `${client.waiting} requests were never answered`
}

function* order(events: readonly Event[]): Generator<string> {
  for (const [index, { seq, at }] of events.entries()) {
    if (seq !== index + 1) yield `event ${seq} stands at ${index + 1}`
    if (at < (events[index - 1]?.at ?? 0)) yield `event ${seq} is earlier than the one before`
  }
}

/** Promise 1 and 2, for messages. */
function* acknowledged(events: readonly Event[], { client: { ledger } }: Simulation): Generator<string> {
  for (const key of ledger.keys.keys()) {
    const accepted = events.filter((event) => event.type === 'turn.accepted' && event.event_id === key)
    const sent = ledger.sent.get(key)
    if (accepted.length > 1) yield `DUPLICATED: ${key} was accepted ${accepted.length} times`
    if (sent && accepted.length === 0) yield `LOST: ${key} was acknowledged`
    if (ledger.refused.has(key) && accepted.length > 0) yield `${key} was refused, and is there`
    const [turn] = accepted
    if (!sent || turn?.type !== 'turn.accepted') continue
    const item = events[sent.seq - 1]
    if (turn.turn_id !== sent.turn_id || item?.type !== 'item.added' || item.turn_id !== sent.turn_id)
      yield `${key} is not where its answer said`
  }
}

/** Promise 1, for answers. */
function* turns(events: readonly Event[], attempts: Simulation['attempts']): Generator<string> {
  for (const accepted of events) {
    if (accepted.type !== 'turn.accepted') continue
    const of = events.filter((event) => 'turn_id' in event && event.turn_id === accepted.turn_id)
    const ends = of.filter((event) => event.type === 'turn.ended')
    const closed = of.filter((event) => event.type === 'item.closed')
    if (ends.length !== 1) yield `${ends.length === 0 ? 'STUCK' : 'DUPLICATED'}: ${accepted.turn_id} ended ${ends.length} times`
    if (of.at(-1)?.type !== 'turn.ended') yield `${accepted.turn_id} goes on after its end`
    if (closed.length > 1) yield `DUPLICATED: ${accepted.turn_id} has ${closed.length} answers`
    const outcome = ends[0]?.outcome
    const said = closed[0]?.text ?? ''
    const own = attempts.filter(({ job }) => job.turn_id === accepted.turn_id)
    if (outcome === 'completed' && !own.some(({ whole, ending }) => whole === said && ending === 'completed'))
      yield `${accepted.turn_id} is completed with what no attempt said whole: ${said}`
    if (!own.some(({ whole }) => whole.startsWith(said))) if (said !== '') yield `${accepted.turn_id} holds what no attempt said: ${said}`
  }
}

/** Promise 3. */
function* read(events: readonly Event[], { name, events: seen, texts }: Simulation['readers'][number]): Generator<string> {
  if (JSON.stringify(seen) !== JSON.stringify(events)) yield `${name} saw ${seen.map(({ seq }) => seq)} of ${events.length} events`
  for (const event of events) {
    if (event.type !== 'item.closed') continue
    const heard = texts.get(event.item_id) ?? ''
    if (heard !== event.text) yield `${name} heard ${JSON.stringify(heard)} where ${JSON.stringify(event.text)} was recorded`
  }
}
