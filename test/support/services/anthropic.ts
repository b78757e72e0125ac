/** Anthropic's Messages: https://docs.anthropic.com/en/api/messages. */
import { z } from 'zod'
import { AnswerSchema, ArgumentsSchema, refused, schemaProblem, serverSentEvent, visibleText } from './schema.ts'
import type { Piece, Script, Service } from './service.ts'

const CacheControl = z.strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() }).nullish()
const Text = z.strictObject({ type: z.literal('text'), text: visibleText, cache_control: CacheControl })
const callId = z.string().regex(/^[a-zA-Z0-9_-]+$/)
const ToolUse = z.strictObject({
  type: z.literal('tool_use'),
  id: callId,
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  input: z.record(z.string(), z.unknown()),
  cache_control: CacheControl,
})
const ToolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: callId,
  content: z.union([z.string(), z.array(Text)]).optional(),
  is_error: z.boolean().optional(),
  cache_control: CacheControl,
})
const Thinking = z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() })
const Redacted = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() })
const Block = z.discriminatedUnion('type', [Text, ToolUse, ToolResult, Thinking, Redacted])
const Message = z.strictObject({ role: z.enum(['user', 'assistant']), content: z.union([visibleText, z.array(Block).min(1)]) })

const Body = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().min(1),
  messages: z.array(Message).min(1),
  system: z.union([z.string(), z.array(Text)]).optional(),
  stream: z.literal(true),
  output_config: z
    .strictObject({
      effort: z.enum(['low', 'medium', 'high']).optional(),
      format: z.strictObject({ type: z.literal('json_schema'), schema: AnswerSchema }).optional(),
    })
    .optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  stop_sequences: z.array(z.string()).optional(),
  tools: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
        description: z.string().optional(),
        input_schema: ArgumentsSchema,
        cache_control: CacheControl,
      }),
    )
    .optional(),
  tool_choice: z.looseObject({ type: z.enum(['auto', 'any', 'tool', 'none']) }).optional(),
  thinking: z
    .union([
      z.strictObject({ type: z.literal('enabled'), budget_tokens: z.int().min(1_024) }),
      z.strictObject({ type: z.literal('disabled') }),
    ])
    .optional(),
  metadata: z.strictObject({ user_id: z.string().optional() }).optional(),
  service_tier: z.enum(['auto', 'standard_only']).optional(),
})
type Body = z.infer<typeof Body>
type Blocks = readonly z.infer<typeof Block>[]

const blocksOf = ({ content }: Body['messages'][number]): Blocks =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content

/** Rules that the schema cannot say. */
function problemOf(body: Body): string | undefined {
  const { messages, thinking, max_tokens, temperature, tools = [] } = body
  if (messages[0]?.role !== 'user') return 'messages: first message must use the "user" role'
  if (messages.at(-1)?.role !== 'user') return 'This model does not support assistant message prefill.'
  if (thinking?.type === 'enabled' && thinking.budget_tokens >= max_tokens)
    return '`max_tokens` must be greater than `thinking.budget_tokens`.'
  if (thinking?.type === 'enabled' && temperature !== undefined && temperature !== 1)
    return '`temperature` may only be set to 1 when thinking is enabled.'
  const lastWords = messages.findLastIndex(
    (message) => message.role === 'user' && !blocksOf(message).some(({ type }) => type === 'tool_result'),
  )
  for (const [index, message] of messages.entries()) {
    const blocks = blocksOf(message)
    if (index > 0 && messages[index - 1]?.role === message.role) return 'messages: roles must alternate between "user" and "assistant"'
    const uses = blocks.flatMap((block) => (block.type === 'tool_use' ? [block] : []))
    const results = blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []))
    if (message.role === 'user' && uses.length > 0) return `messages.${index}: \`tool_use\` blocks can only be in \`assistant\` messages`
    if (message.role === 'assistant' && results.length > 0)
      return `messages.${index}: \`tool_result\` blocks can only be in \`user\` messages`
    if (uses.length > 0 && tools.length === 0) return 'Requests which include `tool_use` or `tool_result` blocks must define tools'
    const next = messages[index + 1]
    const answered = next ? blocksOf(next).flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : [])) : []
    if (new Set(uses.map(({ id }) => id)).size < uses.length) return 'messages: `tool_use` ids must be unique'
    if (uses.some(({ id }) => !answered.includes(id)))
      return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after`
    const before = messages[index - 1]
    const asked = before ? blocksOf(before).flatMap((block) => (block.type === 'tool_use' ? [block.id] : [])) : []
    if (results.some((id) => !asked.includes(id))) return `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks`
    if (results.length > 0 && blocks.findLastIndex(({ type }) => type === 'tool_result') !== results.length - 1)
      return `messages.${index}: \`tool_result\` blocks must come first`
    const isThinking = thinking?.type === 'enabled' && uses.length > 0 && index > lastWords
    if (isThinking && !/thinking$/.test(blocks[0]?.type ?? ''))
      return 'Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block'
    if (blocks.some((block) => block.type === 'thinking' && block.signature !== signature))
      return `messages.${index}: Invalid \`signature\` in \`thinking\` block`
  }
  return undefined
}

const signature = 'EqQBCgIYAhIM'

const textsOf = (body: Body) =>
  body.messages.flatMap((message) =>
    message.role === 'user' ? blocksOf(message).flatMap((block) => (block.type === 'text' ? [block.text] : [])) : [],
  )

export const anthropic: Service = {
  contentType: 'text/event-stream; charset=utf-8',
  models: {
    path: '/v1/models?limit=200',
    body: {
      data: [
        { type: 'model', id: 'm-two' },
        { type: 'model', id: 'm-one' },
      ],
      has_more: false,
    },
  },
  refusal: ({ method, path, headers, body }) => {
    if (method !== 'POST' || path !== '/v1/messages') return { status: 404, text: 'Not found' }
    if (headers['anthropic-version'] !== '2023-06-01') return { status: 400, text: 'anthropic-version: header is required' }
    if (typeof headers['x-api-key'] !== 'string') return { status: 401, text: 'x-api-key header is required' }
    if (headers.authorization !== undefined) return { status: 401, text: 'invalid bearer token' }
    return schemaProblem(Body, body) ?? refused(problemOf(Body.parse(body)))
  },
  errorBody: ({ status, text }) => ({
    type: 'error',
    error: { type: errorTypes[status] ?? 'api_error', message: text },
    request_id: 'req_1',
  }),
  lastUserText: (body) => textsOf(Body.parse(body)).at(-1) ?? '',
  roundsDone: (body) => {
    const { messages } = Body.parse(body)
    const last = messages.findLastIndex((message) => message.role === 'user' && blocksOf(message).some(({ type }) => type === 'text'))
    return messages.slice(last).filter((message) => blocksOf(message).some(({ type }) => type === 'tool_use')).length
  },
  write: ({ pieces, end, usage }: Script) => {
    const hasCalls = pieces.some((piece) => 'call' in piece)
    const start = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: {
        input_tokens: usage.input - usage.cached,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: usage.cached,
        output_tokens: 1,
      },
    }
    return [
      serverSentEvent({ type: 'message_start', message: start }, 'message_start'),
      serverSentEvent({ type: 'ping' }, 'ping'),
      ...groups(pieces).flatMap((group, index) => block(group, index)),
      serverSentEvent(
        {
          type: 'message_delta',
          delta: { stop_reason: end ?? (hasCalls ? 'tool_use' : 'end_turn'), stop_sequence: null },
          usage: { output_tokens: usage.output },
        },
        'message_delta',
      ),
      serverSentEvent({ type: 'message_stop' }, 'message_stop'),
    ]
  },
  writeError: (text) => serverSentEvent({ type: 'error', error: { type: 'overloaded_error', message: text } }, 'error'),
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

/** Texts that follow each other are one block. */
function groups(pieces: readonly Piece[]): Piece[][] {
  const found: Piece[][] = []
  for (const piece of pieces) {
    const last = found.at(-1)
    if (last && 'text' in piece && last[0] && 'text' in last[0]) last.push(piece)
    else found.push([piece])
  }
  return found
}

function block(pieces: readonly Piece[], index: number): string[] {
  const [first] = pieces
  const open = (content_block: object) => serverSentEvent({ type: 'content_block_start', index, content_block }, 'content_block_start')
  const add = (delta: object) => serverSentEvent({ type: 'content_block_delta', index, delta }, 'content_block_delta')
  const close = serverSentEvent({ type: 'content_block_stop', index }, 'content_block_stop')
  if (first && 'thought' in first)
    return [
      open({ type: 'thinking', thinking: '', signature: '' }),
      add({ type: 'thinking_delta', thinking: first.thought }),
      add({ type: 'signature_delta', signature }),
      close,
    ]
  if (first && 'call' in first) {
    const json = JSON.stringify(first.call.arguments)
    const call = { type: 'tool_use', id: `toolu_${index}`, name: first.call.name, input: {} }
    return [
      open(call),
      add({ type: 'input_json_delta', partial_json: '' }),
      ...[json.slice(0, 5), json.slice(5)].map((partial_json) => add({ type: 'input_json_delta', partial_json })),
      close,
    ]
  }
  return [
    open({ type: 'text', text: '' }),
    ...pieces.flatMap((piece) => ('text' in piece ? [add({ type: 'text_delta', text: piece.text })] : [])),
    close,
  ]
}
