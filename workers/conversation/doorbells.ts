/** Consumes doorbells from `conversation-inbound`. A doorbell only wakes a session's object, which decides what to run. */
import { Doorbell } from '../../shared/events/event.ts'
import { sessionObjectName, TenantId } from '../../shared/ids.ts'
import { logger } from './logger.ts'

/** Seconds until the next delivery of a failed doorbell, by its number of attempts. */
const retrySeconds = [2, 8, 30, 60]

const Address = Doorbell.extend({ tenant: TenantId })

/** Calls `dispatch` once per session of `batch`. Retries the doorbells of a session that fails. */
export async function consumeDoorbells(batch: MessageBatch, dispatch: (name: string) => Promise<void>): Promise<void> {
  const bySession = new Map<string, { doorbell: Doorbell; messages: Message[] }>()
  for (const message of batch.messages) {
    const doorbell = Address.safeParse(message.body)
    if (!doorbell.success) {
      logger.write('doorbell.unreadable', { queue: batch.queue, message: message.id })
      message.ack()
      continue
    }
    const name = sessionObjectName(doorbell.data.tenant, doorbell.data.session)
    const { messages } = bySession.get(name) ?? { messages: [] }
    bySession.set(name, { doorbell: doorbell.data, messages: [...messages, message] })
  }
  await Promise.all(
    Array.from(bySession, async ([name, { doorbell, messages }]) => {
      try {
        await dispatch(name)
        for (const message of messages) message.ack()
      } catch (error) {
        const { tenant, session, request } = doorbell
        logger.write('dispatch.failed', { error, request, tenant, session, queue: batch.queue, count: messages.length })
        for (const message of messages) message.retry({ delaySeconds: retrySeconds[message.attempts - 1] ?? 60 })
      }
    }),
  )
}
