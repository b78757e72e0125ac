/**
 * The recording of one attempt at a turn: what the model sent, so that a replay sends the same again. Pure. `record` fills it while the
 * attempt runs. `recordedModel` plays it back.
 */
import { z } from 'zod'
import { AnsweredBy, Effect, Usage } from '../events/event.ts'
import { textHash } from '../lib/text-hash.ts'
import { type Model, type ModelChunk, ModelError, type ModelRequest } from '../model/model.ts'
import type { ToolSpec } from '../tool/tool.ts'
import { recordingUnits } from './recording-limits.ts'
import { RunnerLine } from './runner.ts'

const report = RunnerLine.options[3].shape.context

/** A chunk of a model. Signals without content are not recorded. */
const RecordedChunk = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('reasoning'), text: z.string() }),
  z.object({ type: z.literal('reasoning_void') }),
  z.object({ type: z.literal('text_void') }),
  z.object({ type: z.literal('call'), name: z.string(), arguments: z.string(), provider_fields: z.string().optional() }),
  z.object({ type: z.literal('usage'), usage: Usage, clamped: z.literal(true).optional() }),
  z.object({ type: z.literal('answered_by'), answered_by: AnsweredBy, estimated_tokens: z.number().optional() }),
  z.object({ type: z.literal('context'), context: report.unwrap() }),
  z.object({ type: z.literal('cut') }),
])

/** One model call: what came, and how it ended. `stopped`: the attempt stopped it, for example at a time limit. */
const RecordedCall = z.object({
  chunks: z.array(RecordedChunk),
  end: z.enum(['done', 'failed', 'stopped']),
  error: z
    .object({ message: z.string(), retry: z.object({ afterMs: z.number().optional() }).optional(), said: z.string().optional() })
    .optional(),
})

/** The model calls of one attempt, retries included. */
export const Recording = z.object({
  version: z.literal(1),
  prompt_sha256: z.string().meta({ description: 'SHA-256 of the messages that the session sent to the runner, as JSON.' }),
  calls: z.array(RecordedCall),
  tools: z
    .array(z.object({ name: z.string(), effect: Effect, timeout_ms: z.int().min(1), checks: z.literal(true).optional() }))
    .meta({ description: 'What the session knows of the tools that the model called.' }),
})
export type Recording = z.infer<typeof Recording>
type RecordedCall = z.infer<typeof RecordedCall>

/** The hash of a prompt. */
export const promptHash = (messages: ModelRequest['messages']): string => textHash(JSON.stringify(messages))

/** Records the model calls of one attempt. */
export class AttemptRecorder {
  readonly #calls: RecordedCall[] = []
  readonly #tools = new Map<string, Recording['tools'][number]>()
  readonly #isOn: () => Promise<boolean>
  #prompt = ''
  #units = 0
  #hasEnded = false

  /** `isOn`: whether the workspace records. It is asked at the first call. */
  constructor(isOn: () => Promise<boolean>) {
    this.#isOn = isOn
  }

  /** `model`, recorded. */
  record(model: Model): Model {
    const recorder = this
    return {
      async *answer(request, signal) {
        if (!(await recorder.#isOn())) return yield* model.answer(request, signal)
        recorder.#prompt ||= promptHash(request.messages)
        const call: RecordedCall = { chunks: [], end: 'stopped' }
        recorder.#calls.push(call)
        try {
          for await (const chunk of model.answer(request, signal)) {
            recorder.#add(call, chunk, request)
            yield chunk
          }
          call.end = 'done'
        } catch (error) {
          if (error instanceof ModelError) {
            call.end = 'failed'
            const { message, retry, report } = error
            call.error = { message, ...(retry && { retry: { ...retry } }), ...(report?.said && { said: report.said }) }
          }
          throw error
        }
      },
    }
  }

  /** Call with each line of the attempt. */
  observe(line: RunnerLine): void {
    if (line.type === 'end') this.#hasEnded = true
  }

  /** The recording as JSON. Undefined: nothing was recorded, the attempt did not end, or it exceeds the limit. */
  get body(): string | undefined {
    if (!this.#hasEnded || this.#calls.length === 0 || this.#units > recordingUnits) return undefined
    const recording: Recording = { version: 1, prompt_sha256: this.#prompt, calls: this.#calls, tools: [...this.#tools.values()] }
    const body = JSON.stringify(recording)
    return body.length > recordingUnits ? undefined : body
  }

  #add(call: RecordedCall, chunk: ModelChunk, { tools }: ModelRequest): void {
    if (chunk.type === 'alive' || this.#units > recordingUnits) return
    this.#units += 'text' in chunk ? chunk.text.length : chunk.type === 'call' ? chunk.arguments.length : 0
    // A recording beyond the limit would only hold memory.
    if (this.#units > recordingUnits) this.#calls.length = 0
    // The caller's object may change later.
    call.chunks.push(structuredClone(chunk) as RecordedCall['chunks'][number])
    const tool = chunk.type === 'call' && tools.find(({ name }) => name === chunk.name)
    if (!tool) return
    const { name, effect, timeout_ms, checks } = tool
    this.#tools.set(name, { name, effect, timeout_ms, ...(checks && { checks }) })
  }
}

/** What the session knew of the tools that the model called. */
export const recordedTools = ({ tools }: Recording): ToolSpec[] =>
  tools.map(({ checks, ...tool }) => ({ ...tool, description: '', parameters: {}, ...(checks && { checks }) }))

/** A call of a recording that has no further calls, or that a time limit stopped. */
export class NotRecorded extends Error {}

/** The model of `recording`: each call plays the next recorded one. Nothing waits, so pauses that a provider named are left out. */
export function recordedModel({ calls }: Recording): Model {
  let next = 0
  return {
    async *answer() {
      const call = calls[next++]
      if (!call) throw new NotRecorded('the model was called more often than recorded')
      yield* call.chunks as readonly ModelChunk[]
      if (call.end === 'stopped') throw new NotRecorded('the recorded attempt stopped this model call')
      if (call.end === 'done') return
      const { message = '', retry, said } = call.error ?? {}
      const wasRetried = next < calls.length
      const report = said === undefined ? undefined : { status: undefined, provider_code: undefined, said }
      throw new ModelError(message, wasRetried ? { afterMs: 0 } : (retry as { afterMs?: number } | undefined), report)
    },
  }
}
