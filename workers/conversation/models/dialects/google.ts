/**
 * Google's streamGenerateContent. Source: https://ai.google.dev/api/generate-content.
 * - Options are fields of `generationConfig`, except for the few that stand beside it.
 * - A call carries a signature of the model's thoughts. From Gemini 3 on, a call of another model needs the documented placeholder.
 */
import { z } from 'zod'
import type { ModelChunk, ModelRequest } from '../../../../shared/model/model.ts'
import { ErrorEvent } from '../answer-reader.ts'
import { answerLimit, type Dialect, followsSchemas, modelPath, optionsOf } from '../dialect.ts'
import type { Endpoint } from '../endpoint.ts'
import { notPartOfAnswer } from '../provider-error.ts'
import { fieldsFor } from '../provider-fields.ts'
import { providerName } from '../provider-messages.ts'
import type { RequestShape } from '../request-shape.ts'
import { Answer, type Ending } from './answer.ts'
import { DialectReader } from './dialect-reader.ts'
import { argumentsOf, historyOf, type Step } from './history.ts'

/** The dialect. */
export const googleGenerateContent: Dialect = {
  format: 'events',
  headers: (apiKey) => ({ authorization: null, 'x-goog-api-key': apiKey }),
  request: (endpoint, request, shape, provider) => ({
    path: `/${modelPath(/^(models|tunedModels)\//.test(endpoint.model) ? endpoint.model : `models/${endpoint.model}`)}:streamGenerateContent?alt=sse`,
    body: bodyOf(endpoint, request, shape, provider),
  }),
  // Models before Gemini 3 refuse a schema beside tools.
  takesFormat: (model, hasTools) => !hasTools && followsSchemas(model),
  listPath: '/models?pageSize=200',
  reader: (apiKey, provider) => new ContentReader(apiKey, provider),
}

/** The options that stand beside `generationConfig`. */
const besideConfig = new Set(['safetySettings', 'toolConfig', 'cachedContent', 'labels'])

function bodyOf(endpoint: Endpoint, request: ModelRequest, shape: RequestShape, provider: string): Record<string, unknown> {
  const { system, steps } = historyOf(request.messages)
  const { generationConfig, ...options } = optionsOf(endpoint, shape)
  const isBeside = ([name]: readonly [string, unknown]) => besideConfig.has(name)
  const entries = Object.entries(options)
  const limit = answerLimit(endpoint, request)
  const declarations = request.tools.map(({ name, description, parameters }) => ({ name, description, parametersJsonSchema: parameters }))
  const needsSignature = shape.fillSignature || !withoutSignatures.test(endpoint.model)
  return {
    ...Object.fromEntries(entries.filter(isBeside)),
    contents: steps.map((step) => contentOf(step, shape.keepFields ? provider : '', needsSignature)),
    ...(system.length > 0 && { systemInstruction: { parts: system.map((text) => ({ text })) } }),
    ...(shape.tools && declarations.length > 0 && { tools: [{ functionDeclarations: declarations }] }),
    generationConfig: {
      ...(typeof generationConfig === 'object' && generationConfig),
      ...Object.fromEntries(entries.filter((entry) => !isBeside(entry))),
      ...(limit !== undefined && { maxOutputTokens: limit }),
      ...(request.responseFormat && {
        responseMimeType: 'application/json',
        responseJsonSchema: request.responseFormat.json_schema.schema,
      }),
    },
  }
}

/** Models that do not sign calls. */
const withoutSignatures = /gemini-[12](?!\d)|gemma/i
/** Google documents this value for a history that another model wrote. */
const anySignature = 'skip_thought_signature_validator'

function contentOf(step: Step, provider: string, needsSignature: boolean): { role: string; parts: readonly object[] } {
  if (step.role === 'user') {
    const images = (step.images ?? []).map(({ mime, data }) => ({ inlineData: { mimeType: mime, data } }))
    return { role: 'user', parts: [...images, { text: step.text }] }
  }
  if (step.role === 'results')
    return {
      role: 'user',
      parts: step.results.map(({ call, text }) => ({ functionResponse: { name: providerName(call.name), response: { output: text } } })),
    }
  const calls = step.calls.map((call, index) => {
    const own = fieldsFor(call, provider).call?.thoughtSignature
    // Of calls at once, only the first one is signed.
    const signature = typeof own === 'string' ? own : needsSignature && index === 0 ? anySignature : undefined
    return {
      functionCall: { name: providerName(call.name), args: argumentsOf(call) },
      ...(signature !== undefined && { thoughtSignature: signature }),
    }
  })
  return { role: 'model', parts: [...(step.text === '' ? [] : [{ text: step.text }]), ...calls] }
}

const endings: Readonly<Record<string, Ending>> = {
  STOP: 'complete',
  MAX_TOKENS: 'limit',
  SAFETY: 'filter',
  RECITATION: 'filter',
  BLOCKLIST: 'filter',
  PROHIBITED_CONTENT: 'filter',
  SPII: 'filter',
}

const Part = z.looseObject({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  functionCall: z.looseObject({ name: z.string(), args: z.record(z.string(), z.unknown()).nullish() }).nullish(),
})
type Part = z.infer<typeof Part>

const ContentEvent = z.looseObject({
  candidates: z
    .array(z.looseObject({ content: z.looseObject({ parts: z.array(Part).nullish() }).nullish(), finishReason: z.string().nullish() }))
    .nullish(),
  promptFeedback: z.looseObject({ blockReason: z.string().nullish() }).nullish(),
  usageMetadata: z.looseObject({}).nullish(),
  error: z.unknown().optional(),
})

/** Reads the events of an answer. Parts of an unknown type are skipped. */
class ContentReader extends DialectReader {
  constructor(apiKey: string, provider: string) {
    super(new Answer(apiKey, provider, endings))
  }

  *read(json: unknown): Generator<ModelChunk> {
    const { success, data: event, error } = ContentEvent.safeParse(json)
    if (!success) throw notPartOfAnswer(error)
    if (event.error) throw new ErrorEvent(event.error)
    if (!event.candidates && !event.promptFeedback && !event.usageMetadata) throw notPartOfAnswer('an event without candidates')
    const candidate = event.candidates?.[0]
    for (const part of candidate?.content?.parts ?? []) yield* this.#part(part)
    if (candidate?.finishReason) this.answer.finish(candidate.finishReason)
    // A prompt that is blocked has no candidates.
    else if (event.promptFeedback?.blockReason) this.answer.finish('SAFETY')
    // Each event counts all tokens so far.
    if (event.usageMetadata && this.answer.isFinished) yield* this.answer.usage(event.usageMetadata)
  }

  *#part({ text, thought, thoughtSignature, functionCall }: Part): Generator<ModelChunk> {
    if (functionCall)
      yield* this.answer.call({
        index: this.answer.calls,
        name: functionCall.name,
        arguments: functionCall.args ?? {},
        ...(thoughtSignature && { thoughtSignature }),
      })
    else if (thought) yield* this.answer.thought(text ?? '')
    else yield* this.answer.text(text ?? '')
  }
}
