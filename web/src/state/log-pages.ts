/** Reads a log page by page. Pure but for the reads. */
import type { EventPage } from '../../../shared/api/sessions.ts'

/** Events of one page: the most that the server sends. */
export const pageEvents = 500
/** Pages that are requested before they are needed. */
const maxAhead = 4

/**
 * The pages after the event `after`, in order. After the first page it requests several at once. A page may end early, because the server
 * also limits its bytes: then the next one is requested when it is needed.
 */
export async function* logPages(read: (after: number) => Promise<EventPage>, after: number): AsyncGenerator<EventPage> {
  const ahead = new Map<number, Promise<EventPage>>()
  for (let from = after; ; ) {
    const page = await (ahead.get(from) ?? read(from))
    ahead.delete(from)
    yield page
    if (page.next_cursor === null) return
    from = Number(page.next_cursor)
    for (let start = from; start < (page.last_seq ?? 0) && ahead.size < maxAhead; start += pageEvents) {
      if (ahead.has(start)) continue
      const early = read(start)
      // Its failure counts only if the page is needed.
      early.catch(() => undefined)
      ahead.set(start, early)
    }
  }
}
