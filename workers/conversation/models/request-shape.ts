/**
 * The parts of a request that providers disagree on, and how to change them when a provider refuses. Pure, except for a cache
 * per isolate.
 */
import { BoundedMap } from '../../../shared/lib/bounded-map.ts'
import type { ProviderError } from './provider-error.ts'
import { isTooLong } from './provider-error.ts'

/** The parts of a request that depend on the provider. */
export interface RequestShape {
  readonly tools: boolean
  readonly streamOptions: boolean
  readonly limit: 'max_tokens' | 'max_completion_tokens'
  /** Whether the request marks what the provider should cache (Anthropic). */
  readonly cache: boolean
  /** Whether a schema of the answer is sent as one, if the provider takes it. */
  readonly format: boolean
  /** Whether the temperature is sent. Models that reason refuse it. */
  readonly temperature: boolean
  readonly keepFields: boolean
  readonly fillReasoning: boolean
  readonly fillSignature: boolean
}

/** Which optional parts the refused request contained. */
export interface RequestParts {
  readonly hasTools: boolean
  readonly hasLimit: boolean
  readonly hasTemperature: boolean
  /** A schema of the answer. */
  readonly hasFormat: boolean
  /** Whether the history has tool calls. */
  readonly hasCalls: boolean
}

/** Models of OpenAI that accept only `max_completion_tokens`. */
const reasoningModel = /(^|\/)(o\d|gpt-5)/i

/** Whether `model` is one of OpenAI's that reason. */
export const isReasoningModel = (model: string): boolean => reasoningModel.test(model)

/** The first shape for a model. */
export const firstShape = (model: string): RequestShape => ({
  tools: true,
  streamOptions: true,
  limit: isReasoningModel(model) ? 'max_completion_tokens' : 'max_tokens',
  cache: true,
  format: true,
  temperature: true,
  keepFields: true,
  fillReasoning: false,
  fillSignature: false,
})

/** Statuses of refusals that do not depend on the shape: key, account, time, size, rate. */
const shapeIndependentStatuses = new Set([401, 402, 408, 409, 413, 429])

/** The text of a refusal. A gateway reports some of them as its own fault, above 501. */
const refusesPart = /unsupported|not (supported|enabled|implemented|available|permitted)|does ?n[o']t support|requires?\b|disabled/i

/** The text of a refusal of tools. A bare "function" may be the provider's own cloud function that failed. */
const namesTools = /(\b|_)tool|function[\s_-]?call|\bfunctions\b/i

/** The text of a refusal of a field by its name, and not by its value. */
const refusesField = /unsupported|not (supported|permitted|allowed|accepted|a valid)|un(known|expected)|unrecogni[sz]ed|extra|deprecated/i

const refusesTemperature =
  /temperature.{0,80}(unsupported|not (supported|permitted|allowed)|n[o']t support|deprecated|only the default)|unsupported.{0,40}temperature/is

const namesFormat = /response_?(format|json_?schema|mime)|json_?schema|output_(config|format)|text\.format|structured|\bformat\b/i

/** The shapes worth trying after `error`, best first. Each changes one part that the provider's text names. */
export function adapted(shape: RequestShape, sent: RequestParts, error: ProviderError): RequestShape[] {
  const { status, body } = error
  const mayAdapt =
    status === undefined || (status >= 400 && (status <= 501 || refusesPart.test(body)) && !shapeIndependentStatuses.has(status))
  if (!mayAdapt || isTooLong(error)) return []
  const changes: Partial<RequestShape>[] = []
  if (sent.hasCalls && /thought_?signature/i.test(body)) changes.push({ fillSignature: true })
  if (shape.cache && /cache_control/i.test(body)) changes.push({ cache: false })
  if (sent.hasFormat && namesFormat.test(body)) changes.push({ format: false })
  if (sent.hasTemperature && refusesTemperature.test(body)) changes.push({ temperature: false })
  if (sent.hasCalls && /reasoning|thinking|extra_content/i.test(body)) {
    const isMissing = /missing|must|requir|need/i.test(body)
    changes.push(...(isMissing ? [{ fillReasoning: true }] : []), { keepFields: false, fillReasoning: false, fillSignature: false })
  }
  if (/stream_options|include_usage/i.test(body)) changes.push({ streamOptions: false })
  if (sent.hasLimit && namesLimit(shape, body))
    changes.push({ limit: shape.limit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens' })
  if (sent.hasTools && namesTools.test(body)) changes.push({ tools: false })
  return changes.map((change) => ({ ...shape, ...change }))
}

const namesLimit = ({ limit }: RequestShape, body: string): boolean =>
  body.includes('max_completion_tokens') || (body.includes(limit) && refusesField.test(body))

/** The shapes that endpoints accepted, by endpoint and model. Tools and schemas are sent again each time. */
const acceptedShapes = new BoundedMap<string, RequestShape>(200)

/** The shape that `endpoint` accepted last, or the first one. */
export const shapeFor = (endpoint: string, model: string): RequestShape => acceptedShapes.get(`${endpoint} ${model}`) ?? firstShape(model)

/** Caches the shape that an endpoint accepted for `model`. */
export function rememberShape(endpoint: string, model: string, shape: RequestShape): void {
  acceptedShapes.set(`${endpoint} ${model}`, { ...shape, tools: true, format: true })
}
