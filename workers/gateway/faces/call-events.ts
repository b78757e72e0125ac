/** The lines of a call without a session, as events of a face. */
import type { InvokeLine } from '../../../shared/model/invocation.ts'
import { estimateTokens } from '../../../shared/model/tokens.ts'
import type { FaceEvent } from './face.ts'
import { StopText } from './stop-text.ts'

/**
 * The events of `lines`. The answer ends before a text of `stop`. Then `cancel` stops the model, and the usage is our estimate.
 * `inputTokens`: of the conversation, by our estimate.
 */
export async function* callEvents(
  lines: AsyncIterable<InvokeLine>,
  stop: readonly string[],
  inputTokens: number,
  cancel: () => void,
): AsyncGenerator<FaceEvent> {
  const stopText = new StopText(stop)
  let calls = 0
  let written = ''
  for await (const line of lines) {
    if (line.type === 'text') {
      const text = stopText.add(line.text)
      if (text !== '') yield { type: 'text', text }
      written += line.text
      if (stopText.reached === undefined) continue
      cancel()
      yield { type: 'usage', usage: { input_tokens: inputTokens, output_tokens: estimateTokens(written), estimated: true } }
      return yield { type: 'end', finish: 'stop', stop: stopText.reached }
    }
    if (line.type === 'call') {
      yield* rest(stopText)
      calls += 1
      yield { type: 'call', id: `call_${crypto.randomUUID().replaceAll('-', '')}`, name: line.name, arguments: line.arguments }
    } else if (line.type === 'end') {
      yield* rest(stopText)
      return yield { type: 'end', finish: line.truncated ? 'length' : calls > 0 ? 'calls' : 'stop' }
    } else if (line.type === 'failed') {
      return yield { type: 'failed', failure: { kind: 'model_failed', why: line.fault, detail: line.reason } }
    } else if (line.type === 'model') yield { type: 'model', model: line.model }
    else yield line
  }
  yield { type: 'failed', failure: { kind: 'unavailable', what: 'The conversation Worker' } }
}

function* rest(stopText: StopText): Generator<FaceEvent> {
  const text = stopText.rest()
  if (text !== '') yield { type: 'text', text }
}
