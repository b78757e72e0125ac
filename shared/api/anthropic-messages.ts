/** Messages in the shape of Anthropic's API (`POST /v1/messages`). */
import { z } from 'zod'
import { ignored, maxTools, Text, ToolName } from './openai-chat.ts'

const cache = { cache_control: ignored }
const TextBlock = z.object({ type: z.literal('text'), text: Text, citations: ignored, ...cache })

const ImageBlock = z.object({
  type: z.literal('image'),
  source: z.object({
    type: z.literal('base64', 'must be `base64`: addresses and files are not fetched'),
    media_type: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
    data: z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, 'must be base64'),
  }),
  ...cache,
})

const ToolResultBlock = z.object({
  type: z.literal('tool_result'),
  tool_use_id: z.string().min(1).max(128),
  content: z.union([Text, z.array(TextBlock).max(64)]).optional(),
  is_error: z.boolean().optional(),
  ...cache,
})

const ToolUseBlock = z.object({
  type: z.literal('tool_use'),
  id: z.string().min(1).max(128),
  name: ToolName,
  input: z.record(z.string(), z.unknown()),
  caller: ignored,
  ...cache,
})

/** What a model thought before. It is not sent to another model. */
const ThoughtBlock = z.object({ type: z.enum(['thinking', 'redacted_thinking']), thinking: ignored, signature: ignored, data: ignored })

const UserMessage = z.object({
  role: z.literal('user'),
  content: z.union([Text, z.array(z.union([TextBlock, ImageBlock, ToolResultBlock])).max(256)]),
})
const AssistantMessage = z.object({
  role: z.literal('assistant'),
  content: z.union([Text, z.array(z.union([TextBlock, ToolUseBlock, ThoughtBlock])).max(256)]),
})
export type AnthropicMessage = z.infer<typeof UserMessage> | z.infer<typeof AssistantMessage>

const Tool = z.object({
  name: ToolName,
  description: z.string().max(8_192).optional(),
  input_schema: z.record(z.string(), z.unknown()),
  type: z.literal('custom', 'must be `custom`: the client runs the tools of a request').nullish(),
  strict: ignored,
  ...cache,
})

/** Whether the model may call tools. Others cannot be enforced with every provider. */
const ToolChoice = z.object({
  type: z.enum(['auto', 'none'], 'must be `auto` or `none`: not every provider can be made to call a tool'),
  disable_parallel_tool_use: ignored,
})

/** A request for one answer. */
export const MessagesRequest = z
  .object({
    model: z.string().min(1).max(200).meta({
      description: 'An id of `GET /v1/models`: a model profile, `persona:NAME`, or `default`',
    }),
    max_tokens: z.int().min(1).max(1_000_000).meta({ description: 'With `session_id` the model profile decides instead' }),
    messages: z
      .array(z.discriminatedUnion('role', [UserMessage, AssistantMessage]))
      .min(1)
      .max(1_000),
    system: z.union([Text, z.array(TextBlock).max(64)]).optional(),
    tools: z.array(Tool).max(maxTools).optional(),
    tool_choice: ToolChoice.optional(),
    stop_sequences: z.array(z.string().min(1).max(200)).max(16).optional(),
    stream: z.boolean().optional(),
    temperature: z.number().min(0).max(1).optional(),
    top_p: z.number().min(0).max(1).optional(),
    session_id: z.string().max(64).optional().meta({
      description: 'Sends the last user message to this session. Its log is the history, and other messages are not read',
    }),
    top_k: ignored,
    metadata: ignored,
    thinking: ignored,
    service_tier: ignored,
    output_config: ignored,
    ...cache,
  })
  .meta({ id: 'MessagesRequest' })
export type MessagesRequest = z.infer<typeof MessagesRequest>

const Block = z.union([
  z.object({ type: z.literal('text'), text: z.string(), citations: z.null() }),
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.record(z.string(), z.unknown()) }),
])
export type AnthropicBlock = z.infer<typeof Block>

const Usage = z.object({
  input_tokens: z.int().meta({ description: 'Without cached input' }),
  cache_read_input_tokens: z.int(),
  cache_creation_input_tokens: z.int(),
  output_tokens: z.int(),
})
export type AnthropicUsage = z.infer<typeof Usage>

/** A whole answer. */
export const Message = z
  .object({
    id: z.string(),
    type: z.literal('message'),
    role: z.literal('assistant'),
    model: z.string(),
    content: z.array(Block),
    stop_reason: z.enum(['end_turn', 'max_tokens', 'tool_use', 'stop_sequence']),
    stop_sequence: z.string().nullable(),
    usage: Usage,
    session_id: z.string().optional().meta({ description: 'The session, if the request named one' }),
  })
  .meta({ id: 'Message' })
export type Message = z.infer<typeof Message>
