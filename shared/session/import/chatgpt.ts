/**
 * Conversations of ChatGPT's data export, `conversations.json`. It is an array. Each element has a `mapping`, which is a tree of nodes.
 * Pure. The format has no specification; the fields are those that real exports have. Unknown kinds of content are reported, not guessed.
 */
import { z } from 'zod'
import { fail, ok, type Result } from '../../result.ts'
import { type ForeignConversation, type ForeignMessage, ForeignTime, optionalText } from './foreign.ts'
import { Leftovers } from './leftovers.ts'
import { branchNotes, brokenTree, leaves, pathTo } from './tree.ts'

const Part = z.union([z.string(), z.looseObject({ content_type: optionalText, text: optionalText })])
type Part = z.infer<typeof Part>

const Content = z.looseObject({
  content_type: z.string(),
  parts: z.array(Part.nullish()).nullish(),
  text: optionalText,
  result: optionalText,
})

const Message = z.looseObject({
  author: z.looseObject({ role: z.string(), name: optionalText }),
  create_time: ForeignTime,
  /** Null: the message was deleted. A text: older and converted files. */
  content: z.preprocess((content) => (typeof content === 'string' ? { content_type: 'text', text: content } : content), Content.nullish()),
  /** Where the message went: `all`, or the name of a tool. */
  recipient: optionalText,
  metadata: z.looseObject({ is_visually_hidden_from_conversation: z.unknown() }).nullish().catch(null),
})
type Message = z.infer<typeof Message>
type Content = z.infer<typeof Content>

/** One element of `conversations.json`. A node without an object is missing. */
export const ChatGptConversation = z.looseObject({
  title: optionalText,
  create_time: ForeignTime,
  current_node: optionalText,
  mapping: z.record(z.string(), z.looseObject({ parent: z.string().nullish(), message: z.unknown().optional() }).nullish().catch(null)),
})
export type ChatGptConversation = z.infer<typeof ChatGptConversation>

/** Kinds of content that the user never saw as a message, with the words for the report. */
const hiddenContent: ReadonlyMap<string, string> = new Map([
  ['thoughts', 'reasoning step'],
  ['reasoning_recap', 'reasoning step'],
  ['user_editable_context', 'custom instruction'],
  ['model_editable_context', 'stored memory of the other product'],
  ['system_error', 'error of the other product'],
])

/** The words for a part that is no text. */
const partNames: ReadonlyMap<string, string> = new Map([
  ['image_asset_pointer', 'image'],
  ['audio_asset_pointer', 'audio recording'],
  ['video_container_asset_pointer', 'video'],
  ['real_time_user_audio_video_asset_pointer', 'audio recording'],
])

/** The messages on the path to `current_node`. Fails with a sentence. */
export function readChatGpt({ title, create_time, current_node, mapping }: ChatGptConversation): Result<ForeignConversation, string> {
  const nodes = new Map(
    Object.entries(mapping).flatMap(([id, node]) => (node ? [[id, { parent: node.parent ?? null, message: node.message }]] : [])),
  )
  const leaf = current_node ?? leaves(nodes).at(-1)
  const path = leaf === undefined ? null : pathTo(nodes, leaf)
  if (!path) return fail(brokenTree)
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
  return ok({ title: title ?? '', at: create_time, messages, notes: [...branchNotes(nodes), ...leftovers.notes()] })
}

function addMessage(messages: ForeignMessage[], message: Message, leftovers: Leftovers): void {
  const { author, content, metadata } = message
  if (!content) {
    leftovers.add('message without content')
    return
  }
  const hiddenName = hiddenContent.get(content.content_type)
  const isInvisible = metadata?.is_visually_hidden_from_conversation === true
  if (hiddenName !== undefined) leftovers.add(hiddenName)
  else if (author.role === 'system' || isInvisible) {
    // Every conversation starts with an empty system message.
    if (author.role !== 'system' || (!isInvisible && textOf(content, new Leftovers()) !== '')) leftovers.add(`${author.role} message`)
  } else addVisible(messages, message, content, leftovers)
}

function addVisible(
  messages: ForeignMessage[],
  { author, recipient, create_time: at }: Message,
  content: Content,
  leftovers: Leftovers,
): void {
  const text = textOf(content, leftovers)
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

function textOf(content: Content, leftovers: Leftovers): string {
  const parts = (content.parts ?? []).filter((part) => part !== null && part !== undefined)
  const text = content.text ?? content.result
  return [...parts.map((part) => partText(part, leftovers)), ...(text ? [text] : [])].filter((part) => part !== '').join('\n\n')
}

function partText(part: Part, leftovers: Leftovers): string {
  if (typeof part === 'string') return part
  const { content_type, text } = part
  if (text) return text
  const name = partNames.get(content_type ?? '') ?? 'attachment'
  leftovers.add(name)
  return `[${name}: not imported]`
}
