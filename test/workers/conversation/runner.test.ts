import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type Runner, RunnerLine, type TurnJob } from '../../../shared/turn/runner.ts'
import { logger } from '../../../workers/conversation/logger.ts'
import { fakeText } from '../../support/words.ts'
import { modelUrl, prompt, requestsWith } from './fake-model.ts'
import worker, { session, TurnRunner } from './worker.ts'

const job = (text: string): TurnJob => ({
  tenant: 'acme',
  session: 's1',
  subject: 'alice',
  turn_id: 't1',
  token: 7,
  lease_ms: 15_000,
  messages: [{ role: 'user', text }],
  metadata: {},
  at: Date.UTC(2026, 10, 20),
})

/** Runs `job` with the fake endpoint, or with other settings. */
function run(job: TurnJob, settings: Partial<ConversationEnv> = { SOMA_MODEL_BASE_URL: modelUrl, SOMA_MODEL: 'm' }): Promise<void> {
  return new TurnRunner(createExecutionContext(), { ...env, SOMA_BUILTIN_WORD_MS: '0', ...settings } as ConversationEnv).run(job)
}

/** The parsed lines of a runner's stream. */
async function lines(stream: ReadableStream<Uint8Array>): Promise<RunnerLine[]> {
  const text = await new Response(stream).text()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => RunnerLine.parse(JSON.parse(line)))
}

const textOf = (received: readonly RunnerLine[]): string => received.map((line) => (line.type === 'text' ? line.text : '')).join('')

beforeEach(() => {
  session.attach = async () => {}
  session.dispatch = async () => {}
})

describe('TurnRunner', () => {
  it('attaches one stream that ends with the outcome', async () => {
    const attached = vi.fn()
    let received: RunnerLine[] = []
    session.attach = async (turnId, token, stream) => {
      attached(turnId, token)
      received = await lines(stream)
    }
    await run(job(prompt('normal tokens=12')))
    expect(attached).toHaveBeenCalledExactlyOnceWith('t1', 7)
    expect(textOf(received)).toBe(fakeText(12))
    expect(received.slice(-2)).toEqual([
      { type: 'usage', usage: { input_tokens: 7, output_tokens: 12 } },
      { type: 'end', outcome: 'completed' },
    ])
  })

  it('logs the attempt with its request and usage', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    logger.setLevel('info')
    const [request, turn_id] = [crypto.randomUUID(), crypto.randomUUID()]
    session.attach = async (_turn, _token, stream) => void (await lines(stream))
    await run({ ...job(prompt('normal tokens=12')), request, turn_id })
    logger.setLevel('warn')
    const [line] = log.mock.calls.map(([line]) => JSON.parse(line))
    log.mockRestore()
    expect(line).toMatchObject({ event: 'attempt.ended', service: 'conversation', request, turn: turn_id, outcome: 'completed' })
    expect(line).toMatchObject({ input_tokens: 7, output_tokens: 12, token: 7 })
  })

  it('uses the builtin responder without an endpoint', async () => {
    let received: RunnerLine[] = []
    session.attach = async (_turnId, _token, stream) => {
      received = await lines(stream)
    }
    await run(job('17 * 23'), {})
    expect(textOf(received)).toBe('`17 * 23` = **391**')
    expect(received.at(-1)).toEqual({ type: 'end', outcome: 'completed' })
  })

  it('is reachable over RPC', async () => {
    let received: RunnerLine[] = []
    session.attach = async (_turnId, _token, stream) => {
      received = await lines(stream)
    }
    await (exports as unknown as { TurnRunner: Runner }).TurnRunner.run(job('what is 2^10?'))
    expect(textOf(received)).toContain('**1024**')
  })

  it.each([
    ['before the headers', 'silent'],
    ['during silence after ten words', 'stall after=10'],
    ['during the answer', 'normal tokens=1000 rate=50'],
  ])('aborts the request within a second when the session cancels %s', async (_, directive) => {
    const text = prompt(directive)
    let cancelledAt = 0
    session.attach = async (_turnId, _token, stream) => {
      const reader = stream.getReader()
      const reading = (async () => {
        while (!(await reader.read()).done);
      })().catch(() => {})
      await vi.waitFor(async () => expect(await requestsWith(text)).toHaveLength(1))
      await new Promise((resolve) => setTimeout(resolve, 200))
      cancelledAt = Date.now()
      await reader.cancel()
      await reading
    }
    await run(job(text))
    await vi.waitFor(async () => expect((await requestsWith(text))[0]?.abortedAt).toBeLessThan(cancelledAt + 1_000))
  })

  it('aborts the request when the session fails, or returns without reading', async () => {
    for (const attach of [async () => Promise.reject(new Error('reset')), async () => {}]) {
      const text = prompt('silent')
      session.attach = async (_turnId, _token, stream) => {
        const reader = stream.getReader()
        void reader
          .read()
          .then(() => reader.read())
          .catch(() => {})
        await vi.waitFor(async () => expect(await requestsWith(text)).toHaveLength(1))
        await attach()
      }
      await run(job(text)).catch(() => {})
      await vi.waitFor(async () => expect((await requestsWith(text))[0]?.abortedAt).toBeDefined(), { timeout: 10_000 })
    }
  })

  it('retries before the first token, and not after it', async () => {
    let received: RunnerLine[] = []
    session.attach = async (_turnId, _token, stream) => {
      received = await lines(stream)
    }
    const refused = prompt('429 after=0.2 times=2')
    await run(job(refused))
    expect(textOf(received)).toBe(fakeText(40))
    expect(await requestsWith(refused)).toHaveLength(3)
    const broken = prompt('half-closed after=5')
    await run(job(broken))
    expect(textOf(received)).toBe(fakeText(5))
    expect(received.at(-1)).toMatchObject({ type: 'end', outcome: 'failed', reason: expect.stringContaining('broke off') })
    expect(await requestsWith(broken)).toHaveLength(1)
  })

  it('aborts a silent endpoint at the configured timeouts', async () => {
    let received: RunnerLine[] = []
    session.attach = async (_turnId, _token, stream) => {
      received = await lines(stream)
    }
    const settings = { SOMA_MODEL_BASE_URL: modelUrl, SOMA_MODEL_FIRST_TOKEN_MS: '300', SOMA_MODEL_BETWEEN_TOKENS_MS: '300' }
    for (const directive of ['silent', 'stall after=3']) {
      const text = prompt(directive)
      await run(job(text), settings)
      expect(received.at(-1)).toMatchObject({ type: 'end', outcome: 'failed', reason: expect.stringContaining('sent nothing') })
      await vi.waitFor(async () => expect((await requestsWith(text))[0]?.abortedAt).toBeDefined())
    }
  })

  it('joins split surrogate pairs, and replaces incomplete ones', async () => {
    let received: RunnerLine[] = []
    session.attach = async (_turnId, _token, stream) => {
      received = await lines(stream)
    }
    await run(job(prompt('halves tokens=1')))
    expect(textOf(received)).toBe(`a😀b\ufffd${fakeText(1)}`)
  })
})

describe('conversation-inbound', () => {
  const deliverDoorbells = async (bodies: unknown[], attempts = 1) => {
    const messages = bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(), attempts, body }))
    const batch = createMessageBatch('conversation-inbound', messages)
    const context = createExecutionContext()
    const retries = batch.messages.map((message) => vi.spyOn(message, 'retry'))
    await worker.queue(batch, env as ConversationEnv)
    const result = await getQueueResult(batch, context)
    return { acks: result.explicitAcks, retries: retries.flatMap(({ mock }) => mock.calls.map(([options]) => options?.delaySeconds)) }
  }

  it('dispatches each session once', async () => {
    const dispatched: string[] = []
    session.dispatch = async (name) => void dispatched.push(name)
    const result = await deliverDoorbells([
      { tenant: 'acme', session: 's1', seq: 1 },
      { tenant: 'acme', session: 's2', seq: 1 },
      { tenant: 'acme', session: 's1', seq: 5 },
    ])
    expect(dispatched.sort()).toEqual(['acme/s1', 'acme/s2'])
    expect(result.acks).toHaveLength(3)
  })

  it('retries the doorbells of a failing session with growing delays', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    session.dispatch = async (name) => {
      if (name === 'acme/bad') throw new Error('text of a message')
    }
    const bodies = [
      { tenant: 'acme', session: 'bad', seq: 1 },
      { tenant: 'acme', session: 'good', seq: 1 },
    ]
    const first = await deliverDoorbells(bodies)
    const third = await deliverDoorbells(bodies, 3)
    expect(first).toEqual({ acks: ['m1'], retries: [2] })
    expect(third).toEqual({ acks: ['m1'], retries: [30] })
    expect(JSON.stringify(error.mock.calls)).not.toContain('text of a message')
    error.mockRestore()
  })

  it('drops an invalid doorbell without logging its content', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const dispatch = vi.fn(async () => {})
    session.dispatch = dispatch
    const result = await deliverDoorbells([
      null,
      'secret',
      { tenant: '../etc', session: 's1', seq: 1 },
      { tenant: 'acme', session: 'secret/secret', seq: 1 },
    ])
    expect(result.acks).toHaveLength(4)
    expect(dispatch).not.toHaveBeenCalled()
    expect(error).toHaveBeenCalledTimes(4)
    expect(JSON.stringify(error.mock.calls)).not.toContain('secret')
    error.mockRestore()
  })
})

it('responds with 404 to every request', async () => {
  expect((await exports.default.fetch('https://soma.test/')).status).toBe(404)
})
