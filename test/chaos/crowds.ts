/** Many readers of one session: all of them are cut and come back, or one of them does not read. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fakeText } from '../support/words.ts'
import { type Run, untilEnded } from './cast.ts'
import type { Trail } from './ledger.ts'
import { Listener } from './listener.ts'

/** How long everyone may take to have everything. A reader that finds no place is told to come back in up to 20 s. Milliseconds. */
const patienceMs = 90_000
/** How many connect at a time. */
const atATime = 50

async function open(listeners: readonly Listener[]): Promise<void> {
  for (let from = 0; from < listeners.length; from += atATime)
    await Promise.all(listeners.slice(from, from + atATime).map((listener) => listener.open()))
}

function begin({ round, trails }: Run, kind: string): Trail {
  const trail: Trail = { session: `r${round}-${kind}`, said: [], cancelled: new Map(), seen: [] }
  trails.push(trail)
  return trail
}

async function say({ stage, wrong }: Run, trail: Trail, tokens: number, rate: number, more = ''): Promise<void> {
  const said = { key: `${trail.session}-${trail.said.length}`, tokens }
  trail.said.push(said)
  const body = { session_id: trail.session, message: `[[fake normal tokens=${tokens} rate=${rate}]]${more}` }
  for (;;) {
    const { status, body: sent } = await stage.alice.ask('POST', '/v1/sessions/message', body, { 'idempotency-key': said.key })
    if (status === 200) return void Object.assign(said, { sent })
    // So many wait already.
    if (status !== 429) return void wrong.push(`${said.key} was answered ${status}`)
    await sleep(50)
  }
}

const seqOf = async ({ stage }: Run, session: string): Promise<number> => {
  const { body } = await stage.alice.ask('GET', `/v1/sessions/${session}/events?limit=500`)
  return body.events.at(-1).seq
}

/** Asks for the summary only: the log is 20 MB. */
async function untilIdle({ stage }: Run, session: string): Promise<boolean> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(200)) {
    const { body } = await stage.alice.ask('GET', `/v1/sessions/${session}`)
    if (body.state === 'idle') return true
  }
  return false
}

/** Everyone hears the end of an answer, and all that belongs to it. */
async function hearAll(run: Run, listeners: readonly Listener[], text: string): Promise<void> {
  const until = Date.now() + patienceMs
  const done = () => listeners.filter((listener) => listener.heard.includes('"type":"turn.ended"')).length
  while (done() < listeners.length && Date.now() < until) await sleep(100)
  let wrong = 0
  for (const listener of listeners) {
    const found = listener.judge(text)
    if (found !== null && ++wrong <= 5) run.wrong.push(found)
  }
  if (wrong > 5) run.wrong.push(`… and ${wrong - 5} readers more`)
}

/** Every reader of a full session is cut at once, in mid-answer, and comes back in the same instant, with its cursor. */
export async function crowd(run: Run): Promise<void> {
  const { stage, dice, readers } = run
  const trail = begin(run, 'crowd')
  await say(run, trail, 3, 0)
  await untilEnded(stage, trail.session, 1, 20_000)
  const after = `${await seqOf(run, trail.session)}`
  const listeners = Array.from({ length: readers }, (_, n) => new Listener(stage, trail.session, after, `reader ${n + 1}`))
  await open(listeners)
  await say(run, trail, 150, 30)
  await sleep(1_000 + dice.below(2_000))
  for (const listener of listeners) listener.cut()
  const cutAt = Date.now()
  run.lastFaultAt = cutAt
  await Promise.all(listeners.map((listener) => listener.open()))
  await hearAll(run, listeners, fakeText(150))
  const took = listeners.map(({ backAt }) => backAt - cutAt).sort((a, b) => a - b)
  const sent = listeners.reduce((sum, { sentAway }) => sum + sentAway, 0)
  console.log(
    `  ${readers} readers cut at once: all heard again after ${took.at(-1)} ms, half after ${took[took.length >> 1]} ms; sent away ${sent} times`,
  )
  for (const listener of listeners) listener.close()
}

/** One reader of many is sent more than 20 MB and takes none of it; the others hear every word meanwhile, and it gets all of it later. */
export async function stuck(run: Run): Promise<void> {
  const { stage, readers } = run
  const trail = begin(run, 'stuck')
  // What lies between us and it buffers 10 MB.
  const messages = 220
  for (let n = 0; n < messages; n++) await say(run, trail, 1, 0, '漢'.repeat(31_900))
  if (!(await untilIdle(run, trail.session))) run.wrong.push(`${messages} messages were not answered in a minute`)
  const lazy = new Listener(stage, trail.session, '', 'the lazy one')
  await lazy.open()
  lazy.pause()
  const others = Array.from({ length: readers - 1 }, (_, n) => new Listener(stage, trail.session, 'latest', `reader ${n + 1}`))
  await open(others)
  await sleep(1_000)
  const taken = lazy.bytes
  const since = Date.now()
  await say(run, trail, 500, 0)
  await hearAll(run, others, fakeText(500))
  const tookMs = Date.now() - since
  for (const other of others) other.close()
  if (lazy.bytes > taken + 1_000_000) run.wrong.push(`the lazy one took ${lazy.bytes - taken} bytes`)
  lazy.resume()
  const turns = messages + 1
  const until = Date.now() + patienceMs
  const ended = () => lazy.heard.split('"type":"turn.ended"').length - 1
  while (ended() < turns && Date.now() < until) await sleep(200)
  if (ended() !== turns || lazy.bytes < 20_000_000) run.wrong.push(`the lazy one got ${lazy.bytes} bytes, ${ended()} of ${turns} ends`)
  const found = lazy.judge(fakeText(500))
  if (found !== null) run.wrong.push(found)
  lazy.close()
  console.log(`  500 words to ${others.length} readers beside one that had taken ${taken} of ${lazy.bytes} bytes: ${tookMs} ms`)
  run.lastFaultAt = Date.now()
}
