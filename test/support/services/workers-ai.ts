/** Workers AI over REST: https://developers.cloudflare.com/workers-ai/. */
import { z } from 'zod'
import { chatEvents } from './openai-chat.ts'
import { OfferedTool, refused, schemaProblem, serverSentEvent, toolName } from './schema.ts'
import type { Piece, Script, Service } from './service.ts'

const ToolCall = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: toolName, arguments: z.string() }),
})
const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.enum(['system', 'user']), content: z.string().min(1) }),
  z.strictObject({ role: z.literal('assistant'), content: z.string(), tool_calls: z.array(ToolCall).min(1).optional() }),
  z.strictObject({ role: z.literal('tool'), content: z.string(), tool_call_id: z.string().min(1) }),
])
const Body = z.strictObject({
  messages: z.array(Message).min(1),
  tools: z.array(OfferedTool).optional(),
  stream: z.literal(true),
  max_tokens: z.int().min(1).optional(),
  temperature: z.number().min(0).max(5).optional(),
  top_p: z.number().min(0).max(2).optional(),
  top_k: z.int().min(1).max(50).optional(),
  seed: z.int().optional(),
})
type Body = z.infer<typeof Body>

/** Rules that the schema cannot say. */
function problemOf({ messages }: Body): string | undefined {
  let open: string[] = []
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.includes(message.tool_call_id)) return `messages.${index}: no such tool call`
      open = open.filter((id) => id !== message.tool_call_id)
      continue
    }
    if (open.length > 0) return `messages.${index}: tool results are missing`
    if (message.role !== 'assistant') continue
    if (message.content === '' && !message.tool_calls) return `messages.${index}: content is empty`
    open = (message.tool_calls ?? []).map(({ id }) => id)
  }
  return open.length > 0 ? 'tool results are missing' : undefined
}

export const workersAI: Service = {
  contentType: 'text/event-stream',
  models: {
    path: '/client/v4/accounts/0a1b0a1b0a1b0a1b0a1b0a1b0a1b0a1b/ai/models/search?task=Text%20Generation&per_page=100',
    body: {
      success: true,
      result: [
        { id: 'u1', name: 'm-two' },
        { id: 'u2', name: 'm-one' },
      ],
    },
  },
  refusal: ({ method, path, headers, body }) => {
    if (method !== 'POST' || !/^\/client\/v4\/accounts\/[0-9a-f]{32}\/ai\/run\/@cf\/[\w.-]+\/[\w.-]+$/.test(path))
      return { status: 404, text: 'No route for that URI' }
    if (!/^Bearer .+/.test(String(headers.authorization))) return { status: 401, text: 'Authentication error' }
    return schemaProblem(Body, body) ?? refused(problemOf(Body.parse(body)))
  },
  errorBody: ({ text }) => ({ errors: [{ code: 5006, message: text }], success: false, result: null, messages: [] }),
  lastUserText: (body) => Body.parse(body).messages.findLast(({ role }) => role === 'user')?.content ?? '',
  roundsDone: (body) => {
    const { messages } = Body.parse(body)
    return messages.slice(messages.findLastIndex(({ role }) => role === 'user')).filter((message) => 'tool_calls' in message).length
  },
  // The older format has no word for an ending. So an answer that names one is in the newer format.
  write: (script) => (script.end === undefined ? nativeEvents(script) : chatEvents(script)),
  writeError: (text) => serverSentEvent({ errors: [{ code: 3040, message: text }] }),
}

const nativeEvents = ({ pieces, usage }: Script): string[] => [
  ...pieces.map((piece) => serverSentEvent({ ...fieldsOf(piece), p: 'abdefgh' })),
  serverSentEvent({
    response: '',
    usage: { prompt_tokens: usage.input, completion_tokens: usage.output, total_tokens: usage.input + usage.output },
  }),
  'data: [DONE]\n\n',
]

function fieldsOf(piece: Piece): object {
  if ('text' in piece) return { response: piece.text }
  if ('thought' in piece) return { response: `<think>${piece.thought}</think>` }
  return { response: '', tool_calls: [{ name: piece.call.name, arguments: piece.call.arguments }] }
}
