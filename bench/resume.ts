/**
 * Measures a reader that resumes 10,000 events behind. The peer is a raw SELECT.
 * A second table measures the wake-up time of an object by log length.
 */
import { join } from 'node:path'
import { type Running, scratch, startScript } from './processes.ts'
import { bundle, createKey, startSoma, workerdVersion } from './soma.ts'
import { median, ratios, spread } from './statistics.ts'
import { Connection, read, streamRequest } from './wire.ts'

const missedEvents = 10_000
const logLengths = [10_000, 200_000] as const
/** Number of replays per round. */
const replays = 7
/** Lengths of a short and a long log, for the wake time. Events. */
const shortEvents = 200
const longEvents = 200_000

interface Measurement {
  readonly firstMs: number
  readonly fullMs: number
  readonly megabytes: number
}

const sessionOf = (events: number): string => `log-${events}`

/**
 * Creates a log in one write, except its last event, which is recorded normally.
 * That write restarts SQLite's write-ahead log, so that waking does not have to read all of it.
 * A log that grows event by event is never completely in the write-ahead log either.
 */
async function seed({ port, ports }: Running, token: string, session: string, events: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${ports.bench}/bench/${session}?subject=reader&events=${events - 1}`)
  if (!response.ok) throw new Error(`a log of ${events} events could not be created: ${response.status}`)
  const connection = new Connection(port)
  await connection.send('PATCH', `/v1/sessions/${session}`, { title: 'bench' }, token)
  connection.close()
}

/** Reads everything after `after` once, and checks that it is complete and in order. */
async function replay({ port }: Running, request: string, after: number, last: number): Promise<Measurement> {
  const { firstMs, lastMs, bytes, text } = await read(port, request, '\ndata: ', `"seq":${last},"at"`)
  let next = after + 1
  for (const [, seq] of text().matchAll(/^data: \{"seq":(\d+)/gm)) if (Number(seq) === next) next += 1
  if (next !== last + 1) throw new Error(`event ${next} is out of order`)
  return { firstMs, fullMs: lastMs, megabytes: bytes / 1_048_576 }
}

const medians = (all: readonly Measurement[]): Measurement => {
  const medianOf = (key: keyof Measurement) => median(all.map((sample) => sample[key]))
  return { firstMs: medianOf('firstMs'), fullMs: medianOf('fullMs'), megabytes: medianOf('megabytes') }
}

/** Runs the benchmark. Returns Markdown. */
export async function resume(rounds: number, log: (line: string) => void): Promise<string> {
  const key = await createKey()
  const bundled = await bundle(true)
  const folder = scratch()
  const upstream = await startScript('upstream.ts', [])
  const modelUrl = `http://127.0.0.1:${upstream.port}/v1`
  const soma = await startSoma(bundled, key, modelUrl, folder)
  const contenders: { name: string; events: number; server: Running; request: string }[] = []
  for (const events of logLengths) {
    await seed(soma, key.token, sessionOf(events), events)
    const peer = await startScript('peers/sqlite.ts', [], { LOG: join(scratch(), 'log.sqlite'), EVENTS: `${events}` })
    const path = `/v1/sessions/${sessionOf(events)}/events?stream=true&after=${events - missedEvents}`
    contenders.push({ name: 'soma', events, server: soma, request: streamRequest(path, key.token) })
    contenders.push({ name: 'a raw SELECT', events, server: peer, request: streamRequest(`/?after=${events - missedEvents}`) })
  }
  for (const session of ['short', 'first']) await seed(soma, key.token, session, shortEvents)
  const results = new Map<string, Measurement[]>()
  // The first round compiles the code and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const samples = new Map<string, Measurement[]>()
    for (let repetition = 0; repetition < replays; repetition += 1) {
      for (const { name, events, server, request } of contenders) {
        const sample = await replay(server, request, events - missedEvents, events)
        samples.set(`${name}/${events}`, [...(samples.get(`${name}/${events}`) ?? []), sample])
      }
    }
    for (const [rowKey, all] of samples) {
      const result = medians(all)
      if (round > 0) results.set(rowKey, [...(results.get(rowKey) ?? []), result])
      log(`${round}/${rounds} · ${rowKey}: ${JSON.stringify(result)}`)
    }
  }
  for (const { server } of contenders) await server.stop()
  const wakeResults: WakeResult[] = []
  for (let round = 0; round < rounds; round += 1) {
    wakeResults.push(await wake(() => startSoma(bundled, key, modelUrl, folder), key.token, round % 2 === 0))
    log(`${round + 1}/${rounds} · wake: ${JSON.stringify(wakeResults.at(-1))}`)
  }
  await upstream.stop()
  const footer = `workerd ${workerdVersion}, node ${process.versions.node}; ${rounds} rounds of ${replays} replays each.`
  return [...table(results), '', ...wakeTable(wakeResults), '', footer].join('\n')
}

/** The first read of an object after a restart, and a second one. The difference is the wake time. */
interface WakeResult {
  readonly shortMs: number
  readonly longMs: number
  readonly awakeMs: number
}

async function wake(restart: () => Promise<Running>, token: string, isShortFirst: boolean): Promise<WakeResult> {
  const soma = await restart()
  const firstRead = async (session: string): Promise<number> => {
    const request = streamRequest(`/v1/sessions/${session}/events?stream=true&after=latest`, token)
    return (await read(soma.port, request, ': connected', ': connected')).firstMs
  }
  // Read another object first, repeatedly, so that compilation and the token check do not count.
  for (let warmUp = 0; warmUp < 20; warmUp += 1) await firstRead('first')
  const durations: Record<string, number> = {}
  for (const session of isShortFirst ? ['short', sessionOf(longEvents)] : [sessionOf(longEvents), 'short'])
    durations[session] = await firstRead(session)
  const awakeMs = await firstRead(sessionOf(longEvents))
  await soma.stop()
  return { shortMs: durations.short ?? Number.NaN, longMs: durations[sessionOf(longEvents)] ?? Number.NaN, awakeMs }
}

function table(results: ReadonlyMap<string, Measurement[]>): string[] {
  const head = [
    'events in the log',
    'server',
    'first event, ms',
    'soma ÷ this',
    'all 10,000, ms',
    'soma ÷ this',
    'MB',
    '200,000 ÷ 10,000, all',
  ]
  const rows = [...results].map(([rowKey, all]) => {
    const [name = '', events = ''] = rowKey.split('/')
    const columnOf = (server: string, log: number | string, key: keyof Measurement) =>
      (results.get(`${server}/${log}`) ?? []).map((result) => result[key])
    const cells = (key: 'firstMs' | 'fullMs') => [
      spread(columnOf(name, events, key), 1),
      name === 'soma' ? '' : spread(ratios(columnOf('soma', events, key), columnOf(name, events, key))),
    ]
    const growth =
      Number(events) === logLengths[0] ? '' : spread(ratios(columnOf(name, events, 'fullMs'), columnOf(name, logLengths[0], 'fullMs')))
    const megabytes = median(all.map((result) => result.megabytes)).toFixed(2)
    return [Number(events).toLocaleString('en'), name, ...cells('firstMs'), ...cells('fullMs'), megabytes, growth]
  })
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

function wakeTable(wakeResults: readonly WakeResult[]): string[] {
  const column = (key: keyof WakeResult) => wakeResults.map((result) => result[key])
  const head = ['first read after a restart', 'ms', '200,000 ÷ 200']
  const rows = [
    ['200 events', spread(column('shortMs'), 1), ''],
    ['200,000 events', spread(column('longMs'), 1), spread(ratios(column('longMs'), column('shortMs')))],
    ['200,000 events, second read', spread(column('awakeMs'), 1), ''],
  ]
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}
