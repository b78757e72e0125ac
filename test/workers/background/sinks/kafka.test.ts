/** Publishing to Kafka, also when its REST API misbehaves. */
import { createExecutionContext, createMessageBatch, getQueueResult, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { CloudEvent } from '../../../../shared/events/cloud-event.ts'
import type { Event } from '../../../../shared/events/event.ts'
import { SessionId, Subject, sessionObjectName, TenantId } from '../../../../shared/ids.ts'
import { consume, RecordRejected, type SessionReader } from '../../../../workers/background/consume.ts'
import { produce } from '../../../../workers/background/sinks/kafka/kafka-rest.ts'
import { kafkaSink } from '../../../../workers/background/sinks/kafka/kafka-sink.ts'
import { kafkaState } from '../../../../workers/background/sinks/kafka/kafka-state.ts'
import type { Behaviour, Room } from '../../../support/kafka-room.ts'
import worker, { type Relay as BackgroundAdmin, type Session } from '../worker.ts'

const tenant = TenantId.parse('acme')
const queue = 'conversation-outbound-topics'
const server = new URL(env.KAFKA_REST_URL as string).origin
/** Timeout of a record: long enough for a busy machine, short enough for a test that waits. Milliseconds. */
const withinMs = 1_000

let count = 0
let session: SessionId
let room: string
beforeEach(() => {
  session = SessionId.parse(`t${++count}`)
  room = `room-${count}`
})

const log = (count: number): Event[] => [
  { seq: 1, at: 1, type: 'session.created', subject: Subject.parse('alice') },
  ...Array.from({ length: count }, (_, n): Event => ({ seq: n + 2, at: n + 2, type: 'session.titled', title: `title ${n}` })),
]
const stub = (id: SessionId = session): DurableObjectStub<Session> =>
  (env.SESSION as unknown as DurableObjectNamespace<Session>).getByName(sessionObjectName(tenant, id))
const openSession = (name: string) =>
  (env.SESSION as unknown as DurableObjectNamespace<Session>).getByName(name) as unknown as SessionReader
const record = (events: Event[], id?: SessionId) => runInDurableObject(stub(id), (object: Session) => void object.events.push(...events))
const cursor = (id?: SessionId) => runInDurableObject(stub(id), (object: Session) => object.cursor)

const doorbellFor = (id: SessionId = session) => ({
  id: crypto.randomUUID(),
  timestamp: new Date(),
  attempts: 1,
  body: { tenant, session: id, seq: 1 },
})
const settings = (name = room) => ({ KAFKA_REST_URL: `${server}/${name}`, KAFKA_REST_AUTHORIZATION: 'Basic c29tYTpzZWNyZXQ=' })
/** Delivers a doorbell for each of `ids`. Returns the numbers of acknowledged and retried messages. */
async function deliver(...ids: SessionId[]) {
  const batch = createMessageBatch(queue, (ids.length > 0 ? ids : [session]).map(doorbellFor))
  await consume(batch, openSession, kafkaSink(settings(), withinMs))
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext())
  return [explicitAcks.length, retryMessages.length]
}
const roomState = async (name = room) => (await (await fetch(`${server}/${name}/-`)).json()) as Room
const configure = async (change: Partial<Room>) =>
  void (await fetch(`${server}/${room}/-`, { method: 'PUT', body: JSON.stringify(change) }))
/** The topic's events without repeated ids, as a deduplicating reader sees them. */
const published = async (id: SessionId = session, name = room) => {
  const eventsById = new Map<string, CloudEvent>()
  for (const { value } of (await roomState(name)).records) {
    const event = CloudEvent.parse(value)
    if (event.session === id && !eventsById.has(event.id)) eventsById.set(event.id, event)
  }
  return [...eventsById.values()].map(({ data }) => data)
}

describe('Publishing', () => {
  it('produces each event in order, as a CloudEvent keyed by session, and acknowledges it', async () => {
    await record(log(3))
    expect(await deliver()).toEqual([1, 0])
    const { records, headers } = await roomState()
    expect(records.map(({ key }) => key)).toEqual(Array(4).fill(`acme/${session}`))
    expect(records[0]?.value).toEqual({
      specversion: '1.0',
      id: `acme/${session}/1`,
      source: `/tenants/acme/sessions/${session}`,
      type: 'session.created',
      subject: 'alice',
      time: '1970-01-01T00:00:00.001Z',
      datacontenttype: 'application/json',
      partitionkey: `acme/${session}`,
      tenant: 'acme',
      session,
      data: log(0)[0],
    })
    expect(await published()).toEqual(log(3))
    expect(headers[0]).toEqual({ contentType: 'application/vnd.kafka.json.v2+json', authorization: settings().KAFKA_REST_AUTHORIZATION })
    expect(await cursor()).toBe(4)
    // A second delivery publishes nothing.
    await deliver()
    expect((await roomState()).records).toHaveLength(4)
  })

  it('drains the queue of the Worker', async () => {
    await record(log(1))
    await worker.queue(createMessageBatch(queue, [doorbellFor()]), env)
    expect(await published(session, 'worker')).toEqual(log(1))
  })

  it('publishes page by page, with one record of a session in flight', async () => {
    await record(log(120))
    await configure({ script: ['slow', 'slow', 'slow'] })
    expect(await deliver()).toEqual([1, 0])
    expect(await published()).toEqual(log(120))
    expect((await roomState()).maxOpen).toBe(1)
    expect((await runInDurableObject(stub(), (object: Session) => object.pagesRead)) >= 3).toBe(true)
  })

  it('publishes sessions in parallel, up to the connection limit of a Worker', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => SessionId.parse(`${session}-${n}`))
    for (const id of ids) await record(log(2), id)
    await configure({ script: Array<Behaviour>(36).fill('slow') })
    expect(await deliver(...ids)).toEqual([12, 0])
    const { maxOpen } = await roomState()
    expect(maxOpen).toBeGreaterThan(1)
    expect(maxOpen).toBeLessThanOrEqual(5)
    for (const id of ids) expect(await published(id)).toEqual(log(2))
  })

  it('publishes only the deletion of a deleted session', async () => {
    const deletion: Event = { seq: 9, at: 9, type: 'session.deleted' }
    await record([deletion])
    await deliver()
    expect(await published()).toEqual([deletion])
  })
})

const failures: readonly Behaviour[] = [500, 502, 503, 429, 401, 403, 404, 302, 'hang', 'lost', 'cut', 'html', 'huge', 'empty']
const refusals: readonly Behaviour[] = ['refused', 'minus', 'strimzi', 413, 422]

describe('A bridge that misbehaves at the third of five events', () => {
  for (const behaviour of [...failures, ...refusals, 'twice' as const])
    it(`with ${behaviour}: acknowledges accepted events, keeps the order, and publishes the rest later`, async () => {
      await record(log(4))
      await configure({ script: ['ok', 'ok', behaviour] })
      expect(await deliver()).toEqual([0, 1])
      expect(await cursor()).toBe(2)
      // No event followed the failed one.
      expect((await roomState()).headers).toHaveLength(3)
      expect(await deliver()).toEqual([1, 0])
      expect(await published()).toEqual(log(4))
      expect(await cursor()).toBe(5)
    })

  it('with a lost response has the event twice, under one id', async () => {
    await record(log(1))
    await configure({ script: ['ok', 'lost'] })
    await deliver()
    await deliver()
    const ids = (await roomState()).records.map(({ value }) => CloudEvent.parse(value).id)
    expect(ids).toEqual([`acme/${session}/1`, `acme/${session}/2`, `acme/${session}/2`])
  })

  it('with a redirect does not receive our credentials', async () => {
    await record(log(0))
    await configure({ script: [307] })
    await deliver()
    expect((await roomState('elsewhere')).headers).toEqual([])
  })
})

describe('The code of a rejected record', () => {
  const reasonOf = async (code: unknown) => {
    await configure({ script: [{ code }] })
    const error = await produce(settings(), 'conversation.outbound', { key: session, value: {} }, withinMs).catch((error: Error) => error)
    return error instanceof RecordRejected ? error.message : 'not rejected'
  }

  it.each([50_003, -1, '40301'])('is named if it is a number: %j', async (code) => {
    expect(await reasonOf(code)).toContain(`(${code})`)
  })

  it.each([
    'Basic c29tYTpzZWNyZXQ=',
    'c29tYTpzZWNyZXQ',
    'sk-canary-0123456789',
    'AKIAIOSFODNN7EXAMPLE',
    'topic acme/t1: title 0',
    '123456789012',
    'AKIAIOSFODNNEXAMPLE',
    '\u0661\u0662',
    ' 7',
    '',
    1e300,
    0.5,
  ])('is not repeated if it is a text of the bridge: %j', async (code) => {
    const reason = await reasonOf(code)
    expect(reason).toContain('(an unknown code)')
    if (code !== '') expect(reason).not.toContain(String(code))
  })

  it('is missing if the record only has no offset', async () => {
    expect(await reasonOf(null)).toContain('(no offset)')
  })
})

describe('An event that cannot be published', () => {
  it('blocks only its own session', async () => {
    const healthy = SessionId.parse(`${session}-fine`)
    await record([{ seq: 1, at: 1, type: 'turn.ended', turn_id: 't', outcome: 'perhaps' } as never])
    await record(log(2), healthy)
    expect(await deliver(session, healthy)).toEqual([1, 1])
    expect(await published(healthy)).toEqual(log(2))
    expect(await published()).toEqual([])
  })

  it('stops the batch while the bridge is unavailable', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => SessionId.parse(`${session}-${n}`))
    for (const id of ids) await record(log(1), id)
    await configure({ script: Array<Behaviour>(40).fill(503) })
    expect(await deliver(...ids)).toEqual([0, 20])
    expect((await roomState()).headers.length).toBeLessThanOrEqual(5)
  })
})

describe('The state of Kafka in /ready', () => {
  const state = (topics: Room['topics']) => configure({ topics }).then(() => kafkaState(settings()))

  it('is absent when none is configured', async () => {
    expect(await kafkaState({ KAFKA_REST_URL: '', KAFKA_REST_AUTHORIZATION: '' })).toBeNull()
  })

  it('is ok when it responds and has the topic', async () => {
    expect(await state(['a', 'conversation.outbound'])).toEqual({ name: 'kafka', ok: true })
    expect(await (exports as unknown as { Relay: Service<BackgroundAdmin> }).Relay.topics()).toEqual({ name: 'kafka', ok: true })
  })

  it('reports the problem and the next step, without addresses', async () => {
    const details: string[] = []
    for (const topics of [['other'], 401, 500, 'html', 'cut', 'hang', 302] as const) {
      const reported = await state(topics)
      expect(reported).toMatchObject({ name: 'kafka', ok: false })
      details.push(reported?.detail ?? '')
    }
    expect(details[0]).toContain('create it')
    expect(details[1]).toContain('KAFKA_REST_AUTHORIZATION')
    expect(details.join()).not.toMatch(/127\.0\.0\.1|secret|c29t/)
  })
})
