/** The background Worker: work that no client waits for. Wiring only. */
import { env as vars } from 'cloudflare:workers'
import { withResidency } from '../../shared/residency.ts'
import { readVariable } from '../../shared/settings/variables.ts'
import { consume, type Sink } from './consume.ts'
import { logger } from './logger.ts'
import { auditQueue, auditSink, copyTrails } from './sinks/audit/audit-sink.ts'
import { kafkaSink } from './sinks/kafka/kafka-sink.ts'
import { memorySink } from './sinks/memory/memory-sink.ts'
import { postgresSink } from './sinks/postgres/postgres-sink.ts'

// `Relay` is the wire name: gateways of the previous release bind to it.
export { BackgroundAdmin as Relay } from './admin.ts'

logger.setLevel(readVariable(vars, 'SOMA_LOG_LEVEL'))

/** The sink of each queue. A new consumer needs a line here and in `durable-objects/session/consumers.ts`. */
const sinks: Readonly<Record<string, (env: BackgroundEnv) => Sink>> = {
  'conversation-outbound-relay': postgresSink,
  'conversation-outbound-topics': (env) => kafkaSink(env),
  'conversation-outbound-memory': memorySink,
}

export default {
  async queue(batch, bindings) {
    const env = withResidency(bindings)
    if (batch.queue === auditQueue) return copyTrails(batch, (tenant) => env.AUDIT_TRAIL.getByName(tenant), auditSink(env))
    const sinkFor = sinks[batch.queue]
    if (!sinkFor) throw new Error(`no sink drains ${batch.queue}`)
    await consume(batch, (name) => env.SESSION.getByName(name), sinkFor(env))
  },
} satisfies ExportedHandler<BackgroundEnv>
