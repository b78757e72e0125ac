/**
 * Acknowledged events per second on one object, compared with one handler that uses SQLite directly.
 * Groups of 1, 8 and 64 writers rename a session. Each rename records one event, and each writer waits for its response.
 */
import { join } from 'node:path'
import { cpuMs, type Running, scratch, startScript } from './processes.ts'
import { bundle, createKey, startSoma, workerdVersion } from './soma.ts'
import { median, ratios, spread } from './statistics.ts'
import { Connection } from './wire.ts'
import { question } from './words.ts'

const writerCounts = [1, 8, 64] as const
/** Length of a measurement, and of its warm-up. Milliseconds. */
const measureMs = 2_000
const warmUpMs = 300
const session = 'append'

/** A server under measurement, and the request that appends an event. */
export interface Side {
  readonly server: Running
  readonly path: string
  readonly token: string
}

/** The measured values of one server. */
export interface Measurement {
  readonly eventsPerSecond: number
  readonly acknowledgedMs: number
  readonly cpuUsPerEvent: number
}

/** Writes for `ms`, with one writer per connection. Returns the time of each response. Milliseconds. */
async function write({ path, token }: Side, connections: readonly Connection[], ms: number): Promise<number[]> {
  const until = performance.now() + ms
  const durations: number[] = []
  const writeUntilEnd = async (connection: Connection) => {
    for (let startedAt = performance.now(); startedAt < until; startedAt = performance.now()) {
      await connection.send('PATCH', path, { title: `the title number ${durations.length}` }, token)
      durations.push(performance.now() - startedAt)
    }
  }
  await Promise.all(connections.map(writeUntilEnd))
  return durations
}

/** Measures `writers` writers for `ms`. */
export async function measure(side: Side, writers: number, ms = measureMs): Promise<Measurement> {
  const connections = Array.from({ length: writers }, () => new Connection(side.server.port))
  await write(side, connections, warmUpMs)
  const cpuBefore = cpuMs(side.server.pid)
  const startedAt = performance.now()
  const durations = await write(side, connections, ms)
  const tookMs = performance.now() - startedAt
  const cpu = cpuMs(side.server.pid) - cpuBefore
  for (const connection of connections) connection.close()
  return {
    eventsPerSecond: durations.length / (tookMs / 1_000),
    acknowledgedMs: median(durations),
    cpuUsPerEvent: (cpu * 1_000) / durations.length,
  }
}

/** Runs the benchmark. Returns Markdown. */
export async function append(rounds: number, log: (line: string) => void): Promise<string> {
  const upstream = await startScript('upstream.ts', [])
  const key = await createKey()
  const soma = await startSoma(await bundle(), key, `http://127.0.0.1:${upstream.port}/v1`)
  const peer = await startScript('peers/sqlite.ts', [], { LOG: join(scratch(), 'log.sqlite') })
  const connection = new Connection(soma.port)
  await connection.post('/v1/sessions/message', { session_id: session, message: question(1, 0) }, key.token)
  connection.close()
  const sides: Record<string, Side> = {
    soma: { server: soma, path: `/v1/sessions/${session}`, token: key.token },
    'SQLite directly': { server: peer, path: '/', token: '' },
  }
  const results = new Map<string, Measurement[]>()
  for (let round = 0; round < rounds; round += 1) {
    for (const writers of writerCounts) {
      for (const [name, side] of Object.entries(sides)) {
        const result = await measure(side, writers)
        const rowKey = `${name}/${writers}`
        results.set(rowKey, [...(results.get(rowKey) ?? []), result])
        log(`${round + 1}/${rounds} · ${writers} writers · ${name}: ${summarize(result)}`)
      }
    }
  }
  for (const { stop } of [soma, peer, upstream]) await stop()
  return `${table(results).join('\n')}\n\nworkerd ${workerdVersion}, node ${process.versions.node}; ${rounds} rounds of ${measureMs / 1_000} s each.`
}

const summarize = (result: Measurement): string =>
  Object.entries(result)
    .map(([name, value]) => `${name} ${value.toFixed(2)}`)
    .join(', ')

function table(results: ReadonlyMap<string, Measurement[]>): string[] {
  const head = ['writers', 'server', 'events/s', 'soma ÷ this', 'acknowledged, ms', 'soma ÷ this', 'CPU per event, µs', 'soma ÷ this']
  const rows = [...results].map(([rowKey, all]) => {
    const [name, writers] = rowKey.split('/')
    const cells = (key: keyof Measurement, digits: number) => {
      const soma = (results.get(`soma/${writers}`) ?? []).map((result) => result[key])
      const peer = all.map((result) => result[key])
      return [spread(peer, digits), name === 'soma' ? '' : spread(ratios(soma, peer))]
    }
    return [writers, name, ...cells('eventsPerSecond', 0), ...cells('acknowledgedMs', 1), ...cells('cpuUsPerEvent', 0)]
  })
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}
