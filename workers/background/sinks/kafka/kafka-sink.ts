/**
 * Publishes events to a Kafka topic as CloudEvents, in the order of their session. Each event waits until its predecessor is accepted.
 * Delivery is at least once: a crash or a lost response repeats an event. A reader that skips known ids gets each event once, in order.
 */
import { outboundTopic, toCloudEvent } from '../../../../shared/events/cloud-event.ts'
import { SessionId, TenantId } from '../../../../shared/ids.ts'
import { RecordRejected, type Sink } from '../../consume.ts'
import { type JsonRecord, type KafkaSettings, produce, produceMs } from './kafka-rest.ts'

/** Sessions published in parallel. A Worker may have six open connections. */
const concurrency = 5
/** Events per acknowledgement. Each is a request; an invocation may send about a thousand. */
const pageEvents = 50

/** The sink of the consumer `topics`. `withinMs`: the timeout of one record. */
export function kafkaSink(settings: KafkaSettings, withinMs = produceMs): Sink {
  return publishing((record) => produce(settings, outboundTopic, record, withinMs))
}

/** The sink over any producer. `put` resolves when the record is accepted, and throws like `produce`. */
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
    throw new RecordRejected(`event ${event.seq} does not match its type`, { cause: error })
  }
}
