/** Google's streamGenerateContent: https://ai.google.dev/api/generate-content. */
import { z } from 'zod'
import { AnswerSchema, ArgumentsSchema, refused, schemaProblem, serverSentEvent } from './schema.ts'
import type { Piece, Script, Service } from './service.ts'

const ownSignature = 'Cg9zaWduZWQ='
const Signature = z.enum([ownSignature, 'skip_thought_signature_validator']).optional()
const functionName = z.string().regex(/^[a-zA-Z_][\w.:-]{0,63}$/)
const Text = z.strictObject({ text: z.string().min(1), thought: z.boolean().optional(), thoughtSignature: Signature })
const Call = z.strictObject({
  functionCall: z.strictObject({ id: z.string().optional(), name: functionName, args: z.record(z.string(), z.unknown()).optional() }),
  thoughtSignature: Signature,
})
const Result = z.strictObject({
  functionResponse: z.strictObject({ id: z.string().optional(), name: functionName, response: z.record(z.string(), z.unknown()) }),
})
const Body = z.strictObject({
  contents: z.array(z.strictObject({ role: z.enum(['user', 'model']), parts: z.array(z.union([Text, Call, Result])).min(1) })).min(1),
  systemInstruction: z
    .strictObject({ role: z.string().optional(), parts: z.array(z.strictObject({ text: z.string().min(1) })).min(1) })
    .optional(),
  tools: z
    .array(
      z.strictObject({
        functionDeclarations: z
          .array(z.strictObject({ name: functionName, description: z.string().min(1), parametersJsonSchema: ArgumentsSchema.optional() }))
          .min(1),
      }),
    )
    .optional(),
  toolConfig: z.looseObject({}).optional(),
  safetySettings: z.array(z.strictObject({ category: z.string(), threshold: z.string() })).optional(),
  cachedContent: z.string().optional(),
  generationConfig: z
    .strictObject({
      temperature: z.number().min(0).max(2).optional(),
      topP: z.number().optional(),
      topK: z.int().optional(),
      candidateCount: z.int().optional(),
      maxOutputTokens: z.int().min(1).optional(),
      stopSequences: z.array(z.string()).max(5).optional(),
      responseMimeType: z.string().optional(),
      responseJsonSchema: AnswerSchema.optional(),
      thinkingConfig: z.strictObject({ thinkingBudget: z.int().optional(), includeThoughts: z.boolean().optional() }).optional(),
    })
    .optional(),
})
type Body = z.infer<typeof Body>
type Content = Body['contents'][number]

const callsOf = ({ parts }: Content) => parts.flatMap((part) => ('functionCall' in part ? [part] : []))
const resultsOf = ({ parts }: Content) => parts.flatMap((part) => ('functionResponse' in part ? [part.functionResponse.name] : []))

/** Rules that the schema cannot say. */
function problemOf({ contents, tools, generationConfig }: Body): string | undefined {
  const { responseMimeType, responseJsonSchema } = generationConfig ?? {}
  if (responseJsonSchema && responseMimeType !== 'application/json')
    return 'responseJsonSchema: only with responseMimeType application/json'
  if (tools && responseMimeType === 'application/json')
    return "Function calling with a response mime type: 'application/json' is unsupported"

  if (contents[0]?.role !== 'user') return 'Please ensure that the first content has the role user.'
  if (contents.at(-1)?.role !== 'user') return 'Please ensure that single turn requests end with a user role.'
  const lastWords = contents.findLastIndex((content) => content.role === 'user' && resultsOf(content).length === 0)
  for (const [index, content] of contents.entries()) {
    if (contents[index - 1]?.role === content.role) return 'Please ensure that multiturn requests alternate between user and model.'
    const calls = callsOf(content)
    const names = calls.map(({ functionCall }) => functionCall.name)
    const next = contents[index + 1]
    if (names.length > 0 && (content.role !== 'model' || !next || resultsOf(next).join() !== names.join()))
      return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.'
    const before = contents[index - 1]
    if (resultsOf(content).length > 0 && (!before || callsOf(before).length === 0))
      return 'Please ensure that function response turn comes immediately after a function call turn.'
    if (index > lastWords && calls[0] && !calls[0].thoughtSignature)
      return 'Function call is missing a thought_signature in functionCall parts.'
  }
  return undefined
}

const textsOf = ({ contents }: Body) =>
  contents.flatMap(({ role, parts }) => (role === 'user' ? parts.flatMap((part) => ('text' in part ? [part.text] : [])) : []))

export const google: Service = {
  contentType: 'text/event-stream',
  models: { path: '/v1beta/models?pageSize=200', body: { models: [{ name: 'models/m-two' }, { name: 'models/m-one' }] } },
  refusal: ({ method, path, headers, body }) => {
    if (method !== 'POST' || !/^\/v1beta\/models\/[\w.-]+:streamGenerateContent\?alt=sse$/.test(path))
      return { status: 404, text: 'Not found' }
    if (typeof headers['x-goog-api-key'] !== 'string' || headers.authorization !== undefined)
      return { status: 403, text: 'Method does not allow unregistered callers.' }
    return schemaProblem(Body, body) ?? refused(problemOf(Body.parse(body)))
  },
  errorBody: ({ status, text }) => ({ error: { code: status, message: text, status: statuses[status] ?? 'INTERNAL' } }),
  lastUserText: (body) => textsOf(Body.parse(body)).at(-1) ?? '',
  roundsDone: (body) => {
    const { contents } = Body.parse(body)
    const last = contents.findLastIndex(({ role, parts }) => role === 'user' && parts.some((part) => 'text' in part))
    return contents.slice(last).filter((content) => callsOf(content).length > 0).length
  },
  write: ({ pieces, end, usage }: Script) => {
    const usageMetadata = {
      promptTokenCount: usage.input,
      cachedContentTokenCount: usage.cached,
      candidatesTokenCount: usage.output - usage.reasoning,
      thoughtsTokenCount: usage.reasoning,
      totalTokenCount: usage.input + usage.output,
    }
    const event = (parts: readonly object[], finishReason?: string) =>
      serverSentEvent({
        candidates: [{ content: { parts, role: 'model' }, index: 0, ...(finishReason !== undefined && { finishReason }) }],
        usageMetadata: finishReason === undefined ? { promptTokenCount: usage.input } : usageMetadata,
        modelVersion: 'm',
        responseId: 'r1',
      })
    const firstCall = pieces.findIndex((piece) => 'call' in piece)
    return [...pieces.map((piece, index) => event([partOf(piece, index === firstCall)])), event([{ text: '' }], end ?? 'STOP')]
  },
  writeError: (text) => serverSentEvent({ error: { code: 503, message: text, status: 'UNAVAILABLE' } }),
}

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
}

function partOf(piece: Piece, isFirstCall: boolean): object {
  if ('text' in piece) return { text: piece.text }
  if ('thought' in piece) return { text: piece.thought, thought: true }
  return { functionCall: { name: piece.call.name, args: piece.call.arguments }, ...(isFirstCall && { thoughtSignature: ownSignature }) }
}
