/** Whether Kafka can be published to, for `/ready`. */
import { outboundTopic } from '../../../../shared/events/cloud-event.ts'
import { readVariable } from '../../../../shared/settings/variables.ts'
import { SinkUnavailable } from '../../consume.ts'
import { type KafkaSettings, topics } from './kafka-rest.ts'

/** How long Kafka may take to answer before it counts as away. Less than the gateway's second, so that it hears of it. */
const readyMs = 700

/** `detail` is in words, and names no address. */
export interface KafkaState {
  readonly name: 'kafka'
  readonly ok: boolean
  readonly detail?: string
}

/** Null: no Kafka is configured. Never throws, and answers within a second. */
export async function kafkaState(settings: KafkaSettings): Promise<KafkaState | null> {
  if (readVariable(settings, 'KAFKA_REST_URL') === '') return null
  const failing = (why: string): KafkaState => ({ name: 'kafka', ok: false, detail: `${why}. Sessions work; the topic will catch up.` })
  try {
    const known = await topics(settings, readyMs)
    return known.includes(outboundTopic) ? { name: 'kafka', ok: true } : failing(`there is no topic ${outboundTopic}: create it`)
  } catch (error) {
    return failing(error instanceof SinkUnavailable ? error.message : 'Kafka cannot be asked')
  }
}
