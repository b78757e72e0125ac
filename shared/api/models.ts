/** Models over HTTP: the list in OpenAI's shape, and calls without a session in SomaAgent01's shape. */
import { z } from 'zod'
import { Usage } from '../events/event.ts'
import { baseAddress } from '../net/base-address.ts'
import { Kwargs } from '../settings/settings.ts'
import { limits } from './limits.ts'

/** A model in OpenAI's shape. */
export const Model = z
  .object({
    id: z
      .string()
      .meta({ description: 'A model profile, the model of the environment, `persona:NAME`, or `default`: what answers the chat' }),
    object: z.literal('model'),
    created: z.int().meta({ description: 'Always 0: the time is unknown' }),
    owned_by: z.string().meta({ description: 'The provider of the profile' }),
  })
  .meta({ id: 'Model' })
export type Model = z.infer<typeof Model>

/** The models that the caller may use. */
export const ModelList = z.object({ object: z.literal('list'), data: z.array(Model) })
export type ModelList = z.infer<typeof ModelList>

const textPart = z.strictObject({ type: z.literal('text'), text: z.string().max(limits.itemUnits) })
const Content = z.union([
  z.string().max(limits.itemUnits, `must have at most ${limits.itemUnits} UTF-16 units`),
  z
    .array(textPart)
    .max(64)
    .transform((parts) => parts.map(({ text }) => text).join('')),
])

/** The most messages of one call. */
const maxMessages = 1_000

const InvokeMessage = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: Content })

const Overrides = z.strictObject({
  model: z.string().min(1).max(200).optional().meta({ description: 'An id of `GET /v1/models`. Only this model is called' }),
  base_url: z
    .string()
    .max(2_048)
    .overwrite(baseAddress)
    .optional()
    .meta({ description: 'Another address than that of the profile. Refused unless the model lock is `off` or `warn`' }),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .meta({ description: 'The most tokens of the answer, if the profile allows as many' }),
  kwargs: Kwargs.optional().meta({ description: "Further fields of the provider's request, as in a model profile" }),
})
export type Overrides = z.infer<typeof Overrides>

/** One call of a model. Nothing of it is stored. */
export const InvokeModel = z.object({
  role: z
    .enum(['dialogue', 'escalation'])
    .default('dialogue')
    .meta({ description: '`dialogue`: the profile of the chat. `escalation`: its fallback first' }),
  messages: z
    .array(InvokeMessage)
    .min(1)
    .max(maxMessages)
    .refine((messages) => messages.some(({ role }) => role === 'user'), 'must contain a message with the role `user`'),
  persona_id: z.string().min(1).max(64).optional().meta({ description: 'The persona that answers and pays, of `GET /v1/personas`' }),
  session_id: z.string().max(64).optional().meta({ description: 'Accepted for clients of SomaAgent01. No session is read or written' }),
  overrides: Overrides.optional(),
})
export type InvokeModel = z.infer<typeof InvokeModel>

/** The state of the endpoint of one model profile. */
export const EndpointState = z.object({
  name: z.string().meta({ description: 'The name of the model profile' }),
  state: z.enum(['closed', 'open', 'half_open']).meta({
    description: 'The circuit breaker: `closed`: calls pass; `open`: they are refused; `half_open`: the next call tries the endpoint',
  }),
  failures: z.int().meta({ description: 'Failures in a row' }),
  retry_ms: z.int().meta({ description: 'Time until the next trial, milliseconds' }),
})

/** The endpoints of all profiles, as one isolate sees them. */
export const EndpointStates = z.object({ endpoints: z.array(EndpointState) })
export type EndpointStates = z.infer<typeof EndpointStates>

/** The models to choose from, in the order of preference. */
export const RouteModel = z.object({
  role: z.string().max(64).default('dialogue').meta({ description: 'Accepted for clients of SomaAgent01' }),
  deployment_mode: z.string().max(64).default('LOCAL').meta({ description: 'Accepted for clients of SomaAgent01' }),
  candidates: z
    .array(z.string().min(1).max(200))
    .min(1, 'must name a candidate')
    .max(100)
    .meta({ description: 'Names of model profiles, or of models of providers' }),
})
export type RouteModel = z.infer<typeof RouteModel>

/** The chosen model. */
export const RoutedModel = z.object({
  model: z.string().meta({ description: 'The candidate, as the request names it' }),
  score: z.number().meta({ description: '1: its endpoint works. 0.5: the next call tries it after failures. 0: it is not called now' }),
})
export type RoutedModel = z.infer<typeof RoutedModel>

/** A whole answer. */
export const InvokeResult = z.object({
  content: z.string(),
  usage: Usage,
  model: z.string().meta({ description: 'The model that answered, as in `GET /v1/models`' }),
  base_url: z.string().nullable().meta({ description: 'The address of its profile. Null: the model of the environment' }),
  finish_reason: z.enum(['stop', 'length']).meta({ description: '`length`: the answer reached a length limit' }),
})
export type InvokeResult = z.infer<typeof InvokeResult>
