/**
 * Time to the first token: from the first byte of a message to the first word at an open stream.
 * Sequential messages on one session, compared with a single handler that does the same steps.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Running, scratch, startScript } from './processes.ts'
import { Readers } from './readers.ts'
import { bundle, createKey, startSoma, workerdVersion } from './soma.ts'
import { median, quantile, ratios, spread } from './statistics.ts'
import { Connection, streamRequest } from './wire.ts'
import { question } from './words.ts'

/** Number of messages per round, and of warm-up messages. */
const messages = 40
const warmUp = 10
/** Pause between two messages. Milliseconds. */
const pauseMs = 20
/** Number of words in an answer: few, so that rounds are short. */
const words = 3
const path = '/v1/sessions/message'

/** The measured values of one round. */
export interface Measurement {
  readonly firstWordMs: number
  readonly firstWordP95Ms: number
  readonly acknowledgedMs: number
}

interface Sample {
  readonly firstWordMs: number
  readonly acknowledgedMs: number
}

/** One server's side of a round: its own session with one reader. The prompt grows, and both sides send all of it. */
export class Conversation {
  readonly #connection: Connection
  readonly #reader: Readers
  readonly #session: string
  readonly #token: string
  readonly #samples: Sample[] = []

  private constructor(connection: Connection, reader: Readers, session: string, token: string) {
    this.#connection = connection
    this.#reader = reader
    this.#session = session
    this.#token = token
  }

  static async open(port: number, token: string, session: string): Promise<Conversation> {
    const connection = new Connection(port)
    await connection.post(path, { session_id: session, message: question(words, 0) }, token)
    const reader = await Readers.open(port, streamRequest(`/v1/sessions/${session}/events?stream=true&after=latest`, token), 1)
    return new Conversation(connection, reader, session, token)
  }

  async measure(): Promise<void> {
    // Wait until the work after the previous answer is done.
    await sleep(pauseMs)
    const first = this.#reader.waitFor('"type":"item.delta"', 4_096)
    const startedAt = performance.now()
    const posted = this.#connection
      .post(path, { session_id: this.#session, message: question(words, 0) }, this.#token)
      .then(() => performance.now())
    const firstAt = await first
    await this.#reader.waitForNext('"type":"turn.ended"')
    this.#samples.push({ firstWordMs: firstAt - startedAt, acknowledgedMs: (await posted) - startedAt })
  }

  close(): Measurement {
    this.#reader.close()
    this.#connection.close()
    const measured = this.#samples.slice(warmUp)
    const firstWord = measured.map(({ firstWordMs }) => firstWordMs)
    return {
      firstWordMs: median(firstWord),
      firstWordP95Ms: quantile(firstWord, 0.95),
      acknowledgedMs: median(measured.map(({ acknowledgedMs }) => acknowledgedMs)),
    }
  }
}

/** Runs the benchmark. Returns Markdown. */
export async function ttft(rounds: number, log: (line: string) => void): Promise<string> {
  const upstream = await startScript('upstream.ts', [])
  const modelUrl = `http://127.0.0.1:${upstream.port}/v1`
  const key = await createKey()
  const env = { MODEL_URL: modelUrl, SIGNING_KEY: key.jwk, LOG: join(scratch(), 'log.sqlite') }
  const servers: Record<string, Running> = {
    soma: await startSoma(await bundle(), key, modelUrl),
    'one node:http handler': await startScript('peers/one-handler.ts', [], env),
  }
  const results = Object.fromEntries(Object.keys(servers).map((name) => [name, [] as Measurement[]]))
  // The first round compiles, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const sides: [string, Conversation][] = []
    for (const [name, { port }] of Object.entries(servers)) sides.push([name, await Conversation.open(port, key.token, `ttft-${round}`)])
    // Alternate after each message, so that noise affects both alike.
    for (let index = 0; index < warmUp + messages; index += 1) for (const [, side] of sides) await side.measure()
    for (const [name, side] of sides) {
      const result = side.close()
      if (round > 0) results[name]?.push(result)
      log(`${round}/${rounds} · ${name}: ${summarize(result)}`)
    }
  }
  for (const { stop } of [...Object.values(servers), upstream]) await stop()
  return `${table(results).join('\n')}\n\nworkerd ${workerdVersion}, node ${process.versions.node}; ${rounds} rounds of ${messages} messages each.`
}

const summarize = (result: Measurement): string =>
  Object.entries(result)
    .map(([name, value]) => `${name} ${value.toFixed(2)}`)
    .join(', ')

function table(results: Record<string, Measurement[]>): string[] {
  const column = (name: string, key: keyof Measurement) => (results[name] ?? []).map((result) => result[key])
  const row = (name: string) => {
    const ratio = (key: keyof Measurement) => (name === 'soma' ? '' : spread(ratios(column('soma', key), column(name, key))))
    const cells = (key: keyof Measurement) => [spread(column(name, key), 1), ratio(key)]
    return [name, ...cells('firstWordMs'), ...cells('firstWordP95Ms'), ...cells('acknowledgedMs')]
  }
  const head = ['server', 'first word, ms', 'soma ÷ this', 'first word p95, ms', 'soma ÷ this', 'acknowledged, ms', 'soma ÷ this']
  return [head, head.map(() => '---'), ...Object.keys(results).map(row)].map((cells) => `| ${cells.join(' | ')} |`)
}
