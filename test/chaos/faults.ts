/** The faults. Each has its own actors, its own time of injection and its own recovery. */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import type { EventPage } from '../../shared/api/sessions.ts'
import type { Cancelled } from '../../shared/api/turns.ts'
import { abort } from './abort.ts'
import { createActors, finish, type Run, untilEnded } from './actors.ts'
import { clock } from './clock.ts'
import { input } from './input.ts'
import type { SentMessage, SessionRecord } from './ledger.ts'
import { crowd, stuck } from './many-readers.ts'
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

/** The faults that deploy code into the running stack. */
export const deployingFaults: ReadonlySet<string> = new Set(['reset', 'abort', 'clock', 'counters'])

/** Kills processes at a random moment, and sometimes again during recovery. */
async function kill(run: Run): Promise<void> {
  const { system, random, recoveries } = run
  const { actors, waits } = createActors(run)
  const running = actors.map((actor) => actor.run())
  for (let kills = random.below(5) === 0 ? 2 : 1; kills > 0; kills--) {
    const moment = random.below(4)
    const timeout = sleep(1_500)
    if (moment === 1) await Promise.race([waits.acknowledged.then(() => sleep(random.below(40))), timeout])
    if (moment === 2) await Promise.race([waits.answering.then(() => sleep(random.below(200))), timeout])
    if (moment === 3) await Promise.race([waits.cancelling.then(() => sleep(random.below(10))), timeout])
    if (moment === 0) await sleep(random.below(1_500))
    const killedAt = Date.now()
    // Five in six kills hit the workerd of the objects and queues. The others hit every process.
    await (random.below(6) === 0 ? system.kill() : system.killWorkers())
    run.lastFaultAt = Date.now()
    for (const { record } of actors) void recovered(run, record, killedAt).then((ms) => ms !== undefined && recoveries.push(ms))
  }
  // The next round does not wait, so that its kill also hits turns of this round.
  run.unfinished.push(finish(run, actors, running))
  await run.unfinished.at(-3)
}

/** Time from `killedAt` to the next event of an interrupted session. Undefined: no turn was interrupted. Milliseconds. */
async function recovered({ system }: Run, { session, unattended }: SessionRecord, killedAt: number): Promise<number | undefined> {
  if (unattended) return undefined
  for (let attempt = 0; attempt < 50; attempt++) {
    const { status, body } = await system.alice
      .once<EventPage>('GET', `/v1/sessions/${session}/events?limit=500`)
      .catch(() => ({ status: 0, body: null }))
    if (status === 404) return undefined
    if (status === 200 && body) {
      const { events } = body
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

/** Postgres is unavailable for some seconds during conversations. */
async function postgres(run: Run): Promise<void> {
  const { system, random } = run
  const { actors } = createActors(run)
  system.databaseProxy.down = true
  const running = actors.map((actor) => actor.run())
  await sleep(1_000 + random.below(4_000))
  if (random.below(3) === 0) await system.kill()
  system.databaseProxy.down = false
  run.lastFaultAt = Date.now()
  await finish(run, actors, running)
}

/** Three answers of Postgres are lost after their effect, so the same events are copied again. Sometimes with a kill. */
async function redeliver(run: Run): Promise<void> {
  const { system, random } = run
  const { actors } = createActors(run)
  const { dropped } = system.databaseProxy
  system.databaseProxy.dropAnswers(3)
  const running = actors.map((actor) => actor.run())
  const until = Date.now() + 30_000
  while (system.databaseProxy.dropped < dropped + 3 && Date.now() < until) await sleep(50)
  if (system.databaseProxy.dropped < dropped + 3) run.errors.push(`only ${system.databaseProxy.dropped - dropped} deliveries were repeated`)
  if (random.below(2) === 0) await system.killWorkers()
  run.lastFaultAt = Date.now()
  await finish(run, actors, running)
}

/** The same message 50 times at once, and again after a restart. */
async function duplicates(run: Run): Promise<void> {
  const { actors } = createActors(run)
  const sent = await Promise.all(actors.map((actor) => actor.sendConcurrently(50)))
  await run.system.kill()
  run.lastFaultAt = Date.now()
  await Promise.all(actors.map((actor, index) => sent[index] && actor.resend(sent[index])))
  await finish(run, actors, [])
}

/** The model misbehaves, then recovers. Each turn is answered or fails with a reason. */
async function model(run: Run): Promise<void> {
  const { system, records, round } = run
  const behaviours = [
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
  for (const [index, behaviour] of behaviours.entries()) {
    const session = `r${round}-m${index}`
    const record: SessionRecord = { session, messages: [], cancelled: new Map(), readers: [] }
    records.push(record)
    const send = async (text: string, key: string): Promise<SentMessage> => {
      const message: SentMessage = { key: `${session}-${key}`, mayFail: key === 'bad', ...(key === 'good' && { tokens: 5 }) }
      record.messages.push(message)
      const body = { session_id: session, message: text }
      message.sent = (
        await system.alice.request<AcceptedMessage>('POST', '/v1/sessions/message', body, { 'idempotency-key': message.key })
      ).body
      return message
    }
    const { sent } = await send(`[[fake ${behaviour}]]`, 'bad')
    const ended = await untilEnded(system, session, 1, behaviour.startsWith('stall') || behaviour.startsWith('long') ? 2_000 : 20_000)
    if (!ended && sent) {
      const { body } = await system.alice.request<Cancelled>('POST', `/v1/sessions/${session}/turns/${sent.turn_id}/cancel`)
      record.cancelled.set(sent.turn_id, body.outcome)
    }
    await send('[[fake normal tokens=5]]', 'good')
    if (!(await untilEnded(system, session, 2, 20_000))) run.errors.push(`after ${behaviour} the next message was not answered`)
  }
  run.lastFaultAt = Date.now()
}

/** One reader stops, and megabytes of answers wait for it. The other readers are not delayed. Later it receives everything. */
async function slow(run: Run): Promise<void> {
  const { system, sessions } = run
  const { actors } = createActors({ ...run, sessions: 1 })
  const [actor] = actors
  if (!actor) return
  await actor.send({ tokens: 3 })
  const session = actor.record.session
  const path = `/v1/sessions/${session}/events?stream=true`
  let bytes = 0
  const slowRequest = request(`${system.stack.url}${path}`, { headers: { authorization: `Bearer ${system.alice.token}` } })
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
    slowRequest.once('response', resolve).once('error', reject).end(),
  )
  response.pause()
  for (let reader = 0; reader < sessions; reader++) actor.watch(true)
  // About 20 MB as frames: each word has its own frame.
  const since = Date.now()
  for (let turn = 0; turn < 8; turn++) await actor.send({ tokens: 12_000, rate: 0 })
  await untilEnded(system, session, 9, 120_000)
  console.log(`  8 × 12,000 words to ${sessions} readers beside one that does not read: ${Date.now() - since} ms`)
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  response.resume()
  const until = Date.now() + 30_000
  for (let before = -1; Date.now() < until && before !== bytes; await sleep(1_000)) before = bytes
  slowRequest.destroy()
  if (bytes < 500_000) run.errors.push(`the slow reader got ${bytes} bytes in the end`)
  run.lastFaultAt = Date.now()
  await finish(run, actors, [])
}

/** Disconnects every reader at once, three times. Each resumes with its cursor. */
async function readers(run: Run): Promise<void> {
  const { random } = run
  const { actors } = createActors({ ...run, sessions: 1 })
  const [actor] = actors
  if (!actor) return
  await actor.send({ tokens: 150, rate: 50 })
  for (let reader = 0; reader < run.sessions * 8; reader++) actor.watch(true)
  for (let cut = 0; cut < 3; cut++) {
    await sleep(200 + random.below(600))
    actor.cutAll()
  }
  run.lastFaultAt = Date.now()
  await untilEnded(run.system, actor.record.session, 1, 30_000)
  await sleep(2_500)
  await finish(run, actors, [])
}

/** Deploys new code for the objects during answers. */
async function reset(run: Run): Promise<void> {
  const { system, random } = run
  const { actors } = createActors(run)
  const running = actors.map((actor) => actor.run())
  await sleep(random.below(1_200))
  system.build.touch()
  await sleep(3_000)
  run.lastFaultAt = Date.now()
  await finish(run, actors, running)
}
