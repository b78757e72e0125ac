import { describe, expect, it } from 'vitest'
import type { EventPage } from '../../shared/api/sessions.ts'
import { logPages, pageEvents } from '../../web/src/state/log-pages.ts'

const event = (seq: number) => ({ seq }) as EventPage['events'][number]

/** A log of `length` events. Pages end after `most` events. `withTip`: pages tell the end of the log. */
function server(length: number, { most = pageEvents, withTip = true } = {}) {
  const reads: number[] = []
  let open = 0
  let mostOpen = 0
  const read = async (after: number): Promise<EventPage> => {
    reads.push(after)
    open += 1
    mostOpen = Math.max(mostOpen, open)
    await new Promise((resolve) => setTimeout(resolve))
    open -= 1
    if (after > length) throw new Error(`no event ${after}`)
    const events = Array.from({ length: Math.min(most, length - after) }, (_, index) => event(after + index + 1))
    const last = after + events.length
    return { session_id: 's', events, next_cursor: last < length ? String(last) : null, ...(withTip && { last_seq: length }) }
  }
  return { read, reads, mostOpen: () => mostOpen }
}

async function seqs(read: (after: number) => Promise<EventPage>, after: number): Promise<number[]> {
  const all: number[] = []
  for await (const { events } of logPages(read, after)) all.push(...events.map(({ seq }) => seq))
  return all
}

const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

describe('The pages of a log', () => {
  it('come in order, each event once, from any position and with pages of any size', async () => {
    for (const length of [0, 1, 499, 500, 501, 1_500, 4_321])
      for (const after of [0, 1, 250].filter((start) => start <= length))
        for (const options of [{}, { most: 1 + (length % 7) * 60 }, { withTip: false }]) {
          const { read } = server(length, options)
          expect(await seqs(read, after), JSON.stringify({ length, after, options })).toEqual(from(after + 1, length))
        }
  })

  it('are read side by side, a few at a time, and each once', async () => {
    const { read, reads, mostOpen } = server(4_000)
    await seqs(read, 0)
    expect(reads).toEqual(from(0, 7).map((page) => page * pageEvents))
    expect(mostOpen()).toBe(4)
  })

  it('are read one after the other without the end of the log', async () => {
    const { read, mostOpen } = server(4_000, { withTip: false })
    await seqs(read, 0)
    expect(mostOpen()).toBe(1)
  })

  it('fail as the read that is needed fails, and as no other', async () => {
    const pages = server(2_000)
    const failing = (at: number) => (after: number) => (after === at ? Promise.reject(new Error('away')) : pages.read(after))
    await expect(seqs(failing(1_000), 0)).rejects.toThrow('away')
    // The byte limit ends each page early, so that no page begins there.
    const short = server(1_200, { most: 300 })
    const unneeded = (after: number) => (after === 800 ? Promise.reject(new Error('away')) : short.read(after))
    expect(await seqs(unneeded, 0)).toEqual(from(1, 1_200))
  })
})
