/**
 * One attempt at one turn: calls the model, and reports events as runner lines. Portable. The caller brings the model and
 * carries the bytes. Guarantees:
 * - The model is not called before the stream is read.
 * - While the model is silent, an `alive` line is sent as a heartbeat.
 * - The last line is `end`. An aborted attempt, or one that hits a bug, stops without it.
 * - Text is well formed, in lines of at most `lineUnits`, for any split by the provider.
 */
import { sleep, timedOut, withTimeout } from '../lib/timeout.ts'
import { type Model, type ModelChunk, ModelError, type ModelRequest, messageText } from '../model/model.ts'
import { estimateContextTokens, estimateTokens } from '../model/tokens.ts'
import type { ToolSpec } from '../tool/tool.ts'
import { LineQueue } from './line-queue.ts'
import { aliveMs, callLimits, lineUnits, type RunnerLine, type TurnJob } from './runner.ts'

/** Timeouts of one attempt, in milliseconds. */
export interface TurnTimeouts {
  readonly aliveMs: number
  /** From the first call to the first token, including retry pauses. */
  readonly firstTokenMs: number
  readonly betweenTokensMs: number
  /** The longest time with keep-alive signals, such as comments, and without a token. */
  readonly keepAliveMs: number
  /** Pauses before retries, if the provider names none. Their number is the number of retries. */
  readonly retryMs: readonly number[]
}

/** The timeouts without configuration. */
export const defaultTimeouts: TurnTimeouts = {
  aliveMs,
  firstTokenMs: 120_000,
  betweenTokensMs: 30_000,
  keepAliveMs: 600_000,
  retryMs: [500, 2_000, 5_000, 10_000],
}

/** The tools that the model may call, or their promise. It never rejects. */
export type OfferedTools = readonly ToolSpec[] | Promise<readonly ToolSpec[]>

/** Buffer between model and session, in UTF-16 units. It bounds how far the model is read ahead, without waiting for each word. */
const waitingUnits = 65_536

/**
 * The attempt as an NDJSON byte stream that starts on the first read. Cancelling it, or aborting `signal`, stops the model.
 * `observe` is called with each line.
 */
export function runTurn(
  model: Model,
  job: TurnJob,
  signal: AbortSignal,
  timeouts: TurnTimeouts = defaultTimeouts,
  tools: OfferedTools = [],
  observe?: (line: RunnerLine) => void,
): ReadableStream<Uint8Array> {
  const cancellation = new AbortController()
  const lines = runAttempt(model, job, AbortSignal.any([signal, cancellation.signal]), timeouts, tools)
  const queue = new LineQueue(lines, waitingUnits, observe)
  const encoder = new TextEncoder()
  return new ReadableStream({
    // Only byte streams cross RPC.
    type: 'bytes',
    async pull(controller) {
      const text = await queue.next()
      if (text !== undefined) return controller.enqueue(encoder.encode(text))
      if (cancellation.signal.aborted) return
      controller.close()
      // A pending read of a byte stream is answered only now.
      controller.byobRequest?.respond(0)
    },
    cancel(reason) {
      cancellation.abort(reason)
    },
  })
}

/** The lines of one attempt. Returns without `end` after an abort. */
export async function* runAttempt(
  model: Model,
  job: Pick<TurnJob, 'messages' | 'metadata' | 'at'>,
  signal: AbortSignal,
  timeouts: TurnTimeouts = defaultTimeouts,
  offered: OfferedTools = [],
): AsyncGenerator<RunnerLine, void> {
  // A request for this line proves that the stream is read. Only then is the model worth its cost.
  yield { type: 'alive' }
  const tools = await offered
  if (signal.aborted) return
  const request: ModelRequest = { messages: job.messages, tools, metadata: job.metadata, at: job.at }
  const assembler = new Utf16Assembler((text) => ({ type: 'text', text }))
  const reasoning = new Utf16Assembler((text) => ({ type: 'alive', reasoning: text }))
  let hasUsage = false
  let callText = ''
  let calls = 0
  let isTruncated = false
  try {
    for await (const chunk of withRetries(model, request, signal, timeouts)) {
      if (chunk.type === 'alive') yield chunk
      else if (chunk.type === 'answered_by') yield begun(chunk)
      else if (chunk.type === 'context') yield { type: 'alive', context: chunk.context }
      else if (chunk.type === 'usage') {
        hasUsage = true
        yield chunk
      } else if (chunk.type === 'call') {
        calls += 1
        callText += chunk.name + chunk.arguments
        yield callLine(chunk, calls, tools)
      } else if (chunk.type === 'cut') isTruncated = true
      else if (chunk.type === 'reasoning') yield* reasoning.add(chunk.text)
      else if (chunk.type === 'text_void') yield* [...assembler.flush(), { type: 'alive', text_void: true } as const]
      else if (chunk.type === 'reasoning_void') yield* [...reasoning.flush(), { type: 'alive', reasoning_void: true } as const]
      else {
        if (chunk.text !== '') yield* reasoning.flush()
        yield* assembler.add(chunk.text)
      }
    }
    yield* reasoning.flush()
    yield* assembler.flush()
    if (!hasUsage) yield estimatedUsage(job, assembler.text + callText, reasoning.text)
    yield { type: 'end', outcome: calls > 0 ? 'calls' : 'completed', ...(isTruncated && { truncated: true }) }
  } catch (error) {
    if (signal.aborted) return
    if (!(error instanceof ModelError)) throw error
    yield* reasoning.flush()
    yield* assembler.flush()
    if (!hasUsage && assembler.text + reasoning.text !== '') yield estimatedUsage(job, assembler.text, reasoning.text)
    yield { type: 'end', outcome: 'failed', reason: error.message, ...(error.report?.said && { detail: error.report.said }) }
  }
}

/** A call as the session records it. A call of an unknown tool is recorded too, and its executor reports that to the model. */
function callLine(call: Extract<ModelChunk, { type: 'call' }>, count: number, tools: readonly ToolSpec[]): RunnerLine {
  const { name, arguments: args, provider_fields } = call
  if (count > callLimits.calls) throw new ModelError(`The model requested more than ${callLimits.calls} tool calls at once.`)
  if (name.length > callLimits.nameUnits || args.length > callLimits.argumentsUnits)
    throw new ModelError('The model requested a tool call with a name or arguments beyond the size limit.')
  const { effect, timeout_ms, checks } = tools.find((tool) => tool.name === name) ?? { effect: 'none', timeout_ms: 30_000 }
  const extra = { ...(checks && { checks }), ...(provider_fields !== undefined && { provider_fields: provider_fields.toWellFormed() }) }
  return { type: 'call', name: name.toWellFormed(), arguments: args.toWellFormed(), effect, timeout_ms, ...extra }
}

const begun = ({ answered_by, estimated_tokens }: Extract<ModelChunk, { type: 'answered_by' }>): RunnerLine => ({
  type: 'alive',
  answered_by,
  ...(estimated_tokens !== undefined && { context: { estimated_tokens } }),
})

const estimatedUsage = (job: Pick<TurnJob, 'messages'>, text: string, reasoning: string): RunnerLine => ({
  type: 'usage',
  usage: {
    input_tokens: estimateContextTokens(job.messages.map(messageText)),
    output_tokens: estimateTokens(text) + estimateTokens(reasoning),
    ...(reasoning !== '' && { reasoning_tokens: estimateTokens(reasoning) }),
    estimated: true,
  },
})

type AliveLine = Extract<RunnerLine, { type: 'alive' }>

/** The chunks of the first attempt that produces output. A transient failure before the first token is retried, within `firstTokenMs`. */
async function* withRetries(
  model: Model,
  request: ModelRequest,
  signal: AbortSignal,
  timeouts: TurnTimeouts,
): AsyncGenerator<ModelChunk | AliveLine> {
  const firstTokenBy = Date.now() + timeouts.firstTokenMs
  for (let attempt = 1; ; attempt++) {
    let hasOutput = false
    let hasReasoning = false
    try {
      for await (const chunk of withIdleTimeout(model, request, signal, timeouts, firstTokenBy)) {
        if (chunk.type === 'reasoning') hasReasoning = true
        if (chunk.type === 'reasoning_void') hasReasoning = false
        if (chunk.type === 'text_void') hasOutput = false
        hasOutput ||= chunk.type === 'call' || (chunk.type === 'text' && chunk.text !== '')
        yield chunk
      }
      return
    } catch (error) {
      const pause = timeouts.retryMs[attempt - 1]
      if (hasOutput || signal.aborted || !(error instanceof ModelError) || error.retry === undefined) throw error
      if (pause === undefined) throw new ModelError(`${error.message} Tried ${attempt} times.`, undefined, error.report)
      // Up to a quarter of jitter, so that sessions refused together do not retry together.
      const waitMs = error.retry.afterMs ?? pause * (1 + Math.random() / 4)
      if (Date.now() + waitMs >= firstTokenBy)
        throw new ModelError(`${error.message} ${waitText(waitMs, error.retry.afterMs !== undefined)}`, undefined, error.report)
      // The next call thinks for itself.
      if (hasReasoning) yield { type: 'reasoning_void' }
      const retry = { cause: error.busy ? 'busy' : 'unavailable', reason: error.message, attempt: attempt + 1 } as const
      yield { type: 'alive', retry: { ...retry, attempts: timeouts.retryMs.length + 1, after_ms: Math.ceil(waitMs) } }
      for (let remaining = waitMs; remaining > 0; remaining -= timeouts.aliveMs) {
        await sleep(Math.min(remaining, timeouts.aliveMs), signal)
        yield { type: 'alive' }
      }
    }
  }
}

const waitText = (ms: number, isRequested: boolean): string =>
  isRequested
    ? `It asks to wait ${Math.ceil(ms / 1000)} s, which exceeds the time limit (SOMA_MODEL_FIRST_TOKEN_MS).`
    : 'Another attempt exceeds the time limit (SOMA_MODEL_FIRST_TOKEN_MS).'

/** A time limit of a model call: when it ends, and its text in the error. */
interface Deadline {
  readonly at: number
  readonly text: string
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`

/**
 * The current limit. A keep-alive signal extends the silence, but not beyond `keepAliveMs` after the last token. Before the first text, the
 * limit of the first token also applies. A model that thinks or prepares a call may pause.
 */
function deadline(
  timeouts: TurnTimeouts,
  activity: { lastSignalAt: number; lastProgressAt: number; hasText: boolean; firstTokenBy: number },
): Deadline {
  const { lastSignalAt, lastProgressAt, hasText, firstTokenBy } = activity
  const aliveUntil = lastProgressAt + timeouts.keepAliveMs
  const silentUntil = lastSignalAt === 0 ? 0 : lastSignalAt + timeouts.betweenTokensMs
  if (!hasText && silentUntil <= firstTokenBy)
    return { at: firstTokenBy, text: `The model sent nothing for ${seconds(timeouts.firstTokenMs)} (SOMA_MODEL_FIRST_TOKEN_MS)` }
  if (aliveUntil < silentUntil)
    return {
      at: aliveUntil,
      text: `The model only kept the connection open for ${seconds(timeouts.keepAliveMs)} (SOMA_MODEL_KEEP_ALIVE_MS)`,
    }
  return { at: silentUntil, text: `The model sent nothing for ${seconds(timeouts.betweenTokensMs)} (SOMA_MODEL_BETWEEN_TOKENS_MS)` }
}

/** One model call with heartbeats, aborted after too long a silence. */
async function* withIdleTimeout(
  model: Model,
  request: ModelRequest,
  signal: AbortSignal,
  timeouts: TurnTimeouts,
  firstTokenBy: number,
): AsyncGenerator<ModelChunk> {
  const timeout = new AbortController()
  const chunks = model.answer(request, AbortSignal.any([signal, timeout.signal]))[Symbol.asyncIterator]()
  const activity = { lastSignalAt: 0, lastProgressAt: Date.now(), hasText: false, firstTokenBy }
  try {
    while (true) {
      const next = chunks.next()
      // The promise may reject after the loop has ended.
      next.catch(() => {})
      let chunk: IteratorResult<ModelChunk> | typeof timedOut = timedOut
      while (chunk === timedOut) {
        // Checked once more at the deadline: the chunk may have arrived while our own reader was slow.
        const limit = deadline(timeouts, activity)
        const remaining = Math.max(0, limit.at - Date.now())
        chunk = await withTimeout(next, Math.min(remaining, timeouts.aliveMs), signal)
        if (chunk !== timedOut) break
        if (Date.now() >= limit.at) throw new ModelError(`${limit.text}, so the request was stopped.`)
        yield { type: 'alive' }
      }
      if (chunk.done) return
      const { value } = chunk
      yield value
      activity.lastSignalAt = Date.now()
      if (value.type !== 'alive') activity.lastProgressAt = activity.lastSignalAt
      activity.hasText ||= value.type === 'text' && value.text !== ''
      const limit = deadline(timeouts, activity)
      if (activity.lastSignalAt >= limit.at) throw new ModelError(`${limit.text}, so the request was stopped.`)
    }
  } finally {
    // Not awaited, because a hanging source would not return. The signal closes it.
    timeout.abort()
    chunks.return?.()?.catch(() => {})
  }
}

/**
 * Joins text that a provider split inside a character. It joins a surrogate pair that two chunks share, and replaces a lone half with
 * U+FFFD. The text then survives UTF-8 unchanged.
 */
class Utf16Assembler {
  text = ''
  #half = ''
  readonly #toLine: (text: string) => RunnerLine

  constructor(toLine: (text: string) => RunnerLine) {
    this.#toLine = toLine
  }

  /** The lines that can be sent now, from `text` and the withheld half. */
  add(text: string): RunnerLine[] {
    const joined = this.#half + text
    const last = joined.charCodeAt(joined.length - 1)
    const endsInHalf = last >= 0xd800 && last <= 0xdbff
    this.#half = endsInHalf ? joined.slice(-1) : ''
    return this.#lines(endsInHalf ? joined.slice(0, -1) : joined)
  }

  /** The withheld half, at the end of the stream. */
  flush(): RunnerLine[] {
    const half = this.#half
    this.#half = ''
    return this.#lines(half)
  }

  #lines(text: string): RunnerLine[] {
    const wellFormed = text.toWellFormed()
    this.text += wellFormed
    const lines: RunnerLine[] = []
    for (let start = 0; start < wellFormed.length; ) {
      let end = Math.min(start + lineUnits, wellFormed.length)
      // Never between the halves of a pair.
      if (end < wellFormed.length && (wellFormed.codePointAt(end - 1) ?? 0) > 0xffff) end--
      lines.push(this.#toLine(wellFormed.slice(start, end)))
      start = end
    }
    return lines
  }
}
