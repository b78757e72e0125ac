import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { consumersOf } from '../../../durable-objects/session/consumers.ts'
import { Outbox } from '../../../durable-objects/session/outbox.ts'
import { Session } from '../../../durable-objects/session/session.ts'
import { SessionWriter } from '../../../durable-objects/session/writer.ts'
import type { Note } from '../../../durable-objects/session-list/session-list.ts'
import { ended, say, session } from './talk.ts'

/** Bindings that keep what they are told. A note arrives when the test lets it. */
function witness(consumers = 'relay') {
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
  const topics: unknown[] = []
  const bindings = {
    ...env,
    SOMA_CONSUMERS: consumers,
    OUTBOUND_RELAY: queue,
    OUTBOUND_TOPICS: { send: async (bell: unknown) => void topics.push(bell) },
    CONVERSATION_INBOUND: queue,
    HOME: { getByName: () => ({ note }) },
  }
  return { notes, arrived, bells, topics, bindings: bindings as unknown as StateEnv }
}

/** An announcer of the session's own, which has told nothing yet, and its journal. */
const announcing = <T>(test: (announcer: Outbox, journal: SessionWriter, seen: ReturnType<typeof witness>) => Promise<T>) =>
  runInDurableObject(session, (_, ctx) => {
    const seen = witness()
    const journal = new SessionWriter(ctx, ['relay'])
    return test(new Outbox(ctx, seen.bindings, journal), journal, seen)
  })

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

describe('A session in which much happens', () => {
  it('has one note on its way at a time, and the last one says everything', async () => {
    await say('hello')
    await ended()
    await announcing(async (announcer, journal, { notes, arrived }) => {
      const first = announcer.flushSoon()
      for (let n = 1; n <= 50; n++) {
        journal.execute({ kind: 'title', title: `title ${n}` })
        void announcer.flushSoon()
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
      void announcer.flush()
      arrived[0]?.()
      await pause(10)
      await announcer.flush()
      expect(notes).toHaveLength(1)
      journal.execute({ kind: 'title', title: 'more' })
      void announcer.flush()
      await vi.waitFor(() => expect(notes).toHaveLength(2))
    })
  })

  it('does not make anybody wait long for a list that does not answer', async () => {
    await say('hello')
    await announcing(async (announcer, _, { notes }) => {
      await announcer.flush()
      expect(notes).toHaveLength(1)
    })
  })
})

const due = () =>
  runInDurableObject(session, (_, { storage }) =>
    storage.sql
      .exec<{ key: string; at: number; tries: number }>("SELECT key, at, tries FROM due WHERE kind = 'ring' ORDER BY key")
      .toArray(),
  )
const timeFlies = () => runInDurableObject(session, (_, { storage }) => void storage.sql.exec("UPDATE due SET at = 1 WHERE kind = 'ring'"))
/** The object as `SOMA_CONSUMERS` makes it, after one alarm. */
const alarmed = (consumers: string) =>
  runInDurableObject(session, async (_, ctx) => {
    const seen = witness(consumers)
    await new Session(ctx, seen.bindings).alarm()
    return seen
  })

describe('A session with several consumers', () => {
  it('keeps no row and rings no doorbell for one that is not configured', async () => {
    await say('hello')
    await ended()
    expect((await due()).map(({ key }) => key)).toEqual(['relay'])
    const { bells, topics } = await runInDurableObject(session, async (_, ctx) => {
      const seen = witness('relay')
      new Session(ctx, seen.bindings)
      await vi.waitFor(() => expect(seen.bells).toHaveLength(1))
      await pause(100)
      return seen
    })
    expect([bells.length, topics.length]).toEqual([1, 0])
  })

  it('tells one that was added later from the first event on, though nothing new happens', async () => {
    await say('hello')
    await ended()
    await session.acknowledge('relay', 7)
    await runInDurableObject(session, async (_, ctx) => {
      const { bells, topics, bindings } = witness('relay topics')
      new Session(ctx, bindings)
      await vi.waitFor(() => expect(topics).toEqual([expect.objectContaining({ seq: 7 })]))
      expect(bells).toEqual([])
    })
    // Whatever becomes of the doorbell, it is not forgotten.
    expect((await due()).map(({ key }) => key)).toContain('topics')
    expect((await session.unacknowledged('topics', 500))?.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('rings only for who lags, each later and later, and lets who has it all go', async () => {
    await say('hello')
    await ended()
    await session.acknowledge('relay', 7)
    await runInDurableObject(session, async (_, ctx) => {
      new Session(ctx, witness('relay topics').bindings)
      await pause(100)
    })
    await timeFlies()
    const first = await alarmed('relay topics')
    expect([first.bells.length, first.topics.length]).toEqual([0, 1])
    expect(await due()).toMatchObject([{ key: 'topics', tries: 1 }])
    await timeFlies()
    expect((await alarmed('relay topics')).topics).toHaveLength(1)
    const [row] = await due()
    expect(row?.tries).toBe(2)
    // Half to all of 2² times thirty seconds.
    expect((row?.at ?? 0) - Date.now()).toBeGreaterThan(50_000)
    await evictDurableObject(session)
    // It is back, and not through yet: it is not to wait as long as it did.
    await session.acknowledge('topics', 3)
    expect((await due())[0]).toMatchObject({ tries: 0 })
    await session.acknowledge('topics', 7)
    await timeFlies()
    expect((await alarmed('relay topics')).topics).toEqual([])
    expect(await due()).toEqual([])
  })

  it('starts at the beginning with its patience after an engine was away', async () => {
    await say('hello')
    await ended()
    await timeFlies()
    await alarmed('relay')
    expect(await due()).toMatchObject([{ key: 'relay', tries: 1 }])
    await evictDurableObject(session)
    await session.acknowledge('relay', 7)
    expect(await due()).toEqual([])
  })

  it('forgets one that is taken out of the configuration', async () => {
    await say('hello')
    await ended()
    await runInDurableObject(session, async (_, ctx) => {
      new Session(ctx, witness('topics').bindings)
      await pause(100)
    })
    await timeFlies()
    const { bells, topics } = await alarmed('topics')
    expect([bells.length, topics.length]).toEqual([0, 1])
    expect((await due()).map(({ key }) => key)).toEqual(['topics'])
  })

  it('passes over a name that nobody has', () => {
    const consumers = (names: string) => consumersOf({ SOMA_CONSUMERS: names })
    expect(consumers('relay, topics relay')).toEqual(['relay', 'topics'])
    expect(consumers('topcis relay toString')).toEqual(['relay'])
    expect(consumers('')).toEqual([])
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
