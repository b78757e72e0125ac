/** One turn as clients read it, from its events. Pure. */
import type { TurnView } from '../api/turns.ts'
import type { Event } from '../events/event.ts'
import type { OpenItem } from './frame.ts'

/** The turn that `events` accept, and its answer. `events` hold those of this turn, in order. `open` is the session's open item. */
export function turnView(session: string, events: Iterable<Event>, open: OpenItem | null): TurnView | null {
  let view: TurnView | null = null
  const texts = new Map<string, string>()
  for (const event of events) {
    if (event.type === 'turn.accepted') view = acceptedTurn(session, event)
    if (view === null) continue
    if (event.type === 'turn.started') view = { ...view, status: 'running', started_at: view.started_at ?? event.at }
    else if (event.type === 'item.closed' && event.kind === undefined) {
      texts.set(event.item_id, event.text)
      view = { ...view, incomplete: event.incomplete ?? false }
    } else if (event.type === 'item.abandoned') texts.delete(event.item_id)
    else if (event.type === 'turn.ended')
      view = { ...view, status: event.outcome, reason: event.reason ?? null, usage: event.usage ?? null, ended_at: event.at }
  }
  if (view === null) return null
  if (open?.turn_id === view.turn_id && open.kind === undefined) texts.set(open.item_id, open.text)
  const text = [...texts.values()].filter((part) => part !== '').join('\n\n')
  return { ...view, text }
}

type Accepted = Pick<Extract<Event, { type: 'turn.accepted' }>, 'turn_id' | 'event_id' | 'at'>

/** A turn that was accepted and has not started. */
export const acceptedTurn = (session: string, { turn_id, event_id, at }: Accepted): TurnView => ({
  session_id: session,
  turn_id,
  event_id,
  status: 'waiting',
  text: '',
  incomplete: false,
  reason: null,
  usage: null,
  accepted_at: at,
  started_at: null,
  ended_at: null,
})
