/**
 * 2,000 readers are cut at once and reconnect at once, with cursors from before the last answer.
 * This simulates a network failure, without the retry delay of clients.
 * It measures the time until they have the missed answer, and their memory before and after. There is no peer.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMs, memoryBytes, type Running, startScript } from './processes.ts'
import { bundle, createKey, type SigningKey, startSoma, workerdVersion } from './soma.ts'
import { quantile, spread } from './statistics.ts'
import { Connection, streamRequest, withoutChunks } from './wire.ts'
import { answer, question } from './words.ts'

const sessions = 5
const readersEach = 400
/** Number of words in the missed answer. */
const words = 100
/** Number of words in the answers before and after it. */
const fewWords = 3
/** Number of concurrent connects before the storm. */
const connectBatch = 50
/** Idle time before memory is read. Milliseconds. */
const settleMs = 1_000
/** Delay of a client after the server ends its stream, as in the server's `retry:`: base and jitter. Milliseconds. */
const retryMs = [1_000, 1_000] as const
/** Time for all readers to receive everything. Milliseconds. */
const timeoutMs = 30_000

const endMark = '"type":"turn.ended"'

/** One client, which resumes with its cursor whenever its stream ends. */
class Reader {
  readonly #port: number
  readonly #request: (after: string) => string
  #socket: Socket | null = null
  #received = ''
  #mark = ''
  #arrival = Promise.withResolvers<number>()
  #isClosed = false
  /** Number of streams that the server ended, because it refused the reader. */
  refused = 0
  /** Number of times the connection failed. */
  broken = 0

  constructor(port: number, path: string, token: string) {
    this.#port = port
    this.#request = (after) => streamRequest(`${path}?stream=true&after=${after}`, token)
  }

  /** Reads from `after` on. Resolves with the arrival time of `mark`. */
  open(after: string, mark: string): Promise<number> {
    this.waitFor(mark)
    this.#connect(after)
    return this.#arrival.promise
  }

  /** Clears the received text, and waits for `mark`. */
  waitFor(mark: string): Promise<number> {
    this.#received = ''
    this.#mark = mark
    this.#arrival = Promise.withResolvers()
    return this.#arrival.promise
  }

  cut(): void {
    this.#socket?.removeAllListeners()
    this.#socket?.destroy()
  }

  close(): void {
    this.#isClosed = true
    this.cut()
  }

  /** The text in the received frames. A text that arrived in deltas counts once. */
  get text(): string {
    let text = ''
    for (const [, json = ''] of withoutChunks(this.#received).matchAll(/^data: (.*)$/gm)) {
      const frame: { type?: string; text?: string; offset?: number } = JSON.parse(json)
      if (frame.type === 'item.delta' && frame.offset === text.length) text += frame.text
    }
    return text
  }

  #connect(after: string): void {
    const socket = connect({ port: this.#port, host: '127.0.0.1' })
    this.#socket = socket
    // The server sends an incomplete frame again.
    let rest = ''
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      this.#received += text
      rest = rest.slice(-this.#mark.length) + text
      if (rest.includes(this.#mark)) this.#arrival.resolve(performance.now())
      // The end of the answer (RFC 9112 §7.1), after which the server keeps the connection.
      if (rest.endsWith('\r\n0\r\n\r\n')) socket.destroy()
    })
    socket.on('error', () => {
      this.broken += 1
    })
    socket.on('close', () => {
      if (this.#isClosed) return
      this.refused += 1
      const last = [...withoutChunks(this.#received).matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? after
      setTimeout(() => this.#isClosed || this.#connect(last), retryMs[0] + Math.random() * retryMs[1])
    })
    socket.write(this.#request(after))
  }
}

interface Measurement {
  readonly medianMs: number
  readonly p99Ms: number
  readonly lastMs: number
  /** Number of streams that ended because old ones of their session still held the slots. */
  readonly refused: number
  readonly kbPerReader: number
  /** The same value after the storm. */
  readonly kbAfterwards: number
  readonly peakMb: number
  readonly cpuUsPerReader: number
  readonly loadShare: number
}

const nameOf = (session: number): string => `storm-${session}`
const pathOf = (session: number): string => `/v1/sessions/${nameOf(session)}/events`

function withTimeout<T>(expected: string, promises: readonly Promise<T>[]): Promise<T[]> {
  let timer: ReturnType<typeof setTimeout>
  const timedOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`some readers did not have ${expected} within ${timeoutMs / 1_000} s`)), timeoutMs)
  })
  return Promise.race([Promise.all(promises), timedOut]).finally(() => clearTimeout(timer))
}

const sendMessage = (connection: Connection, token: string, session: number, words: number): Promise<void> =>
  connection.post('/v1/sessions/message', { session_id: nameOf(session), message: question(words, 0) }, token)

/** The last event of a session. */
async function lastSeq(port: number, token: string, session: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${pathOf(session)}?limit=500`, { headers: { authorization: `Bearer ${token}` } })
  const { events } = (await response.json()) as { events: { seq: number }[] }
  return `${events.at(-1)?.seq}`
}

async function measure(soma: Running, { token }: SigningKey): Promise<Measurement> {
  const connection = new Connection(soma.port)
  const cursors: string[] = []
  for (let session = 0; session < sessions; session += 1) {
    await sendMessage(connection, token, session, fewWords)
    await sleep(settleMs / 2)
    cursors.push(await lastSeq(soma.port, token, session))
    await sendMessage(connection, token, session, words)
  }
  await sleep(settleMs)
  const before = memoryBytes(soma.pid).now
  const readers = Array.from({ length: sessions * readersEach }, (_, n) => new Reader(soma.port, pathOf(n % sessions), token))
  for (let from = 0; from < readers.length; from += connectBatch) {
    const batch = readers.slice(from, from + connectBatch)
    await withTimeout(
      'a stream',
      batch.map((reader) => reader.open('latest', ': connected')),
    )
  }
  await sleep(settleMs)
  const idle = memoryBytes(soma.pid).now
  const cpuBefore = cpuMs(soma.pid)
  const loadBefore = process.cpuUsage()
  for (const reader of readers) reader.cut()
  const cutAt = performance.now()
  const resumed = readers.map((reader, n) => reader.open(cursors[n % sessions] ?? '', endMark))
  const durations = (await withTimeout('the missed answer', resumed)).map((at) => at - cutAt)
  const cpu = cpuMs(soma.pid) - cpuBefore
  const load = process.cpuUsage(loadBefore)
  const lastMs = Math.max(...durations)
  const wrongReaders = readers.filter((reader) => reader.text !== answer(words)).length
  if (wrongReaders > 0) throw new Error(`${wrongReaders} readers did not get the missed answer`)
  // Rejected readers retry, perhaps repeatedly. Then all readers must receive the next answer.
  await sleep(settleMs + 2 * (retryMs[0] + retryMs[1]))
  const refused = readers.reduce((total, reader) => total + reader.refused, 0)
  const after = memoryBytes(soma.pid)
  // One session at a time, because concurrent answers are another benchmark.
  for (let session = 0; session < sessions; session += 1) {
    const waiting = readers.filter((_, n) => n % sessions === session).map((reader) => reader.waitFor(endMark))
    await sendMessage(connection, token, session, fewWords)
    await withTimeout('the answer after the storm', waiting)
  }
  const faulty = readers.filter((reader) => reader.broken > 0).length
  if (faulty > 0) throw new Error(`${faulty} connections failed`)
  for (const reader of readers) reader.close()
  connection.close()
  const kb = (bytes: number) => (bytes - before) / 1_024 / readers.length
  return {
    medianMs: quantile(durations, 0.5),
    p99Ms: quantile(durations, 0.99),
    lastMs,
    refused,
    kbPerReader: kb(idle),
    kbAfterwards: kb(after.now),
    peakMb: after.peak / 1_048_576,
    cpuUsPerReader: (cpu * 1_000) / readers.length,
    loadShare: (load.user + load.system) / 1_000 / lastMs,
  }
}

/** Runs the benchmark. Returns Markdown. */
export async function storm(rounds: number, log: (line: string) => void): Promise<string> {
  const upstream = await startScript('upstream.ts', [])
  const key = await createKey()
  const bundled = await bundle()
  const results: Measurement[] = []
  for (let round = 0; round < rounds; round += 1) {
    const soma = await startSoma(bundled, key, `http://127.0.0.1:${upstream.port}/v1`)
    try {
      const result = await measure(soma, key)
      results.push(result)
      log(`${round + 1}/${rounds} · ${JSON.stringify(result)}`)
    } finally {
      await soma.stop()
    }
  }
  await upstream.stop()
  const rows: [string, keyof Measurement, number][] = [
    ['half have the missed answer after, ms', 'medianMs', 0],
    ['99 % after, ms', 'p99Ms', 0],
    ['all after, ms', 'lastMs', 0],
    ['streams rejected with a retry', 'refused', 0],
    ['CPU per reader, µs', 'cpuUsPerReader', 0],
    ['memory per reader before, KB', 'kbPerReader', 0],
    ['memory per reader afterwards, KB', 'kbAfterwards', 0],
    ['peak, MB', 'peakMb', 0],
    ['load, cores', 'loadShare', 2],
  ]
  const cells = rows.map(([title, key, digits]) => [
    title,
    spread(
      results.map((result) => result[key]),
      digits,
    ),
  ])
  const table = [[`${sessions * readersEach} readers of ${sessions} sessions`, 'soma'], ['---', '---'], ...cells]
  const footer = `workerd ${workerdVersion}; ${rounds} rounds, each on a fresh server.`
  return `${table.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n\n${footer}`
}
