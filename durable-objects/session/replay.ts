/**
 * Replays the log to a reader that resumes: resolves its cursor, then serves pages and a socket from there. Reads only.
 * The gateway's side is `reader-stream.ts`. `shared/session/frame.ts` has the one rule for live and replayed frames.
 */
import { limits } from '../../shared/api/limits.ts'
import type { EventText } from '../../shared/api/sessions.ts'
import { failpoint } from '../../shared/failpoints.ts'
import type { Failure } from '../../shared/problem.ts'
import { fail, ok, type Result } from '../../shared/result.ts'
import { type Cursor, parseCursor } from '../../shared/session/cursor.ts'
import { eventJson, frameId, type Position, positionAt, replay, toEventStream } from '../../shared/session/frame.ts'
import type { SessionWriter } from './writer.ts'

/** A page of frames, as event-stream text. `cursor` is the position after it. `behind`: more frames follow. */
export interface FramePage {
  readonly text: string
  readonly cursor: string
  readonly behind: boolean
}

/** UTF-16 units of a page of frames: at most 256 KB as UTF-8. A larger frame is a separate page. */
const pageUnits = 87_381

const encoder = new TextEncoder()

export class Replay {
  readonly #writer: SessionWriter

  constructor(writer: SessionWriter) {
    this.#writer = writer
  }

  /** The frames after `position`: at most `units` UTF-16 units, or one larger frame. */
  page(position: Position, units = pageUnits): FramePage {
    let text = ''
    let cursor = frameId(position)
    const skipped = failpoint('resume-off-by-one') && position.seq > 0 ? 1 : 0
    for (const [frame] of replay(position, this.#writer.log.after(position.seq + skipped), this.#writer.openItem)) {
      const frameText = toEventStream(frame)
      if (text !== '' && text.length + frameText.length > units) return { text, cursor, behind: true }
      text += frameText
      cursor = frame.id
    }
    return { text, cursor, behind: false }
  }

  /** The frame of the session's deletion, if it is after `cursor`. It is the last event. */
  deletion(cursor: string): FramePage {
    const seq = Math.max(parseCursor(cursor)?.seq ?? 0, this.#writer.state.seq - 1)
    return this.page({ seq, open: null, offset: 0 })
  }

  /**
   * Which limit refuses one more socket of `reader`: that of the session, or that of the reader. Null: it fits. If it does not, probes for
   * broken sockets, so a slot may be free a moment later. `reader`: null: not known, so only the limit of the session holds.
   */
  refusal(reader: string | null): 'session' | 'reader' | null {
    const refusal = this.#refusal(reader)
    if (refusal !== null) this.probe()
    return refusal
  }

  /** Writes to every reader, so that broken sockets close. */
  probe(): void {
    this.#writer.readers.broadcast([], this.#writer.openItem, this.#writer.tail)
    this.#writer.readers.probeSockets(frameId(this.#writer.tail))
  }

  #refusal(reader: string | null): 'session' | 'reader' | null {
    const { readers, state } = this.#writer
    if (readers.count >= limits.readers) return 'session'
    if (reader === null) return null
    if (readers.countOf(reader) >= limits.subjectReaders) return 'reader'
    // These slots are reserved for the owner.
    const others = readers.count - readers.countOf(state.subject ?? '')
    return reader !== state.subject && others >= limits.readers - limits.subjectReaders ? 'session' : null
  }

  /** A socket of `reader` that receives a page after `position`, then each new frame. It is closed after the page if more is left. */
  subscribe(position: Position, reader: string | null): WebSocket {
    // First brings the other readers to the tail, so all continue from one position.
    this.#writer.readers.broadcast([], this.#writer.openItem, this.#writer.tail)
    const { text, behind } = this.page(position)
    const notice = behind ? null : this.#writer.retryingFrame
    return this.#writer.readers.add(notice ? text + toEventStream(notice) : text, behind, reader)
  }

  /** At most `limit` events after `seq`. */
  events(seq: number, limit: number): EventText {
    const events: string[] = []
    let bytes = 0
    let last = seq
    for (const event of this.#writer.log.after(seq)) {
      const text = eventJson(event)
      bytes += encoder.encode(text).length + 1
      if (events.length === limit || (events.length > 0 && bytes > limits.pageBytes)) break
      events.push(text)
      last = event.seq
    }
    const last_seq = this.#writer.state.seq
    return { events: `[${events.join(',')}]`, next_cursor: last < last_seq ? String(last) : null, last_seq }
  }

  /** The position of a cursor: empty is the beginning, `latest` the end. Fails with `invalid_cursor`. */
  resolveCursor(cursor: string): Result<Position, Failure> {
    if (cursor === 'latest') return ok(this.#writer.tail)
    const parsed: Cursor | null = cursor === '' ? { seq: 0, offset: 0 } : parseCursor(cursor)
    if (!parsed || !this.#writer.log.has(parsed.seq)) return fail({ kind: 'invalid_cursor' })
    return ok(positionAt(parsed, parsed.seq === this.#writer.state.seq ? this.#writer.state.open : this.#writer.log.openAt(parsed.seq)))
  }
}
