/**
 * Publishes sessions' events on a topic of Kafka, each as a CloudEvent, in the order of their session. Whoever publishes an event has
 * seen the one before accepted. So an event may come again, after a crash or an answer that was lost, but none comes before its
 * predecessor: who passes over ids that it has seen has each once, in order.
 */
import { outboundTopic, toCloudEvent } from '../../../../shared/events/cloud-event.ts'
import { SessionId, TenantId } from '../../../../shared/ids.ts'
import { RecordRejected, type Sink } from '../../consume.ts'
import { type JsonRecord, type KafkaSettings, produce, produceMs } from './kafka-rest.ts'

/** Sessions that are published at the same time: a Worker may have six connections open. */
const concurrency = 5
/** Events between two acknowledgements. Each is a request, of which an invocation has some thousand. */
const pageEvents = 50

export function kafkaSink(settings: KafkaSettings, withinMs = produceMs): Sink {
  return publishing((record) => produce(settings, outboundTopic, record, withinMs))
}

/** The same with whatever `put` does: it answers once the record is there, and throws as `produce`. */
export function publishing(put: (record: JsonRecord) => Promise<void>): Sink {
  return {
    consumer: 'topics',
    concurrency,
    pageEvents,
    async apply(tenant, session, { subject, events }, accepted) {
      for (const event of events) {
        await put(recordOf(tenant, session, subject, event))
        accepted?.(event.seq)
      }
    },
  }
}

function recordOf(tenant: string, session: string, subject: string, event: Parameters<typeof toCloudEvent>[3]) {
  try {
    const value = toCloudEvent(TenantId.parse(tenant), SessionId.parse(session), subject, event)
    return { key: value.partitionkey, value }
  } catch (error) {
    throw new RecordRejected(`event ${event.seq} is not what its type says`, { cause: error })
  }
}
