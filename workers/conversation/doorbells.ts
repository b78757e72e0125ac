/** Consumes doorbells from `conversation-inbound`. A doorbell only wakes a session's object, which decides what to run. */
import { Doorbell } from '../../shared/events/doorbell.ts'
import { sessionObjectName, TenantId } from '../../shared/ids.ts'
import { groupMessages } from '../../shared/lib/group-messages.ts'
import { logger } from './logger.ts'

/** Seconds until the next delivery of a failed doorbell, by its number of attempts. */
const retrySeconds = [2, 8, 30, 60]

const SessionDoorbell = Doorbell.extend({ tenant: TenantId })

/** Calls `dispatch` once per session of `batch`. Retries the doorbells of a session that fails. */
export async function consumeDoorbells(batch: MessageBatch, dispatch: (name: string) => Promise<void>): Promise<void> {
  const bySession = groupMessages(
    batch.messages,
    (body) => SessionDoorbell.safeParse(body).data,
    ({ tenant, session }) => sessionObjectName(tenant, session),
    ({ id }) => logger.write('doorbell.unreadable', { queue: batch.queue, message: id }),
  )
  await Promise.all(
    Array.from(bySession, async ([name, { body: doorbell, messages }]) => {
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
