/** The last message of the user in a protocol of user interfaces. Pure. Every other message is history, which the session has itself. */
import { z } from 'zod'

const Part = z.looseObject({ type: z.string() })
const UserMessage = z.looseObject({
  id: z.string().optional(),
  role: z.literal('user'),
  content: z.union([z.string(), z.array(Part)]).optional(),
  parts: z.array(Part).optional(),
})

/** A message as it is sent to the session. */
export interface LastMessage {
  /** The client's id of it: a repeat of the request sends nothing. */
  readonly id: string | undefined
  readonly text: string
}

/** The last message, if it is one of the user and has only text; else why not, as the end of a sentence about it. */
export function lastMessage(messages: readonly unknown[]): LastMessage | string {
  const parsed = UserMessage.safeParse(messages.at(-1))
  if (!parsed.success) return 'must end with a message of the user'
  const { id, content, parts } = parsed.data
  if (typeof content === 'string') return content.trim() === '' ? 'must end with a message that has a text' : { id, text: content }
  const all = parts ?? content ?? []
  const other = all.find(({ type }) => type !== 'text')
  if (other) return `must not hold a part of the type ${JSON.stringify(other.type.slice(0, 64))} in the last message: only text is read`
  const text = all.map((part) => (typeof part.text === 'string' ? part.text : '')).join('')
  return text.trim() === '' ? 'must end with a message that has a text' : { id, text }
}
