/** How a provider writes requests and answers. `dialect-model.ts` sends the one and reads the other. */
import { knownModel } from '../../../shared/model/known-models.ts'
import { type ModelChunk, ModelError, type ModelRequest } from '../../../shared/model/model.ts'
import type { Endpoint } from './endpoint.ts'
import type { BodyFormat } from './event-decoder.ts'
import type { RequestShape } from './request-shape.ts'

/** A request: its path after the base address, and its body. */
export interface DialectRequest {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Reads the events of one answer. Call `read` for each event, and then `end`. */
export interface EventReader {
  /** The chunks of one event. Throws `ModelError`, or `ErrorEvent` if the event reports an error. */
  read(event: unknown): Iterable<ModelChunk>
  /** The chunks that complete the answer. Throws `ModelError` if it is not complete. `isDone`: the provider sent `[DONE]`. */
  end(isDone: boolean): Iterable<ModelChunk>
  /** The number of tool calls so far. */
  readonly calls: number
  /** How long the stream may stay open from now on, ms; undefined: the answer is not finished. */
  readonly endsWithinMs: number | undefined
}

export interface Dialect {
  /** How the body of an answer is divided into events. */
  readonly format: BodyFormat
  /** The headers of a request. Null removes a header. `apiKey` is not empty. */
  readonly headers: (apiKey: string) => Readonly<Record<string, string | null>>
  /** `provider` names the endpoint in recorded fields. */
  readonly request: (endpoint: Endpoint, request: ModelRequest, shape: RequestShape, provider: string) => DialectRequest
  /** Whether the provider itself can make `model` follow a schema in this call. Then `request` writes `responseFormat`. */
  readonly takesFormat: (model: string, hasTools: boolean) => boolean
  /** The path of the list of models, after the base address. */
  readonly listPath: string
  readonly reader: (apiKey: string, provider: string) => EventReader
}

/** The most tokens of the answer, if this call or its profile limits them. */
export function answerLimit({ options = {} }: Endpoint, { maxTokens }: ModelRequest): number | undefined {
  const limits = [maxTokens, options.max_tokens, options.max_completion_tokens]
  return limits.find((limit) => typeof limit === 'number')
}

/** The options of `endpoint` without the limit of the answer, which each dialect names itself. */
export function optionsOf({ options = {} }: Endpoint, shape: RequestShape): Readonly<Record<string, unknown>> {
  const { max_tokens: _, max_completion_tokens: __, temperature, ...rest } = options
  return { ...rest, ...(shape.temperature && temperature !== undefined && { temperature }) }
}

/** Whether its maker documents that `model` follows a schema. */
export const followsSchemas = (model: string): boolean => knownModel(model)?.structuredOutput === true

/** The name of a model as a part of a path. Throws `ModelError` for a name that would leave its place in the path. */
export function modelPath(model: string): string {
  const segments = model.split('/')
  if (segments.some((segment) => /^\.{0,2}$/.test(segment))) throw new ModelError('The name of the model is not valid.')
  return segments.map((segment) => encodeURIComponent(segment).replaceAll('%40', '@')).join('/')
}
