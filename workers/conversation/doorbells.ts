/** A doorbell on `conversation-inbound` asks for nothing but a look: the session's object decides what there is to run. */
import { Doorbell } from '../../shared/events/event.ts'
import { sessionObjectName, TenantId } from '../../shared/ids.ts'

/** Seconds until a doorbell that could not be answered rings again, by how often it has. */
const retrySeconds = [2, 8, 30, 60]

const Address = Doorbell.extend({ tenant: TenantId })

/** Has each session named in `batch` look once, however often it was rung for. */
export async function consumeDoorbells(batch: MessageBatch, dispatch: (name: string) => Promise<void>): Promise<void> {
  const rings = new Map<string, Message[]>()
  for (const message of batch.messages) {
    const doorbell = Address.safeParse(message.body)
    if (!doorbell.success) {
      console.error({ refused: 'not a doorbell', queue: batch.queue, message: message.id })
      message.ack()
      continue
    }
    const name = sessionObjectName(doorbell.data.tenant, doorbell.data.session)
    rings.set(name, [...(rings.get(name) ?? []), message])
  }
  await Promise.all(
    Array.from(rings, async ([name, messages]) => {
      try {
        await dispatch(name)
        for (const message of messages) message.ack()
      } catch (error) {
        console.error({ unanswered: 'doorbell', queue: batch.queue, messages: messages.map(({ id }) => id), error: nameOf(error) })
        for (const message of messages) message.retry({ delaySeconds: retrySeconds[message.attempts - 1] ?? 60 })
      }
    }),
  )
}

/** What kind of fault; its message may hold content. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
