/** Outages of dependencies that conversations do not need. Conversations continue, and the copies are complete afterwards. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import type { SessionList } from '../../shared/api/sessions.ts'
import { createActors, finish, type Run, untilEnded } from './actors.ts'
import { logOf, staleCopies } from './audit.ts'
import type { SessionRecord } from './ledger.ts'

/** Postgres is unavailable: disconnected in odd rounds. In even rounds it is stopped: it accepts connections and does not respond. */
export async function away(run: Run): Promise<void> {
  const { system, round, seconds } = run
  const disconnects = round % 2 === 1
  if (disconnects) system.databaseProxy.down = true
  else system.stopPostgres()
  const until = Date.now() + seconds * 1_000
  const records: SessionRecord[] = []
  for (let batch = 1; batch === 1 || Date.now() < until; batch++) {
    const { actors } = createActors(run, `w${batch}`)
    const running = actors.map((actor) => actor.run())
    await finish(run, actors, running)
    for (const actor of actors) records.push(actor.record, ...actor.forks)
    await checkListed(
      run,
      actors.map(({ record }) => record.session),
    )
  }
  await sleep(Math.max(0, until - Date.now()))
  // Messages must be answered during the outage, not only accepted.
  for (const { session } of records) {
    const turns = (await logOf(system, session)).filter(({ type }) => type === 'turn.accepted').length
    if (!(await untilEnded(system, session, turns, 5_000))) run.errors.push(`${session} was not answered while Postgres was unavailable`)
  }
  const ready = await system.alice.once<{ status: string }>('GET', '/ready')
  if (ready.body.status !== 'degraded') run.errors.push(`without Postgres, /ready says ${ready.status} ${JSON.stringify(ready.body)}`)
  if (disconnects) system.databaseProxy.down = false
  else system.continuePostgres()
  run.lastFaultAt = Date.now()
}

/** Checks that the first request for the list contains `sessions`. */
async function checkListed({ system, errors }: Run, sessions: readonly string[]): Promise<void> {
  const { status, body } = await system.alice.once<SessionList>('GET', '/v1/sessions?limit=200')
  const sessionIds = new Set(status === 200 ? body.sessions.map(({ session_id }) => session_id) : [])
  for (const session of sessions) if (!sessionIds.has(session)) errors.push(`the list (${status}) lacks ${session}`)
}

/** Time until a new release of the objects responds. Milliseconds. */
const releaseMs = 2_500

/** Outages of the limiter: it throws in odd rounds, and does not respond in even ones. */
const outages = ["take() { throw new Error('away') }", 'take() { return new Promise(() => {}) }'] as const
const emptyingConstructor = 'constructor(ctx, env) { super(ctx, env); ctx.blockConcurrencyWhile(() => ctx.storage.deleteAll()) }'

/** The rate-limit counters are unavailable, then return empty. Isolates count locally, so requests are served and limited throughout. */
export async function counters(run: Run): Promise<void> {
  const { system, round, seconds, errors } = run
  const checkLimited = async (when: string) => {
    const response = await fetch(`${system.stack.url}/v1/sessions?limit=1`, { headers: { authorization: `Bearer ${system.alice.token}` } })
    const [limit, remaining] = ['ratelimit-limit', 'ratelimit-remaining'].map((name) => Number(response.headers.get(name) ?? Number.NaN))
    await response.body?.cancel()
    if (response.status !== 200 || !limit || remaining === undefined || !(remaining < limit))
      errors.push(`${when}: ${response.status}, ${remaining} of ${limit} left`)
    return remaining
  }
  await checkLimited('before')
  system.build.deploy('Limiter', outages[(round + 1) % 2] ?? outages[0])
  await sleep(releaseMs)
  const until = Date.now() + seconds * 1_000
  for (let batch = 1; batch === 1 || Date.now() < until; batch++) {
    const { actors } = createActors(run, `c${batch}`)
    await finish(
      run,
      actors,
      actors.map((actor) => actor.run()),
    )
    await checkLimited('without counters')
  }
  system.build.deploy('Limiter', emptyingConstructor)
  await sleep(releaseMs)
  await checkLimited('with empty counters')
  const { actors } = createActors(run, 'e')
  await finish(
    run,
    actors,
    actors.map((actor) => actor.run()),
  )
  system.build.deploy('Limiter', null)
  await sleep(releaseMs)
  await checkLimited('afterwards')
  run.lastFaultAt = Date.now()
}

const poisonText = 'always-throws'

/** Postgres rejects one message of a hundred. Only the copy of its session stops. Then Postgres accepts it. */
export async function poison(run: Run): Promise<void> {
  const { system, random, round, records, seconds } = run
  system.databaseProxy.rejects = poisonText
  const all = Array.from({ length: 100 }, (_, index): SessionRecord => {
    return { session: `r${round}-p${index}`, messages: [], cancelled: new Map(), readers: [] }
  })
  records.push(...all)
  const poisonedRecord = all[random.below(all.length)]
  const remaining = all.values()
  const send = async (record: SessionRecord, words: string) => {
    const message = { key: `${record.session}-${record.messages.length}`, tokens: 3 }
    record.messages.push(message)
    const body = { session_id: record.session, message: `[[fake normal tokens=3]] ${words}` }
    const { status, body: sent } = await system.alice.request<AcceptedMessage>('POST', '/v1/sessions/message', body, {
      'idempotency-key': message.key,
    })
    if (status === 200) Object.assign(message, { sent })
    else run.errors.push(`${record.session} got ${status}`)
  }
  const sendRemaining = async () => {
    for (const record of remaining) await send(record, record === poisonedRecord ? poisonText : 'harmless')
  }
  await Promise.all(Array.from({ length: 8 }, sendRemaining))
  if (!poisonedRecord) return
  const others = all.filter((record) => record !== poisonedRecord)
  for (const difference of (await staleCopies(system, others, 60_000)).values())
    run.errors.push(`despite the rejected message: ${difference}`)
  // A session with a failing copy still answers.
  await send(poisonedRecord, 'and now?')
  if (!(await untilEnded(system, poisonedRecord.session, 2, 20_000))) run.errors.push(`${poisonedRecord.session} is no longer answered`)
  await sleep(seconds * 1_000)
  const rows = await system.rows('SELECT seq FROM session_events WHERE session_id = $1', poisonedRecord.session)
  if (rows.length > 0) run.errors.push(`${rows.length} events after the rejected one were copied`)
  const failed = system.stack
    .output()
    .split('\n')
    .filter((line) => line.includes('"relay.failed"') && line.includes(poisonedRecord.session))
  const attempts = failed.map((line) => Number(/"attempts":(\d+)/.exec(line)?.[1]))
  console.log(
    `  the copy of 1 session in 100 was refused ${failed.length} times; its doorbells were delivered up to ${Math.max(...attempts)} times`,
  )
  system.databaseProxy.rejects = null
  run.lastFaultAt = Date.now()
}
