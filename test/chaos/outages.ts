/** What conversations do not need is away, or refuses; they go on, and afterwards everything is where it belongs. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SessionList } from '../../shared/api/sessions.ts'
import { behind, logOf } from './audit.ts'
import { cast, finish, type Run, untilEnded } from './cast.ts'
import type { Trail } from './ledger.ts'

/** Postgres is away for a minute: cut off in one round, stopped in the next, so that it takes what is asked and says nothing. */
export async function away(run: Run): Promise<void> {
  const { stage, round, seconds } = run
  const cut = round % 2 === 1
  if (cut) stage.copies.away = true
  else stage.stopPostgres()
  const until = Date.now() + seconds * 1_000
  const trails: Trail[] = []
  for (let wave = 1; wave === 1 || Date.now() < until; wave++) {
    const { actors } = cast(run, `w${wave}`)
    const playing = actors.map((actor) => actor.play())
    await finish(run, actors, playing)
    for (const actor of actors) trails.push(actor.trail, ...actor.forks)
    await listed(
      run,
      actors.map(({ trail }) => trail.session),
    )
  }
  await sleep(Math.max(0, until - Date.now()))
  // Everything was answered meanwhile, not only taken.
  for (const { session } of trails) {
    const turns = (await logOf(stage, session)).filter(({ type }) => type === 'turn.accepted').length
    if (!(await untilEnded(stage, session, turns, 5_000))) run.wrong.push(`${session} was not answered while Postgres was away`)
  }
  const ready = await stage.alice.once('GET', '/ready')
  if (ready.body.status !== 'degraded') run.wrong.push(`without Postgres, /ready says ${ready.status} ${JSON.stringify(ready.body)}`)
  if (cut) stage.copies.away = false
  else stage.continuePostgres()
  run.lastFaultAt = Date.now()
}

/** The list knows of `sessions`, at the first time of asking. */
async function listed({ stage, wrong }: Run, sessions: readonly string[]): Promise<void> {
  const { status, body } = await stage.alice.once('GET', '/v1/sessions?limit=200')
  const known = new Set(status === 200 ? (body as SessionList).sessions.map(({ session_id }) => session_id) : [])
  for (const session of sessions) if (!known.has(session)) wrong.push(`the list (${status}) does not know ${session}`)
}

/** How long a release of the objects takes until it answers. Milliseconds. */
const releaseMs = 2_500

/** Ways to be away: it refuses in odd rounds, and says nothing in even ones. */
const absent = ["take() { throw new Error('away') }", 'take() { return new Promise(() => {}) }'] as const
const forgetful = 'constructor(ctx, env) { super(ctx, env); ctx.blockConcurrencyWhile(() => ctx.storage.deleteAll()) }'

/** The counters of limits are away, then back, and empty. People are served and limited all the while: isolates count for themselves. */
export async function counters(run: Run): Promise<void> {
  const { stage, round, seconds, wrong } = run
  const limited = async (when: string) => {
    const response = await fetch(`${stage.stack.url}/v1/sessions?limit=1`, { headers: { authorization: `Bearer ${stage.alice.token}` } })
    const [limit, left] = ['ratelimit-limit', 'ratelimit-remaining'].map((name) => Number(response.headers.get(name) ?? Number.NaN))
    await response.body?.cancel()
    if (response.status !== 200 || !limit || left === undefined || !(left < limit))
      wrong.push(`${when}: ${response.status}, ${left} of ${limit} left`)
    return left
  }
  await limited('before')
  stage.build.deploy('Limiter', absent[(round + 1) % 2] ?? absent[0])
  await sleep(releaseMs)
  const until = Date.now() + seconds * 1_000
  for (let wave = 1; wave === 1 || Date.now() < until; wave++) {
    const { actors } = cast(run, `c${wave}`)
    await finish(
      run,
      actors,
      actors.map((actor) => actor.play()),
    )
    await limited('without counters')
  }
  stage.build.deploy('Limiter', forgetful)
  await sleep(releaseMs)
  await limited('with empty counters')
  const { actors } = cast(run, 'e')
  await finish(
    run,
    actors,
    actors.map((actor) => actor.play()),
  )
  stage.build.deploy('Limiter', null)
  await sleep(releaseMs)
  await limited('afterwards')
  run.lastFaultAt = Date.now()
}

const poisoned = 'always-throws'

/** One message of a hundred cannot be copied, ever: its session's copy stands still, and nobody else's. Then it can. */
export async function poison(run: Run): Promise<void> {
  const { stage, dice, round, trails, seconds } = run
  stage.copies.refuses = poisoned
  const all = Array.from({ length: 100 }, (_, index): Trail => {
    return { session: `r${round}-p${index}`, said: [], cancelled: new Map(), seen: [] }
  })
  trails.push(...all)
  const bad = all[dice.below(all.length)]
  const left = all.values()
  const speak = async (trail: Trail, words: string) => {
    const said = { key: `${trail.session}-${trail.said.length}`, tokens: 3 }
    trail.said.push(said)
    const body = { session_id: trail.session, message: `[[fake normal tokens=3]] ${words}` }
    const { status, body: sent } = await stage.alice.ask('POST', '/v1/sessions/message', body, { 'idempotency-key': said.key })
    if (status === 200) Object.assign(said, { sent })
    else run.wrong.push(`${trail.session} was answered ${status}`)
  }
  const several = async () => {
    for (const trail of left) await speak(trail, trail === bad ? poisoned : 'harmless')
  }
  await Promise.all(Array.from({ length: 8 }, several))
  if (!bad) return
  const others = all.filter((trail) => trail !== bad)
  for (const what of (await behind(stage, others, 60_000)).values()) run.wrong.push(`beside what always throws: ${what}`)
  // What cannot be copied can still be spoken with.
  await speak(bad, 'and now?')
  if (!(await untilEnded(stage, bad.session, 2, 20_000))) run.wrong.push(`${bad.session} is not answered any more`)
  await sleep(seconds * 1_000)
  const rows = await stage.rows('SELECT seq FROM session_events WHERE session_id = $1', bad.session)
  if (rows.length > 0) run.wrong.push(`${rows.length} events behind one that always throws were copied`)
  const failed = stage.stack
    .output()
    .split('\n')
    .filter((line) => line.includes('"relay.failed"') && line.includes(bad.session))
  const attempts = failed.map((line) => Number(/"attempts":(\d+)/.exec(line)?.[1]))
  console.log(
    `  the copy of 1 session in 100 was refused ${failed.length} times; its doorbells were delivered up to ${Math.max(...attempts)} times`,
  )
  stage.copies.refuses = null
  run.lastFaultAt = Date.now()
}
