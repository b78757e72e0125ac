/** The objects die by their own hand, in mid-stream, while their code changes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { logOf } from './audit.ts'
import { cast, finish, type Run } from './cast.ts'

/** How long a release of the objects takes until it answers. Milliseconds. */
const releaseMs = 2_500

const aborting = `attach(...handed) {
  if (Math.random() < 0.5) setTimeout(() => this.ctx.abort('chaos'), Math.random() * 600)
  return super.attach(...handed)
}`

/** Half of all answers meet a `ctx.abort`; the release that brings it, and the one that takes it away, come in mid-stream. */
export async function abort(run: Run): Promise<void> {
  const { stage, dice } = run
  const { actors } = cast(run)
  const playing = actors.map((actor) => actor.play())
  await sleep(dice.below(800))
  stage.build.deploy('Session', aborting)
  await sleep(releaseMs)
  const more = cast(run, 'b')
  const morePlaying = more.actors.map((actor) => actor.play())
  await sleep(1_500 + dice.below(1_000))
  stage.build.deploy('Session', null)
  await sleep(releaseMs)
  run.lastFaultAt = Date.now()
  await Promise.all([finish(run, actors, playing), finish(run, more.actors, morePlaying)])
  const all = [...actors, ...more.actors].flatMap(({ trail, forks }) => [trail, ...forks])
  const logs = await Promise.all(all.map(({ session }) => logOf(stage, session)))
  console.log(`  ${logs.flat().filter(({ type }) => type === 'item.abandoned').length} answers were abandoned, and said again`)
}
