/** The invariants of a simulation at rest. */
import type { Event } from '../../shared/events/event.ts'
import { emptySession, fold } from '../../shared/session/session.ts'
import type { Simulation } from './simulation.ts'
import { isRefused } from './sinks.ts'

/** Each violated invariant, as text. */
export function* violations(simulation: Simulation): Generator<string> {
  const { client, attempts, readers, sinks } = simulation
  const committed = simulation.log
  if (!committed) {
    if (client.ledger.sent.size > 0) yield 'there is no log, but a message was acknowledged'
    return
  }
  const { events, log } = committed
  yield* order(events)
  yield* acknowledged(events, simulation)
  yield* turns(events, attempts)
  yield* calls(events, simulation)
  yield* refused(events)
  for (const reader of readers) yield* read(events, reader)
  for (const [turn, outcome] of client.ledger.cancelled) {
    const ended = events.find((event) => event.type === 'turn.ended' && event.turn_id === turn)
    if (ended?.type !== 'turn.ended' || ended.outcome !== outcome) yield `${turn} was answered as ${outcome}: ${JSON.stringify(ended)}`
  }
  for (const [consumer, copy] of sinks.copies)
    if (JSON.stringify([...copy.values()]) !== JSON.stringify(events))
      yield `the copy is not the log: ${consumer} has ${[...copy.keys()]} of ${events.length}`
  const listed = simulation.listed()
  if (listed !== events.at(-1)?.seq) yield `the list is at ${listed}, not ${events.at(-1)?.seq}`
  const due = simulation.due()
  if (due.size > 0) yield `still due: ${[...due]}`
  const [folded, loaded] = [events.reduce(fold, emptySession), log.load()]
  if (JSON.stringify(folded, Object.keys(folded).sort()) !== JSON.stringify(loaded, Object.keys(folded).sort()))
    yield 'the tables are not the fold over the log'
  if (client.waiting > 0) yield `${client.waiting} requests were never answered`
}

function* order(events: readonly Event[]): Generator<string> {
  for (const [index, { seq, at }] of events.entries()) {
    if (seq !== index + 1) yield `event ${seq} is at position ${index + 1}`
    if (at < (events[index - 1]?.at ?? 0)) yield `event ${seq} is earlier than the one before`
  }
}

/** Guarantees 1 and 2, for messages. */
function* acknowledged(events: readonly Event[], { client: { ledger } }: Simulation): Generator<string> {
  for (const key of ledger.keys.keys()) {
    const accepted = events.filter((event) => event.type === 'turn.accepted' && event.event_id === key)
    const sent = ledger.sent.get(key)
    if (accepted.length > 1) yield `DUPLICATED: ${key} was accepted ${accepted.length} times`
    if (sent && accepted.length === 0) yield `LOST: ${key} was acknowledged`
    if (ledger.refused.has(key) && accepted.length > 0) yield `${key} was refused, but accepted`
    const [turn] = accepted
    if (!sent || turn?.type !== 'turn.accepted') continue
    const item = events[sent.seq - 1]
    if (turn.turn_id !== sent.turn_id || item?.type !== 'item.added' || item.turn_id !== sent.turn_id)
      yield `${key} is not at the seq of its answer`
  }
}

/** Guarantee 1, for answers. */
function* turns(events: readonly Event[], attempts: Simulation['attempts']): Generator<string> {
  for (const accepted of events) {
    if (accepted.type !== 'turn.accepted') continue
    const ownEvents = events.filter((event) => 'turn_id' in event && event.turn_id === accepted.turn_id)
    const ends = ownEvents.filter((event) => event.type === 'turn.ended')
    if (ends.length !== 1) yield `${ends.length === 0 ? 'STUCK' : 'DUPLICATED'}: ${accepted.turn_id} ended ${ends.length} times`
    if (ownEvents.at(-1)?.type !== 'turn.ended') yield `${accepted.turn_id} continues after its end`
    if (accepted.tool) {
      yield* requestedTurn(accepted.turn_id, accepted.tool.name, ownEvents)
      continue
    }
    const turnAttempts = attempts.filter(({ job }) => job.turn_id === accepted.turn_id)
    const steps = splitIntoSteps(ownEvents)
    for (const [index, step] of steps.entries()) {
      const closed = step.filter((event) => event.type === 'item.closed' && event.kind === undefined)
      if (closed.length > 1) yield `DUPLICATED: ${accepted.turn_id} has ${closed.length} answers in step ${index}`
      for (const thought of step.filter((event) => event.type === 'item.closed' && event.kind === 'reasoning'))
        if (!turnAttempts.some(({ thoughts }) => thoughts.join('').startsWith(reasoningIn(thought))))
          yield `${accepted.turn_id} has reasoning of no attempt: ${reasoningIn(thought)}`
      const text = closed[0]?.type === 'item.closed' ? closed[0].text : ''
      if (!turnAttempts.some(({ fullText }) => fullText.startsWith(text)))
        if (text !== '') yield `${accepted.turn_id} has a text of no attempt: ${text}`
      const requested = step.filter((event) => event.type === 'call.requested').map(({ name }) => name)
      const isLast = index === steps.length - 1
      const ending = isLast ? 'completed' : 'calls'
      if (isLast && ends[0]?.outcome !== 'completed') continue
      if (
        !turnAttempts.some((attempt) => attempt.fullText === text && attempt.ending === ending && `${attempt.requests}` === `${requested}`)
      )
        yield `step ${index} of ${accepted.turn_id} ended with no whole answer of an attempt: ${text} ${requested}`
    }
  }
}

/** A turn that is one call has exactly this call, unless it was cancelled before its start, and no answer. */
function* requestedTurn(turn: string, name: string, events: readonly Event[]): Generator<string> {
  const requested = events.filter((event) => event.type === 'call.requested')
  const [end] = events.filter((event) => event.type === 'turn.ended')
  if (events.some(({ type }) => type === 'item.opened')) yield `${turn} is a call, but a model answered it`
  const expected = end?.type === 'turn.ended' && end.outcome === 'cancelled' && requested.length === 0 ? [] : [name]
  if (`${requested.map((event) => event.name)}` !== `${expected}`)
    yield `${turn} requested ${requested.map((event) => event.name)}, not ${name}`
  if (end?.type === 'turn.ended' && end.outcome === 'failed') yield `${turn} is a call, and failed: ${end.reason}`
}

const reasoningIn = (event: Event): string => (event.type === 'item.closed' ? (event.reasoning ?? '') : '')

/** The events of a turn, by step. The results of tools belong to the next step. */
function splitIntoSteps(events: readonly Event[]): Event[][] {
  const steps: Event[][] = [[]]
  for (const event of events) {
    steps.at(-1)?.push(event)
    if (event.type === 'step.ended') steps.push([])
  }
  return steps
}

/** Guarantee 1, for tools. */
function* calls(events: readonly Event[], { tools }: Simulation): Generator<string> {
  for (const requested of events) {
    if (requested.type !== 'call.requested') continue
    const { call_id, effect, name } = requested
    const ends = events.filter((event) => event.type === 'call.ended' && event.call_id === call_id)
    const [end] = ends
    if (end?.type !== 'call.ended' || ends.length > 1)
      yield `${end ? 'DUPLICATED' : 'STUCK'}: the call ${call_id} ended ${ends.length} times`
    if (end?.type !== 'call.ended') continue
    const runs = tools.runs.filter((run) => run.call_id === call_id)
    const done = runs.filter(({ done }) => done)
    if (effect === 'once' && done.length > 1) yield `DUPLICATED: ${name} ${call_id} took effect ${done.length} times`
    const isConfirmed = done.length > 0 && events.some((event) => event.type === 'call.resolved' && event.call_id === call_id)
    const isAnswer = events.some((event) => event.type === 'call.decided' && event.call_id === call_id && event.answer === end.text)
    if (end.outcome === 'completed' && !isConfirmed && !isAnswer && !done.some(({ text }) => text === end.text))
      yield `${call_id} has a result of none of its runs: ${end.text}`
    if (name === 'ask')
      for (const run of runs) if (!isApproved(events, requested, run)) yield `${call_id} ran without an approval: ${run.arguments}`
    if ((end.outcome === 'cancelled' || end.outcome === 'denied') && done.length > 0) yield `${call_id} was ${end.outcome}, but took effect`
  }
}

/** Whether a user had approved the run, with its arguments, or the later calls of its tool. */
function isApproved(
  events: readonly Event[],
  { call_id, arguments: requested }: Extract<Event, { type: 'call.requested' }>,
  run: Simulation['tools']['runs'][number],
): boolean {
  const before = events.filter(({ seq }) => seq <= run.after)
  const own = before.findLast((event) => event.type === 'call.decided' && event.call_id === call_id)
  if (own?.type === 'call.decided' && own.approved && (own.arguments ?? requested) === run.arguments) return true
  const remembered = before.findLast(
    (event) => event.type === 'approval.revoked' || (event.type === 'call.decided' && event.remember === true),
  )
  return remembered?.type === 'call.decided' && requested === run.arguments
}

/** A refusal by memory is recorded once, after the end of its turn. */
function* refused(events: readonly Event[]): Generator<string> {
  const refusals = events.filter((event) => event.type === 'memory.refused')
  const turns = events.filter(isRefused)
  for (const { turn_id, seq } of turns) {
    const ownRefusals = refusals.filter(({ about }) => about === turn_id)
    if (ownRefusals.length !== 1)
      yield `${ownRefusals.length === 0 ? 'LOST' : 'DUPLICATED'}: the memory refusal of ${turn_id} was recorded ${ownRefusals.length} times`
    if (ownRefusals.some((event) => event.seq < seq)) yield `the memory refusal of ${turn_id} was recorded before its end`
  }
  if (refusals.length > turns.length) yield `${refusals.length} memory refusals were recorded for ${turns.length} turns`
}

/** Guarantee 3. */
function* read(events: readonly Event[], { name, events: received, texts }: Simulation['readers'][number]): Generator<string> {
  if (JSON.stringify(received) !== JSON.stringify(events))
    yield `${name} received ${received.map(({ seq }) => seq)} of ${events.length} events`
  for (const event of events) {
    if (event.type !== 'item.closed') continue
    const text = texts.get(event.item_id) ?? ''
    const recorded = event.reasoning ?? event.text
    if (text !== recorded) yield `${name} received ${JSON.stringify(text)} where ${JSON.stringify(recorded)} was recorded`
  }
}
