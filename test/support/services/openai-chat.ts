/** OpenAI's chat completions: https://platform.openai.com/docs/api-reference/chat. */
import { z } from 'zod'
import { openAIService } from './openai.ts'
import { AnswerSchema, ArgumentsSchema, serverSentEvent, toolName } from './schema.ts'
import type { Script, Service } from './service.ts'

const ToolCall = z.strictObject({
  id: z.string().min(1).max(40),
  type: z.literal('function'),
  function: z.strictObject({ name: toolName, arguments: z.string() }),
})
const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.enum(['system', 'developer']), content: z.string(), name: z.string().optional() }),
  z.strictObject({ role: z.literal('user'), content: z.string(), name: z.string().optional() }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string().nullish(),
    refusal: z.string().nullish(),
    /** Only what this service itself wrote. */
    reasoning_content: z.literal('I consider it.').optional(),
    tool_calls: z.array(ToolCall).min(1).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), content: z.string(), tool_call_id: z.string() }),
])
const Body = z.strictObject({
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.boolean() }).optional(),
  response_format: z
    .strictObject({
      type: z.literal('json_schema'),
      json_schema: z.strictObject({
        name: toolName,
        description: z.string().optional(),
        schema: AnswerSchema,
        strict: z.boolean().optional(),
      }),
    })
    .optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_tokens: z.int().min(1).optional(),
  max_completion_tokens: z.int().min(1).optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({ name: toolName, description: z.string().optional(), parameters: ArgumentsSchema.optional() }),
      }),
    )
    .min(1)
    .optional(),
})
type Body = z.infer<typeof Body>

function problemOf({ messages }: Body): string | undefined {
  let open: string[] = []
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.includes(message.tool_call_id))
        return `Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls' (messages.${index}).`
      open = open.filter((id) => id !== message.tool_call_id)
      continue
    }
    if (open.length > 0)
      return `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id' (${open}).`
    if (message.role !== 'assistant') continue
    if (!message.content && !message.tool_calls) return `messages.${index}: content or tool_calls must be set`
    open = (message.tool_calls ?? []).map(({ id }) => id)
    if (new Set(open).size < open.length) return `messages.${index}: duplicate tool call ids`
  }
  return open.length > 0 ? `No tool output found for ${open}.` : undefined
}

/** Writes the events of chat completions. Workers AI uses the same for newer models. */
export function chatEvents({ pieces, end, usage }: Script): string[] {
  const chunk = (delta: object, finish_reason: string | null = null) =>
    serverSentEvent({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta, finish_reason }],
    })
  let calls = 0
  const deltas = pieces.flatMap((piece): object[] => {
    if ('text' in piece) return [{ content: piece.text }]
    if ('thought' in piece) return [{ reasoning_content: piece.thought }]
    const index = calls++
    const json = JSON.stringify(piece.call.arguments)
    const head = { index, id: `call_${index}`, type: 'function', function: { name: piece.call.name, arguments: '' } }
    return [head, { index, function: { arguments: json.slice(0, 4) } }, { index, function: { arguments: json.slice(4) } }].map((call) => ({
      tool_calls: [call],
    }))
  })
  const total = {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cached },
    completion_tokens_details: { reasoning_tokens: usage.reasoning },
  }
  return [
    chunk({ role: 'assistant', content: '' }),
    ...deltas.map((delta) => chunk(delta)),
    chunk({}, end ?? (calls > 0 ? 'tool_calls' : 'stop')),
    serverSentEvent({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage: total }),
    'data: [DONE]\n\n',
  ]
}

export const openAIChat: Service = {
  ...openAIService('/v1/chat/completions', Body, problemOf),
  lastUserText: (body) => Body.parse(body).messages.findLast(({ role }) => role === 'user')?.content ?? '',
  roundsDone: (body) => {
    const { messages } = Body.parse(body)
    return messages.slice(messages.findLastIndex(({ role }) => role === 'user')).filter((message) => 'tool_calls' in message).length
  },
  write: chatEvents,
  writeError: (text) => serverSentEvent({ error: { message: text, type: 'server_error', code: null } }),
}
