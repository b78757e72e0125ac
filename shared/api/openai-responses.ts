/** Responses in the shape of OpenAI's API (`/v1/responses`). */
import { z } from 'zod'
import { ImageUrl, ignored, maxTools, Text, ToolName } from './openai-chat.ts'

const TextPart = z.object({ type: z.enum(['input_text', 'output_text', 'text']), text: Text, annotations: ignored, logprobs: ignored })
const ImagePart = z.object({ type: z.literal('input_image'), image_url: ImageUrl, detail: ignored, file_id: z.null().optional() })
const Content = z.union([Text, z.array(z.union([TextPart, ImagePart])).max(64)])

const MessageItem = z.object({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: Content,
  id: ignored,
  status: ignored,
  phase: ignored,
})
const CallItem = z.object({
  type: z.literal('function_call'),
  call_id: z.string().min(1).max(128),
  name: ToolName,
  arguments: Text,
  id: ignored,
  status: ignored,
})
const ResultItem = z.object({
  type: z.literal('function_call_output'),
  call_id: z.string().min(1).max(128),
  output: z.union([Text, z.array(TextPart).max(64)]),
  id: ignored,
  status: ignored,
})
/** What a model thought before. It is not sent to another model. */
const ThoughtItem = z.object({
  type: z.literal('reasoning'),
  id: ignored,
  summary: ignored,
  content: ignored,
  encrypted_content: ignored,
  status: ignored,
})
const Item = z.union([MessageItem, CallItem, ResultItem, ThoughtItem])
export type InputItem = z.infer<typeof Item>

const Tool = z.object({
  type: z.literal('function', 'must be `function`: the client runs the tools of a request'),
  name: ToolName,
  description: z.string().max(8_192).nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: ignored,
})

const Format = z.union([
  z.object({ type: z.literal('text') }),
  z.object({
    type: z.literal('json_schema'),
    name: z.string(),
    schema: z.record(z.string(), z.unknown()),
    description: z.string().nullish(),
    strict: z.boolean().nullish(),
  }),
])

/** A request for one response. */
export const ResponseRequest = z
  .object({
    model: z.string().min(1).max(200).default('default').meta({
      description: 'An id of `GET /v1/models`: a model profile, `persona:NAME`, or `default`',
    }),
    input: z.union([Text, z.array(Item).min(1).max(1_000)]),
    instructions: Text.nullish(),
    previous_response_id: z.string().max(200).nullish().meta({ description: 'The response continues its session after that turn' }),
    conversation: z
      .union([z.string().max(64), z.object({ id: z.string().max(64) })])
      .nullish()
      .meta({ description: 'The session that the message is sent to. A new id creates it' }),
    store: z
      .boolean()
      .nullish()
      .meta({ description: 'Default: true, if the input is one user message without instructions, tools, temperature or limits' }),
    background: z.boolean().nullish(),
    stream: z.boolean().nullish(),
    stream_options: ignored,
    max_output_tokens: z.int().min(1).max(1_000_000).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    tools: z.array(Tool).max(maxTools).nullish(),
    tool_choice: z.enum(['auto', 'none'], 'must be `auto` or `none`: not every provider can be made to call a tool').nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    text: z.object({ format: Format.nullish(), verbosity: ignored }).nullish(),
    metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
    reasoning: ignored,
    include: ignored,
    truncation: z.enum(['auto', 'disabled']).nullish(),
    max_tool_calls: z.null().optional(),
    top_logprobs: z.literal(0, 'must be 0: log probabilities are not available').nullish(),
    user: ignored,
    service_tier: ignored,
    safety_identifier: ignored,
    prompt_cache_key: ignored,
    prompt_cache_retention: ignored,
  })
  .meta({ id: 'ResponseRequest' })
export type ResponseRequest = z.infer<typeof ResponseRequest>

const MessageOutput = z.object({
  type: z.literal('message'),
  id: z.string(),
  role: z.literal('assistant'),
  status: z.enum(['in_progress', 'completed', 'incomplete']),
  content: z.array(
    z.object({
      type: z.literal('output_text'),
      text: z.string(),
      annotations: z.array(z.string()),
      logprobs: z.array(z.string()),
    }),
  ),
})
const CallOutput = z.object({
  type: z.literal('function_call'),
  id: z.string(),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  status: z.enum(['in_progress', 'completed']),
})
const ThoughtOutput = z.object({
  type: z.literal('reasoning'),
  id: z.string(),
  summary: z.array(z.object({ type: z.literal('summary_text'), text: z.string() })),
  status: z.enum(['in_progress', 'completed']),
})
const OutputItem = z.discriminatedUnion('type', [MessageOutput, CallOutput, ThoughtOutput])
export type OutputItem = z.infer<typeof OutputItem>

/** A response. Every field is present, as its published schema demands. */
export const ResponseObject = z
  .object({
    id: z.string(),
    object: z.literal('response'),
    created_at: z.int().meta({ description: 'Unix seconds' }),
    completed_at: z.int().nullable(),
    status: z.enum(['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled']),
    incomplete_details: z.object({ reason: z.literal('max_output_tokens') }).nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    model: z.string(),
    previous_response_id: z.string().nullable(),
    conversation: z.object({ id: z.string() }).nullable().meta({ description: 'The session' }),
    instructions: z.string().nullable(),
    output: z.array(OutputItem),
    usage: z
      .object({
        input_tokens: z.int(),
        input_tokens_details: z.object({ cached_tokens: z.int() }),
        output_tokens: z.int(),
        output_tokens_details: z.object({ reasoning_tokens: z.int() }),
        total_tokens: z.int(),
      })
      .nullable(),
    tools: z.array(z.record(z.string(), z.unknown())),
    tool_choice: z.string(),
    parallel_tool_calls: z.boolean(),
    max_tool_calls: z.null(),
    text: z.object({ format: z.record(z.string(), z.unknown()) }),
    truncation: z.enum(['auto', 'disabled']),
    temperature: z.number(),
    top_p: z.number(),
    top_logprobs: z.int(),
    presence_penalty: z.number(),
    frequency_penalty: z.number(),
    max_output_tokens: z.int().nullable(),
    reasoning: z.object({ effort: z.null(), summary: z.null() }),
    store: z.boolean(),
    background: z.boolean(),
    service_tier: z.literal('default'),
    metadata: z.record(z.string(), z.string()),
    safety_identifier: z.null(),
    prompt_cache_key: z.null(),
    user: z.null(),
  })
  .meta({ id: 'Response' })
export type ResponseObject = z.infer<typeof ResponseObject>

/** A response by its id. */
export const ResponsePath = z.object({ response: z.string().max(200) })

/** How to read a response. */
export const ReadResponse = z.object({
  stream: z.enum(['true', 'false']).optional(),
  starting_after: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number from 0')
    .transform(Number)
    .optional()
    .meta({ description: 'The `sequence_number` of the last event that the client has' }),
  include: ignored,
  include_obfuscation: ignored,
})

/** The input of a stored response. */
export const InputItems = z.object({
  object: z.literal('list'),
  data: z.array(
    z.object({
      type: z.literal('message'),
      id: z.string(),
      role: z.literal('user'),
      status: z.literal('completed'),
      content: z.array(z.object({ type: z.literal('input_text'), text: z.string() })),
    }),
  ),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.literal(false),
})
