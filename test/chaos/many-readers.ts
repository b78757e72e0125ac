/** Many readers of one session: all of them reconnect at once, or one of them does not read. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AcceptedMessage } from '../../shared/api/messages.ts'
import type { EventPage } from '../../shared/api/sessions.ts'
import { fakeText } from '../support/words.ts'
import { type Run, untilEnded } from './actors.ts'
import type { SessionRecord } from './ledger.ts'
import { StreamReader } from './stream-reader.ts'

/** Time for all readers to receive everything. A reader without a slot retries after up to 20 s. Milliseconds. */
const timeoutMs = 90_000
/** Number of readers that connect concurrently. */
const batchSize = 50

async function openAll(streamReaders: readonly StreamReader[]): Promise<void> {
  for (let from = 0; from < streamReaders.length; from += batchSize)
    await Promise.all(streamReaders.slice(from, from + batchSize).map((reader) => reader.open()))
}

function createRecord({ round, records }: Run, kind: string): SessionRecord {
  const record: SessionRecord = { session: `r${round}-${kind}`, messages: [], cancelled: new Map(), readers: [] }
  records.push(record)
  return record
}

async function send({ system, errors }: Run, record: SessionRecord, tokens: number, rate: number, directives = ''): Promise<void> {
  const message = { key: `${record.session}-${record.messages.length}`, tokens }
  record.messages.push(message)
  const body = { session_id: record.session, message: `[[fake normal tokens=${tokens} rate=${rate}]]${directives}` }
  for (;;) {
    const { status, body: sent } = await system.alice.request<AcceptedMessage>('POST', '/v1/sessions/message', body, {
      'idempotency-key': message.key,
    })
    if (status === 200) return void Object.assign(message, { sent })
    // The queue of the session is full.
    if (status !== 429) return void errors.push(`${message.key} got ${status}`)
    await sleep(50)
  }
}

const seqOf = async ({ system }: Run, session: string): Promise<number> => {
  const { body } = await system.alice.request<EventPage>('GET', `/v1/sessions/${session}/events?limit=500`)
  return body.events.at(-1)?.seq ?? 0
}

/** Requests only the summary, because the log is 20 MB long. */
async function untilIdle({ system }: Run, session: string): Promise<boolean> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(200)) {
    const { body } = await system.alice.request<{ state: string }>('GET', `/v1/sessions/${session}`)
    if (body.state === 'idle') return true
  }
  return false
}

/** Checks that every reader receives the whole answer and its end. */
async function checkAllReceived(run: Run, streamReaders: readonly StreamReader[], text: string): Promise<void> {
  const until = Date.now() + timeoutMs
  const done = () => streamReaders.filter((reader) => reader.received.includes('"type":"turn.ended"')).length
  while (done() < streamReaders.length && Date.now() < until) await sleep(100)
  let errorCount = 0
  for (const reader of streamReaders) {
    const error = reader.findError(text)
    if (error !== null && ++errorCount <= 5) run.errors.push(error)
  }
  if (errorCount > 5) run.errors.push(`… and ${errorCount - 5} more readers`)
}

/** Disconnects every reader of a full session during an answer. All reconnect at once, with their cursors. */
export async function crowd(run: Run): Promise<void> {
  const { system, random, readers } = run
  const record = createRecord(run, 'crowd')
  await send(run, record, 3, 0)
  await untilEnded(system, record.session, 1, 20_000)
  const after = `${await seqOf(run, record.session)}`
  const streamReaders = Array.from({ length: readers }, (_, n) => new StreamReader(system, record.session, after, `reader ${n + 1}`))
  await openAll(streamReaders)
  await send(run, record, 150, 30)
  await sleep(1_000 + random.below(2_000))
  for (const reader of streamReaders) reader.cut()
  const cutAt = Date.now()
  run.lastFaultAt = cutAt
  await Promise.all(streamReaders.map((reader) => reader.open()))
  await checkAllReceived(run, streamReaders, fakeText(150))
  const resumeTimes = streamReaders.map(({ resumedAt }) => resumedAt - cutAt).sort((a, b) => a - b)
  const closed = streamReaders.reduce((sum, { streamEnds }) => sum + streamEnds, 0)
  console.log(
    `  ${readers} readers cut at once: all received data again after ${resumeTimes.at(-1)} ms, half after ${resumeTimes[resumeTimes.length >> 1]} ms; ${closed} streams ended by the server`,
  )
  for (const reader of streamReaders) reader.close()
}

/** One reader stops, and more than 20 MB wait for it. The others must receive every word. Later it must receive everything. */
export async function stuck(run: Run): Promise<void> {
  const { system, readers } = run
  const record = createRecord(run, 'stuck')
  // Sockets and proxies on the path buffer 10 MB.
  const messages = 220
  for (let n = 0; n < messages; n++) await send(run, record, 1, 0, '漢'.repeat(31_900))
  if (!(await untilIdle(run, record.session))) run.errors.push(`${messages} messages were not answered in a minute`)
  const stalled = new StreamReader(system, record.session, '', 'the stalled reader')
  await stalled.open()
  stalled.pause()
  const others = Array.from({ length: readers - 1 }, (_, n) => new StreamReader(system, record.session, 'latest', `reader ${n + 1}`))
  await openAll(others)
  await sleep(1_000)
  const receivedBefore = stalled.bytes
  const since = Date.now()
  await send(run, record, 500, 0)
  await checkAllReceived(run, others, fakeText(500))
  const tookMs = Date.now() - since
  for (const other of others) other.close()
  if (stalled.bytes > receivedBefore + 1_000_000) run.errors.push(`the stalled reader received ${stalled.bytes - receivedBefore} bytes`)
  stalled.resume()
  const turns = messages + 1
  const until = Date.now() + timeoutMs
  const ended = () => stalled.received.split('"type":"turn.ended"').length - 1
  while (ended() < turns && Date.now() < until) await sleep(200)
  if (ended() !== turns || stalled.bytes < 20_000_000)
    run.errors.push(`the stalled reader received ${stalled.bytes} bytes, ${ended()} of ${turns} ends`)
  const error = stalled.findError(fakeText(500))
  if (error !== null) run.errors.push(error)
  stalled.close()
  console.log(`  500 words to ${others.length} readers beside one that had read ${receivedBefore} of ${stalled.bytes} bytes: ${tookMs} ms`)
  run.lastFaultAt = Date.now()
}
