import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { Announcer } from '../../../durable-objects/announcer.ts'
import type { Note } from '../../../durable-objects/home.ts'
import { Journal } from '../../../durable-objects/journal.ts'
import { Session } from '../../../durable-objects/session.ts'
import { ended, say, session } from './talk.ts'

/** Bindings that keep what they are told. A note arrives when the test lets it. */
function witness() {
  const notes: Note[] = []
  const arrived: (() => void)[] = []
  const bells: unknown[] = []
  const queue = {
    send: async (bell: unknown) => {
      bells.push(bell)
    },
  }
  const note = (note: Note) => {
    notes.push(note)
    return new Promise<void>((resolve) => arrived.push(resolve))
  }
  const bindings = { ...env, OUTBOUND_RELAY: queue, CONVERSATION_INBOUND: queue, HOME: { getByName: () => ({ note }) } }
  return { notes, arrived, bells, bindings: bindings as unknown as StateEnv }
}

/** An announcer of the session's own, which has told nothing yet, and its journal. */
const announcing = <T>(test: (announcer: Announcer, journal: Journal, seen: ReturnType<typeof witness>) => Promise<T>) =>
  runInDurableObject(session, (_, ctx) => {
    const seen = witness()
    const journal = new Journal(ctx)
    return test(new Announcer(ctx, seen.bindings, journal), journal, seen)
  })

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

describe('A session in which much happens', () => {
  it('has one note on its way at a time, and the last one says everything', async () => {
    await say('hello')
    await ended()
    await announcing(async (announcer, journal, { notes, arrived }) => {
      const first = announcer.tellSoon()
      for (let n = 1; n <= 50; n++) {
        journal.do({ kind: 'title', title: `title ${n}` })
        void announcer.tellSoon()
      }
      await pause(300)
      expect(notes).toHaveLength(1)
      arrived[0]?.()
      await first
      await vi.waitFor(() => expect(notes).toHaveLength(2))
      arrived[1]?.()
      expect(notes[1]).toMatchObject({ seq: journal.state.seq, summary: { title: 'title 50' } })
      await pause(300)
      expect(notes).toHaveLength(2)
    })
  })

  it('says each thing once: who has been told all is not told again', async () => {
    await say('hello')
    await ended()
    await announcing(async (announcer, journal, { notes, arrived }) => {
      void announcer.tell()
      arrived[0]?.()
      await pause(10)
      await announcer.tell()
      expect(notes).toHaveLength(1)
      journal.do({ kind: 'title', title: 'more' })
      void announcer.tell()
      await vi.waitFor(() => expect(notes).toHaveLength(2))
    })
  })

  it('does not make anybody wait long for a list that does not answer', async () => {
    await say('hello')
    await announcing(async (announcer, _, { notes }) => {
      await announcer.tell()
      expect(notes).toHaveLength(1)
    })
  })
})

describe('A session whose copies lag when it wakes', () => {
  it('rings once, for a doorbell may have been lost', async () => {
    await say('hello')
    await ended()
    await runInDurableObject(session, async (_, ctx) => {
      const { bells, bindings } = witness()
      new Session(ctx, bindings)
      await vi.waitFor(() => expect(bells).toEqual([expect.objectContaining({ seq: 7 })]))
      await pause(200)
      expect(bells).toHaveLength(1)
    })
  })

  it('is silent when they do not', async () => {
    await say('hello')
    await ended()
    await session.acknowledge('relay', 7)
    await runInDurableObject(session, async (_, ctx) => {
      const { bells, bindings } = witness()
      new Session(ctx, bindings)
      await pause(200)
      expect(bells).toEqual([])
    })
  })
})
