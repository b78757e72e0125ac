import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Usage } from '../../../shared/events/event.ts'
import { costOf } from '../../../shared/limits/budget.ts'
import { addUsage, reportedUsage } from '../../../shared/model/usage.ts'

/** The true parts of a usage. */
interface Parts {
  readonly fresh: number
  readonly cached: number
  readonly written: number
  readonly text: number
  readonly reasoning: number
}

const inputOf = ({ fresh, cached, written }: Parts) => fresh + cached + written

/** How services report the same parts. */
const dialects: Readonly<Record<string, (parts: Parts) => object>> = {
  'OpenAI chat': (parts) => ({
    prompt_tokens: inputOf(parts),
    completion_tokens: parts.text + parts.reasoning,
    total_tokens: inputOf(parts) + parts.text + parts.reasoning,
    prompt_tokens_details: { cached_tokens: parts.cached },
    completion_tokens_details: { reasoning_tokens: parts.reasoning },
  }),
  DeepSeek: (parts) => ({
    prompt_tokens: inputOf(parts),
    completion_tokens: parts.text + parts.reasoning,
    prompt_cache_hit_tokens: parts.cached,
    prompt_cache_miss_tokens: parts.fresh + parts.written,
    completion_tokens_details: { reasoning_tokens: parts.reasoning },
  }),
  'xAI, reasoning beside the completion': (parts) => ({
    prompt_tokens: inputOf(parts),
    completion_tokens: parts.text,
    total_tokens: inputOf(parts) + parts.text + parts.reasoning,
    prompt_tokens_details: { cached_tokens: parts.cached },
    completion_tokens_details: { reasoning_tokens: parts.reasoning },
  }),
  'OpenAI Responses': (parts) => ({
    input_tokens: inputOf(parts),
    output_tokens: parts.text + parts.reasoning,
    total_tokens: inputOf(parts) + parts.text + parts.reasoning,
    input_tokens_details: { cached_tokens: parts.cached },
    output_tokens_details: { reasoning_tokens: parts.reasoning },
  }),
  Anthropic: (parts) => ({
    input_tokens: parts.fresh,
    cache_read_input_tokens: parts.cached,
    cache_creation_input_tokens: parts.written,
    output_tokens: parts.text + parts.reasoning,
  }),
  Google: (parts) => ({
    promptTokenCount: inputOf(parts),
    cachedContentTokenCount: parts.cached,
    ...(parts.text > 0 && { candidatesTokenCount: parts.text }),
    thoughtsTokenCount: parts.reasoning,
    totalTokenCount: inputOf(parts) + parts.text + parts.reasoning,
  }),
  'Gemini behind OpenAI chat': (parts) => ({
    prompt_tokens: inputOf(parts),
    completion_tokens: parts.text,
    total_tokens: inputOf(parts) + parts.text + parts.reasoning,
  }),
  Ollama: (parts) => ({ prompt_eval_count: inputOf(parts), eval_count: parts.text + parts.reasoning, total_duration: 5 }),
}

const tokens = fc.integer({ min: 0, max: 1_000_000 })
const anyParts = fc.record({ fresh: tokens, cached: tokens, written: tokens, text: tokens, reasoning: tokens })
const price = { input_per_million: 2.5, output_per_million: 10 }

describe('The usage of a provider', () => {
  for (const [name, report] of Object.entries(dialects))
    it(`sums to its wholes, as reported by ${name}`, () => {
      fc.assert(
        fc.property(anyParts, (parts) => {
          const reported = reportedUsage(report(parts))
          if (!reported) throw new Error('it was not read')
          const { usage, clamped } = reported
          equal(clamped, false)
          deepEqual(Usage.parse(usage), usage)
          equal(usage.input_tokens, inputOf(parts))
          equal(usage.output_tokens, parts.text + parts.reasoning)
          if (usage.cached_tokens !== undefined) equal(usage.cached_tokens, parts.cached)
          if (usage.reasoning_tokens !== undefined) equal(usage.reasoning_tokens, parts.reasoning)
        }),
      )
    })

  it('names its parts where the provider reports them', () => {
    const parts = { fresh: 3, cached: 5, written: 0, text: 7, reasoning: 11 }
    for (const name of ['OpenAI chat', 'DeepSeek', 'xAI, reasoning beside the completion', 'OpenAI Responses', 'Google'])
      deepEqual(
        reportedUsage(dialects[name]?.(parts))?.usage,
        { input_tokens: 8, output_tokens: 18, cached_tokens: 5, reasoning_tokens: 11 },
        name,
      )
    equal(reportedUsage(dialects.Anthropic?.(parts))?.usage.cached_tokens, 5)
    deepEqual(reportedUsage({ prompt_tokens: 8, completion_tokens: 7 })?.usage, { input_tokens: 8, output_tokens: 7 })
  })

  it('is clamped to what is possible, for any numbers, and never costs less than nothing', () => {
    const odd = fc.oneof(
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -3, 1.5, 1e308, 0),
      fc.double(),
      fc.integer(),
    )
    const oddParts = fc.record({ fresh: odd, cached: odd, written: odd, text: odd, reasoning: odd })
    for (const report of Object.values(dialects))
      fc.assert(
        fc.property(oddParts, (parts) => {
          const reported = reportedUsage(report(parts))
          if (!reported) throw new Error('it was not read')
          const { usage } = reported
          deepEqual(Usage.parse(usage), usage)
          ok((usage.cached_tokens ?? 0) <= usage.input_tokens)
          ok((usage.reasoning_tokens ?? 0) <= usage.output_tokens)
          const { tokens, micros } = costOf(usage, price)
          ok(tokens >= 0 && micros >= 0 && Number.isSafeInteger(tokens))
        }),
      )
  })

  it('says that it was clamped', () => {
    for (const report of [
      { prompt_tokens: -3, completion_tokens: 5 },
      { prompt_tokens: 3, completion_tokens: Number.NaN },
      { prompt_tokens: 3, completion_tokens: 1e308 },
      { prompt_tokens: 3, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } },
    ])
      equal(reportedUsage(report)?.clamped, true)
  })

  it('is none without its numbers', () => {
    for (const report of [undefined, null, 7, 'tokens', [], {}, { prompt_tokens: 3 }, { completion_tokens: '5', prompt_tokens: 3 }])
      equal(reportedUsage(report), null)
  })
})

describe('The sum of two usages', () => {
  it('is the sum of the wholes and of the known parts', () => {
    const first = { input_tokens: 8, output_tokens: 18, cached_tokens: 5, reasoning_tokens: 11 }
    deepEqual(addUsage(first, { input_tokens: 1, output_tokens: 2, cached_tokens: 1, estimated: true }), {
      input_tokens: 9,
      output_tokens: 20,
      cached_tokens: 6,
      reasoning_tokens: 11,
      estimated: true,
    })
    deepEqual(addUsage({ input_tokens: 1, output_tokens: 2 }, { input_tokens: 3, output_tokens: 4 }), { input_tokens: 4, output_tokens: 6 })
  })
})
