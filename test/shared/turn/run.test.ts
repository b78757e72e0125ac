import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Model, type ModelChunk, ModelError } from '../../../shared/model/model.ts'
import { defaultTimeouts, runAttempt, runTurn } from '../../../shared/turn/run.ts'
import { aliveMs, lineUnits, RunnerLine, type TurnJob } from '../../../shared/turn/runner.ts'

const job: TurnJob = {
  tenant: 'acme',
  session: 's',
  subject: 'alice',
  turn_id: 't',
  token: 1,
  lease_ms: 15_000,
  messages: [{ role: 'user', text: 'hello' }],
  metadata: {},
  at: 0,
}

const text = (content: string): ModelChunk => ({ type: 'text', text: content })
const usage: ModelChunk = { type: 'usage', usage: { input_tokens: 3, output_tokens: 2 } }

/** One step of a scripted model: a chunk, a silence in ms, or a failure. */
type Step = ModelChunk | number | Error

/** A model that plays a script per call, repeating the last one, and records aborted calls. */
class ScriptedModel implements Model {
  calls = 0
  aborted = 0
  readonly #scripts: readonly (readonly Step[])[]

  constructor(...scripts: Step[][]) {
    this.#scripts = scripts
  }

  async *answer(_request: unknown, signal: AbortSignal): AsyncGenerator<ModelChunk> {
    const script = this.#scripts[Math.min(this.calls++, this.#scripts.length - 1)] ?? []
    signal.addEventListener('abort', () => this.aborted++)
    for (const step of script) {
      if (step instanceof Error) throw step
      // This model ignores the signal, as some providers do.
      if (typeof step === 'number') await new Promise((resolve) => setTimeout(resolve, step))
      else yield step
    }
  }
}

/** All lines of an attempt, with fake time. */
async function collectLines(model: Model, signal = new AbortController().signal): Promise<RunnerLine[]> {
  const lines: RunnerLine[] = []
  let isDone = false
  const reading = (async () => {
    for await (const line of runAttempt(model, job, signal)) lines.push(line)
  })().finally(() => {
    isDone = true
  })
  reading.catch(() => {})
  while (!isDone) await vi.advanceTimersByTimeAsync(100)
  await reading
  return lines
}

const textOf = (lines: readonly RunnerLine[]): string => lines.map((line) => (line.type === 'text' ? line.text : '')).join('')
const countHeartbeats = (lines: readonly RunnerLine[]): number => lines.filter(({ type }) => type === 'alive').length
const busy = (afterMs?: number) => new ModelError('Busy.', afterMs === undefined ? {} : { afterMs })

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('An attempt', () => {
  it('reports text, usage and completion', async () => {
    expect(await collectLines(new ScriptedModel([text('Hel'), text('lo'), usage]))).toEqual([
      { type: 'alive' },
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      usage,
      { type: 'end', outcome: 'completed' },
    ])
  })

  it('does not call the model before the stream is read', async () => {
    const model = new ScriptedModel([text('a')])
    const lines = runAttempt(model, job, new AbortController().signal)
    expect(await lines.next()).toEqual({ done: false, value: { type: 'alive' } })
    expect(model.calls).toBe(0)
    await lines.next()
    expect(model.calls).toBe(1)
  })

  it('estimates missing usage, also after a failure', async () => {
    const estimated = { type: 'usage', usage: { input_tokens: 6, output_tokens: 3, estimated: true } }
    expect(await collectLines(new ScriptedModel([text('hello world')]))).toContainEqual(estimated)
    expect((await collectLines(new ScriptedModel([text('hello world'), new ModelError('Broke.')]))).slice(-2)).toEqual([
      estimated,
      { type: 'end', outcome: 'failed', reason: 'Broke.' },
    ])
  })

  it('sends a heartbeat every 5 s of silence, before and after the first token', async () => {
    expect(countHeartbeats(await collectLines(new ScriptedModel([4 * aliveMs + 1, text('a'), 2 * aliveMs + 1, text('b')])))).toBe(1 + 4 + 2)
    expect(countHeartbeats(await collectLines(new ScriptedModel([4_900, text('a'), 4_900, text('b')])))).toBe(1)
  })

  it('times out after 120 s without a first token, and 30 s between tokens', async () => {
    for (const [script, limit] of [
      [[200_000, text('a')], 120_000],
      [[text('a'), 31_000, text('b')], 30_000],
    ] as const) {
      const startedAt = Date.now()
      const model = new ScriptedModel([...script])
      const lines = await collectLines(model)
      expect(lines.at(-1)).toMatchObject({ type: 'end', outcome: 'failed', reason: expect.stringContaining(`for ${limit / 1000} s`) })
      expect(Date.now() - startedAt).toBeLessThan(limit + 200)
      expect(model.aborted).toBe(1)
    }
  })

  it('waits for tokens that come in time', async () => {
    const lines = await collectLines(new ScriptedModel([119_000, text('a'), 29_000, text('b'), 29_000, text('c')]))
    expect(textOf(lines)).toBe('abc')
    expect(lines.at(-1)).toEqual({ type: 'end', outcome: 'completed' })
  })

  it('accepts an empty chunk as a heartbeat, and does not forward it', async () => {
    const thinking = Array.from({ length: 10 }, () => [25_000, text('')]).flat()
    const lines = await collectLines(new ScriptedModel([...thinking, text('so')]))
    expect(lines.filter(({ type }) => type === 'text')).toEqual([{ type: 'text', text: 'so' }])
    expect(lines.at(-1)).toEqual({ type: 'end', outcome: 'completed' })
  })

  it('retries before the first token, after the requested wait', async () => {
    const startedAt = Date.now()
    const model = new ScriptedModel([busy(12_000)], [busy(0)], [text('ok')])
    const lines = await collectLines(model)
    expect(model.calls).toBe(3)
    expect(textOf(lines)).toBe('ok')
    expect(countHeartbeats(lines)).toBeGreaterThanOrEqual(3)
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(12_000)
    expect(Date.now() - startedAt).toBeLessThan(13_000)
  })

  it('reports before each pause its cause, its length and the next attempt', async () => {
    const refused = new ModelError(
      'The model provider limits the request rate (429).',
      { afterMs: 12_000 },
      { status: 429, provider_code: undefined, said: '' },
    )
    const lines = await collectLines(new ScriptedModel([refused], [busy(0)], [text('ok')]))
    expect(lines.flatMap((line) => (line.type === 'alive' && line.retry ? [line.retry] : []))).toEqual([
      { cause: 'busy', reason: refused.message, attempt: 2, attempts: 5, after_ms: 12_000 },
      { cause: 'unavailable', reason: 'Busy.', attempt: 3, attempts: 5, after_ms: 0 },
    ])
  })

  it('reports an answer that the model cut at its length limit', async () => {
    const lines = await collectLines(new ScriptedModel([text('as far as'), { type: 'cut' }, usage]))
    expect(lines.slice(-2)).toEqual([usage, { type: 'end', outcome: 'completed', truncated: true }])
  })

  it('reports no retry when none follows', async () => {
    for (const script of [[new ModelError('No.')], [text('half'), busy()], [busy(300_000)]])
      expect((await collectLines(new ScriptedModel(script))).some((line) => line.type === 'alive' && line.retry)).toBe(false)
    const exhausted = await collectLines(new ScriptedModel([busy(1)]))
    expect(exhausted.filter((line) => line.type === 'alive' && line.retry)).toHaveLength(defaultTimeouts.retryMs.length)
  })

  it('stops retrying at its limit, and reports the number of attempts', async () => {
    const model = new ScriptedModel([busy()])
    expect((await collectLines(model)).at(-1)).toEqual({ type: 'end', outcome: 'failed', reason: 'Busy. Tried 5 times.' })
    expect(model.calls).toBe(1 + defaultTimeouts.retryMs.length)
  })

  it('does not wait longer than the first-token timeout', async () => {
    const model = new ScriptedModel([busy(300_000)])
    expect((await collectLines(model)).at(-1)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('wait 300 s') })
    expect(model.calls).toBe(1)
  })

  it('does not say that the provider asked to wait if it did not', async () => {
    const reason = (await collectLines(new ScriptedModel([119_900, busy()]))).at(-1)
    expect(reason).toMatchObject({ reason: expect.stringContaining('Another attempt exceeds the time limit') })
  })

  it('accepts any byte of the provider as a keep-alive signal, before and after the first token', async () => {
    const comments = (count: number): Step[] => Array.from({ length: count }, (): Step[] => [5_000, { type: 'alive' }]).flat()
    const lines = await collectLines(new ScriptedModel([...comments(26), text('Hello '), ...comments(8), text('world.')]))
    expect(textOf(lines)).toBe('Hello world.')
    expect(lines.at(-1)).toEqual({ type: 'end', outcome: 'completed' })
  })

  it('waits for keep-alive signals up to a bound, and names its variable', async () => {
    const startedAt = Date.now()
    const endless = Array.from({ length: 1_000 }, (): Step[] => [5_000, { type: 'alive' }]).flat()
    const lines = await collectLines(new ScriptedModel([text('Hello '), ...endless]))
    expect(lines.at(-1)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('600 s (SOMA_MODEL_KEEP_ALIVE_MS)') })
    expect(Date.now() - startedAt).toBeLessThan(606_000)
  })

  it('names the variable of each other limit', async () => {
    expect((await collectLines(new ScriptedModel([1_000_000]))).at(-1)).toMatchObject({
      reason: expect.stringContaining('SOMA_MODEL_FIRST_TOKEN_MS'),
    })
    const silent = new ScriptedModel([text('a'), 1_000_000])
    expect((await collectLines(silent)).at(-1)).toMatchObject({ reason: expect.stringContaining('SOMA_MODEL_BETWEEN_TOKENS_MS') })
  })

  it('lets a model pause within a call before its first text', async () => {
    const lines = await collectLines(new ScriptedModel([text(''), 33_000, { type: 'call', name: 'look', arguments: '{}' }]))
    expect(lines.at(-1)).toEqual({ type: 'end', outcome: 'calls' })
  })

  it("includes the provider's own fields of a call", async () => {
    const lines = await collectLines(
      new ScriptedModel([{ type: 'call', name: 'look', arguments: '{}', provider_fields: '{"provider":"p"}' }]),
    )
    expect(lines).toContainEqual(expect.objectContaining({ type: 'call', provider_fields: '{"provider":"p"}' }))
  })

  it('does not retry after the first token, or a permanent failure', async () => {
    const broken = new ScriptedModel([text('half'), busy()])
    expect((await collectLines(broken)).at(-1)).toEqual({ type: 'end', outcome: 'failed', reason: 'Busy.' })
    const refused = new ScriptedModel([new ModelError('No.')])
    expect((await collectLines(refused)).at(-1)).toEqual({ type: 'end', outcome: 'failed', reason: 'No.' })
    expect([broken.calls, refused.calls]).toEqual([1, 1])
  })

  it.each([
    ['silent before the first word', [1_000_000]],
    ['silent after it', [text('a'), 1_000_000]],
    ['waiting to try again', [busy(60_000)]],
  ] as const)('ends at once when it is aborted while the model is %s', async (_, script) => {
    const controller = new AbortController()
    const model = new ScriptedModel([...script])
    setTimeout(() => controller.abort(), 1_000)
    const startedAt = Date.now()
    const lines = await collectLines(model, controller.signal)
    expect(Date.now() - startedAt).toBeLessThan(1_200)
    expect(lines.some(({ type }) => type === 'end')).toBe(false)
    expect(model.calls).toBe(1)
    expect(model.aborted).toBe(1)
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1)
  })

  it('ends with what the provider said, also after its last retry', async () => {
    const report = { status: 400, provider_code: undefined, said: 'Requires --jinja.' }
    for (const retry of [undefined, {}, { afterMs: 1_000_000 }])
      expect((await collectLines(new ScriptedModel([new ModelError('No.', retry, report)]))).at(-1)).toMatchObject({
        outcome: 'failed',
        detail: report.said,
      })
    expect((await collectLines(new ScriptedModel([new ModelError('No.', undefined, { ...report, said: '' })]))).at(-1)).toEqual({
      type: 'end',
      outcome: 'failed',
      reason: 'No.',
    })
  })

  it('does not report a bug as an answer', async () => {
    await expect(collectLines(new ScriptedModel([text('a'), new TypeError('bug')]))).rejects.toThrow('bug')
  })

  it('joins a split character, and replaces a lone half', async () => {
    expect(textOf(await collectLines(new ScriptedModel([text('a\ud83d'), text('\ude00b\ud83d')])))).toBe('a😀b\ufffd')
    expect(textOf(await collectLines(new ScriptedModel([text('\ude00'), text('x\ud83d'), new ModelError('Broke.')])))).toBe('\ufffdx\ufffd')
  })

  it('keeps its lines short without cutting a character', async () => {
    const longText = `a${'😀'.repeat(3 * lineUnits)}`
    const lines = await collectLines(new ScriptedModel([text(longText)]))
    expect(textOf(lines)).toBe(longText)
    for (const line of lines) if (line.type === 'text') expect(line.text.length <= lineUnits && line.text.isWellFormed()).toBe(true)
  })
})

describe('The stream of an attempt', () => {
  const read = async (stream: ReadableStream<Uint8Array>): Promise<RunnerLine[]> =>
    (await new Response(stream).text())
      .trim()
      .split('\n')
      .map((line) => RunnerLine.parse(JSON.parse(line)))

  it('is one line of JSON per event', async () => {
    const lines = await read(runTurn(new ScriptedModel([text('line\nbreak '), text('👩‍👩‍👧')]), job, new AbortController().signal))
    expect(textOf(lines)).toBe('line\nbreak 👩‍👩‍👧')
    expect(lines.at(-1)).toEqual({ type: 'end', outcome: 'completed' })
  })

  it('calls the model on the first read, with backpressure', async () => {
    const model = new ScriptedModel([text('a'), text('b'), text('c')])
    const reader = runTurn(model, job, new AbortController().signal).getReader()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(model.calls).toBe(0)
    await reader.read()
    await reader.read()
    expect(model.calls).toBe(1)
  })

  it('stops the model when it is cancelled', async () => {
    const model = new ScriptedModel([text('a'), 1_000_000])
    const reader = runTurn(model, job, new AbortController().signal).getReader()
    await reader.read()
    await reader.read()
    const pending = reader.read()
    await reader.cancel()
    expect((await pending).done).toBe(true)
    expect(model.aborted).toBe(1)
  })

  it('stops without `end` after an abort', async () => {
    const controller = new AbortController()
    const stream = runTurn(new ScriptedModel([text('a'), 1_000_000]), job, controller.signal)
    setTimeout(() => controller.abort(), 1_000)
    const lines = read(stream)
    await vi.advanceTimersByTimeAsync(1_100)
    expect((await lines).map(({ type }) => type)).toEqual(['alive', 'text'])
  })
})

describe('Reasoning', () => {
  const reasoning = (content: string): ModelChunk => ({ type: 'reasoning', text: content })
  const content = (lines: readonly RunnerLine[]) =>
    lines.flatMap((line) => {
      if (line.type === 'text') return [`text ${line.text}`]
      if (line.type !== 'alive') return [line.type]
      return line.reasoning ? [`reasoning ${line.reasoning}`] : line.reasoning_void ? ['void'] : []
    })

  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is sent in heartbeats, which an earlier release ignores, before the text', async () => {
    const model = new ScriptedModel([reasoning('a\ud83d'), reasoning('\ude00b\ud83d'), text(''), text('Hello'), usage])
    const lines = await collectLines(model)
    expect(content(lines)).toEqual(['reasoning a', 'reasoning \u{1f600}b', 'reasoning \ufffd', 'text Hello', 'usage', 'end'])
    for (const line of lines) expect(RunnerLine.parse(line)).toEqual(line)
  })

  it('counts as output where the provider counts nothing', async () => {
    const lines = await collectLines(new ScriptedModel([reasoning('word '.repeat(40)), text('Hello')]))
    const counted = lines.find((line) => line.type === 'usage')
    expect(counted).toMatchObject({ usage: { output_tokens: 52, reasoning_tokens: 50, estimated: true } })
  })

  it('does not prevent another attempt, and is void then', async () => {
    const model = new ScriptedModel([reasoning('first'), new ModelError('Broke.', {})], [reasoning('second'), text('Hello'), usage])
    expect(content(await collectLines(model))).toEqual(['reasoning first', 'void', 'reasoning second', 'text Hello', 'usage', 'end'])
    expect(model.calls).toBe(2)
  })

  it('stays in the record of a turn that fails', async () => {
    const lines = await collectLines(new ScriptedModel([reasoning('first'), new ModelError('Refused.')]))
    expect(content(lines)).toEqual(['reasoning first', 'usage', 'end'])
    expect(lines.at(-1)).toMatchObject({ outcome: 'failed' })
  })
})
