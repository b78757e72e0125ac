/** Abuse case 22 under load: storms of messages, and clients that send or read very slowly. */
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeModel, startFakeModel } from '../support/model.ts'
import { events, type Frame, framesIn, readStream, textsOf, untilEnded } from '../support/sse.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { type User, user } from '../support/user.ts'
import { fakeText } from '../support/words.ts'

let stack: Stack
let model: FakeModel

beforeAll(async () => {
  model = await startFakeModel()
  stack = await startStack()
}, 150_000)
afterAll(async () => {
  await stack?.stop()
  await model?.close()
})

async function createTenant(name: string, sections: object, max_tokens = 20): Promise<{ admin: User; member: User; token: string }> {
  const admin = user(stack.url, await stack.token(name, 'ada', { scopes: 'admin' }))
  const profile = { provider: 'openai-compatible', base_url: model.url, model: 'fake', max_tokens }
  await admin.call('PUT', '/v1/settings/models/main', { profile })
  const saved = await admin.call('PUT', '/v1/settings', {
    version: 1,
    chat: { profile: 'main' },
    features: { tools: 'disabled' },
    ...sections,
  })
  expect(saved.status).toBe(200)
  // Isolates cache limits for a second.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const token = await stack.token(name, 'bob')
  return { admin, member: user(stack.url, token), token }
}

/** Calls `work` for each number below `count`, at most 100 at a time. */
async function storm<T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const worker = async () => {
    while (next < count) {
      const n = next++
      results[n] = await work(n)
    }
  }
  await Promise.all(Array.from({ length: 100 }, worker))
  return results
}

const tally = (words: readonly string[]): Record<string, number> =>
  Object.fromEntries([...new Set(words)].map((word) => [word, words.filter((other) => other === word).length]))

/** A stream that a client left counts until a heartbeat. This many users open 500 streams without that wait. */
const userCount = 6

/** Reads a turn to its end. A user may have 100 streams. A stream above that limit is refused and opened again. */
const readTurn = (member: User, session: string): Promise<readonly Frame[]> =>
  until(async () => {
    const { status, frames } = await readStream(member.events(session), member.bearer, untilEnded(), 60_000)
    return status === 429 ? undefined : frames
  }, 120_000)

/** Today's usage, after all reservations have ended. */
const used = (admin: User): Promise<number> =>
  until(async () => {
    const { tenant } = await (await admin.call('GET', '/v1/budgets')).json()
    return tenant.tokens.reserved === 0 ? tenant.tokens.used : undefined
  })

describe('A storm of messages', () => {
  it('22. of two thousand gets exactly the limit of accepted requests', async () => {
    const message = { kind: 'fixed_window', limit: 150, window_seconds: 86_400 }
    const { member } = await createTenant('limited', { limits: { message } })
    const before = model.requests.length
    const statuses = await storm(2_000, async (n) => {
      const response = await member.call('POST', '/v1/sessions/message', {
        session_id: `limited-${n}`,
        message: '[[fake normal tokens=1]]',
      })
      await response.body?.cancel()
      return String(response.status)
    })
    expect(tally(statuses)).toEqual({ 200: 150, 429: 1_850 })
    await until(async () => (model.requests.length - before === 150 ? true : undefined))
  }, 120_000)

  it('22. is cancelled upstream completely when its turns are cancelled', async () => {
    const { admin, member } = await createTenant('called-off', { budgets: { tenant: { tokens_per_day: 1_000_000 } } })
    const before = model.requests.length
    const turns = await storm(100, () => member.send('[[fake stall after=2]]'))
    // On a busy machine an attempt can be repeated. Every started request is still cancelled.
    const started = () => model.requests.slice(before)
    await until(async () => (started().filter(({ sentWords }) => sentWords === 2).length >= 100 ? true : undefined), 90_000)
    const cancelled = await storm(100, async (n) => {
      const { session_id, turn_id } = turns[n] ?? { session_id: '', turn_id: '' }
      const response = await member.call('POST', `/v1/sessions/${session_id}/turns/${turn_id}/cancel`)
      await response.body?.cancel()
      return String(response.status)
    })
    expect(tally(cancelled)).toEqual({ 202: 100 })
    await until(async () => (started().every(({ abortedAt }) => abortedAt !== undefined) ? true : undefined))
    expect(started().filter(({ finishedAt }) => finishedAt !== undefined)).toEqual([])
    await used(admin)
  }, 180_000)

  it('22. of five hundred stays within the budget, and causes no other provider requests', async () => {
    const budget = 1_800
    const { admin } = await createTenant('storm', { budgets: { tenant: { tokens_per_day: budget } } })
    const members = await Promise.all(
      Array.from({ length: userCount }, async (_, n) => user(stack.url, await stack.token('storm', `u${n}`))),
    )
    const before = model.requests.length
    const outcomes = await storm(500, async (n) => {
      const member = members[n % userCount] as User
      const { session_id } = await member.send('[[fake normal tokens=1]]', { session_id: `storm-${n}` })
      const frames = await readTurn(member, session_id)
      const [end] = events(frames).filter((event) => event.type === 'turn.ended')
      return end?.outcome === 'failed' && end.reason?.startsWith('Token budget exceeded') ? 'over budget' : String(end?.outcome)
    })
    const counts = tally(outcomes)
    const requests = model.requests.slice(before)
    const { completed = 0, 'over budget': refused = 0, ...others } = counts
    expect([completed + refused, others]).toEqual([500, {}])
    expect(completed).toBeGreaterThan(0)
    expect(requests.length).toBeGreaterThanOrEqual(completed)
    const interrupted = requests.filter(({ finishedAt }) => finishedAt === undefined).length
    const usage = await used(admin)
    // Each call costs 7 input tokens and 1 output token, also on a busy machine. An interrupted one costs at most its upper bound.
    const interruptedCost = usage - (requests.length - interrupted) * 8
    expect(interruptedCost).toBeGreaterThanOrEqual(0)
    expect(interruptedCost).toBeLessThanOrEqual(interrupted * 520)
    expect(usage).toBeLessThanOrEqual(budget)
  }, 300_000)
})

describe('A flood of bad tokens', () => {
  it('22. blocks no client of a stack that ignores the client-address header', async () => {
    const statuses = await storm(400, async (n) => {
      const headers = { authorization: `Bearer soma_${n}.bad`, 'cf-connecting-ip': '198.51.100.7' }
      const response = await fetch(`${stack.url}/v1/sessions`, { headers })
      await response.body?.cancel()
      return String(response.status)
    })
    expect(tally(statuses)).toEqual({ 401: 400 })
    const headers = { authorization: `Bearer ${await stack.token('flooded', 'bob')}`, 'cf-connecting-ip': '198.51.100.7' }
    expect((await fetch(`${stack.url}/v1/sessions`, { headers })).status).toBe(200)
  }, 60_000)
})

describe('A slow client', () => {
  const open: Socket[] = []
  afterAll(() => {
    for (const socket of open) socket.destroy()
  })

  async function connectSocket(): Promise<Socket> {
    const { hostname, port } = new URL(stack.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    open.push(socket)
    await new Promise((done) => socket.once('connect', done))
    return socket
  }

  it('22. that sends single bytes does not delay others, and its message counts only after the last byte', async () => {
    const { member, token } = await createTenant('slow-senders', {})
    const senders = await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const body = JSON.stringify({ session_id: `slow-${n}`, message: '[[fake normal tokens=1]]' })
        const socket = await connectSocket()
        const head = `POST /v1/sessions/message HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`
        socket.write(`${head}content-length: ${body.length}\r\n\r\n`)
        let sent = 0
        const timer = setInterval(() => sent < body.length - 1 && socket.write(body[sent++] ?? ''), 100)
        return {
          socket,
          unsent: () => {
            clearInterval(timer)
            return body.slice(sent)
          },
          status: statusOf(socket),
        }
      }),
    )
    const { session_id } = await member.send('[[fake normal tokens=3]]')
    const { frames } = await readStream(member.events(session_id), member.bearer, untilEnded())
    expect(events(frames).at(-1)).toMatchObject({ type: 'turn.ended', outcome: 'completed' })
    const started = async () =>
      tally(await Promise.all(senders.map(async (_, n) => String((await member.call('GET', `/v1/sessions/slow-${n}`)).status))))
    expect(await started()).toEqual({ 404: 100 })
    // Half of them disconnect, and the others finish.
    for (const { socket, unsent } of senders.slice(0, 50)) {
      unsent()
      socket.destroy()
    }
    for (const { socket, unsent } of senders.slice(50)) socket.write(unsent())
    expect(tally(await Promise.all(senders.slice(50).map(({ status }) => status)))).toEqual({ 200: 50 })
    expect(await started()).toEqual({ 404: 50, 200: 50 })
  }, 120_000)

  it('22. that does not read delays neither the provider nor other readers, and receives everything later', async () => {
    const { member, token } = await createTenant('slow-readers', {}, 50_000)
    const before = model.requests.length
    const { session_id } = await member.send('[[fake normal tokens=4000]]')
    const readers = await Promise.all(
      // With the reader below, as many as one user may have.
      Array.from({ length: 19 }, async () => {
        const socket = await connectSocket()
        socket.pause()
        socket.write(
          `GET /v1/sessions/${session_id}/events?stream=true HTTP/1.0\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`,
        )
        return socket
      }),
    )
    const { frames } = await readStream(member.events(session_id), member.bearer, untilEnded(), 150_000)
    const [text] = textsOf(frames).values()
    expect(text === fakeText(4_000), `${text?.length} units`).toBe(true)
    expect(model.requests[before]?.finishedAt).toBeDefined()
    const last = frames.at(-1)?.id
    for (const socket of readers) {
      const chunks: Buffer[] = []
      socket.on('data', (bytes: Buffer) => chunks.push(bytes))
      socket.resume()
      await until(async () => (Buffer.concat(chunks).includes(`id: ${last}\n`) ? true : undefined))
      const all = Buffer.concat(chunks)
      const [read] = textsOf(framesIn(all.subarray(all.indexOf('\r\n\r\n') + 4))).values()
      expect(read === text).toBe(true)
      socket.destroy()
    }
  }, 300_000)
})

/** Resolves with the status of the answer. */
const statusOf = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1]
      if (status) resolve(status)
    })
  })
