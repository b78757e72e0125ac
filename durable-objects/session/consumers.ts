/** The consumers of session logs. Each has a cursor and a queue of its own, so a slow consumer delays no other. */
import { logFault } from '../../shared/log.ts'

/** Each consumer by the name that it acknowledges with, and the queue of its doorbells. To add a consumer, add a line. */
const queues = {
  relay: 'OUTBOUND_RELAY',
  memory: 'OUTBOUND_MEMORY',
  topics: 'OUTBOUND_TOPICS',
} as const satisfies Record<string, keyof StateEnv>

export type Consumer = keyof typeof queues

/** The consumer that stores memories. */
export const memoryConsumer: Consumer = 'memory'

/** The consumers without the setting, as for a Worker that was deployed before it existed. */
const defaultNames = 'relay'

const parsed = new Map<string, readonly Consumer[]>()

/** The consumers that `SOMA_CONSUMERS` names. Other consumers get no timers and no doorbells. */
export function consumersOf({ SOMA_CONSUMERS: names = defaultNames }: Pick<StateEnv, 'SOMA_CONSUMERS'>): readonly Consumer[] {
  const consumers = parsed.get(names) ?? parse(names)
  parsed.set(names, consumers)
  return consumers
}

/** The queue of a consumer's doorbells. */
export const queueOf = (env: Pick<StateEnv, (typeof queues)[Consumer]>, consumer: Consumer): Queue => env[queues[consumer]]

/** Ignores unknown names, because a spelling mistake must not stop conversations. Logs them once per isolate. */
function parse(names: string): readonly Consumer[] {
  const configured = [...new Set(names.split(/[\s,]+/).filter(Boolean))]
  const known = configured.filter((name): name is Consumer => Object.hasOwn(queues, name))
  const unrecognized = configured.filter((name) => !Object.hasOwn(queues, name))
  if (unrecognized.length > 0)
    logFault('consumers.unknown', new Error('SOMA_CONSUMERS'), { names: unrecognized.join(' '), known: Object.keys(queues).join(' ') })
  return known
}
