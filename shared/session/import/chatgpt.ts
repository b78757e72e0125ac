/**
 * Conversations of ChatGPT's data export, `conversations.json`. It is an array. Each element has a `mapping`, which is a tree of nodes.
 * Pure. The format has no specification; the fields are those that real exports have. Unknown kinds of content are reported, not guessed.
 */
import { z } from 'zod'
import { fail, ok, type Result } from '../../result.ts'
import type { ForeignConversation, ForeignMessage } from './foreign.ts'
import { Leftovers } from './leftovers.ts'
import { branchNotes, leaves, pathTo } from './tree.ts'

const Part = z.union([z.string(), z.looseObject({ content_type: z.string().optional(), text: z.string().nullish() })])
type Part = z.infer<typeof Part>

const Message = z.looseObject({
  author: z.looseObject({ role: z.string(), name: z.string().nullish() }),
  /** Unix seconds, with a fraction. */
  create_time: z.number().nullish(),
  content: z.looseObject({
    content_type: z.string(),
    parts: z.array(Part).nullish(),
    text: z.string().nullish(),
    result: z.string().nullish(),
  }),
  /** Where the message went: `all`, or the name of a tool. */
  recipient: z.string().nullish(),
  metadata: z.looseObject({ is_visually_hidden_from_conversation: z.boolean().nullish() }).nullish(),
})
type Message = z.infer<typeof Message>

/** One element of `conversations.json`. */
export const ChatGptConversation = z.looseObject({
  title: z.string().nullish(),
  create_time: z.number().nullish(),
  current_node: z.string().nullish(),
  mapping: z.record(z.string(), z.looseObject({ parent: z.string().nullish(), message: z.unknown() })),
})
export type ChatGptConversation = z.infer<typeof ChatGptConversation>

/** Kinds of content that the user never saw as a message, with the words for the report. */
const hiddenContent: Readonly<Record<string, string>> = {
  thoughts: 'reasoning step',
  reasoning_recap: 'reasoning step',
  user_editable_context: 'custom instruction',
  model_editable_context: 'stored memory of the other product',
  system_error: 'error of the other product',
}

/** The words for a part that is no text. */
const partNames: Readonly<Record<string, string>> = {
  image_asset_pointer: 'image',
  audio_asset_pointer: 'audio recording',
  video_container_asset_pointer: 'video',
  real_time_user_audio_video_asset_pointer: 'audio recording',
}

const milliseconds = (seconds: number | null | undefined): number | undefined => (seconds ? seconds * 1_000 : undefined)

/** The messages on the path to `current_node`. Fails with a sentence. */
export function readChatGpt({ title, create_time, current_node, mapping }: ChatGptConversation): Result<ForeignConversation, string> {
  const nodes = new Map(Object.entries(mapping).map(([id, { parent, message }]) => [id, { parent: parent ?? null, message }]))
  const leaf = current_node ?? leaves(nodes).at(-1)
  const path = leaf === undefined ? null : pathTo(nodes, leaf)
  if (!path) return fail('Its message tree is broken: a parent of the current message is missing.')
  const leftovers = new Leftovers()
  const messages: ForeignMessage[] = []
  for (const id of path) {
    const { message } = nodes.get(id) ?? {}
    if (message === null || message === undefined) continue
    const parsed = Message.safeParse(message)
    if (!parsed.success) return fail(`Its message ${id.slice(0, 64)} is not readable.`)
    addMessage(messages, parsed.data, leftovers)
  }
  if (!messages.some(({ kind }) => kind !== 'call')) return fail('It has no messages.')
  return ok({ title: title ?? '', at: milliseconds(create_time), messages, notes: [...branchNotes(nodes), ...leftovers.notes()] })
}

function addMessage(messages: ForeignMessage[], message: Message, leftovers: Leftovers): void {
  const { author, content, metadata } = message
  const hiddenName = hiddenContent[content.content_type]
  const isInvisible = metadata?.is_visually_hidden_from_conversation === true
  if (hiddenName !== undefined) leftovers.add(hiddenName)
  else if (author.role === 'system' || isInvisible) {
    // Every conversation starts with an empty system message.
    if (author.role !== 'system' || (!isInvisible && textOf(content, new Leftovers()) !== '')) leftovers.add(`${author.role} message`)
  } else addVisible(messages, message, leftovers)
}

function addVisible(messages: ForeignMessage[], { author, content, recipient, create_time }: Message, leftovers: Leftovers): void {
  const text = textOf(content, leftovers)
  const at = milliseconds(create_time)
  if (text === '') return
  if (author.role === 'tool') addResult(messages, author.name ?? recipient ?? '', text, at)
  else if (author.role === 'user') messages.push({ kind: 'user', text, at })
  else if (author.role !== 'assistant') leftovers.add(`message of role ${author.role.slice(0, 20)}`)
  else if (recipient && recipient !== 'all') messages.push({ kind: 'call', name: toolName(recipient), arguments: text, at })
  else messages.push({ kind: 'assistant', text, at })
}

/** A result belongs to the call before it, if that has none. Some tools report without a call. */
function addResult(messages: ForeignMessage[], name: string, text: string, at: number | undefined): void {
  const last = messages.at(-1)
  if (last?.kind === 'call' && last.result === undefined) messages[messages.length - 1] = { ...last, result: text }
  else messages.push({ kind: 'call', name: toolName(name), arguments: '{}', result: text, at })
}

/** Names of functions have no dots: `dalle.text2im` becomes `dalle_text2im`. */
const toolName = (name: string): string => name.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 64) || 'tool'

function textOf(content: Message['content'], leftovers: Leftovers): string {
  const parts = content.parts ?? []
  const text = content.text ?? content.result
  return [...parts.map((part) => partText(part, leftovers)), ...(text ? [text] : [])].filter((part) => part !== '').join('\n\n')
}

function partText(part: Part, leftovers: Leftovers): string {
  if (typeof part === 'string') return part
  const { content_type = '', text } = part
  if (text) return text
  const name = partNames[content_type] ?? 'attachment'
  leftovers.add(name)
  return `[${name}: not imported]`
}
