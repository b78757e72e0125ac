/** Ollama's own API: https://docs.ollama.com/api. */
import { z } from 'zod'
import { AnswerSchema, OfferedTool, refused, schemaProblem, toolName } from './schema.ts'
import type { Piece, Script, Service } from './service.ts'

const ToolCall = z.strictObject({ function: z.strictObject({ name: toolName, arguments: z.record(z.string(), z.unknown()) }) })
const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.enum(['system', 'user']), content: z.string().min(1) }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string(),
    thinking: z.string().optional(),
    tool_calls: z.array(ToolCall).min(1).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), content: z.string(), tool_name: toolName }),
])
const Body = z.strictObject({
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  tools: z.array(OfferedTool).optional(),
  stream: z.literal(true),
  think: z.union([z.boolean(), z.enum(['low', 'medium', 'high'])]).optional(),
  format: z.union([z.literal('json'), AnswerSchema]).optional(),
  keep_alive: z.union([z.string(), z.number()]).optional(),
  options: z
    .strictObject({
      num_ctx: z.int().min(1).optional(),
      num_predict: z.int().optional(),
      temperature: z.number().min(0).optional(),
      top_p: z.number().optional(),
      top_k: z.int().optional(),
      seed: z.int().optional(),
      stop: z.array(z.string()).optional(),
    })
    .optional(),
})
type Body = z.infer<typeof Body>

/** Rules that the schema cannot say. */
function problemOf({ messages }: Body): string | undefined {
  let open: string[] = []
  for (const message of messages) {
    if (message.role === 'tool') {
      if (open.shift() !== message.tool_name) return 'a tool message must follow its call'
      continue
    }
    if (open.length > 0) return `the calls ${open} have no results`
    if (message.role !== 'assistant') continue
    if (message.content === '' && !message.tool_calls) return 'an assistant message is empty'
    open = (message.tool_calls ?? []).map((call) => call.function.name)
  }
  return undefined
}

const line = (fields: object): string => `${JSON.stringify({ model: 'm', created_at: '2026-01-01T00:00:00Z', ...fields })}\n`

export const ollama: Service = {
  contentType: 'application/x-ndjson',
  models: {
    path: '/api/tags',
    body: {
      models: [
        { name: 'm-two', model: 'm-two', size: 1 },
        { name: 'm-one', model: 'm-one', size: 1 },
      ],
    },
  },
  refusal: ({ method, path, body }) => {
    if (method !== 'POST' || path !== '/api/chat') return { status: 404, text: '404 page not found' }
    return schemaProblem(Body, body) ?? refused(problemOf(Body.parse(body)))
  },
  errorBody: ({ text }) => ({ error: text }),
  lastUserText: (body) => Body.parse(body).messages.findLast(({ role }) => role === 'user')?.content ?? '',
  roundsDone: (body) => {
    const { messages } = Body.parse(body)
    return messages.slice(messages.findLastIndex(({ role }) => role === 'user')).filter((message) => 'tool_calls' in message).length
  },
  write: ({ pieces, end, usage }: Script) => [
    ...pieces.map((piece) => line({ message: { role: 'assistant', ...fieldsOf(piece) }, done: false })),
    line({
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: end ?? 'stop',
      prompt_eval_count: usage.input,
      eval_count: usage.output,
    }),
  ],
  writeError: (text) => `${JSON.stringify({ error: text })}\n`,
}

function fieldsOf(piece: Piece): object {
  if ('text' in piece) return { content: piece.text }
  if ('thought' in piece) return { content: '', thinking: piece.thought }
  return { content: '', tool_calls: [{ function: { name: piece.call.name, arguments: piece.call.arguments } }] }
}
