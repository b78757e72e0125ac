/** A doorbell on `conversation-inbound` asks for nothing but a look: the session's object decides what there is to run. */
import { Doorbell } from '../../shared/events/event.ts'
import { sessionObjectName, TenantId } from '../../shared/ids.ts'
import { logger } from './logger.ts'

/** Seconds until a doorbell that could not be answered rings again, by how often it has. */
const retrySeconds = [2, 8, 30, 60]

const Address = Doorbell.extend({ tenant: TenantId })

/** Has each session named in `batch` look once, however often it was rung for. */
export async function consumeDoorbells(batch: MessageBatch, dispatch: (name: string) => Promise<void>): Promise<void> {
  const rings = new Map<string, { bell: Doorbell; messages: Message[] }>()
  for (const message of batch.messages) {
    const doorbell = Address.safeParse(message.body)
    if (!doorbell.success) {
      logger.write('doorbell.unreadable', { queue: batch.queue, message: message.id })
      message.ack()
      continue
    }
    const name = sessionObjectName(doorbell.data.tenant, doorbell.data.session)
    const { messages } = rings.get(name) ?? { messages: [] }
    rings.set(name, { bell: doorbell.data, messages: [...messages, message] })
  }
  await Promise.all(
    Array.from(rings, async ([name, { bell, messages }]) => {
      try {
        await dispatch(name)
        for (const message of messages) message.ack()
      } catch (error) {
        const { tenant, session, request } = bell
        logger.write('dispatch.failed', { error, request, tenant, session, queue: batch.queue, count: messages.length })
        for (const message of messages) message.retry({ delaySeconds: retrySeconds[message.attempts - 1] ?? 60 })
      }
    }),
  )
}
