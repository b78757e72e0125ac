/** OpenAI's Responses: https://platform.openai.com/docs/api-reference/responses. */
import { z } from 'zod'
import { openAIService } from './openai.ts'
import { AnswerSchema, ArgumentsSchema, serverSentEvent, toolName } from './schema.ts'
import type { Script, Service } from './service.ts'

const encrypted = 'gAAAAA'
const Content = z.union([
  z.string().min(1),
  z.array(z.strictObject({ type: z.enum(['input_text', 'output_text']), text: z.string().min(1) })).min(1),
])
const Message = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: Content,
})
const Call = z.strictObject({
  type: z.literal('function_call'),
  id: z.string().regex(/^fc_/).optional(),
  call_id: z.string().min(1).max(64),
  name: toolName,
  arguments: z.string(),
  status: z.string().optional(),
})
const Output = z.strictObject({
  type: z.literal('function_call_output'),
  call_id: z.string().min(1).max(64),
  output: z.string(),
})
const Reasoning = z.strictObject({
  type: z.literal('reasoning'),
  id: z.string().regex(/^rs_/),
  summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
  encrypted_content: z.literal(encrypted),
})
const Body = z.strictObject({
  model: z.string().min(1),
  input: z.array(z.union([Message, Call, Output, Reasoning])).min(1),
  instructions: z.string().optional(),
  stream: z.literal(true),
  store: z.boolean().optional(),
  include: z.array(z.enum(['reasoning.encrypted_content'])).optional(),
  max_output_tokens: z.int().min(16).optional(),
  text: z
    .strictObject({
      format: z.strictObject({
        type: z.literal('json_schema'),
        name: toolName,
        description: z.string().optional(),
        schema: AnswerSchema,
        strict: z.boolean().optional(),
      }),
    })
    .optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  reasoning: z.looseObject({ effort: z.string().optional() }).optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        name: toolName,
        description: z.string().optional(),
        parameters: ArgumentsSchema,
        strict: z.boolean(),
      }),
    )
    .optional(),
})
type Body = z.infer<typeof Body>

const isReasoning = (model: string): boolean => /^(o\d|gpt-5)/.test(model)

/** Rules that the schema cannot say. */
function problemOf({ input, model, include = [], temperature }: Body): string | undefined {
  if (include.length > 0 && !isReasoning(model)) return 'Encrypted content is not supported with this model.'
  if (temperature !== undefined && isReasoning(model)) return "Unsupported parameter: 'temperature' is not supported with this model."
  const callIds = new Set<string>()
  const outputs = new Set<string>()
  for (const [index, item] of input.entries()) {
    if (item.type === 'function_call') {
      if (callIds.has(item.call_id)) return `Duplicate call_id ${item.call_id}.`
      try {
        JSON.parse(item.arguments)
      } catch {
        return `Invalid 'input[${index}].arguments': not valid JSON.`
      }
      callIds.add(item.call_id)
    } else if (item.type === 'function_call_output') {
      if (!callIds.has(item.call_id)) return `No tool call found for function call output with call_id ${item.call_id}.`
      outputs.add(item.call_id)
    } else if (item.type === 'reasoning') {
      const next = input[index + 1]
      if (next === undefined || ('role' in next && next.role === 'user'))
        return `Item '${item.id}' of type 'reasoning' was provided without its required following item.`
    }
  }
  const open = [...callIds].find((id) => !outputs.has(id))
  return open === undefined ? undefined : `No tool output found for function call ${open}.`
}

const userTexts = ({ input }: Body) =>
  input.flatMap((item, index) =>
    'role' in item && item.role === 'user'
      ? [{ index, text: typeof item.content === 'string' ? item.content : item.content.map(({ text }) => text).join('') }]
      : [],
  )

export const openAIResponses: Service = {
  ...openAIService('/v1/responses', Body, problemOf),
  lastUserText: (body) => userTexts(Body.parse(body)).at(-1)?.text ?? '',
  // A round is a run of calls: its outputs follow it.
  roundsDone: (body) => {
    const parsed = Body.parse(body)
    const after = parsed.input.slice(userTexts(parsed).at(-1)?.index ?? 0)
    return after.filter((item, index) => item.type === 'function_call' && after[index - 1]?.type !== 'function_call').length
  },
  write: writeResponse,
  writeError: (text) => serverSentEvent({ type: 'error', code: 'server_error', message: text, param: null, sequence_number: 9 }, 'error'),
}

function writeResponse({ pieces, end = 'completed', usage }: Script): string[] {
  const isComplete = end === 'completed'
  const response = {
    id: 'resp_1',
    object: 'response',
    status: isComplete ? 'completed' : 'incomplete',
    incomplete_details: isComplete ? null : { reason: end },
    error: null,
    usage: {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: usage.cached },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: usage.reasoning },
      total_tokens: usage.input + usage.output,
    },
  }
  let sequence = 0
  const event = (type: string, fields: object) => serverSentEvent({ type, sequence_number: sequence++, ...fields }, type)
  const texts = pieces.flatMap((piece) => ('text' in piece ? [piece.text] : []))
  const opened = event('response.created', { response: { ...response, status: 'in_progress', incomplete_details: null, usage: null } })
  const events = pieces.flatMap((piece, output_index): string[] => {
    if ('thought' in piece) {
      const item = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: piece.thought }], encrypted_content: encrypted }
      return [
        event('response.reasoning_summary_text.delta', { output_index, item_id: 'rs_1', summary_index: 0, delta: piece.thought }),
        event('response.output_item.done', { output_index, item }),
      ]
    }
    if ('text' in piece)
      return [event('response.output_text.delta', { output_index, item_id: 'msg_1', content_index: 0, delta: piece.text })]
    const json = JSON.stringify(piece.call.arguments)
    const item = { type: 'function_call', id: `fc_${output_index}`, call_id: `call_${output_index}`, name: piece.call.name }
    return [
      event('response.output_item.added', { output_index, item: { ...item, arguments: '', status: 'in_progress' } }),
      event('response.function_call_arguments.delta', { output_index, item_id: item.id, delta: json }),
      event('response.function_call_arguments.done', { output_index, item_id: item.id, arguments: json }),
      event('response.output_item.done', { output_index, item: { ...item, arguments: json, status: 'completed' } }),
    ]
  })
  const message = {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: texts.join(''), annotations: [] }],
  }
  const done = texts.length > 0 ? [event('response.output_item.done', { output_index: 9, item: message })] : []
  return [opened, ...events, ...done, event(isComplete ? 'response.completed' : 'response.incomplete', { response })]
}
