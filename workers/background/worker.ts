/** The background Worker: what no client waits for. Wiring only. */

import { residing } from '../../shared/residency.ts'
import { auditCopy, auditQueue, copyTrails } from './relay/audit.ts'
import { consume } from './relay/consume.ts'
import { postgresCopy } from './relay/postgres.ts'

export { Relay } from './relay/ready.ts'

export default {
  async queue(batch, bindings) {
    const env = residing(bindings)
    if (batch.queue === auditQueue) return copyTrails(batch, (tenant) => env.AUDIT_TRAIL.getByName(tenant), auditCopy(env))
    await consume(batch, (name) => env.SESSION.getByName(name), postgresCopy(env))
  },
} satisfies ExportedHandler<BackgroundEnv>
