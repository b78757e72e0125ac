/**
 * Frames: what readers receive. Pure. One rule gives the ids of live and replayed frames. A reader that reconnects with its last id, after
 * any byte, gets exactly the rest.
 */

import { failpoint } from '../failpoints.ts'
import type { Cursor } from './cursor.ts'

/** An event as the log stores it: `body` is its JSON object without `seq` and `at`. */
export interface RecordedEvent {
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly body: string
}

/** `id` is the cursor of a reader that has seen this frame; `data` is its JSON. */
export interface Frame {
  readonly id: string
  readonly data: string
}

/** The kind of an item that holds the model's reasoning. */
export const reasoningKind = 'reasoning'

/** Names an open item. `kind`: absent for a message. */
export interface ItemRef {
  readonly turn_id: string
  readonly item_id: string
  readonly kind?: string | undefined
}

/** The open item. Its text so far lives only in memory. */
export interface OpenItem extends ItemRef {
  readonly text: string
}

/** The reference in the body of `item.opened`. */
export const itemRef = ({ turn_id, item_id, kind }: ItemRef): ItemRef => ({ turn_id, item_id, ...(kind !== undefined && { kind }) })

/** The position of a reader or of the log's live end. `open`: the item that streams there, and its sent length. */
export interface Position {
  readonly seq: number
  readonly open: ItemRef | null
  readonly offset: number
}

/** While an item is open, every id is `P.O`. An id of `P` alone would make a reader receive the text again. */
export const frameId = ({ seq, open, offset }: Position): string => (open ? `${seq}.${offset}` : `${seq}`)

/** The event's JSON on the wire. */
export const eventJson = ({ seq, at, body }: RecordedEvent): string => `{"seq":${seq},"at":${at},${body.slice(1)}`

const eventFrame = (event: RecordedEvent, position: Position): Frame => ({
  id: failpoint('plain-id-in-item') ? `${position.seq}` : frameId(position),
  data: eventJson(event),
})

/** The frame of a delta of the open item, and the reader's position after it. */
function deltaFrame(position: Position, text: string): [Frame, Position] {
  const { seq, open, offset } = position
  const next = { seq, open, offset: offset + text.length }
  const type = open?.kind === reasoningKind ? 'reasoning.delta' : 'item.delta'
  const ids = open && { turn_id: open.turn_id, item_id: open.item_id }
  return [{ id: frameId(next), data: JSON.stringify({ type, ...ids, offset, text, after: seq }) }, next]
}

/** A frame that is not recorded and leaves the reader's position as it is. */
export const noticeFrame = (position: Position, notice: object): Frame => ({
  id: frameId(position),
  data: JSON.stringify({ ...notice, after: position.seq }),
})

/** The rest of the open item's `text` for a reader at `position`, as one delta. */
function* tail(position: Position, text: string): Generator<[Frame, Position], Position> {
  if (position.offset >= text.length) return position
  const delta = deltaFrame(position, text.slice(position.offset))
  yield delta
  return delta[1]
}

/** The frames for one recorded event. Before `item.closed` comes the rest of its text. */
function* advance(position: Position, event: RecordedEvent): Generator<[Frame, Position], Position> {
  let current = position
  const { seq } = event
  switch (event.type) {
    case 'item.opened': {
      current = { seq, open: itemRef(JSON.parse(event.body)), offset: 0 }
      break
    }
    case 'item.closed': {
      const { kind, text, reasoning = '' } = JSON.parse(event.body)
      current = yield* tail(current, kind === reasoningKind ? reasoning : text)
      current = { seq, open: null, offset: 0 }
      break
    }
    case 'item.abandoned':
      current = { seq, open: null, offset: 0 }
      break
    default:
      current = { ...current, seq }
  }
  yield [eventFrame(event, current), current]
  return current
}

/**
 * All frames that a reader at `position` lacks. `events` are those after it, in order; `open` is the item open at the log's end. Yields
 * each frame with the position after it, so the caller may stop anywhere.
 */
export function* replay(
  position: Position,
  events: Iterable<RecordedEvent>,
  open: OpenItem | null,
): Generator<[Frame, Position], Position> {
  let current = position
  for (const event of events) current = yield* advance(current, event)
  if (open && current.open?.item_id === open.item_id) current = yield* tail(current, open.text)
  return current
}

/** The position that `cursor` names. `open` is the item that was open at its seq. `O` counts only with an open item. */
export const positionAt = (cursor: Cursor, open: Position['open']): Position => ({
  seq: cursor.seq,
  open,
  offset: open ? cursor.offset : 0,
})

/** A frame as event-stream text (HTML Living Standard §9.2). JSON has no raw line break, so one `data:` line is enough. */
export const toEventStream = ({ id, data }: Frame): string => `id: ${id}\ndata: ${data}\n\n`
