/** The clock of the objects, with their alarms, jumps by an hour and back during conversations. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createActors, finish, type Run } from './actors.ts'
import { logOf } from './audit.ts'

/** Time until a new release of the objects answers. Milliseconds. */
const releaseMs = 2_500
const hourMs = 3_600_000

/** Class members that shift a session's clock and its alarms by `ms`. */
const skewed = (ms: number) => `
  static {
    const now = Date.now.bind(Date)
    Date.now = () => now() + ${ms}
  }

  constructor(ctx, env) {
    const { storage } = ctx
    const set = storage.setAlarm.bind(storage)
    const get = storage.getAlarm.bind(storage)
    Object.defineProperty(storage, 'setAlarm', { value: (at) => set(Math.max(1, at - ${ms})) })
    Object.defineProperty(storage, 'getAlarm', { value: async () => { const at = await get(); return at === null ? null : at + ${ms} } })
    super(ctx, env)
  }`

/** Moves the clock one hour ahead, one hour behind, and back. Each jump happens during an answer. */
export async function clock(run: Run): Promise<void> {
  const { system, random } = run
  const running: Promise<void>[] = []
  for (const [index, ms] of [hourMs, -hourMs, 0].entries()) {
    const { actors } = createActors(run, `c${index}`)
    running.push(
      finish(
        run,
        actors,
        actors.map((actor) => actor.run()),
      ),
    )
    await sleep(random.below(1_000))
    system.build.deploy('Session', ms === 0 ? null : skewed(ms))
    await sleep(releaseMs)
  }
  run.lastFaultAt = Date.now()
  await Promise.all(running)
  const logs = await Promise.all(run.records.map(({ session }) => logOf(system, session)))
  const ahead = logs.filter((log) => log.some(({ at }) => at > Date.now() + hourMs / 2)).length
  console.log(`  ${ahead} of ${logs.length} sessions ran one hour ahead`)
  if (ahead === 0) run.errors.push('no clock jumped')
}
