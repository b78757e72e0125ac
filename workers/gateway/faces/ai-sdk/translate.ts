/** The events of an answer as the AI SDK's UI message stream. Pure. */
import type { Failure } from '../../../../shared/problem.ts'
import { toProblem } from '../../../../shared/problem-texts.ts'
import type { FaceEvent } from '../face.ts'

/** The headers of the stream. */
export const uiStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-vercel-ai-ui-message-stream': 'v1',
}

const data = (chunk: object): string => `data: ${JSON.stringify(chunk)}\n\n`

const failureText = (failure: Failure): string => toProblem(failure, '').detail

/** The input of a call. What is no JSON stays text. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const finishReasons = { stop: 'stop', length: 'length', calls: 'tool-calls', cancelled: 'stop' } as const

/** The chunks of one message, whose id is that of the turn. A text or a reasoning has one part until something else comes. */
export async function* uiChunks(events: AsyncIterable<FaceEvent>, turn: string): AsyncGenerator<string> {
  let open: 'text' | 'reasoning' | null = null
  let parts = 0
  let hasStep = false
  const id = () => `${turn}-${parts}`
  const closed = () => {
    if (open === null) return ''
    const chunk = data({ type: `${open}-end`, id: id() })
    open = null
    return chunk
  }
  const opened = (type: 'text' | 'reasoning') => {
    if (open === type) return ''
    const before = closed()
    parts += 1
    open = type
    return before + data({ type: `${type}-start`, id: id() })
  }
  const stepped = () => {
    if (hasStep) return ''
    hasStep = true
    return data({ type: 'start-step' })
  }
  yield data({ type: 'start', messageId: turn, messageMetadata: { turn_id: turn } })
  for await (const event of events) {
    if (event.type === 'text') yield stepped() + opened('text') + data({ type: 'text-delta', id: id(), delta: event.text })
    else if (event.type === 'reasoning')
      yield stepped() + opened('reasoning') + data({ type: 'reasoning-delta', id: id(), delta: event.text })
    else if (event.type === 'session_call')
      yield stepped() +
        closed() +
        data({
          type: 'tool-input-available',
          toolCallId: event.id,
          toolName: event.name,
          input: inputOf(event.arguments),
          providerExecuted: true,
          dynamic: true,
        })
    else if (event.type === 'session_result') {
      const shared = { toolCallId: event.id, providerExecuted: true, dynamic: true }
      yield data(
        event.isError
          ? { type: 'tool-output-error', errorText: event.text, ...shared }
          : { type: 'tool-output-available', output: inputOf(event.text), ...shared },
      )
    } else if (event.type === 'waiting')
      // A decision is made by its own route, never by a message of the client.
      yield data({ type: 'data-waiting', id: event.id, data: { call_id: event.id, reason: event.reason, until: event.until } })
    else if (event.type === 'failed')
      return yield `${closed() + data({ type: 'error', errorText: failureText(event.failure) })}data: [DONE]\n\n`
    else if (event.type === 'end') {
      const last = event.finish === 'cancelled' ? { type: 'abort' } : { type: 'finish', finishReason: finishReasons[event.finish] }
      return yield `${closed() + (hasStep ? data({ type: 'finish-step' }) : '') + data(last)}data: [DONE]\n\n`
    } else if (event.type === 'alive') yield ': alive\n\n'
  }
}
