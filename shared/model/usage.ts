/**
 * Normalises the usage that a provider reports. Pure. In the result, `input_tokens` includes cached input, and `output_tokens` includes
 * reasoning, whatever the provider does. The dialects, by their field names:
 *
 * - OpenAI chat: `prompt_tokens` includes `cached_tokens`, `completion_tokens` includes `reasoning_tokens`. Some services with this shape
 *   leave reasoning out of `completion_tokens`; then `total_tokens` is greater than the sum (xAI, Gemini).
 * - DeepSeek: as OpenAI chat, with `prompt_cache_hit_tokens`.
 * - OpenAI Responses: `input_tokens` includes `input_tokens_details.cached_tokens`, and `output_tokens` includes reasoning.
 * - Anthropic: `input_tokens` excludes `cache_read_input_tokens` and `cache_creation_input_tokens`.
 * - Google: `promptTokenCount` includes `cachedContentTokenCount`. `candidatesTokenCount` excludes `thoughtsTokenCount`.
 * - Ollama: `prompt_eval_count` and `eval_count`.
 */
import type { Usage } from '../events/event.ts'

/** A usage as a provider reported it, normalised. */
export interface ReportedUsage {
  readonly usage: Usage
  /** A number was negative, absurd or contradicted another one, and was replaced by the nearest possible one. */
  readonly clamped: boolean
}

/** More tokens than any call has. */
const maxTokens = 1_000_000_000

type Fields = Readonly<Record<string, unknown>>

/** Reads the numbers of one report, and notes what it had to clamp. */
class Numbers {
  hasClamped = false
  readonly #fields: Fields

  constructor(fields: Fields) {
    this.#fields = fields
  }

  /** The first of the fields that has a number, as whole tokens; undefined: none has one. A dot leads into an object. */
  of(...paths: readonly string[]): number | undefined {
    for (const path of paths) {
      const value = valueAt(this.#fields, path)
      if (typeof value === 'number') return this.#whole(value)
    }
    return undefined
  }

  /** `part`, at most `whole`. */
  partOf(part: number | undefined, whole: number): number | undefined {
    if (part === undefined || part <= whole) return part
    this.hasClamped = true
    return whole
  }

  #whole(value: number): number {
    const whole = Number.isNaN(value) ? 0 : Math.min(Math.max(0, Math.ceil(value)), maxTokens)
    this.hasClamped ||= whole !== value
    return whole
  }
}

/** The usage in a provider's report; null: it reports none. */
export function reportedUsage(report: unknown): ReportedUsage | null {
  if (typeof report !== 'object' || report === null || Array.isArray(report)) return null
  const numbers = new Numbers(report as Fields)
  const counts = inputOf(numbers)
  const output = outputOf(numbers, counts?.input ?? 0)
  if (!counts || !output) return null
  const cached = numbers.partOf(counts.cached, counts.input)
  const usage = {
    input_tokens: counts.input,
    output_tokens: output.output,
    ...(cached !== undefined && { cached_tokens: cached }),
    ...(output.reasoning !== undefined && { reasoning_tokens: output.reasoning }),
  }
  return { usage, clamped: numbers.hasClamped }
}

function inputOf(numbers: Numbers): { input: number; cached: number | undefined } | undefined {
  const anthropicRead = numbers.of('cache_read_input_tokens')
  const written = numbers.of('cache_creation_input_tokens')
  const openai = numbers.of('prompt_tokens')
  const named = numbers.of('input_tokens')
  if (openai === undefined && named !== undefined && (anthropicRead !== undefined || written !== undefined))
    return { input: named + (anthropicRead ?? 0) + (written ?? 0), cached: anthropicRead ?? 0 }
  const google = numbers.of('promptTokenCount')
  const input = openai ?? named ?? (google === undefined ? undefined : google + (numbers.of('toolUsePromptTokenCount') ?? 0))
  const whole = input ?? numbers.of('prompt_eval_count')
  if (whole === undefined) return undefined
  const details = ['prompt_tokens_details.cached_tokens', 'input_tokens_details.cached_tokens']
  return { input: whole, cached: numbers.of(...details, 'prompt_cache_hit_tokens', 'cachedContentTokenCount') }
}

function outputOf(numbers: Numbers, input: number): { output: number; reasoning: number | undefined } | undefined {
  const thoughts = numbers.of('thoughtsTokenCount')
  // Google leaves out a count of zero.
  const candidates = numbers.of('candidatesTokenCount') ?? (numbers.of('promptTokenCount') === undefined ? undefined : 0)
  if (candidates !== undefined) return { output: candidates + (thoughts ?? 0), reasoning: thoughts }
  const output = numbers.of('completion_tokens', 'output_tokens', 'eval_count')
  if (output === undefined) return undefined
  const reasoning = numbers.of('completion_tokens_details.reasoning_tokens', 'output_tokens_details.reasoning_tokens')
  const total = numbers.of('total_tokens')
  if (reasoning !== undefined) {
    const isLeftOut = reasoning > 0 && (reasoning > output || total === input + output + reasoning)
    return isLeftOut ? { output: output + reasoning, reasoning } : { output, reasoning }
  }
  const leftOut = total === undefined ? 0 : total - input - output
  return leftOut > 0 ? { output: output + leftOut, reasoning: leftOut } : { output, reasoning: undefined }
}

const valueAt = (fields: Fields, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? (value as Fields)[name] : undefined), fields)

/** The sum of two usages. A part counts as far as one of them has it. It is an estimate if either is one. */
export function addUsage(a: Usage, b: Usage): Usage {
  const cached = sum(a.cached_tokens, b.cached_tokens)
  const reasoning = sum(a.reasoning_tokens, b.reasoning_tokens)
  const estimated = a.estimated || b.estimated
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    ...(cached !== undefined && { cached_tokens: cached }),
    ...(reasoning !== undefined && { reasoning_tokens: reasoning }),
    ...(estimated && { estimated }),
  }
}

const sum = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0)
