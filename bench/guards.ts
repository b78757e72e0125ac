/**
 * The cost of authentication, limits and policy per request: the gateway with and without them, measured from outside.
 * The two alternate every fifty requests. Each of fifty subjects sends one request, so that none reaches its limit.
 */
import { sign } from '../scripts/stack/token.ts'
import { cpuMs, type Running, startScript } from './processes.ts'
import { bundle, createKey, startSoma, workerdVersion } from './soma.ts'
import { median, spread } from './statistics.ts'
import { Connection } from './wire.ts'
import { question } from './words.ts'

/** Subjects, with one request each per batch, and batches per round. */
const subjects = 50
const batches = 20

interface Route {
  readonly name: string
  path(session: string): string
}

const routes: readonly Route[] = [
  { name: '`GET /v1/sessions`', path: () => '/v1/sessions' },
  { name: '`GET /v1/sessions/{session}`', path: (session) => `/v1/sessions/${session}` },
]

/** A subject with its token and its session. */
interface Reader {
  readonly token: string
  readonly session: string
}

/** Measures one batch on its own connection, because servers close idle ones. The first request is not counted. */
async function measureBatch({ port }: Running, route: Route, readers: readonly Reader[]): Promise<number[]> {
  const connection = new Connection(port)
  const durations: number[] = []
  for (const [index, { token, session }] of [...readers.slice(0, 1), ...readers].entries()) {
    const startedAt = performance.now()
    await connection.get(route.path(session), token)
    if (index > 0) durations.push(performance.now() - startedAt)
  }
  connection.close()
  return durations
}

async function createSessions({ port }: Running, readers: readonly Reader[]): Promise<void> {
  const connection = new Connection(port)
  for (const { session, token } of readers)
    await connection.post('/v1/sessions/message', { session_id: session, message: question(1, 0) }, token)
  connection.close()
}

/** Runs the benchmark. Returns Markdown. */
export async function guards(rounds: number, log: (line: string) => void): Promise<string> {
  const upstream = await startScript('upstream.ts', [])
  const key = await createKey()
  const modelUrl = `http://127.0.0.1:${upstream.port}/v1`
  const sides = [
    ['on', await startSoma(await bundle(), key, modelUrl, undefined, '')],
    ['off', await startSoma(await bundle(false, false), key, modelUrl, undefined, '')],
  ] as const
  const rows = [
    '| request | with, ms | without, ms | added, ms | CPU with, µs | CPU without, µs |',
    '| --- | --- | --- | --- | --- | --- |',
  ]
  // New subjects in each round, so that none reaches a limit.
  const readersOf = (round: string): Promise<Reader[]> =>
    Promise.all(
      Array.from({ length: subjects }, async (_, index) => ({
        session: `of-${round}-${index}`,
        token: await sign(JSON.parse(key.jwk), { tenant: 'bench', subject: `reader-${round}-${index}`, scopes: '', ttlSeconds: 3_600 }),
      })),
    )
  for (const [number, route] of routes.entries()) {
    const medians = { on: [] as number[], off: [] as number[] }
    const cpu = { on: [] as number[], off: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      const readers = await readersOf(`${number}-${round}`)
      const durations = { on: [] as number[], off: [] as number[] }
      const cpuSpent = { on: 0, off: 0 }
      for (const [, server] of sides) {
        await createSessions(server, readers)
        await measureBatch(server, route, readers)
      }
      for (let batch = 0; batch < batches; batch++)
        for (const [name, server] of sides) {
          const before = cpuMs(server.pid)
          durations[name].push(...(await measureBatch(server, route, readers)))
          cpuSpent[name] += cpuMs(server.pid) - before
        }
      for (const name of ['on', 'off'] as const) {
        medians[name].push(median(durations[name]))
        cpu[name].push((cpuSpent[name] * 1_000) / durations[name].length)
      }
      log(`${route.name}, round ${round + 1}: ${median(durations.on).toFixed(3)} ms with, ${median(durations.off).toFixed(3)} ms without`)
    }
    const added = medians.on.map((ms, round) => ms - (medians.off[round] ?? Number.NaN))
    rows.push(
      `| ${route.name} | ${spread(medians.on, 3)} | ${spread(medians.off, 3)} | ${spread(added, 3)} | ${spread(cpu.on, 0)} | ${spread(cpu.off, 0)} |`,
    )
  }
  return `${rows.join('\n')}\n\nMedians of ${batches * subjects} requests a round, in batches of ${subjects}; ${rounds} rounds: the median of them (least–most). workerd ${workerdVersion}.`
}
