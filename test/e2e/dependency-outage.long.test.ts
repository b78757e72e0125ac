/**
 * Conversations need only the objects. They continue while Postgres, Redis and Kafka are stopped. Afterwards the copies catch up.
 * Redis and Kafka are fakes here. `test/peers/kafka` and `test/peers/redis` use real ones.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type NeonServer, serveNeon } from '../../scripts/neon.ts'
import { openPostgres } from '../../scripts/postgres.ts'
import type { SessionList } from '../../shared/api/sessions.ts'
import { CloudEvent } from '../../shared/events/cloud-event.ts'
import type { Event } from '../../shared/events/event.ts'
import { serveKafkaRest } from '../support/kafka-rest.ts'
import { events, readStream, untilEnded } from '../support/sse.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type User, user } from '../support/user.ts'

const connection = 'postgres://soma:test@localhost/soma'
const postgres = openPostgres()
let neon: NeonServer
let redis: Server
let redisPort = 0
/** The number of Redis requests so far. */
let redisRequests = 0
let kafka: Awaited<ReturnType<typeof serveKafkaRest>>
let stack: Stack
let alice: User

/** A fake of Upstash's REST API. It answers `PING` and the script that counts requests. */
async function startRedis(port: number): Promise<void> {
  redis = createServer(async (request, response) => {
    const [command, , , , , limit] = (await json(request)) as string[]
    const isEncoded = request.headers['upstash-encoding'] === 'base64'
    const encode = (text: string) => (isEncoded ? Buffer.from(text).toString('base64') : text)
    const reply = (result: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ result }))
    if (command?.toLowerCase() === 'ping') return reply(encode('PONG'))
    if (command?.toLowerCase() !== 'eval') return response.writeHead(400).end('{"error":"ERR"}')
    redisRequests += 1
    const now = Date.now()
    const result = ['1', `${now}`, `${Number(limit) - redisRequests}`, `${now}`]
    return reply(result.map(encode))
  })
  await new Promise<void>((resolve) => redis.listen(port, '127.0.0.1', resolve))
  redisPort = (redis.address() as AddressInfo).port
}
const stopRedis = () => {
  redis.closeAllConnections()
  return new Promise((resolve) => redis.close(resolve))
}

beforeAll(async () => {
  neon = await serveNeon(postgres, connection)
  await startRedis(0)
  kafka = await serveKafkaRest()
  stack = await startStack({
    env: {
      SOMA_DATABASE_URL: connection,
      SOMA_DATABASE_HTTP: neon.endpoint,
      UPSTASH_REDIS_REST_URL: `http://127.0.0.1:${redisPort}`,
      UPSTASH_REDIS_REST_TOKEN: 'test',
      KAFKA_REST_URL: `${kafka.url}/room`,
    },
  })
  alice = user(stack.url, await stack.token('acme', 'alice'))
})
afterAll(async () => {
  await stack?.stop()
  await stopRedis()
  await kafka.close()
  await neon?.close()
  await (await postgres).close()
})

const log = async (session: string, turns = 1): Promise<Event[]> =>
  events((await readStream(alice.events(session), alice.bearer, untilEnded(turns))).frames)
const list = async (): Promise<string[]> => {
  const response = await alice.call('GET', '/v1/sessions')
  expect([response.status, response.headers.has('ratelimit-remaining')]).toEqual([200, true])
  return ((await response.json()) as SessionList).sessions.map(({ session_id }) => session_id)
}
const postgresEvents = async (session: string) => {
  const rows = await (await postgres).query<{ body: Event }>('SELECT body FROM session_events WHERE session_id = $1 ORDER BY seq', [
    session,
  ])
  return rows.rows.map(({ body }) => body)
}

/** The session's events on the Kafka topic, without duplicates. */
const topicEvents = (session: string): unknown[] => {
  const first = new Map<string, unknown>()
  for (const { value } of kafka.rooms.get('room')?.records ?? []) {
    const event = CloudEvent.parse(value)
    if (event.session === session && !first.has(event.id)) first.set(event.id, event.data)
  }
  return [...first.values()]
}
const readiness = async () => {
  const response = await fetch(`${stack.url}/ready`)
  const { status, dependencies } = (await response.json()) as { status: string; dependencies: { name: string; ok: boolean }[] }
  return [response.status, status, ...dependencies.map(({ name, ok }) => `${name} ${ok}`)]
}

const required = ['objects true', 'accounts true', 'policy true']
const optional = ['audit true', 'tools true', 'sandbox true']

describe('With Postgres, Redis and Kafka stopped', () => {
  it('conversations and their list continue, and afterwards the copies catch up', async () => {
    const before = await alice.send('Hello')
    await log(before.session_id)
    await vi.waitFor(async () => expect(await postgresEvents(before.session_id)).toHaveLength(7), { timeout: 20_000, interval: 100 })
    await vi.waitFor(() => expect(topicEvents(before.session_id)).toHaveLength(7), { timeout: 20_000, interval: 100 })
    expect(redisRequests).toBeGreaterThan(0)
    await vi.waitFor(
      async () => expect(await readiness()).toEqual([200, 'ok', ...required, 'redis true', ...optional, 'postgres true', 'kafka true']),
      { timeout: 20_000, interval: 300 },
    )

    const endpoint = neon.endpoint
    await neon.close()
    await stopRedis()
    await kafka.close()
    const requestsBefore = redisRequests
    const continued = await alice.send('And now?', { session_id: before.session_id })
    const created = await alice.send('Start something new')
    const logs = new Map([
      [continued.session_id, await log(continued.session_id, 2)],
      [created.session_id, await log(created.session_id)],
    ])
    for (const recorded of logs.values()) expect(recorded.at(-1)).toMatchObject({ type: 'turn.ended', outcome: 'completed' })
    expect(await list()).toEqual([created.session_id, before.session_id])
    expect((await alice.call('PATCH', `/v1/sessions/${created.session_id}`, { title: 'Alone' })).status).toBe(200)
    logs.set(created.session_id, [
      ...(logs.get(created.session_id) ?? []),
      expect.objectContaining({ type: 'session.titled', title: 'Alone' }),
    ])
    expect(redisRequests).toBe(requestsBefore)
    await vi.waitFor(
      async () =>
        expect(await readiness()).toEqual([200, 'degraded', ...required, 'redis false', ...optional, 'postgres false', 'kafka false']),
      { timeout: 20_000, interval: 300 },
    )

    neon = await serveNeon(postgres, connection, Number(new URL(endpoint).port))
    await startRedis(redisPort)
    kafka = await serveKafkaRest(Number(new URL(kafka.url).port), kafka.rooms)
    for (const [session, recorded] of logs)
      await vi.waitFor(async () => expect([await postgresEvents(session), topicEvents(session)]).toEqual([recorded, recorded]), {
        timeout: 80_000,
        interval: 200,
      })
    await vi.waitFor(
      async () => {
        await list()
        expect(redisRequests).toBeGreaterThan(requestsBefore)
      },
      { timeout: 10_000, interval: 200 },
    )
  }, 180_000)
})
