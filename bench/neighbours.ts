/**
 * How long a user of another tenant waits while one tenant imports, exports or sends random requests. The user chats and probes; both
 * are compared with the same user on the quiet server just before.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { sign } from '../scripts/stack/token.ts'
import { type Exchange, type Neighbour, openNeighbour } from '../test/support/neighbour.ts'
import { type LoadName, type LoadOrder, loadNames } from './neighbour-load.ts'
import { memoryBytes, type Running, startScript } from './processes.ts'
import { bundle, createKey, startSoma, workerdVersion } from './soma.ts'
import { spread } from './statistics.ts'
import { Connection } from './wire.ts'
import { question } from './words.ts'

/** How long the quiet server is observed. Milliseconds. */
const quietMs = 2_000
/** Pause between two probes, so that a stretch of this length is not missed. Milliseconds. */
const probeGapMs = 5

/** The longest waits of an observation. Milliseconds. */
interface Waits {
  readonly probeMs: number
  readonly acknowledgedMs: number
  readonly firstWordMs: number
  readonly endedMs: number
}

/** Chats and probes until `ended`. */
async function observe(port: number, neighbour: Neighbour, ended: Promise<unknown>): Promise<Waits> {
  let hasEnded = false
  const watch = ended.finally(() => {
    hasEnded = true
  })
  let probeMs = 0
  const probe = async () => {
    const connection = new Connection(port)
    while (!hasEnded) {
      const startedAt = performance.now()
      await connection.get('/v1/health', '')
      probeMs = Math.max(probeMs, performance.now() - startedAt)
      await new Promise((resolve) => setTimeout(resolve, probeGapMs))
    }
    connection.close()
  }
  const exchanges: Exchange[] = []
  const chat = async () => {
    do exchanges.push(await neighbour.exchange(question(20, 0)))
    while (!hasEnded)
  }
  await Promise.all([watch, probe(), chat()])
  const longest = (time: (exchange: Exchange) => number) => Math.max(...exchanges.map(time))
  return {
    probeMs,
    acknowledgedMs: longest(({ acknowledgedMs }) => acknowledgedMs),
    firstWordMs: longest(({ firstWordMs }) => firstWordMs),
    endedMs: longest(({ endedMs }) => endedMs),
  }
}

interface Round {
  readonly quiet: Waits
  readonly busy: Waits
  readonly seconds: number
  readonly grownMb: number
}

async function measure({ port, pid }: Running, order: LoadOrder, token: string): Promise<Round> {
  const neighbour = await openNeighbour(`http://127.0.0.1:${port}`, token, question(1, 0))
  const load = new Worker(join(import.meta.dirname, 'neighbour-load.ts'), { workerData: order })
  await once(load, 'message')
  // Loads the code of every path once.
  await neighbour.exchange(question(20, 0))
  const quiet = await observe(port, neighbour, new Promise((resolve) => setTimeout(resolve, quietMs)))
  const { now } = memoryBytes(pid)
  const startedAt = performance.now()
  load.postMessage('go')
  const busy = await observe(port, neighbour, once(load, 'message'))
  const seconds = (performance.now() - startedAt) / 1_000
  const grownMb = (memoryBytes(pid).peak - now) / 1e6
  await neighbour.close()
  await load.terminate()
  return { quiet, busy, seconds, grownMb }
}

/** Runs the benchmark. Returns Markdown. */
export async function neighbours(rounds: number, log: (line: string) => void): Promise<string> {
  const upstream = await startScript('upstream.ts', [])
  const key = await createKey()
  const folder = await bundle()
  const tokenOf = (tenant: string, subject: string) => sign(JSON.parse(key.jwk), { tenant, subject, scopes: '', ttlSeconds: 3_600 })
  const results = new Map<LoadName, Round[]>(loadNames.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1)
    for (const load of loadNames) {
      // A new server: memory and caches of one load do not affect the next.
      const server = await startSoma(folder, key, `http://127.0.0.1:${upstream.port}/v1`)
      const tokens = await Promise.all(Array.from({ length: 8 }, (_, index) => tokenOf('heavy', `member-${index}`)))
      const order = { load, url: `http://127.0.0.1:${server.port}`, tokens, round: String(round) }
      const result = await measure(server, order, await tokenOf('quiet', 'nina'))
      await server.stop()
      results.get(load)?.push(result)
      const { quiet, busy } = result
      log(
        `${load}, round ${round + 1}: probe ${busy.probeMs.toFixed(0)} ms, end ${busy.endedMs.toFixed(0)} ms; quiet ${quiet.probeMs.toFixed(0)} and ${quiet.endedMs.toFixed(0)} ms; ${result.seconds.toFixed(1)} s`,
      )
    }
  const rows = [...results].map(([load, all]) => {
    const delayOf = (time: (waits: Waits) => number) =>
      spread(
        all.map(({ quiet, busy }) => Math.max(0, time(busy) - time(quiet))),
        0,
      )
    const cells = [
      delayOf(({ probeMs }) => probeMs),
      delayOf(({ acknowledgedMs }) => acknowledgedMs),
      delayOf(({ firstWordMs }) => firstWordMs),
      delayOf(({ endedMs }) => endedMs),
      spread(
        all.map(({ grownMb }) => grownMb),
        0,
      ),
      spread(
        all.map(({ seconds }) => seconds),
        1,
      ),
    ]
    return `| ${load} | ${cells.join(' | ')} |`
  })
  return [
    '| load of one tenant | probe later by, ms | acknowledged later by, ms | first word later by, ms | end later by, ms | memory peak over quiet, MB | load, s |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `workerd ${workerdVersion}; ${rounds} rounds, each on a fresh server.`,
  ].join('\n')
}
