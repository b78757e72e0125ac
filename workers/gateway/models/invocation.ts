/** Reads the lines of a call, and writes them as one answer or as OpenAI's event stream. */
import type { InvokeResult } from '../../../shared/api/models.ts'
import type { Usage } from '../../../shared/events/event.ts'
import { lines } from '../../../shared/lib/lines.ts'
import { InvokeLine } from '../../../shared/model/invocation.ts'
import type { Failure } from '../../../shared/problem.ts'
import { toProblem } from '../../../shared/problem-texts.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'

/** The conversation Worker ended the stream without a last line. */
const broken: Failure = { kind: 'unavailable', what: 'The conversation Worker' }
const noUsage: Usage = { input_tokens: 0, output_tokens: 0, estimated: true }

/** A running call. */
export interface RunningCall {
  readonly lines: AsyncGenerator<InvokeLine>
  /** Stops the model at once, also while the stream is silent. */
  cancel(): void
}

/** The lines of `stream`, parsed. A stream that breaks has no last line. */
export function runningCall(stream: ReadableStream<Uint8Array>): RunningCall {
  const reader = stream.getReader()
  async function* chunks() {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  }
  async function* parsed() {
    for await (const line of lines(chunks())) yield InvokeLine.parse(JSON.parse(line))
  }
  return { lines: parsed(), cancel: () => void reader.cancel().catch(() => {}) }
}

/** The failure of the last line. */
const failureOf = ({ fault, reason }: Extract<InvokeLine, { type: 'failed' }>): Failure => ({
  kind: 'model_failed',
  why: fault,
  detail: reason,
})

/** The whole answer, or why there is none. */
export async function wholeAnswer(source: AsyncIterable<InvokeLine>): Promise<Result<InvokeResult, Failure>> {
  let content = ''
  let usage = noUsage
  let answeredBy: Pick<InvokeResult, 'model' | 'base_url'> = { model: '', base_url: null }
  for await (const line of source) {
    if (line.type === 'text') content += line.text
    else if (line.type === 'usage') usage = line.usage
    else if (line.type === 'model') answeredBy = { model: line.model, base_url: line.base_url }
    else if (line.type === 'failed') return fail(failureOf(line))
    else if (line.type === 'end') return ok({ content, usage, ...answeredBy, finish_reason: line.truncated ? 'length' : 'stop' })
  }
  return fail(broken)
}

/** The id and the start of a stream. `created`: Unix seconds. */
interface StreamHead {
  readonly id: string
  readonly created: number
}

const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`

/** The lines as OpenAI's chunks, as event-stream text. A failure is one event with `error`, and the last one. */
export async function* chunkEvents(source: AsyncIterable<InvokeLine>, head: StreamHead): AsyncGenerator<string> {
  let model = ''
  let usage = noUsage
  const chunk = (fields: object) => event({ ...head, object: 'chat.completion.chunk', model, ...fields })
  const delta = (delta: object, finish_reason: 'stop' | 'length' | null = null) => chunk({ choices: [{ index: 0, delta, finish_reason }] })
  for await (const line of source) {
    if (line.type === 'model') {
      model = line.model
      yield delta({ role: 'assistant', content: '' })
    } else if (line.type === 'text') yield delta({ content: line.text })
    else if (line.type === 'usage') usage = line.usage
    else if (line.type === 'failed') return yield errorEvent(failureOf(line))
    else if (line.type === 'end') {
      const { input_tokens: prompt_tokens, output_tokens: completion_tokens } = usage
      yield delta({}, line.truncated ? 'length' : 'stop')
      yield chunk({ choices: [], usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens } })
      return yield 'data: [DONE]\n\n'
    } else yield ': alive\n'
  }
  yield errorEvent(broken)
}

/** An error in OpenAI's shape. `code`: the kind of the problem. */
const errorEvent = (failure: Failure): string => {
  const { status, detail } = toProblem(failure, '')
  return event({
    error: { message: detail, type: status >= 500 ? 'server_error' : 'invalid_request_error', param: null, code: failure.kind },
  })
}
