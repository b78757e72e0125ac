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

describe('The reasoning of an answer', () => {
  const answered = { delta: { content: 'Four.' }, finish_reason: 'stop' }
  const said = (chunks: readonly ModelChunk[]) => [
    chunks.flatMap((chunk) => (chunk.type === 'reasoning' ? [chunk.text] : [])).join(''),
    chunks.flatMap((chunk) => (chunk.type === 'text' ? [chunk.text] : [])).join(''),
  ]
  const deltas = (...all: readonly object[]) => all.map((delta) => ({ choices: [{ delta }] }))

  it.each([
    ['reasoning_content (DeepSeek, vLLM)', deltas({ reasoning_content: 'Two ' }, { reasoning_content: 'and two.' })],
    ['reasoning (Ollama, Groq)', deltas({ reasoning: 'Two ' }, { reasoning: 'and two.' })],
    [
      'reasoning and reasoning_details (OpenRouter)',
      deltas(
        { reasoning: 'Two ', reasoning_details: [{ type: 'reasoning.text', text: 'Two ' }] },
        { reasoning: 'and two.', reasoning_details: [{ type: 'reasoning.text', text: 'and two.' }] },
      ),
    ],
    ['reasoning_details alone', deltas({ reasoning_details: [{ type: 'reasoning.summary', summary: 'Two and two.' }] })],
    ['thinking_blocks (LiteLLM)', deltas({ thinking_blocks: [{ type: 'thinking', thinking: 'Two and two.', signature: 's' }] })],
    ['a part of the content (Mistral)', deltas({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Two and two.' }] }] })],
    ['tags in the text', deltas({ content: '<thi' }, { content: 'nk>\nTwo and' }, { content: ' two.</think>\n\n' })],
  ])('is read from %s', (_, events) => {
    expect(said(read(...events, { choices: [answered] }))).toEqual(['Two and two.', 'Four.'])
  })

  it('comes before the text, also when the answer comes whole', () => {
    const message = { reasoning_content: 'Two and two.', content: 'Four.' }
    const chunks = read({ choices: [{ message, finish_reason: 'stop' }] })
    expect(chunks.map(({ type }) => type)).toEqual(['reasoning', 'text'])
    // A repeated whole message adds nothing.
    expect(said(read(...deltas({ reasoning_content: 'Two ' }), { choices: [{ message, finish_reason: 'stop' }] }))).toEqual([
      'Two and two.',
      'Four.',
    ])
  })

  it('is nothing if it is blank or encrypted', () => {
    const blank = deltas({ content: '<think>\n\n</think>\n' }, { reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] })
    expect(said(read(...blank, { choices: [answered] }))).toEqual(['', 'Four.'])
  })

  it('does not contain the key, at any cut', () => {
    const text = 'The key is sk-secret-key, I think.'
    for (let cut = 0; cut <= text.length; cut += 1) {
      const reader = new AnswerReader('sk-secret-key', 'provider')
      const events = deltas({ reasoning: text.slice(0, cut) }, { reasoning: text.slice(cut) })
      const chunks = [...events, { choices: [answered] }].flatMap((event) => [...reader.read(event)])
      expect(said([...chunks, ...reader.end(true)])).toEqual(['The key is [key], I think.', 'Four.'])
    }
  })

  it('is no answer by itself', () => {
    expect(() => read(...deltas({ reasoning_content: 'Two.' }), { choices: [{ delta: {}, finish_reason: 'stop' }] })).toThrow(
      'empty answer',
    )
  })
})
