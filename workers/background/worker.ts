/** The background Worker: what no client waits for. Wiring only. */

import { residing } from '../../shared/residency.ts'
import { type Copy, consume } from './consume.ts'
import { auditCopy, auditQueue, copyTrails } from './sinks/audit/audit.ts'
import { topicCopy } from './sinks/kafka/topics.ts'
import { memoryCopy } from './sinks/memory/ingest.ts'
import { postgresCopy } from './sinks/postgres/postgres.ts'

export { Relay } from './admin.ts'

/** Who drains which queue. One more consumer is one more line, here and in `durable-objects/session/consumers.ts`. */
const copies: Readonly<Record<string, (env: BackgroundEnv) => Copy>> = {
  'conversation-outbound-relay': postgresCopy,
  'conversation-outbound-topics': (env) => topicCopy(env),
  'conversation-outbound-memory': memoryCopy,
}

export default {
  async queue(batch, bindings) {
    const env = residing(bindings)
    if (batch.queue === auditQueue) return copyTrails(batch, (tenant) => env.AUDIT_TRAIL.getByName(tenant), auditCopy(env))
    const copy = copies[batch.queue]
    if (!copy) throw new Error(`nobody drains ${batch.queue}`)
    await consume(batch, (name) => env.SESSION.getByName(name), copy(env))
  },
} satisfies ExportedHandler<BackgroundEnv>
