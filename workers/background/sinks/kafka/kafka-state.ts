/** The state of Kafka, for `/ready`. */
import { outboundTopic } from '../../../../shared/events/cloud-event.ts'
import { readVariable } from '../../../../shared/settings/variables.ts'
import { SinkUnavailable } from '../../consume.ts'
import { type KafkaSettings, topics } from './kafka-rest.ts'

/** Timeout of the check, below the gateway's timeout of 1 s. Milliseconds. */
const readyMs = 700

/** Whether Kafka accepts events. `detail`: the problem as text, without addresses. */
export interface KafkaState {
  readonly name: 'kafka'
  readonly ok: boolean
  readonly detail?: string
}

/** The state of Kafka; null: none is configured. Returns within a second. Never throws. */
export async function kafkaState(settings: KafkaSettings): Promise<KafkaState | null> {
  if (readVariable(settings, 'KAFKA_REST_URL') === '') return null
  const failing = (problem: string): KafkaState => ({
    name: 'kafka',
    ok: false,
    detail: `${problem}. Sessions work; the topic will catch up.`,
  })
  try {
    const names = await topics(settings, readyMs)
    return names.includes(outboundTopic) ? { name: 'kafka', ok: true } : failing(`there is no topic ${outboundTopic}: create it`)
  } catch (error) {
    return failing(error instanceof SinkUnavailable ? error.message : 'Kafka cannot be reached')
  }
}
