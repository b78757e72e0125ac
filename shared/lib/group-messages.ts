/** Groups the messages of a queue, so that a consumer handles each session or tenant once. */

/** The part of a queue message that grouping needs. */
interface QueueMessage {
  readonly body: unknown
  ack(): void
}

/** Messages with one key. `body`: the parsed body of the first one. */
export interface MessageGroup<Message, Body> {
  readonly body: Body
  readonly messages: Message[]
}

/**
 * Groups `messages` by the key of their bodies, in order. `parse` returns undefined for a body that it cannot read. Such a message is
 * acknowledged, because it will never parse, and passed to `onUnreadable`.
 */
export function groupMessages<Message extends QueueMessage, Body>(
  messages: readonly Message[],
  parse: (body: unknown) => Body | undefined,
  keyOf: (body: Body) => string,
  onUnreadable: (message: Message) => void,
): Map<string, MessageGroup<Message, Body>> {
  const groups = new Map<string, MessageGroup<Message, Body>>()
  for (const message of messages) {
    const body = parse(message.body)
    if (body === undefined) {
      onUnreadable(message)
      message.ack()
      continue
    }
    const group = groups.get(keyOf(body)) ?? { body, messages: [] }
    group.messages.push(message)
    groups.set(keyOf(body), group)
  }
  return groups
}
