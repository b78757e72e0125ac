/** Chat completions in the shape of OpenAI's API (`POST /v1/chat/completions`). */
import { z } from 'zod'
import { AttachmentId } from '../attachment/attachment-ref.ts'
import { limits } from './limits.ts'

/** A field that clients send and that changes nothing here. */
export const ignored = z.unknown().optional()

/** A text of the conversation. */
export const Text = z.string().max(limits.itemUnits, `must have at most ${limits.itemUnits} UTF-16 units`)

/** The name of a client's tool. */
export const ToolName = z.string().regex(/^[\w.-]{1,128}$/, 'must be 1 to 128 letters, digits, "_", "-" or "."')

/** The most tools of one request, and the most bytes of their schemas together. */
export const maxTools = 256

const TextPart = z.object({ type: z.literal('text'), text: Text })

/** An image within the request. Addresses are not fetched. */
export const ImageUrl = z
  .string()
  .regex(
    /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/,
    'must be a data URL of a PNG, JPEG, GIF or WebP image in base64; addresses are not fetched',
  )

const ImagePart = z.object({ type: z.literal('image_url'), image_url: z.object({ url: ImageUrl, detail: ignored }) })

/** A file of `/v1/files`, or an attachment. Only a message to a session carries files. */
const FilePart = z.object({
  type: z.literal('file'),
  file: z.object({
    file_id: AttachmentId,
    filename: ignored,
    file_data: z.null('must not be sent: upload the file at /v1/files').optional(),
  }),
})

const Texts = z.union([Text, z.array(TextPart).max(64)])

const ToolCall = z.object({
  id: z.string().min(1).max(128),
  type: z.literal('function'),
  function: z.object({ name: ToolName, arguments: Text }),
})

const Message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: Texts, name: ignored }),
  z.object({ role: z.literal('user'), content: z.union([Text, z.array(z.union([TextPart, ImagePart, FilePart])).max(64)]), name: ignored }),
  z.object({
    role: z.literal('assistant'),
    content: Texts.nullish(),
    tool_calls: z.array(ToolCall).max(64).nullish(),
    name: ignored,
    refusal: ignored,
    audio: z.null().optional(),
    reasoning_content: ignored,
    annotations: ignored,
    function_call: z.null().optional(),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string().min(1).max(128), content: Texts, name: ignored }),
])
export type ChatMessage = z.infer<typeof Message>

const Tool = z.object({
  type: z.literal('function', 'must be `function`: the client runs the tools of a request'),
  function: z.object({
    name: ToolName,
    description: z.string().max(8_192).nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    strict: ignored,
  }),
})

/** Whether the model may call tools. Others cannot be enforced with every provider. */
const ToolChoice = z.enum(['auto', 'none'], 'must be `auto` or `none`: not every provider can be made to call a tool')

const one = (what: string) => z.literal(1, `must be 1: ${what}`).nullish()
const off = z.literal(false, 'must be false: log probabilities are not available').nullish()

/** A request for one answer. */
export const ChatCompletionRequest = z
  .object({
    model: z.string().min(1).max(200).meta({
      description: 'An id of `GET /v1/models`: a model profile, `persona:NAME`, or `default`',
    }),
    messages: z.array(Message).min(1).max(1_000),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().nullish(), include_obfuscation: ignored }).nullish(),
    max_tokens: z.int().min(1).max(1_000_000).nullish(),
    max_completion_tokens: z.int().min(1).max(1_000_000).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    frequency_penalty: z.number().min(-2).max(2).nullish(),
    presence_penalty: z.number().min(-2).max(2).nullish(),
    seed: z.int().nullish(),
    stop: z.union([z.string().min(1).max(200), z.array(z.string().min(1).max(200)).max(4)]).nullish(),
    tools: z.array(Tool).max(maxTools).nullish(),
    tool_choice: ToolChoice.nullish(),
    parallel_tool_calls: ignored,
    response_format: z.unknown().optional().meta({ description: 'As in a message: `text`, `json_object` is refused, or `json_schema`' }),
    n: one('ask again for another answer'),
    logprobs: off,
    top_logprobs: z.literal(0, 'must be 0: log probabilities are not available').nullish(),
    session_id: z.string().max(64).optional().meta({
      description: 'Sends the last user message to this session. Its log is the history, and other messages are not read',
    }),
    user: ignored,
    metadata: ignored,
    store: ignored,
    service_tier: ignored,
    safety_identifier: ignored,
    prompt_cache_key: ignored,
    prompt_cache_retention: ignored,
    reasoning_effort: ignored,
    verbosity: ignored,
    logit_bias: z.null().optional(),
    modalities: z.tuple([z.literal('text')], 'must be `["text"]`').nullish(),
  })
  .meta({ id: 'ChatCompletionRequest' })
export type ChatCompletionRequest = z.infer<typeof ChatCompletionRequest>

const Usage = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_tokens_details: z.object({ cached_tokens: z.int() }),
  completion_tokens_details: z.object({ reasoning_tokens: z.int() }),
})
export type ChatUsage = z.infer<typeof Usage>

/** A whole answer. */
export const ChatCompletion = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int().meta({ description: 'Unix seconds' }),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        message: z.object({
          role: z.literal('assistant'),
          content: z.string().nullable(),
          refusal: z.null(),
          reasoning_content: z.string().optional(),
          tool_calls: z.array(ToolCall).optional(),
        }),
        finish_reason: z.enum(['stop', 'length', 'tool_calls']),
        logprobs: z.null(),
      }),
    ),
    usage: Usage,
    session_id: z.string().optional().meta({ description: 'The session, if the request named one' }),
  })
  .meta({ id: 'ChatCompletion' })
export type ChatCompletion = z.infer<typeof ChatCompletion>
