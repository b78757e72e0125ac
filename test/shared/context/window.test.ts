import { deepEqual, equal } from 'node:assert/strict'
import { describe, it } from 'node:test'
import { windowOf } from '../../../shared/context/window.ts'

describe('The window of a model', () => {
  it('is a safe default, if the model is unknown', () => {
    deepEqual(windowOf({ model: 'llama3.1' }), { origin: 'default', windowTokens: null, answerTokens: 4_096, promptTokens: 24_000 })
    deepEqual(windowOf(), windowOf({ model: 'm' }))
    equal(windowOf({ max_tokens: 1_000_000 }).promptTokens, 24_000)
  })

  it('is the documented one of a known model, without its longest answer', () => {
    deepEqual(windowOf({ model: 'gpt-4o' }), { origin: 'known', windowTokens: 128_000, answerTokens: 16_384, promptTokens: 111_616 })
    equal(windowOf({ model: 'gpt-4o', max_tokens: 1_000 }).promptTokens, 127_000)
    equal(windowOf({ model: 'gpt-3.5-turbo' }).promptTokens, 12_289)
    equal(windowOf({ model: 'gpt-4' }).promptTokens, 4_096)
  })

  it('is what the profile says, whatever is known of the model', () => {
    deepEqual(windowOf({ model: 'gpt-4o', context_tokens: 8_192, max_tokens: 192 }), {
      origin: 'profile',
      windowTokens: 8_192,
      answerTokens: 192,
      promptTokens: 8_000,
    })
    equal(windowOf({ model: 'gpt-4o', context_tokens: 8_192 }).promptTokens, 4_096)
    equal(windowOf({ model: 'gpt-5', context_tokens: 150_000, max_tokens: 1_000 }).promptTokens, 149_000)
  })

  it('of 200,000 tokens is used', () => {
    equal(windowOf({ context_tokens: 200_000 }).promptTokens, 195_904)
    equal(windowOf({ context_tokens: 200_000, max_tokens: 1_000 }).promptTokens, 199_000)
  })

  it('gives the answer at most its half, and the prompt at most what a session reads', () => {
    equal(windowOf({ context_tokens: 512 }).promptTokens, 256)
    equal(windowOf({ context_tokens: 10_000_000 }).promptTokens, 200_000)
    equal(windowOf({ model: 'gemini-2.5-pro' }).promptTokens, 200_000)
  })
})
