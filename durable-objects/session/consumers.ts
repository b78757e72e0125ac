/** Who copies sessions' logs, each from a cursor and by a queue of its own: one that is away or slow holds up nobody else. */
import { logFault } from '../../shared/log.ts'

/** Every consumer there is, by the name it acknowledges with, and where its doorbells go. One more is one more line. */
const queues = {
  relay: 'OUTBOUND_RELAY',
  memory: 'OUTBOUND_MEMORY',
  topics: 'OUTBOUND_TOPICS',
} as const satisfies Record<string, keyof StateEnv>

export type Consumer = keyof typeof queues

/** Who remembers. */
export const memory: Consumer = 'memory'

/** What is rung for when nothing is said: a Worker that was deployed before the setting was. */
const otherwise = 'relay'

const parsed = new Map<string, readonly Consumer[]>()

/** The consumers that `SOMA_CONSUMERS` names. Of the others a session keeps no row and rings no doorbell. */
export function consumersOf({ SOMA_CONSUMERS: names = otherwise }: Pick<StateEnv, 'SOMA_CONSUMERS'>): readonly Consumer[] {
  const known = parsed.get(names) ?? parse(names)
  parsed.set(names, known)
  return known
}

/** Where the doorbells of `consumer` go. */
export const queueOf = (env: Pick<StateEnv, (typeof queues)[Consumer]>, consumer: Consumer): Queue => env[queues[consumer]]

/** A name that nobody has must not keep anybody from talking: it is said, once an isolate, and passed over. */
function parse(names: string): readonly Consumer[] {
  const wanted = [...new Set(names.split(/[\s,]+/).filter(Boolean))]
  const known = wanted.filter((name): name is Consumer => Object.hasOwn(queues, name))
  const unknown = wanted.filter((name) => !Object.hasOwn(queues, name))
  if (unknown.length > 0)
    logFault('consumers.unknown', new Error('SOMA_CONSUMERS'), { names: unknown.join(' '), known: Object.keys(queues).join(' ') })
  return known
}
