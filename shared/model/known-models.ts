/**
 * Windows and abilities of models that their makers host. Pure. A profile overrides the window and the longest answer. Models with open
 * weights are left out: their server sets the window, and often to less than the model can take.
 */

/** Where the facts of a row are documented. `seen`: when we read it, `YYYY-MM-DD`. */
export interface ModelSource {
  readonly address: string
  readonly seen: string
}

/** What is known of a model. Null: its sources do not say. */
export interface KnownModel {
  /** Tokens of input and answer together. */
  readonly windowTokens: number
  /** The most tokens of input, where it is less than the window without the answer. */
  readonly inputTokens: number | undefined
  /** The most tokens of one answer, reasoning included. */
  readonly outputTokens: number
  readonly tools: boolean
  readonly images: boolean
  readonly reasoning: boolean
  /** Answers that follow a JSON Schema. */
  readonly structuredOutput: boolean | null
  /** Several tool calls in one answer. */
  readonly parallelCalls: boolean | null
  readonly sources: readonly ModelSource[]
}

/** A table of public documentation, read at its commit of 2026-07-02. */
const modelsDev = (provider: string): ModelSource => ({
  address: `https://github.com/anomalyco/models.dev/tree/f3fc692299671838c7c65fd8126bf84d81a2e817/providers/${provider}/models`,
  seen: '2026-11-30',
})
const seenPage = (address: string): ModelSource => ({ address, seen: '2026-11-30' })
const claudeOverview = seenPage('https://platform.claude.com/docs/models/overview')
const claudeParallel = seenPage('https://platform.claude.com/docs/de/agents-and-tools/tool-use/parallel-tool-use.md')
const claudeSchemas = seenPage(
  'https://documentation.s3ns.fr/gemini-enterprise-agent-platform/models/partner-models/claude/structured-outputs?hl=de',
)
const geminiParallel = seenPage(
  'https://cloud.google.com/vertex-ai/generative-ai/docs/samples/generativeaionvertexai-function-calling-generate-parallel-calls',
)
const o4Parallel = seenPage('https://github.com/evalstate/fast-agent/issues/279')
const turboParallel = seenPage('https://jxnl.github.io/instructor/concepts/parallel/')

/** `t`: tools, `i`: images, `r`: reasoning, `s`: structured output, `p`: parallel calls. A capital: documented as missing. */
type Abilities = string

const ability = (abilities: Abilities, letter: string): boolean | null =>
  abilities.includes(letter) ? true : abilities.includes(letter.toUpperCase()) ? false : null

const model = (
  [windowTokens, outputTokens, inputTokens]: readonly [window: number, output: number, input?: number],
  abilities: Abilities,
  ...sources: readonly ModelSource[]
): KnownModel => ({
  windowTokens,
  inputTokens,
  outputTokens,
  tools: ability(abilities, 't') === true,
  images: ability(abilities, 'i') === true,
  reasoning: ability(abilities, 'r') === true,
  structuredOutput: ability(abilities, 's'),
  parallelCalls: ability(abilities, 'p'),
  sources,
})

const openai = modelsDev('openai')
const anthropic = modelsDev('anthropic')
const google = modelsDev('google')
const deepseek = modelsDev('deepseek')
const mistral = modelsDev('mistral')
const xai = modelsDev('xai')

const gpt5 = model([400_000, 128_000, 272_000], 'tirs', openai)
const gpt54 = model([1_050_000, 128_000, 922_000], 'tirs', openai)
const gpt5Chat = model([128_000, 16_384], 'tirs', openai)
const gpt41 = model([1_047_576, 32_768], 'tis', openai)
const gpt4o = model([128_000, 16_384], 'tis', openai)
const oModel = model([200_000, 100_000], 'tirs', openai)
const claude1m = model([1_000_000, 128_000], 'tirsp', claudeOverview, claudeParallel, claudeSchemas)
const claudeOpus46 = model([1_000_000, 128_000], 'tirsp', anthropic, claudeParallel, claudeSchemas)
const claude45 = model([200_000, 64_000], 'tirsp', anthropic, claudeParallel, claudeSchemas)
const claude4 = model([200_000, 64_000], 'tir', anthropic)
const claudeOpus4 = model([200_000, 32_000], 'tir', anthropic)
const gemini = model([1_048_576, 65_536], 'tirsp', google, geminiParallel)
const deepseekV4 = model([1_000_000, 384_000], 'trs', deepseek)
const mistral262k = model([262_144, 262_144], 'ti', mistral)
const grok1m = model([1_000_000, 30_000], 'tirs', xai)

/** Known models by the name that their maker's API uses, without a date. */
export const knownModels: ReadonlyMap<string, KnownModel> = new Map(
  Object.entries({
    'gpt-3.5-turbo': model([16_385, 4_096], 'TS', openai),
    'gpt-4': model([8_192, 8_192], 'tS', openai),
    'gpt-4-turbo': model([128_000, 4_096], 'tiSp', openai, turboParallel),
    'gpt-4o': gpt4o,
    'gpt-4o-mini': gpt4o,
    'gpt-4o-2024-05-13': model([128_000, 4_096], 'tis', openai),
    'gpt-4.1': gpt41,
    'gpt-4.1-mini': gpt41,
    'gpt-4.1-nano': gpt41,
    'gpt-5': gpt5,
    'gpt-5-mini': gpt5,
    'gpt-5-nano': gpt5,
    'gpt-5-codex': gpt5,
    'gpt-5.1': gpt5,
    'gpt-5.1-codex': gpt5,
    'gpt-5.1-codex-mini': gpt5,
    'gpt-5.1-codex-max': gpt5,
    'gpt-5.1-chat': gpt5Chat,
    'gpt-5.2': gpt5,
    'gpt-5.2-codex': gpt5,
    'gpt-5.2-chat': gpt5Chat,
    'gpt-5.3-codex': gpt5,
    'gpt-5.4': gpt54,
    'gpt-5.4-mini': gpt5,
    'gpt-5.4-nano': gpt5,
    'gpt-5.5': gpt54,
    o1: oModel,
    o3: oModel,
    'o3-mini': model([200_000, 100_000], 'tIrs', openai),
    'o4-mini': model([200_000, 100_000], 'tirsP', openai, o4Parallel),
    'claude-3-haiku': model([200_000, 4_096], 'ti', anthropic),
    'claude-3-5-sonnet': model([200_000, 8_192], 'ti', anthropic),
    'claude-3-7-sonnet': claude4,
    'claude-sonnet-4': claude4,
    'claude-sonnet-4-0': claude4,
    'claude-sonnet-4-5': claude45,
    'claude-sonnet-4-6': model([1_000_000, 64_000], 'tirsp', anthropic, claudeParallel, claudeSchemas),
    'claude-sonnet-5': claude1m,
    'claude-opus-4': claudeOpus4,
    'claude-opus-4-0': claudeOpus4,
    'claude-opus-4-1': claudeOpus4,
    'claude-opus-4-5': claude45,
    'claude-opus-4-6': claudeOpus46,
    'claude-opus-4-7': claudeOpus46,
    'claude-opus-4-8': claudeOpus46,
    'claude-opus-5': claude1m,
    'claude-fable-5': claude1m,
    'claude-haiku-4-5': claude45,
    'gemini-2.0-flash': model([1_048_576, 8_192], 'tisp', google, geminiParallel),
    'gemini-2.0-flash-lite': model([1_048_576, 8_192], 'tisp', google, geminiParallel),
    'gemini-2.5-flash': gemini,
    'gemini-2.5-flash-lite': gemini,
    'gemini-2.5-pro': gemini,
    'gemini-3-flash-preview': gemini,
    'gemini-3.1-flash-lite': gemini,
    'gemini-3.1-pro-preview': gemini,
    'gemini-3.5-flash': gemini,
    'deepseek-chat': model([1_000_000, 384_000], 't', deepseek),
    'deepseek-reasoner': model([1_000_000, 384_000], 'tr', deepseek),
    'deepseek-v4-flash': deepseekV4,
    'deepseek-v4-pro': deepseekV4,
    'codestral-latest': model([256_000, 4_096], 't', mistral),
    'magistral-medium-latest': model([128_000, 16_384], 'tr', mistral),
    'mistral-large-latest': mistral262k,
    'mistral-large-2512': mistral262k,
    'mistral-medium-latest': mistral262k,
    'mistral-medium-2604': model([262_144, 262_144], 'tirs', mistral),
    'mistral-small-latest': model([256_000, 256_000], 'tir', mistral),
    'grok-4.3': grok1m,
    'grok-4.20-0309-reasoning': grok1m,
    'grok-4.20-0309-non-reasoning': model([1_000_000, 30_000], 'tis', xai),
  }),
)

/** Prefixes of the makers, as routers such as OpenRouter write them. */
const makers = /^(openai|anthropic|google|models|deepseek|mistralai|mistral|x-ai|xai)\//
/** The date of a snapshot, or an alias of the newest one. */
const snapshot = /(-20\d\d-\d\d-\d\d|[-@]20\d{6}|-latest)$/

/** What is known of the model `name`, as a profile names it. Undefined: unknown. */
export function knownModel(name: string | undefined): KnownModel | undefined {
  const plain = (name ?? '').trim().toLowerCase().replace(makers, '')
  return knownModels.get(plain) ?? knownModels.get(plain.replace(snapshot, ''))
}
