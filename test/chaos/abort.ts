/** Objects abort themselves in mid-stream while new code is deployed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createActors, finish, type Run } from './actors.ts'
import { logOf } from './audit.ts'

/** Time until a new release of the objects answers. Milliseconds. */
const releaseMs = 2_500

const abortingMember = `attach(...args) {
  if (Math.random() < 0.5) setTimeout(() => this.ctx.abort('chaos'), Math.random() * 600)
  return super.attach(...args)
}`

/** Half of all answers meet a `ctx.abort`. Its deployment and its removal both happen in mid-stream. */
export async function abort(run: Run): Promise<void> {
  const { system, random } = run
  const { actors } = createActors(run)
  const running = actors.map((actor) => actor.run())
  await sleep(random.below(800))
  system.build.deploy('Session', abortingMember)
  await sleep(releaseMs)
  const laterActors = createActors(run, 'b')
  const laterRunning = laterActors.actors.map((actor) => actor.run())
  await sleep(1_500 + random.below(1_000))
  system.build.deploy('Session', null)
  await sleep(releaseMs)
  run.lastFaultAt = Date.now()
  await Promise.all([finish(run, actors, running), finish(run, laterActors.actors, laterRunning)])
  const all = [...actors, ...laterActors.actors].flatMap(({ record, forks }) => [record, ...forks])
  const logs = await Promise.all(all.map(({ session }) => logOf(system, session)))
  console.log(`  ${logs.flat().filter(({ type }) => type === 'item.abandoned').length} answers were abandoned and started again`)
}
