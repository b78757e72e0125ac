import { createExecutionContext, createMessageBatch, getQueueResult, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { and, asc, eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { sessionEvents, sessions } from '../../../../migrations/schema.ts'
import type { Event } from '../../../../shared/events/event.ts'
import { SessionId, Subject, sessionObjectName, TenantId } from '../../../../shared/ids.ts'
import { consume, type SessionReader } from '../../../../workers/background/consume.ts'
import { logger } from '../../../../workers/background/logger.ts'
import { database } from '../../../../workers/background/sinks/postgres/database.ts'
import { postgresSink } from '../../../../workers/background/sinks/postgres/postgres-sink.ts'
import worker, { type Relay as BackgroundAdmin, type Session } from '../worker.ts'

const tenant = TenantId.parse('acme')
const unreachable = { SOMA_DATABASE_URL: 'postgres://soma:test@localhost/soma', SOMA_DATABASE_HTTP: 'http://127.0.0.1:1/sql' }

let count = 0
let session: SessionId
beforeEach(() => {
  session = SessionId.parse(`s${++count}`)
})

const created = (): Event => ({ seq: 1, at: 1, type: 'session.created', subject: Subject.parse('alice') })
const added = (seq: number, text = `text ${seq}`): Event => ({
  seq,
  at: seq,
  type: 'item.added',
  turn_id: 't',
  item_id: `i${seq}`,
  role: 'user',
  text,
})
const titled = (seq: number, title: string): Event => ({ seq, at: seq, type: 'session.titled', title })
const deleted = (seq: number): Event => ({ seq, at: seq, type: 'session.deleted' })
/** `session.created` and `count` messages. */
const log = (count: number): Event[] => [created(), ...Array.from({ length: count }, (_, n) => added(n + 2))]

const stub = (id: SessionId = session): DurableObjectStub<Session> =>
  (env.SESSION as unknown as DurableObjectNamespace<Session>).getByName(sessionObjectName(tenant, id))
const record = (...events: Event[]) => runInDurableObject(stub(), (object: Session) => void object.events.push(...events))
const cursor = () => runInDurableObject(stub(), (object: Session) => object.cursor)

const doorbell = (body: unknown, attempts = 1) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts, body })
const doorbellFor = (id: SessionId = session, attempts = 1) => doorbell({ tenant, session: id, seq: 1 }, attempts)

/** Delivers `messages` to the Worker. */
async function deliver(...messages: ReturnType<typeof doorbell>[]) {
  const batch = createMessageBatch('conversation-outbound-relay', messages)
  const context = createExecutionContext()
  await worker.queue(batch, env)
  return getQueueResult(batch, context)
}

const copied = () =>
  database(env, 5_000)
    .select()
    .from(sessionEvents)
    .where(and(eq(sessionEvents.tenant, tenant), eq(sessionEvents.sessionId, session)))
    .orderBy(asc(sessionEvents.seq))
const row = async () => (await database(env, 5_000).select().from(sessions).where(eq(sessions.sessionId, session)))[0]

describe('The relay', () => {
  it('logs a page with the requests of its turns, or else of the doorbell', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    logger.setLevel('info')
    const [request, turnRequest, turn] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
    const emptyPage = {
      subject: 'alice',
      summary: { title: '', state: 'idle', created_at: 1, updated_at: 1, last_turn_id: null },
      last_seq: 1,
    } as const
    const pages = [
      { ...emptyPage, events: [created()] },
      { ...emptyPage, events: [created()], requests: { [turn]: turnRequest } },
    ]
    for (const page of pages) {
      const reader: SessionReader = { unacknowledged: async () => page, acknowledge: async () => {} }
      const batch = createMessageBatch('conversation-outbound-relay', [doorbell({ tenant, session, seq: 1, request })])
      await consume(batch, () => reader, { consumer: 'relay', apply: async () => {} })
    }
    logger.setLevel('warn')
    const lines = log.mock.calls.map(([line]) => JSON.parse(line))
    log.mockRestore()
    expect(lines).toMatchObject([
      { event: 'page.applied', service: 'background', request, tenant, session, consumer: 'relay', count: 1 },
      { event: 'page.applied', request: turnRequest, turn },
    ])
  })

  it('copies a session and its events, and acknowledges them', async () => {
    const events = [...log(2), titled(4, 'Hello 👋')]
    await record(...events)
    expect((await deliver(doorbellFor())).explicitAcks).toHaveLength(1)
    expect((await copied()).map(({ body }) => body)).toEqual(events)
    expect(await row()).toEqual({
      tenant,
      sessionId: session,
      subject: 'alice',
      title: 'Hello 👋',
      state: 'idle',
      createdAt: 1,
      updatedAt: 4,
      lastTurnId: null,
      lastSeq: 4,
      deletedAt: null,
    })
    expect(await cursor()).toBe(4)
  })

  it('copies all pages of a session', async () => {
    await record(...log(1_234))
    await deliver(doorbellFor())
    expect(await copied()).toHaveLength(1_235)
    expect(await cursor()).toBe(1_235)
  })

  it('reads a session once for all its doorbells in a batch', async () => {
    await record(...log(1))
    expect((await deliver(doorbellFor(), doorbellFor(), doorbellFor())).explicitAcks).toHaveLength(3)
    expect(await runInDurableObject(stub(), (object: Session) => object.pagesRead)).toBe(1)
  })

  it('changes nothing when the same events are applied again', async () => {
    await record(...log(3))
    await deliver(doorbellFor())
    await runInDurableObject(stub(), (object: Session) => {
      object.cursor = 0
    })
    await deliver(doorbellFor())
    expect((await copied()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  })

  it('catches up when doorbells were lost', async () => {
    await record(...log(1))
    await deliver(doorbellFor())
    await record(added(3), added(4))
    await deliver(doorbellFor())
    expect((await copied()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  })

  it('lists a session without own events, and acknowledges it', async () => {
    const acknowledged: number[] = []
    const fork: SessionReader = {
      unacknowledged: async () => ({
        subject: 'alice',
        summary: { title: 'a fork', state: 'idle', created_at: 1, updated_at: 1, last_turn_id: null },
        events: [],
        last_seq: 7,
      }),
      acknowledge: async (_consumer, seq) => acknowledged.push(seq),
    }
    await consume(createMessageBatch('conversation-outbound-relay', [doorbellFor()]), () => fork, postgresSink(env))
    expect(acknowledged).toEqual([7])
    expect(await row()).toMatchObject({ title: 'a fork', lastSeq: 7 })
  })

  it('acknowledges a doorbell for a session that does not exist', async () => {
    const result = await deliver(doorbellFor())
    expect(result).toMatchObject({ explicitAcks: [expect.anything()], retryMessages: [] })
    expect(await row()).toBeUndefined()
  })

  it.each([null, 'x', {}, { tenant: 'acme', session: 'a/b', seq: 1 }, { tenant: '../acme', session: 's', seq: 1 }])(
    'acknowledges the invalid body %j',
    async (body) => {
      const message = doorbell(body)
      expect((await deliver(message)).explicitAcks).toEqual([message.id])
    },
  )

  it('copies characters that Postgres cannot hold as U+FFFD', async () => {
    await record(created(), added(2, 'nul \0, half \ud83d of a pair, escaped \\u0000, whole 👋'), titled(3, 'a\0b'))
    await deliver(doorbellFor())
    expect((await copied())[1]?.body).toMatchObject({ text: 'nul \ufffd, half \ufffd of a pair, escaped \\u0000, whole 👋' })
    expect((await row())?.title).toBe('a\ufffdb')
    expect(await cursor()).toBe(3)
  })

  it('deletes the copies of a deleted session', async () => {
    await record(...log(2), titled(4, 'secret'))
    await deliver(doorbellFor())
    await record(deleted(5))
    await deliver(doorbellFor())
    expect(await copied()).toEqual([])
    expect(await row()).toMatchObject({ title: '', deletedAt: 5, lastSeq: 5 })
  })

  it('applies a deletion on a later page', async () => {
    await record(...log(700), titled(702, 'secret'), deleted(703))
    await deliver(doorbellFor())
    expect(await copied()).toEqual([])
    expect(await row()).toMatchObject({ title: '', deletedAt: 703 })
  })

  it('restores nothing when an older page is applied after a deletion', async () => {
    await record(...log(2), titled(4, 'secret'))
    const earlierPage = await stub().unacknowledged('relay', 500)
    await record(deleted(5))
    await deliver(doorbellFor())
    if (earlierPage) await postgresSink(env).apply(tenant, session, earlierPage as never)
    expect(await copied()).toEqual([])
    expect(await row()).toMatchObject({ title: '', deletedAt: 5 })
  })

  it('does not replace a summary with an older one', async () => {
    await record(...log(1), titled(3, 'old'))
    const earlierPage = await stub().unacknowledged('relay', 500)
    await record(titled(4, 'new'))
    await deliver(doorbellFor())
    if (earlierPage) await postgresSink(env).apply(tenant, session, earlierPage as never)
    expect(await row()).toMatchObject({ title: 'new', lastSeq: 4 })
  })
})

describe('An unavailable dependency', () => {
  const batchOf = (...messages: ReturnType<typeof doorbell>[]) => createMessageBatch('conversation-outbound-relay', messages)
  const outcome = (batch: MessageBatch) => getQueueResult(batch, createExecutionContext())
  const openSession = (name: string) =>
    (env.SESSION as unknown as DurableObjectNamespace<Session>).getByName(name) as unknown as SessionReader

  it('delays the whole batch while Postgres is unavailable', async () => {
    await record(...log(1))
    const batch = batchOf(doorbellFor(session, 3), doorbellFor(SessionId.parse('other'), 20))
    const retries = batch.messages.map((message) => vi.spyOn(message, 'retry'))
    await consume(batch, openSession, postgresSink(unreachable))
    expect(retries.map((retry) => retry.mock.calls)).toEqual([[[{ delaySeconds: 8 }]], [[{ delaySeconds: 600 }]]])
    expect(await outcome(batch)).toMatchObject({ explicitAcks: [], retryMessages: batch.messages.map(({ id }) => ({ msgId: id })) })
    expect(await cursor()).toBe(0)
  })

  it('loses nothing when Postgres is available again', async () => {
    await record(...log(2))
    await consume(batchOf(doorbellFor()), openSession, postgresSink(unreachable))
    await deliver(doorbellFor(session, 2))
    expect(await copied()).toHaveLength(3)
  })

  it('blocks only the session with events that cannot be applied', async () => {
    await record(...log(1))
    const broken = SessionId.parse(`${session}broken`)
    const brokenSession: SessionReader = {
      unacknowledged: async () => ({
        subject: 'alice',
        summary: { title: '', state: 'idle', created_at: 1, updated_at: 1, last_turn_id: null },
        events: [{ ...added(1), at: Number.NaN }],
        last_seq: 1,
      }),
      acknowledge: () => Promise.reject(new Error('must not be called')),
    }
    const [first, second] = [doorbellFor(broken), doorbellFor()]
    const batch = batchOf(first, second)
    await consume(batch, (name) => (name.endsWith('broken') ? brokenSession : openSession(name)), postgresSink(env))
    expect(await outcome(batch)).toMatchObject({ explicitAcks: [second.id], retryMessages: [{ msgId: first.id }] })
    expect(await copied()).toHaveLength(2)
  })

  it('blocks only the session with the failing object', async () => {
    await record(...log(1))
    const failing: SessionReader = { unacknowledged: () => Promise.reject(new Error('reset')), acknowledge: async () => {} }
    const [first, second] = [doorbellFor(SessionId.parse(`${session}failing`)), doorbellFor()]
    const batch = batchOf(first, second)
    await consume(batch, (name) => (name.endsWith('failing') ? failing : openSession(name)), postgresSink(env))
    expect(await outcome(batch)).toMatchObject({ explicitAcks: [second.id], retryMessages: [{ msgId: first.id }] })
  })
})

describe('Relay.ready', () => {
  it('reports that Postgres responds', async () => {
    const relay = (exports as unknown as { Relay: Service<BackgroundAdmin> }).Relay
    expect(await relay.ready()).toEqual({ name: 'postgres', ok: true })
  })
})
