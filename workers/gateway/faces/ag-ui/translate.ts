/** The events of an answer as those of AG-UI 1.0. Pure. */
import type { Usage } from '../../../../shared/events/event.ts'
import { toProblem } from '../../../../shared/problem-texts.ts'
import type { FaceEvent } from '../face.ts'

/** One run: the client's names, and the turn. */
export interface Run {
  readonly threadId: string
  readonly runId: string
  readonly turn: string
}

const data = (event: { readonly type: string } & Readonly<Record<string, unknown>>): string => `data: ${JSON.stringify(event)}\n\n`

const usageOf = (model: string | undefined, { input_tokens, output_tokens, cached_tokens, reasoning_tokens }: Usage) => ({
  ...(model !== undefined && { model }),
  inputTokens: input_tokens,
  outputTokens: output_tokens,
  totalTokens: input_tokens + output_tokens,
  ...(cached_tokens !== undefined && { cachedInputTokens: cached_tokens }),
  ...(reasoning_tokens !== undefined && { reasoningTokens: reasoning_tokens }),
})

/** The id of an interrupt names the event after which the run continues, and the call. */
export const interruptId = (seq: number, call: string): string => `${seq}.${call}`

/** What an interrupt's id names. Undefined: nothing. */
export function interruptOf(id: string): { readonly seq: string; readonly call: string } | undefined {
  const [, seq, call] = /^(\d{1,15})\.(.{1,64})$/.exec(id) ?? []
  return seq === undefined || call === undefined ? undefined : { seq, call }
}

/** The events of one run. A call that waits for a user ends it with an interrupt. */
export async function* runEvents(events: AsyncIterable<FaceEvent>, { threadId, runId, turn }: Run): AsyncGenerator<string> {
  let open: 'text' | 'reasoning' | null = null
  let parts = 0
  let model: string | undefined
  let usage: object | undefined
  const messageId = () => `${turn}-${runId.slice(0, 64)}-${parts}`
  const closed = () => {
    const type = open
    open = null
    if (type === 'text') return data({ type: 'TEXT_MESSAGE_END', messageId: messageId() })
    if (type === 'reasoning')
      return data({ type: 'REASONING_MESSAGE_END', messageId: messageId() }) + data({ type: 'REASONING_END', messageId: messageId() })
    return ''
  }
  const opened = (type: 'text' | 'reasoning') => {
    if (open === type) return ''
    const before = closed()
    parts += 1
    open = type
    if (type === 'text') return before + data({ type: 'TEXT_MESSAGE_START', messageId: messageId(), role: 'assistant' })
    return (
      before +
      data({ type: 'REASONING_START', messageId: messageId() }) +
      data({ type: 'REASONING_MESSAGE_START', messageId: messageId(), role: 'reasoning' })
    )
  }
  const finished = (outcome: object) =>
    closed() + data({ type: 'RUN_FINISHED', threadId, runId, outcome, ...(usage && { usage: [usage] }) })
  yield data({ type: 'RUN_STARTED', threadId, runId, protocolVersion: '1.0' })
  for await (const event of events) {
    // The protocol knows no empty piece.
    if ((event.type === 'text' || event.type === 'reasoning') && event.text === '') yield ': alive\n\n'
    else if (event.type === 'text') yield opened('text') + data({ type: 'TEXT_MESSAGE_CONTENT', messageId: messageId(), delta: event.text })
    else if (event.type === 'reasoning')
      yield opened('reasoning') + data({ type: 'REASONING_MESSAGE_CONTENT', messageId: messageId(), delta: event.text })
    else if (event.type === 'session_call') {
      const toolCallId = event.id
      yield closed() +
        data({ type: 'TOOL_CALL_START', toolCallId, toolCallName: event.name }) +
        (event.arguments === '' ? '' : data({ type: 'TOOL_CALL_ARGS', toolCallId, delta: event.arguments })) +
        data({ type: 'TOOL_CALL_END', toolCallId })
    } else if (event.type === 'session_result')
      yield closed() +
        data({ type: 'TOOL_CALL_RESULT', messageId: `${event.id}-result`, toolCallId: event.id, content: event.text, role: 'tool' })
    else if (event.type === 'waiting') {
      const interrupt = {
        id: interruptId(event.seq, event.id),
        reason: 'tool_call',
        message: event.reason,
        toolCallId: event.id,
        expiresAt: new Date(event.until).toISOString(),
      }
      return yield finished({ type: 'interrupt', interrupts: [interrupt] })
    } else if (event.type === 'model') model = event.model
    else if (event.type === 'usage') usage = usageOf(model, event.usage)
    else if (event.type === 'failed') {
      const { detail } = toProblem(event.failure, '')
      return yield closed() + data({ type: 'RUN_ERROR', message: detail, code: event.failure.kind })
    } else if (event.type === 'end') return yield finished({ type: event.finish === 'cancelled' ? 'cancelled' : 'success' })
    else yield ': alive\n\n'
  }
}
