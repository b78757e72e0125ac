/** What goes wrong, round by round. Each fault has its own cast, its own moment, and its own way back. */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { abort } from './abort.ts'
import { cast, finish, type Run, untilEnded } from './cast.ts'
import { clock } from './clock.ts'
import { crowd, stuck } from './crowds.ts'
import { input } from './input.ts'
import type { SentMessage, Trail } from './ledger.ts'
import { away, counters, poison } from './outages.ts'

export const faults: Readonly<Record<string, (run: Run) => Promise<void>>> = {
  kill,
  postgres,
  redeliver,
  duplicates,
  model,
  slow,
  readers,
  reset,
  abort,
  clock,
  away,
  counters,
  poison,
  input,
  crowd,
  stuck,
}

/** Everything is killed, at a moment of the dice's choice; sometimes again while it recovers. */
async function kill(run: Run): Promise<void> {
  const { stage, dice, recoveries } = run
  const { actors, waits } = cast(run)
  const playing = actors.map((actor) => actor.play())
  for (let again = dice.below(5) === 0 ? 2 : 1; again > 0; again--) {
    const moment = dice.below(4)
    const late = sleep(1_500)
    if (moment === 1) await Promise.race([waits.acknowledged.then(() => sleep(dice.below(40))), late])
    if (moment === 2) await Promise.race([waits.answering.then(() => sleep(dice.below(200))), late])
    if (moment === 3) await Promise.race([waits.cancelling.then(() => sleep(dice.below(10))), late])
    if (moment === 0) await sleep(dice.below(1_500))
    const killedAt = Date.now()
    // Mostly the process that holds the objects and queues; now and then all there is.
    await (dice.below(6) === 0 ? stage.kill() : stage.killWorkers())
    run.lastFaultAt = Date.now()
    for (const { trail } of actors) void recovered(run, trail, killedAt).then((ms) => ms !== undefined && recoveries.push(ms))
  }
  // The next round does not wait: what is under way meets the next kill too.
  run.unfinished.push(finish(run, actors, playing))
  await run.unfinished.at(-3)
}

/** How long a session that was interrupted took until something happened in it again. Undefined: it was not. */
async function recovered({ stage }: Run, { session, quiet }: Trail, killedAt: number): Promise<number | undefined> {
  if (quiet) return undefined
  for (let tries = 0; tries < 50; tries++) {
    const { status, body } = await stage.alice
      .once('GET', `/v1/sessions/${session}/events?limit=500`)
      .catch(() => ({ status: 0, body: null }))
    if (status === 404) return undefined
    if (status === 200) {
      const events: { at: number; type: string }[] = body.events
      const before = events.filter(({ at }) => at <= killedAt)
      const count = (type: string) => before.filter((event) => event.type === type).length
      if (count('turn.accepted') === count('turn.ended')) return undefined
      const next = events.find(({ at }) => at > killedAt)
      if (next) return next.at - killedAt
    }
    await sleep(100)
  }
  return undefined
}

/** Postgres is away for a while; people go on. */
async function postgres(run: Run): Promise<void> {
  const { stage, dice } = run
  const { actors } = cast(run)
  stage.copies.away = true
  const playing = actors.map((actor) => actor.play())
  await sleep(1_000 + dice.below(4_000))
  if (dice.below(3) === 0) await stage.kill()
  stage.copies.away = false
  run.lastFaultAt = Date.now()
  await finish(run, actors, playing)
}

/** What was copied is copied again: its effect was there, but nobody heard of it. Three times in a row, and under a kill. */
async function redeliver(run: Run): Promise<void> {
  const { stage, dice } = run
  const { actors } = cast(run)
  const { lost } = stage.copies
  stage.copies.lose(3)
  const playing = actors.map((actor) => actor.play())
  const until = Date.now() + 30_000
  while (stage.copies.lost < lost + 3 && Date.now() < until) await sleep(50)
  if (stage.copies.lost < lost + 3) run.wrong.push(`only ${stage.copies.lost - lost} deliveries were repeated`)
  if (dice.below(2) === 0) await stage.killWorkers()
  run.lastFaultAt = Date.now()
  await finish(run, actors, playing)
}

/** The same message 50 times at once, and again after a restart. */
async function duplicates(run: Run): Promise<void> {
  const { actors } = cast(run)
  const said = await Promise.all(actors.map((actor) => actor.sayAtOnce(50)))
  await run.stage.kill()
  run.lastFaultAt = Date.now()
  await Promise.all(actors.map((actor, index) => said[index] && actor.repeat(said[index])))
  await finish(run, actors, [])
}

/** The model misbehaves in its ways, then is well again: what was asked is answered, or fails in words. */
async function model(run: Run): Promise<void> {
  const { stage, trails, round } = run
  const ways = [
    '429 after=1 times=1',
    '500 times=2',
    'half-closed after=5',
    'reset after=5',
    'garbage after=5',
    'odd after=3',
    'error after=5',
    'stall after=10',
    'long-line bytes=10000000',
  ]
  for (const [index, way] of ways.entries()) {
    const session = `r${round}-m${index}`
    const trail: Trail = { session, said: [], cancelled: new Map(), seen: [] }
    trails.push(trail)
    const say = async (message: string, key: string): Promise<SentMessage> => {
      const said: SentMessage = { key: `${session}-${key}`, mayFail: key === 'bad', ...(key === 'good' && { tokens: 5 }) }
      trail.said.push(said)
      const body = { session_id: session, message }
      said.sent = (await stage.alice.ask('POST', '/v1/sessions/message', body, { 'idempotency-key': said.key })).body
      return said
    }
    const { sent } = await say(`[[fake ${way}]]`, 'bad')
    const ended = await untilEnded(stage, session, 1, way.startsWith('stall') || way.startsWith('long') ? 2_000 : 20_000)
    if (!ended && sent) {
      const { body } = await stage.alice.ask('POST', `/v1/sessions/${session}/turns/${sent.turn_id}/cancel`)
      trail.cancelled.set(sent.turn_id, body.outcome)
    }
    await say('[[fake normal tokens=5]]', 'good')
    if (!(await untilEnded(stage, session, 2, 20_000))) run.wrong.push(`after ${way} the next message was not answered`)
  }
  run.lastFaultAt = Date.now()
}

/** One reader of many takes nothing while megabytes are said; the others do not notice, and it gets all of it later. */
async function slow(run: Run): Promise<void> {
  const { stage, sessions } = run
  const { actors } = cast({ ...run, sessions: 1 })
  const [actor] = actors
  if (!actor) return
  await actor.say({ tokens: 3 })
  const session = actor.trail.session
  const path = `/v1/sessions/${session}/events?stream=true`
  let bytes = 0
  const stuck = request(`${stage.stack.url}${path}`, { headers: { authorization: `Bearer ${stage.alice.token}` } })
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
    stuck.once('response', resolve).once('error', reject).end(),
  )
  response.pause()
  for (let reader = 0; reader < sessions; reader++) actor.watch(true)
  // Some 20 MB as frames: each word comes in a frame of its own.
  const since = Date.now()
  for (let turn = 0; turn < 8; turn++) await actor.say({ tokens: 12_000, rate: 0 })
  await untilEnded(stage, session, 9, 120_000)
  console.log(`  8 × 12,000 words to ${sessions} readers beside one that does not read: ${Date.now() - since} ms`)
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  response.resume()
  const until = Date.now() + 30_000
  for (let before = -1; Date.now() < until && before !== bytes; await sleep(1_000)) before = bytes
  stuck.destroy()
  if (bytes < 500_000) run.wrong.push(`the slow reader got ${bytes} bytes in the end`)
  run.lastFaultAt = Date.now()
  await finish(run, actors, [])
}

/** Every reader is cut at once, and comes back with its cursor. */
async function readers(run: Run): Promise<void> {
  const { dice } = run
  const { actors } = cast({ ...run, sessions: 1 })
  const [actor] = actors
  if (!actor) return
  await actor.say({ tokens: 150, rate: 50 })
  for (let reader = 0; reader < run.sessions * 8; reader++) actor.watch(true)
  for (let cut = 0; cut < 3; cut++) {
    await sleep(200 + dice.below(600))
    actor.cutAll()
  }
  run.lastFaultAt = Date.now()
  await untilEnded(run.stage, actor.trail.session, 1, 30_000)
  await sleep(2_500)
  await finish(run, actors, [])
}

/** New code for the objects, in the middle of everything. */
async function reset(run: Run): Promise<void> {
  const { stage, dice } = run
  const { actors } = cast(run)
  const playing = actors.map((actor) => actor.play())
  await sleep(dice.below(1_200))
  stage.build.touch()
  await sleep(3_000)
  run.lastFaultAt = Date.now()
  await finish(run, actors, playing)
}
