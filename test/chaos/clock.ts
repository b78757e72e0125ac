/** The clock of the objects jumps by an hour, there and back, while people talk: what they read from it, and when their alarms come. */
import { setTimeout as sleep } from 'node:timers/promises'
import { logOf } from './audit.ts'
import { cast, finish, type Run } from './cast.ts'

/** How long a release of the objects takes until it answers. Milliseconds. */
const releaseMs = 2_500
const hourMs = 3_600_000

/** Members of a session whose clock is off by so much. Its alarms are set by that clock, and come by it. */
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

/** An hour ahead, an hour behind, and right again; each jump meets answers in mid-stream. */
export async function clock(run: Run): Promise<void> {
  const { stage, dice } = run
  const playing: Promise<void>[] = []
  for (const [index, ms] of [hourMs, -hourMs, 0].entries()) {
    const { actors } = cast(run, `c${index}`)
    playing.push(
      finish(
        run,
        actors,
        actors.map((actor) => actor.play()),
      ),
    )
    await sleep(dice.below(1_000))
    stage.build.deploy('Session', ms === 0 ? null : skewed(ms))
    await sleep(releaseMs)
  }
  run.lastFaultAt = Date.now()
  await Promise.all(playing)
  const logs = await Promise.all(run.trails.map(({ session }) => logOf(stage, session)))
  const ahead = logs.filter((log) => log.some(({ at }) => at > Date.now() + hourMs / 2)).length
  console.log(`  ${ahead} of ${logs.length} sessions have lived an hour ahead`)
  if (ahead === 0) run.wrong.push('no clock has jumped')
}
