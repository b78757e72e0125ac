import { describe, expect, it } from 'vitest'
import { costOf } from '../../../../shared/limits/budget.ts'
import type { ModelChunk } from '../../../../shared/model/model.ts'
import { AnswerReader } from '../../../../workers/conversation/models/answer-reader.ts'

/** The chunks of an answer with these events. */
function read(...events: readonly object[]): ModelChunk[] {
  const reader = new AnswerReader('', 'provider')
  return [...events.flatMap((event) => [...reader.read(event)]), ...reader.end(true)]
}

const usageOf = (chunks: readonly ModelChunk[]) => chunks.flatMap((chunk) => (chunk.type === 'usage' ? [chunk.usage] : [])).at(-1)

describe('The usage of an answer', () => {
  const price = { input_per_million: 2.5, output_per_million: 10 }
  const usages = [
    { prompt_tokens: 7, completion_tokens: 20 },
    { prompt_tokens: 7, completion_tokens: 20, total_tokens: 38, completion_tokens_details: { reasoning_tokens: 11 } },
    { prompt_tokens: 700, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 512 } },
  ]

  it('costs the same streamed and in one piece', () => {
    for (const usage of usages) {
      const whole = read({ choices: [{ message: { content: 'Hello there.' }, finish_reason: 'stop' }], usage })
      const atTheEnd = read(
        { choices: [{ delta: { content: 'Hello' } }], usage: null },
        { choices: [{ delta: { content: ' there.' }, finish_reason: 'stop' }] },
        { choices: [], usage },
      )
      const withEachPiece = read(
        { choices: [{ delta: { content: 'Hello' } }], usage: { prompt_tokens: 7, completion_tokens: 1 } },
        { choices: [{ delta: { content: ' there.' }, finish_reason: 'stop' }], usage },
      )
      const [expected, ...others] = [whole, atTheEnd, withEachPiece].map((chunks) => usageOf(chunks))
      expect(expected).toBeDefined()
      for (const other of others) {
        expect(other).toEqual(expected)
        if (other && expected) expect(costOf(other, price)).toEqual(costOf(expected, price))
      }
    }
  })
})
