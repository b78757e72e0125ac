/** The consumers of session logs. Each has its own cursor and queue, so a slow consumer delays no other. */
import { type Environment, readVariable } from '../../shared/settings/variables.ts'

/** Each consumer by the name that it acknowledges with, and the queue of its doorbells. To add a consumer, add a line. */
const queues = {
  relay: 'OUTBOUND_RELAY',
  memory: 'OUTBOUND_MEMORY',
  topics: 'OUTBOUND_TOPICS',
} as const satisfies Record<string, keyof StateEnv>

/** The name of a consumer. */
export type Consumer = keyof typeof queues

/** The consumer that stores memories. */
export const memoryConsumer: Consumer = 'memory'

/** The consumers that `SOMA_CONSUMERS` names. Other consumers get no timers and no doorbells. Unknown names are skipped. */
export const consumersOf = (env: Environment<'SOMA_CONSUMERS'>): readonly Consumer[] => readVariable(env, 'SOMA_CONSUMERS')

/** The queue of a consumer's doorbells. */
export const queueOf = (env: Pick<StateEnv, (typeof queues)[Consumer]>, consumer: Consumer): Queue => env[queues[consumer]]
