/** The id of a request finds every log line of its turn in every Worker. Log lines contain no message text. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readStream, untilEnded } from '../support/sse.ts'
import { type Stack, startStack } from '../support/stack.ts'
import { type User, user } from '../support/user.ts'

let stack: Stack
let alice: User

beforeAll(async () => {
  stack = await startStack({ env: { SOMA_LOG_LEVEL: 'info' } })
  alice = user(stack.url, await stack.token('acme', 'alice'))
})
afterAll(async () => stack?.stop())

type Line = Readonly<Record<string, string | number>>

/** Every line that a Worker wrote. */
const lines = (): Line[] =>
  stack
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{"at":'))
    .map((line) => JSON.parse(line))

/** Sends `message` and waits for the end of its turn. Returns the request id and its log lines. */
async function send(message: string): Promise<{ request: string; requestLines: () => Line[] }> {
  const sent = await alice.call('POST', '/v1/sessions/message', { message })
  const { session_id } = (await sent.json()) as { session_id: string }
  await readStream(alice.events(session_id), alice.bearer, untilEnded())
  const request = sent.headers.get('x-request-id') ?? ''
  return { request, requestLines: () => lines().filter((line) => line.request === request) }
}

const names = (lines: readonly Line[]) => new Set(lines.map(({ service, event }) => `${service} ${event}`))

describe('Log lines', () => {
  it('carry the request of their turn: gateway, object, runner, executor and consumers', async () => {
    const { requestLines } = await send('/tool timestamp')
    const expected = [
      'gateway request.ended',
      'state turn.accepted',
      'state turn.ended',
      'conversation attempt.ended',
      'tools call.ended',
      'background page.applied',
    ]
    await vi.waitFor(() => expect([...names(requestLines())]).toEqual(expect.arrayContaining(expected)), { timeout: 20_000, interval: 200 })
    const consumers = () => new Set(requestLines().flatMap(({ consumer }) => consumer ?? []))
    await vi.waitFor(() => expect(consumers()).toEqual(new Set(['relay', 'memory'])), { timeout: 20_000, interval: 200 })
    expect(new Set(requestLines().flatMap(({ turn }) => turn ?? [])).size).toBe(1)
    const [ended] = requestLines().filter(({ event }) => event === 'request.ended')
    expect(ended).toMatchObject({ method: 'POST', route: '/v1/sessions/message', status: 200, tenant: 'acme' })
    const attempts = requestLines().filter(({ event }) => event === 'attempt.ended')
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['calls', 'completed'])
    for (const { ms, output_tokens } of attempts) expect([typeof ms, typeof output_tokens]).toEqual(['number', 'number'])
    expect(requestLines().find(({ event }) => event === 'call.ended')).toMatchObject({ tool: 'timestamp', outcome: 'completed' })
  })

  it('distinguish the turns of one session', async () => {
    const first = await send('one')
    const second = await send('two')
    expect(first.request).not.toBe(second.request)
    await vi.waitFor(() => expect(names(second.requestLines())).toContain('background page.applied'), { timeout: 20_000, interval: 200 })
    expect(first.requestLines().filter(({ event }) => event === 'turn.ended')).toHaveLength(1)
    expect(second.requestLines().filter(({ event }) => event === 'turn.ended')).toHaveLength(1)
  })

  it('have one format, and contain no message text', async () => {
    const canary = 'canary-91c4'
    const { requestLines } = await send(`${canary} what did I say?`)
    await vi.waitFor(() => expect(names(requestLines())).toContain('background page.applied'), { timeout: 20_000, interval: 200 })
    expect(stack.output()).not.toContain(canary)
    expect(stack.output()).not.toContain(alice.bearer.authorization?.slice(7))
    for (const line of lines()) {
      expect(Object.keys(line).slice(0, 4)).toEqual(['at', 'level', 'event', 'service'])
      expect(Object.values(line)).not.toContain('?')
    }
  })
})
