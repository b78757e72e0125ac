/**
 * Chats of Open WebUI's export: an array of `{id, title, chat: {history: {messages, currentId}}}`; older files have the `chat` itself.
 * Pure. Reasoning and tool calls are `<details>` in the text of an answer.
 */
import { z } from 'zod'
import { fail, ok, type Result } from '../../result.ts'
import { type ForeignConversation, type ForeignMessage, ForeignTime, optionalText } from './foreign.ts'
import { Leftovers } from './leftovers.ts'
import { branchNotes, brokenTree, leaves, pathTo } from './tree.ts'

const Part = z.looseObject({ type: z.string(), text: optionalText })

const Message = z.looseObject({
  parentId: z.string().nullish(),
  role: z.string(),
  content: z.union([z.string(), z.array(Part.nullish())]).nullish(),
  timestamp: ForeignTime,
  files: z.array(z.unknown()).nullish().catch(null),
})
type Message = z.infer<typeof Message>

/** A node without a readable message is missing. */
const Chat = z.looseObject({
  title: optionalText,
  history: z.looseObject({ messages: z.record(z.string(), Message.nullish().catch(null)), currentId: optionalText }),
})

/** One element of Open WebUI's export. */
export const OpenWebUiChat = z.union([
  z.looseObject({ title: optionalText, created_at: ForeignTime, chat: Chat }),
  Chat.transform((chat) => ({ title: chat.title, created_at: undefined, chat })),
])
export type OpenWebUiChat = z.infer<typeof OpenWebUiChat>

/** The messages on the path to `currentId`. Fails with a sentence. */
export function readOpenWebUi({ title, created_at, chat }: OpenWebUiChat): Result<ForeignConversation, string> {
  const { messages, currentId } = chat.history
  const nodes = new Map(
    Object.entries(messages).flatMap(([id, message]) => (message ? [[id, { message, parent: message.parentId ?? null }]] : [])),
  )
  const leaf = currentId ?? leaves(nodes).at(-1)
  const path = leaf === undefined ? null : pathTo(nodes, leaf)
  if (!path) return fail(brokenTree)
  const leftovers = new Leftovers()
  const collected = path.flatMap((id) => messagesOf(nodes.get(id)?.message, leftovers))
  if (!collected.some(({ kind }) => kind !== 'call')) return fail('It has no messages.')
  const notes = [...branchNotes(nodes), ...leftovers.notes()]
  return ok({ title: title ?? chat.title ?? '', at: created_at, messages: collected, notes })
}

function messagesOf(message: Message | undefined, leftovers: Leftovers): ForeignMessage[] {
  if (!message) return []
  const { role, timestamp: at } = message
  const text = textOf(message, leftovers)
  if (role === 'user') return text === '' ? [] : [{ kind: 'user', text, at }]
  if (role === 'assistant') return answer(text, at, leftovers)
  leftovers.add(role === 'system' ? 'system message' : `message of role ${role.slice(0, 20)}`)
  return []
}

function textOf({ content, files }: Message, leftovers: Leftovers): string {
  const parts = typeof content === 'string' ? [content] : (content ?? []).map((part) => (part ? partText(part, leftovers) : ''))
  const attachments = (files ?? []).map(() => partText({ type: 'file' }, leftovers))
  return [...parts, ...attachments].filter((part) => part !== '').join('\n\n')
}

function partText({ type, text }: z.infer<typeof Part>, leftovers: Leftovers): string {
  if (type === 'text') return text ?? ''
  const name = type === 'image_url' || type === 'image' ? 'image' : 'attachment'
  leftovers.add(name)
  return `[${name}: not imported]`
}

const opening = '<details type="'
const closing = '</details>'

/** Splits an answer at its `<details>`: reasoning is left out, tool calls become calls, the rest is text. One pass over the text. */
function answer(text: string, at: number | undefined, leftovers: Leftovers): ForeignMessage[] {
  const messages: ForeignMessage[] = []
  const addText = (part: string) => {
    if (part.trim() !== '') messages.push({ kind: 'assistant', text: part.trim(), at })
  }
  let from = 0
  for (;;) {
    const start = text.indexOf(opening, from)
    const end = start < 0 ? -1 : text.indexOf(closing, start)
    if (end < 0) break
    const tag = text.slice(start, text.indexOf('>', start) + 1)
    const kind = attribute(tag, 'type')
    if (kind !== 'reasoning' && kind !== 'tool_calls' && kind !== 'code_interpreter') {
      addText(text.slice(from, end + closing.length))
      from = end + closing.length
      continue
    }
    addText(text.slice(from, start))
    from = end + closing.length
    if (kind === 'tool_calls') {
      const [name, args, result] = ['name', 'arguments', 'result'].map((key) => unquote(attribute(tag, key)))
      messages.push({ kind: 'call', name: (name ?? '').slice(0, 64) || 'tool', arguments: args ?? '{}', result, at })
    } else leftovers.add(kind === 'reasoning' ? 'reasoning step' : 'code execution')
  }
  addText(text.slice(from))
  return messages
}

/** The value of an attribute, with HTML entities decoded. */
function attribute(tag: string, name: string): string | undefined {
  const start = tag.indexOf(` ${name}="`)
  if (start < 0) return undefined
  const from = start + name.length + 3
  const end = tag.indexOf('"', from)
  return end < 0 ? undefined : decodeEntities(tag.slice(from, end))
}

const entities: Readonly<Record<string, string>> = { '&quot;': '"', '&#x27;': "'", '&#39;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' }
const decodeEntities = (text: string): string => text.replace(/&(?:quot|#x27|#39|lt|gt|amp);/g, (entity) => entities[entity] ?? entity)

/** Arguments and results are JSON inside a JSON string. Other text stays. */
function unquote(text: string | undefined): string | undefined {
  try {
    const value: unknown = text?.startsWith('"') ? JSON.parse(text) : text
    return typeof value === 'string' ? value : text
  } catch {
    return text
  }
}
