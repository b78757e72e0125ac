/** The log of a session in the terms of Durable Streams. Pure. A message of the stream is an event; deltas and notices are none. */
import { offsetDigits } from '../../../../shared/api/durable-streams.ts'
import type { EventText } from '../../../../shared/api/sessions.ts'

/** The offset after event `seq`. */
export const offsetOf = (seq: number): string => String(seq).padStart(offsetDigits, '0')

/** Our cursor at an offset of a request. */
export function afterOf(offset: string): string {
  if (offset === '-1') return ''
  return offset === 'now' ? 'latest' : String(Number(offset))
}

/** The `seq` after which the next page starts. An object of an earlier release does not name the last event. */
export function nextSeq({ events, next_cursor, last_seq }: EventText, after: number): number {
  if (next_cursor !== null) return Number(next_cursor)
  const last = (JSON.parse(events) as { seq: number }[]).at(-1)?.seq ?? after
  return last_seq === undefined ? last : Math.max(last, last_seq)
}

/** The events among frames, and the `seq` of the last one. Null: there are none. */
export function eventsOf(frames: readonly (string | null)[]): { texts: readonly string[]; seq: number } | null {
  const texts = frames.filter((frame): frame is string => frame !== null && isEvent(frame))
  const last = texts.at(-1)
  return last === undefined ? null : { texts, seq: (JSON.parse(last) as { seq: number }).seq }
}

/** Only a recorded event starts with its number. */
export const isEvent = (frame: string): boolean => frame.startsWith('{"seq":')

/** Readers that wait in the same interval may share an answer of a cache. Milliseconds. */
const cursorMs = 20_000

/** The cursor of an answer at `now`. It differs from that of the request, so that no cache serves a reader the same answer for ever. */
export const nextCursor = (now: number, requested = ''): string => String(Math.max(Math.floor(now / cursorMs), Number(requested) + 1))

/** One batch of events, with the position after it, as event-stream text. */
export function batchText(texts: readonly string[], control: { seq: number; cursor: string; isUpToDate: boolean }): string {
  const position = JSON.stringify({
    streamNextOffset: offsetOf(control.seq),
    streamCursor: control.cursor,
    ...(control.isUpToDate && { upToDate: true }),
  })
  const data = texts.length > 0 ? `event: data\ndata: [${texts.join(',')}]\n\n` : ''
  return `${data}event: control\ndata: ${position}\n\n`
}
