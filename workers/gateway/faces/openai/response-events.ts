/**
 * The events of a response. Pure. A `sequence_number` counts events, and each UTF-16 unit of a delta as one. So the number of a place in the
 * answer does not depend on how its text was cut. A client that returns with a number gets exactly the rest.
 */
import type { OutputItem, ResponseObject } from '../../../../shared/api/openai-responses.ts'
import type { Usage } from '../../../../shared/events/event.ts'
import type { Failure } from '../../../../shared/problem.ts'
import type { FaceEvent } from '../face.ts'

type Fields = Readonly<Record<string, unknown>>

type OpenItem = Extract<OutputItem, { type: 'message' | 'reasoning' }>

const usageOf = ({ input_tokens, output_tokens, cached_tokens = 0, reasoning_tokens = 0 }: Usage): ResponseObject['usage'] => ({
  input_tokens,
  input_tokens_details: { cached_tokens },
  output_tokens,
  output_tokens_details: { reasoning_tokens },
  total_tokens: input_tokens + output_tokens,
})

/** Builds a response from the events of its answer. */
export class ResponseBuilder {
  /** The response so far. */
  response: ResponseObject
  /** Why there is no answer. */
  failure: Failure | undefined
  readonly #after: number
  readonly #now: () => number
  #next = 0
  #open: OpenItem | null = null

  /** `after`: the number of the last event that the client has; -1: none. `now`: Unix ms. */
  constructor(response: ResponseObject, now: () => number, after = -1) {
    this.response = response
    this.#now = now
    this.#after = after
  }

  /** The first events. */
  start(): string {
    return this.#event('response.created', { response: this.response }) + this.#event('response.in_progress', { response: this.response })
  }

  /** The events of one event of the answer, as event-stream text. */
  add(event: FaceEvent): string {
    switch (event.type) {
      case 'model':
        this.response = { ...this.response, model: event.model }
        return ''
      case 'usage':
        this.response = { ...this.response, usage: usageOf(event.usage) }
        return ''
      case 'text':
        return this.#begin('message') + this.#delta('response.output_text.delta', event.text, { content_index: 0, logprobs: [] })
      case 'reasoning':
        return this.#begin('reasoning') + this.#delta('response.reasoning_summary_text.delta', event.text, { summary_index: 0 })
      case 'call':
        return this.#close() + this.#call(event)
      case 'failed':
        this.failure = event.failure
        return ''
      case 'end':
        return this.#close() + this.#end(event.finish)
      default:
        return ': alive\n\n'
    }
  }

  /** The last event of a response that failed. */
  fail(message: string): string {
    this.response = { ...this.response, status: 'failed', error: { code: 'server_error', message } }
    return this.#event('response.failed', { response: this.response })
  }

  #end(finish: 'stop' | 'length' | 'calls' | 'cancelled'): string {
    const status = finish === 'length' ? 'incomplete' : finish === 'cancelled' ? 'cancelled' : 'completed'
    this.response = {
      ...this.response,
      status,
      completed_at: status === 'completed' ? Math.floor(this.#now() / 1_000) : null,
      incomplete_details: finish === 'length' ? { reason: 'max_output_tokens' } : null,
    }
    // The protocol has no event for a cancelled response.
    const type = status === 'completed' ? 'response.completed' : 'response.incomplete'
    return this.#event(type, { response: this.response })
  }

  get #index(): number {
    return this.response.output.length - 1
  }

  #push(item: OutputItem): void {
    this.response = { ...this.response, output: [...this.response.output, item] }
  }

  #replace(item: OutputItem): void {
    this.response = { ...this.response, output: [...this.response.output.slice(0, -1), item] }
  }

  #itemId(prefix: string): string {
    return `${prefix}_${this.response.id}_${this.response.output.length}`
  }

  /** Opens an item of this type, unless it is open. */
  #begin(type: OpenItem['type']): string {
    if (this.#open?.type === type) return ''
    const before = this.#close()
    const item: OpenItem =
      type === 'message'
        ? { type, id: this.#itemId('msg'), role: 'assistant', status: 'in_progress', content: [] }
        : { type, id: this.#itemId('rs'), summary: [], status: 'in_progress' }
    this.#push(item)
    this.#open = item
    const at = { output_index: this.#index, item_id: item.id }
    return (
      before +
      this.#event('response.output_item.added', { output_index: this.#index, item }) +
      (type === 'message'
        ? this.#event('response.content_part.added', { ...at, content_index: 0, part: textPart('') })
        : this.#event('response.reasoning_summary_part.added', { ...at, summary_index: 0, part: summaryPart('') }))
    )
  }

  #textOfOpen(): string {
    if (this.#open === null) return ''
    return this.#open.type === 'message' ? (this.#open.content[0]?.text ?? '') : (this.#open.summary[0]?.text ?? '')
  }

  #delta(type: string, delta: string, fields: Fields): string {
    const text = this.#textOfOpen() + delta
    if (this.#open?.type === 'message') this.#open = { ...this.#open, content: [textPart(text)] }
    else if (this.#open) this.#open = { ...this.#open, summary: [summaryPart(text)] }
    if (this.#open) this.#replace(this.#open)
    const start = this.#next
    this.#next += delta.length
    const end = this.#next - 1
    if (end <= this.#after) return ''
    const rest = delta.slice(Math.max(0, this.#after + 1 - start))
    return sse({ type, ...fields, output_index: this.#index, item_id: this.#open?.id, delta: rest, sequence_number: end })
  }

  /** Closes the open item. */
  #close(): string {
    const open = this.#open
    if (open === null) return ''
    this.#open = null
    const text = open.type === 'message' ? (open.content[0]?.text ?? '') : (open.summary[0]?.text ?? '')
    const item: OutputItem = { ...open, status: 'completed' }
    this.#replace(item)
    const at = { output_index: this.#index, item_id: item.id }
    return (
      (item.type === 'message'
        ? this.#event('response.output_text.done', { ...at, content_index: 0, text, logprobs: [] }) +
          this.#event('response.content_part.done', { ...at, content_index: 0, part: textPart(text) })
        : this.#event('response.reasoning_summary_text.done', { ...at, summary_index: 0, text }) +
          this.#event('response.reasoning_summary_part.done', { ...at, summary_index: 0, part: summaryPart(text) })) +
      this.#event('response.output_item.done', { output_index: this.#index, item })
    )
  }

  #call({ id, name, arguments: args }: Extract<FaceEvent, { type: 'call' }>): string {
    const item = {
      type: 'function_call' as const,
      id: this.#itemId('fc'),
      call_id: id,
      name,
      arguments: '',
      status: 'in_progress' as const,
    }
    this.#push(item)
    const at = { output_index: this.#index, item_id: item.id }
    const added = this.#event('response.output_item.added', { output_index: this.#index, item })
    const done: OutputItem = { ...item, arguments: args, status: 'completed' }
    this.#replace(done)
    return (
      added +
      this.#event('response.function_call_arguments.delta', { ...at, delta: args }) +
      this.#event('response.function_call_arguments.done', { ...at, name, arguments: args }) +
      this.#event('response.output_item.done', { output_index: this.#index, item: done })
    )
  }

  #event(type: string, fields: Fields): string {
    const sequence_number = this.#next
    this.#next += 1
    return sequence_number <= this.#after ? '' : sse({ type, ...fields, sequence_number })
  }
}

const textPart = (text: string) => ({ type: 'output_text' as const, text, annotations: [], logprobs: [] })
const summaryPart = (text: string) => ({ type: 'summary_text' as const, text })

const sse = (event: { readonly type: string } & Fields): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
