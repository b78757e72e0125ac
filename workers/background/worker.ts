/** The background Worker: what no client waits for. Wiring only. */
import { consume } from './relay/consume.ts'
import { postgresCopy } from './relay/postgres.ts'

export { Relay } from './relay/ready.ts'

export default {
  async queue(batch, env) {
    await consume(batch, (name) => env.SESSION.getByName(name), postgresCopy(env))
  },
} satisfies ExportedHandler<BackgroundEnv>
