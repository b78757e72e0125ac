/** The settings of a tenant. The schema is the type, the validation and the documentation. It fills in defaults. */
import { z } from 'zod'
import { Allowance, Price } from '../limits/budget.ts'
import { defaultRates, RateRule } from '../limits/rate.ts'
import { modelProviders, reservedFields } from '../model/providers.ts'
import { baseAddress } from '../net/base-address.ts'
import { Instructions } from '../persona/instructions.ts'
import { personaLimits } from '../persona/persona-limits.ts'
import { looksSecret } from '../secrets/mask.ts'
import { maxRecordingDays } from '../turn/recording-limits.ts'
import { UploadSettings } from './uploads.ts'
import { searchSettings, WebSettings } from './web-settings.ts'

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/
const nameRule = 'must be 1 to 64 letters, digits, "-", "_" or ".", and start with a letter or digit'

/** The name of a model profile. */
export const ProfileName = z.string().regex(namePattern, nameRule)
/** The name of a provider's key, such as `openai`. */
export const CredentialName = z.string().regex(namePattern, nameRule)

const kwargBytes = 4_096
/** Request fields that a profile must not override. */
const commonFields = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'tools',
  'n',
  '__proto__',
])

/** JSON with at most three levels: enough for providers' fields, and its type crosses RPC. */
const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const Flat = z.union([Scalar, z.array(Scalar)])
const Nested = z.record(z.string().max(64), Flat)

/** Further fields of a provider's request. */
export const Kwargs = z
  .record(z.string().max(64), z.union([Flat, Nested, z.array(Nested)]))
  .refine(
    (kwargs) => Object.keys(kwargs).every((name) => !commonFields.has(name)),
    `must not name ${[...commonFields].slice(0, -1).join(', ')}`,
  )
  .refine((kwargs) => Object.keys(kwargs).every((name) => !looksSecret(name)), 'must hold no secret: set keys as credentials')
  .refine((kwargs) => JSON.stringify(kwargs).length <= kwargBytes, `must have at most ${kwargBytes} characters as JSON`)

/** The fields that the provider of a refused profile reserves. */
const reservedNames = (profile: unknown): readonly string[] => {
  const { data } = z.looseObject({ provider: z.enum(modelProviders) }).safeParse(profile)
  return data ? reservedFields[data.provider] : []
}

/** How a model is called, and what it costs. */
export const ModelProfile = z
  .strictObject({
    provider: z.enum(modelProviders).meta({
      description:
        "The source of the answers, which names the format of its requests: `openai-compatible` is OpenAI's chat completions, `anthropic` is Messages, `builtin` is the builtin responder",
    }),
    base_url: z.string().max(2_048).overwrite(baseAddress).optional().meta({
      description:
        'The address up to and including the version, e.g. `https://api.openai.com/v1`. Blanks around it and the path of a call, such as `/chat/completions`, are taken off. Required, except for `builtin`',
    }),
    model: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: "The provider's name of the model. Required, except for `builtin`" }),
    credential: CredentialName.optional().meta({ description: 'The name of the key that is sent. Without it no key is sent' }),
    context_tokens: z.int().min(512).max(10_000_000).optional().meta({
      description:
        'The size of the context window, including the answer. It limits the conversation that the model receives: at most 200,000 tokens. Without it: that of a known model, else 24,000 tokens',
    }),
    max_tokens: z.int().min(1).max(1_000_000).optional().meta({ description: 'The most tokens in one answer' }),
    temperature: z.number().min(0).max(2).optional().meta({ description: 'The sampling temperature' }),
    kwargs: Kwargs.optional().meta({
      description: `Further fields of the provider's request: at most ${kwargBytes} characters as JSON, no secrets, none of the fields above`,
    }),
    requests_per_minute: z.int().min(1).max(100_000).optional().meta({ description: 'The most calls of the model' }),
    tokens_per_minute: z.int().min(1_000).max(100_000_000).optional().meta({
      description: 'The most tokens of the model. The input counts before a call, by our estimate, and the answer after it',
    }),
    images: z.boolean().optional().meta({ description: 'Whether the model sees images. Without it: as the table of known models says' }),
    price: Price.optional(),
  })
  .refine(({ provider, base_url }) => provider === 'builtin' || base_url !== undefined, { path: ['base_url'], message: 'must be given' })
  .refine(({ provider, model }) => provider === 'builtin' || model !== undefined, { path: ['model'], message: 'must be given' })
  .refine(({ base_url = '' }) => !base_url.includes('ACCOUNT_ID'), {
    path: ['base_url'],
    message: 'must name your account in place of ACCOUNT_ID',
  })
  .refine(({ provider, kwargs = {} }) => reservedFields[provider].every((name) => !Object.hasOwn(kwargs, name)), {
    path: ['kwargs'],
    error: ({ input }) => `must not name ${reservedNames(input).join(', ')}`,
  })
  .meta({ id: 'ModelProfile' })
export type ModelProfile = z.infer<typeof ModelProfile>

const Chat = z.strictObject({
  profile: ProfileName.nullable().default(null).meta({ description: 'The profile that answers. Null: the model of the environment' }),
  fallback: ProfileName.nullable()
    .default(null)
    .meta({ description: 'The profile that answers when the first fails before the first token, or when a message asks for it' }),
})

const maxPatterns = 100
const modelPatterns = z
  .array(
    z
      .string()
      .trim()
      .min(1)
      .max(200)
      .regex(/^[^*]*\*?$/, 'may have one `*`, at its end'),
  )
  .max(maxPatterns)
  .default([])

const Router = z.strictObject({
  allow: modelPatterns.meta({
    description: `The only models that are called, by the name of a profile or of the provider's model. A \`*\` at the end stands for any rest. Empty: all. At most ${maxPatterns}`,
  }),
  deny: modelPatterns.meta({ description: `The models that are never called, in the same form. At most ${maxPatterns}` }),
  model_lock: z.enum(['off', 'warn', 'enforce']).default('enforce').meta({
    description:
      'Whether a call of `/v1/llm/invoke` may name an address, or a model without a profile. `warn`: it may, and the response has a warning. `enforce`: it is refused',
  }),
})
export type Router = z.infer<typeof Router>

const Utility = z.strictObject({
  profile: ProfileName.nullable().default(null).meta({ description: 'The profile that writes titles and summaries. Null: none' }),
})

const Search = searchSettings(CredentialName)

const MemorySettings = z.strictObject({
  recall: z.enum(['on', 'off']).default('on').meta({ description: 'Whether a model is given memories that fit the message' }),
  recall_tokens: z.int().min(100).max(8_000).default(1_500).meta({ description: 'The most tokens of the memories in one prompt' }),
  remember: z.enum(['on', 'off']).default('on').meta({ description: 'Whether messages are stored in memory' }),
})

const WorkspaceInstructions = z.strictObject({
  workspace: Instructions.default('').meta({
    description: `The model receives them in every turn, before those of the persona. Same values as there. At most ${personaLimits.instructionUnits} UTF-16 units`,
  }),
})

/** Features that can be disabled. */
export const featureNames = ['escalation', 'tools'] as const
const Features = z
  .partialRecord(z.enum(featureNames), z.enum(['on', 'disabled']).meta({ description: 'Whether it is on' }))
  .meta({ description: '`escalation`: a message may ask for the fallback. `tools`: models are offered tools. Absent means on' })

const Limits = z.strictObject({
  read: RateRule.default(defaultRates.read),
  write: RateRule.default(defaultRates.write),
  message: RateRule.default(defaultRates.message),
  stream: RateRule.default(defaultRates.stream),
})

const maxPersonas = 200
const Budgets = z.strictObject({
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters (ISO 4217)')
    .default('USD')
    .meta({ description: 'The currency of prices and budgets (ISO 4217). Amounts are not converted' }),
  tenant: Allowance.prefault({}).meta({ description: 'The budget of the whole tenant' }),
  each_persona: Allowance.prefault({}).meta({ description: 'The budget of each persona without its own' }),
  personas: z
    .record(z.string().min(1).max(64), Allowance)
    .refine((budgets) => Object.keys(budgets).length <= maxPersonas, `must name at most ${maxPersonas} personas`)
    .default({})
    .meta({ description: `Budgets of single personas, at most ${maxPersonas}` }),
})

const AnswerCache = z.strictObject({
  ttl_seconds: z.int().min(0).max(2_592_000).default(0).meta({
    description:
      'How long an answer is used again for exactly the same request. Calls that offer tools are never answered so. At most 30 days. 0: never',
  }),
})

const Recordings = z.strictObject({
  days: z
    .int()
    .min(0)
    .max(maxRecordingDays)
    .default(0)
    .meta({
      description: `How long recordings of turns are kept, so that operators can replay them: what the model sent, piece by piece. At most ${maxRecordingDays} days. 0: nothing is recorded`,
    }),
})

const maxUsers = 200
const UserBudgets = z.strictObject({
  each: Allowance.prefault({}).meta({ description: 'The budget of each user without its own. The owner of a conversation pays' }),
  users: z
    .record(z.string().min(1).max(255), Allowance)
    .refine((budgets) => Object.keys(budgets).length <= maxUsers, `must name at most ${maxUsers} users`)
    .default({})
    .meta({ description: `Budgets of single users by subject, at most ${maxUsers}` }),
})

const sections = {
  chat: Chat.prefault({}).meta({ description: 'The model profiles that answer' }),
  router: Router.prefault({}).meta({ description: 'Which models may be called' }),
  utility: Utility.prefault({}).meta({ description: 'The model for short tasks beside the turns' }),
  instructions: WorkspaceInstructions.prefault({}).meta({ description: 'Instructions for every turn' }),
  web: WebSettings.prefault({}).meta({ description: 'What tools may reach outside' }),
  search: Search.prefault({}).meta({ description: 'The search engine of `web_search`' }),
  memory: MemorySettings.prefault({}).meta({
    description: 'What is remembered of conversations, and recalled in them. A message with the metadata `memory` = `off` is neither',
  }),
  features: Features.default({}),
  limits: Limits.prefault({}).meta({
    description: 'How many requests one user may send, by class. `fixed_window` counts in aligned windows; `token_bucket` refills evenly',
  }),
  answer_cache: AnswerCache.prefault({}).meta({ description: 'Answers that are used again' }),
  recordings: Recordings.prefault({}).meta({ description: 'Recordings of turns, for replays' }),
  budgets: Budgets.prefault({}).meta({ description: 'Daily budgets of tokens and money' }),
  uploads: UploadSettings.prefault({}).meta({ description: 'Which files are accepted' }),
  // A section of its own: an earlier release would take budgets with an unknown field as none.
  user_budgets: UserBudgets.prefault({}).meta({ description: 'Daily budgets of users, beside those of the tenant and the personas' }),
}

/** The most model profiles of a tenant. */
export const maxProfiles = 50
/** All settings of a tenant. */
export const Settings = z
  .strictObject({
    ...sections,
    models: z
      .record(ProfileName, ModelProfile)
      .default({})
      .meta({ description: `Model profiles by name, at most ${maxProfiles}` }),
  })
  .meta({ id: 'Settings' })
export type Settings = z.infer<typeof Settings>

/** The sections to replace, each as a whole. Profiles have their own routes. */
export const SettingsChange = z.strictObject({
  chat: Chat.optional(),
  router: Router.optional(),
  utility: Utility.optional(),
  instructions: WorkspaceInstructions.optional(),
  web: WebSettings.optional(),
  search: Search.optional(),
  memory: MemorySettings.optional(),
  features: Features.optional(),
  limits: Limits.optional(),
  budgets: Budgets.optional(),
  uploads: UploadSettings.optional(),
  user_budgets: UserBudgets.optional(),
  answer_cache: AnswerCache.optional(),
  recordings: Recordings.optional(),
})
export type SettingsChange = z.infer<typeof SettingsChange>

/** The settings of a tenant without stored ones. */
export const defaultSettings: Settings = Settings.parse({})

/** Parses stored settings. A section that this version cannot parse gets its default. Such a profile is omitted. */
export function parseStoredSettings(text: string): Settings {
  const stored = z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  const fields: Record<string, unknown> = {}
  for (const [name, section] of Object.entries(sections)) {
    const parsed = section.safeParse(stored[name])
    if (parsed.success) fields[name] = parsed.data
  }
  const models = Object.entries(z.record(z.string(), z.unknown()).catch({}).parse(stored.models)).flatMap(([name, profile]) => {
    const parsed = ModelProfile.safeParse(profile)
    return parsed.success ? [[name, parsed.data] as const] : []
  })
  return Settings.parse({ ...fields, models: Object.fromEntries(models) })
}

/** The public view of a key. */
export const CredentialView = z
  .object({
    provider: CredentialName,
    masked: z.string().meta({ description: 'A masked form that distinguishes two keys' }),
    origin: z.string().meta({ description: 'The only origin that receives the key' }),
    version: z.int(),
    updated_at: z.int(),
    updated_by: z.string(),
  })
  .meta({ id: 'Credential' })
export type CredentialView = z.infer<typeof CredentialView>

/** Stored settings. Each change increments `version`. */
export interface StoredSettings {
  readonly version: number
  readonly settings: Settings
  readonly credentials: readonly CredentialView[]
}
