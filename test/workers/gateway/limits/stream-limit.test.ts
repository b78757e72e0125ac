import { evictDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Limiter } from '../../../../durable-objects/worker.ts'
import { limits } from '../../../../shared/api/limits.ts'
import { tryAgainLaterCode } from '../../../../workers/gateway/sessions/stream/reader-stream.ts'
import { client, token } from '../client.ts'
import { fetchWith } from '../http/gateway-with.ts'

const tenant = 'places'
const limiters = (env as unknown as GatewayEnv).LIMITER as unknown as DurableObjectNamespace<Limiter>
const pathOf = (session: string) => `/v1/sessions/${session}/events?stream=true&after=latest`

/** A user with a session, and the ways to open streams of it. */
async function reader(subject: string) {
  const user = await client(tenant, subject)
  const authorization = `Bearer ${await token(tenant, subject)}`
  const newSession = async () =>
    ((await (await user.call('POST', '/v1/sessions/message', { message: 'Hi' })).json()) as { session_id: string }).session_id
  const get = (path: string, headers: Record<string, string> = {}, variables: Partial<GatewayEnv> = {}) =>
    fetchWith(path, { headers: { authorization, ...headers } }, variables)
  const sse = (session: string, variables: Partial<GatewayEnv> = {}) => get(pathOf(session), {}, variables)
  const socket = (session: string) => get(`/v1/sessions/${session}/stream?after=latest`, { upgrade: 'websocket' })
  const open = async (session: string, count: number) => {
    const streams = await Promise.all(Array.from({ length: count }, () => sse(session)))
    expect(streams.map(({ status }) => status)).toEqual(Array.from({ length: count }, () => 200))
    return streams
  }
  return { user, authorization, newSession, sse, socket, open }
}

async function expectRefused(response: Response, per: 'session' | 'tenant') {
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '10'])
  const detail = `You may have ${per === 'session' ? 20 : 100} open streams in one ${per}. Close one, or retry in 10 s.`
  expect(await response.json()).toMatchObject({ type: '/problems/too_many_streams', detail })
}

const close = (streams: Response[]) => Promise.all(streams.map((stream) => stream.body?.cancel()))

describe('M9. The open streams of a subject', () => {
  it('are at most 20 in a session: event streams and WebSockets count together', async () => {
    const bob = await reader('bob')
    const session = await bob.newSession()
    const streams = await bob.open(session, limits.subjectReaders - 1)
    const { webSocket, status } = await bob.socket(session)
    webSocket?.accept()
    expect(status).toBe(101)
    await expectRefused(await bob.sse(session), 'session')
    await expectRefused(await bob.socket(session), 'session')
    const other = await bob.sse(await bob.newSession())
    expect(other.status).toBe(200)
    // A closed stream of either kind frees its slot.
    webSocket?.close()
    await streams[0]?.body?.cancel()
    const reopened: Response[] = []
    await vi.waitFor(async () => {
      const response = await bob.sse(session)
      if (response.status === 200) reopened.push(response)
      expect(reopened).toHaveLength(2)
    })
    await expectRefused(await bob.sse(session), 'session')
    await close([...streams.slice(1), ...reopened, other])
  })

  it('are at most 100 in all sessions; another subject is not affected', async () => {
    const eve = await reader('eve')
    const streams: Response[] = []
    for (let n = 0; n < 5; n += 1) streams.push(...(await eve.open(await eve.newSession(), 20)))
    const session = await eve.newSession()
    await expectRefused(await eve.sse(session), 'tenant')
    const dora = await reader('dora')
    const doraStream = await dora.sse(await dora.newSession())
    expect(doraStream.status).toBe(200)
    await streams[0]?.body?.cancel()
    await vi.waitFor(async () => expect((await eve.sse(session)).status).toBe(200))
    await close([...streams.slice(1), doraStream])
  })

  it('include the stream of a message: the message is accepted, and the stream ends', async () => {
    const finn = await reader('finn')
    const session = await finn.newSession()
    const streams = await finn.open(session, 20)
    const response = await exports.default.fetch(
      new Request('https://soma.test/v1/sessions/message', {
        method: 'POST',
        headers: { authorization: finn.authorization, 'content-type': 'application/json', accept: 'text/event-stream' },
        body: JSON.stringify({ session_id: session, message: 'One more' }),
      }),
    )
    expect(response.status).toBe(200)
    const text = await response.text()
    expect(text).toMatch(/\nretry: \d{5}\n/)
    expect(text).toMatch(/: too many streams, reconnect later\n$/)
    const { events } = (await (await finn.user.call('GET', `/v1/sessions/${session}/events`)).json()) as { events: { type: string }[] }
    expect(events.filter(({ type }) => type === 'turn.accepted')).toHaveLength(2)
    await close(streams)
  })

  it('are counted by the isolate while the limiter object is of an older release', async () => {
    const gus = await reader('gus')
    const session = await gus.newSession()
    const missingMethod = async () => {
      throw new TypeError('The RPC receiver does not implement the method.')
    }
    const LIMITER = {
      getByName: (name: string) => ({
        take: (...counted: Parameters<Limiter['take']>) => limiters.getByName(name).take(...counted),
        leaseStream: missingMethod,
        releaseStream: missingMethod,
      }),
    }
    const variables = { LIMITER } as never
    const streams: Response[] = []
    for (let n = 0; n < 20; n += 1) streams.push(await gus.sse(session, variables))
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200))
    await expectRefused(await gus.sse(session, variables), 'session')
    await close(streams)
  })

  it('are not counted if requests are not', async () => {
    const hal = await reader('hal')
    const session = await hal.newSession()
    const streams = await Promise.all(Array.from({ length: 25 }, () => hal.sse(session, { SOMA_RATE_LIMITS: 'off' })))
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200))
    await close(streams)
  })

  it('are free after the limiter object has started again, and the session still refuses', async () => {
    const ida = await reader('ida')
    const session = await ida.newSession()
    const streams = await ida.open(session, 20)
    await evictDurableObject(limiters.getByName(`${tenant}/stream/ida`))
    // The session's object counts its sockets itself. It refuses after the status was sent.
    const { webSocket, status } = await ida.socket(session)
    expect(status).toBe(101)
    const closed = new Promise<CloseEvent>((resolve) => webSocket?.addEventListener('close', resolve))
    webSocket?.accept()
    expect(await closed).toMatchObject({ code: tryAgainLaterCode, reason: 'too many streams, reconnect later' })
    await close(streams)
  })
})
