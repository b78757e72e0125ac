import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { consumersOf } from '../../../durable-objects/session/consumers.ts'
import { ListNotifier } from '../../../durable-objects/session/list-notifier.ts'
import { Outbox } from '../../../durable-objects/session/outbox.ts'
import { Session } from '../../../durable-objects/session/session.ts'
import { SessionWriter } from '../../../durable-objects/session/writer.ts'
import type { SessionListUpdate } from '../../../durable-objects/session-list/session-list.ts'
import { sendMessage, session, untilEnded } from './session-fixture.ts'

/** Bindings that record what they receive. The test decides when an update of the list arrives. */
function recordingBindings(consumers = 'relay') {
  const updates: SessionListUpdate[] = []
  const resolvers: (() => void)[] = []
  const doorbells: unknown[] = []
  const queue = {
    send: async (doorbell: unknown) => {
      doorbells.push(doorbell)
    },
  }
  const note = (update: SessionListUpdate) => {
    updates.push(update)
    return new Promise<void>((resolve) => resolvers.push(resolve))
  }
  const topics: unknown[] = []
  const bindings = {
    ...env,
    SOMA_CONSUMERS: consumers,
    OUTBOUND_RELAY: queue,
    OUTBOUND_TOPICS: { send: async (doorbell: unknown) => void topics.push(doorbell) },
    CONVERSATION_INBOUND: queue,
    HOME: { getByName: () => ({ note }) },
  }
  return { updates, resolvers, doorbells, topics, bindings: bindings as unknown as StateEnv }
}

/** Runs `test` with a fresh outbox and writer on the session's storage. */
const withOutbox = <T>(test: (outbox: Outbox, writer: SessionWriter, recorded: ReturnType<typeof recordingBindings>) => Promise<T>) =>
  runInDurableObject(session, (_, ctx) => {
    const recorded = recordingBindings()
    const writer = new SessionWriter(ctx, ['relay'])
    return test(new Outbox(ctx, recorded.bindings, writer, new ListNotifier(recorded.bindings, writer)), writer, recorded)
  })

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

describe('A session with many changes', () => {
  it('sends one list update at a time, and the last one has the latest state', async () => {
    await sendMessage('hello')
    await untilEnded()
    await withOutbox(async (outbox, writer, { updates, resolvers }) => {
      const first = outbox.flushSoon()
      for (let n = 1; n <= 50; n++) {
        writer.execute({ kind: 'title', title: `title ${n}` })
        void outbox.flushSoon()
      }
      await pause(300)
      expect(updates).toHaveLength(1)
      resolvers[0]?.()
      await first
      await vi.waitFor(() => expect(updates).toHaveLength(2))
      resolvers[1]?.()
      expect(updates[1]).toMatchObject({ seq: writer.state.seq, summary: { title: 'title 50' } })
      await pause(300)
      expect(updates).toHaveLength(2)
    })
  })

  it('sends no update twice', async () => {
    await sendMessage('hello')
    await untilEnded()
    await withOutbox(async (outbox, writer, { updates, resolvers }) => {
      void outbox.flush()
      resolvers[0]?.()
      await pause(10)
      await outbox.flush()
      expect(updates).toHaveLength(1)
      writer.execute({ kind: 'title', title: 'more' })
      void outbox.flush()
      await vi.waitFor(() => expect(updates).toHaveLength(2))
    })
  })

  it('waits only briefly for a list that does not respond', async () => {
    await sendMessage('hello')
    await withOutbox(async (outbox, _, { updates }) => {
      await outbox.flush()
      expect(updates).toHaveLength(1)
    })
  })
})

const ringTimers = () =>
  runInDurableObject(session, (_, { storage }) =>
    storage.sql
      .exec<{ key: string; at: number; tries: number }>("SELECT key, at, tries FROM due WHERE kind = 'ring' ORDER BY key")
      .toArray(),
  )
const makeTimersDue = () =>
  runInDurableObject(session, (_, { storage }) => void storage.sql.exec("UPDATE due SET at = 1 WHERE kind = 'ring'"))
/** A new object with these consumers, after one alarm. */
const runAlarm = (consumers: string) =>
  runInDurableObject(session, async (_, ctx) => {
    const recorded = recordingBindings(consumers)
    await new Session(ctx, recorded.bindings).alarm()
    return recorded
  })

describe('A session with several consumers', () => {
  it('has no timer and no doorbell for an unconfigured consumer', async () => {
    await sendMessage('hello')
    await untilEnded()
    expect((await ringTimers()).map(({ key }) => key)).toEqual(['relay'])
    const { doorbells, topics } = await runInDurableObject(session, async (_, ctx) => {
      const recorded = recordingBindings('relay')
      new Session(ctx, recorded.bindings)
      await vi.waitFor(() => expect(recorded.doorbells).toHaveLength(1))
      await pause(100)
      return recorded
    })
    expect([doorbells.length, topics.length]).toEqual([1, 0])
  })

  it('delivers every event to a consumer that is added later, without a new event', async () => {
    await sendMessage('hello')
    await untilEnded()
    await session.acknowledge('relay', 7)
    await runInDurableObject(session, async (_, ctx) => {
      const { doorbells, topics, bindings } = recordingBindings('relay topics')
      new Session(ctx, bindings)
      await vi.waitFor(() => expect(topics).toEqual([expect.objectContaining({ seq: 7 })]))
      expect(doorbells).toEqual([])
    })
    // A timer covers a lost doorbell.
    expect((await ringTimers()).map(({ key }) => key)).toContain('topics')
    expect((await session.unacknowledged('topics', 500))?.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('sends doorbells only to lagging consumers, with backoff, and drops the timers of others', async () => {
    await sendMessage('hello')
    await untilEnded()
    await session.acknowledge('relay', 7)
    await runInDurableObject(session, async (_, ctx) => {
      new Session(ctx, recordingBindings('relay topics').bindings)
      await pause(100)
    })
    await makeTimersDue()
    const first = await runAlarm('relay topics')
    expect([first.doorbells.length, first.topics.length]).toEqual([0, 1])
    expect(await ringTimers()).toMatchObject([{ key: 'topics', tries: 1 }])
    await makeTimersDue()
    expect((await runAlarm('relay topics')).topics).toHaveLength(1)
    const [row] = await ringTimers()
    expect(row?.tries).toBe(2)
    // Half to all of 2² · 30 s.
    expect((row?.at ?? 0) - Date.now()).toBeGreaterThan(50_000)
    await evictDurableObject(session)
    // The consumer is back and still lags: its backoff resets.
    await session.acknowledge('topics', 3)
    expect((await ringTimers())[0]).toMatchObject({ tries: 0 })
    await session.acknowledge('topics', 7)
    await makeTimersDue()
    expect((await runAlarm('relay topics')).topics).toEqual([])
    expect(await ringTimers()).toEqual([])
  })

  it('resets its backoff after an unavailable consumer returns', async () => {
    await sendMessage('hello')
    await untilEnded()
    await makeTimersDue()
    await runAlarm('relay')
    expect(await ringTimers()).toMatchObject([{ key: 'relay', tries: 1 }])
    await evictDurableObject(session)
    await session.acknowledge('relay', 7)
    expect(await ringTimers()).toEqual([])
  })

  it('drops the timer of a consumer that is removed from the configuration', async () => {
    await sendMessage('hello')
    await untilEnded()
    await runInDurableObject(session, async (_, ctx) => {
      new Session(ctx, recordingBindings('topics').bindings)
      await pause(100)
    })
    await makeTimersDue()
    const { doorbells, topics } = await runAlarm('topics')
    expect([doorbells.length, topics.length]).toEqual([0, 1])
    expect((await ringTimers()).map(({ key }) => key)).toEqual(['topics'])
  })

  it('ignores an unknown name', () => {
    const consumers = (names: string) => consumersOf({ SOMA_CONSUMERS: names })
    expect(consumers('relay, topics relay')).toEqual(['relay', 'topics'])
    expect(consumers('topcis relay toString')).toEqual(['relay'])
    expect(consumers('')).toEqual([])
  })
})

describe('A session with lagging consumers that wakes', () => {
  it('sends one doorbell, because one may have been lost', async () => {
    await sendMessage('hello')
    await untilEnded()
    await runInDurableObject(session, async (_, ctx) => {
      const { doorbells, bindings } = recordingBindings()
      new Session(ctx, bindings)
      await vi.waitFor(() => expect(doorbells).toEqual([expect.objectContaining({ seq: 7 })]))
      await pause(200)
      expect(doorbells).toHaveLength(1)
    })
  })

  it('sends none if no consumer lags', async () => {
    await sendMessage('hello')
    await untilEnded()
    await session.acknowledge('relay', 7)
    await runInDurableObject(session, async (_, ctx) => {
      const { doorbells, bindings } = recordingBindings()
      new Session(ctx, bindings)
      await pause(200)
      expect(doorbells).toEqual([])
    })
  })
})
