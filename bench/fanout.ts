/**
 * One answer, many readers: the cost of sending every word to every reader, compared with servers that only fan out.
 * Each round restarts each server in turn, so that memory is comparable and noise affects all alike.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { nchanVersion, startNginx } from './peers/nginx.ts'
import { cpuMs, memoryBytes, type Running, startScript } from './processes.ts'
import { Readers } from './readers.ts'
import { bundle, createKey, startSoma, workerdVersion } from './soma.ts'
import { ratios, spread } from './statistics.ts'
import { streamRequest } from './wire.ts'
import { answer, question } from './words.ts'

/** A number of readers, and the answer that they receive. */
export interface Case {
  readonly readers: number
  /** Number of words in the measured answer. */
  readonly words: number
  /** Words per second from the model. 0: all at once. */
  readonly rate: number
}

/**
 * All words at once show the capacity of a server. The rate of a fast model shows its usual cost.
 * With few readers, our server sends each word separately.
 */
const cases: readonly Case[] = [
  { readers: 500, words: 2_000, rate: 0 },
  { readers: 500, words: 120, rate: 40 },
  { readers: 50, words: 1_500, rate: 0 },
]

/** Number of words in the warm-up answer, which compiles code and grows buffers. */
const warmUpWords = 300
/** Idle time before the memory of a server is read. Milliseconds. */
const settleMs = 300
/** Approximate size of a delta on the wire, for the readers' buffers. Bytes. */
const deltaBytes = 256

/** One server under measurement. */
export interface Server {
  readonly port: number
  /** The ids of its processes. */
  readonly pids: readonly number[]
  /** The request of one reader. */
  readonly watchRequest: string
  send(message: string): Promise<void>
  stop(): Promise<void>
}

/** A server that takes part. */
export interface Contender {
  readonly name: string
  start(): Promise<Server>
}

/** The measured values of one answer. */
export interface Measurement {
  readonly deliveriesPerSecond: number
  readonly cpuUsPerDelivery: number
  readonly cpuUsPerFrame: number
  readonly framesPerDelivery: number
  readonly kbPerReader: number
  readonly peakMb: number
  /** Share of one core that the load uses. */
  readonly loadShare: number
}

const post = async (url: string, body: object, token = ''): Promise<void> => {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url} responded with ${response.status}: ${await response.text()}`)
  await response.arrayBuffer()
}

/** Our server. `startServer`: starts workerd. */
export const somaContender = (name: string, token: string, startServer: () => Promise<Running>): Contender => ({
  name,
  async start() {
    const { port, pid, stop } = await startServer()
    const url = `http://127.0.0.1:${port}/v1/sessions/message`
    return {
      port,
      pids: [pid],
      stop,
      watchRequest: streamRequest('/v1/sessions/fanout/events?stream=true&after=latest', token),
      send: (message) => post(url, { session_id: 'fanout', message }, token),
    }
  },
})

async function contenders(modelUrl: string): Promise<Contender[]> {
  const bundled = await bundle()
  const key = await createKey()
  const soma = somaContender('soma', key.token, () => startSoma(bundled, key, modelUrl))
  const node = (name: string, ...args: string[]): Contender => ({
    name,
    async start() {
      const { port, pid, stop } = await startScript('peers/node-fanout.ts', args, { MODEL_URL: modelUrl })
      return {
        port,
        pids: [pid],
        stop,
        watchRequest: streamRequest('/'),
        send: (message) => post(`http://127.0.0.1:${port}/`, { message }),
      }
    },
  })
  const nchan: Contender = {
    name: 'nginx + nchan',
    async start() {
      const nginx = await startNginx()
      const publisher = await startScript('peers/nchan-publisher.ts', [], { MODEL_URL: modelUrl, NGINX_PORT: `${nginx.port}` })
      return {
        port: nginx.port,
        pids: [nginx.pid, publisher.pid],
        watchRequest: streamRequest('/events'),
        send: (message) => post(`http://127.0.0.1:${publisher.port}/`, { message }),
        async stop() {
          await publisher.stop()
          await nginx.stop()
        },
      }
    },
  }
  return [soma, node('node:http'), node('node:http, 20 ms tick', '20'), ...(nchanVersion() ? [nchan] : [])]
}

const sum = (pids: readonly number[], measure: (pid: number) => number): number => pids.reduce((total, pid) => total + measure(pid), 0)

/** Marks the end of an answer in every server's stream. */
const endMark = '"type":"turn.ended"'

/** Starts the server, and measures one answer. */
export async function measure({ start }: Contender, { readers, words, rate }: Case): Promise<Measurement> {
  const server = await start()
  try {
    // A reader needs an existing session. One answer also compiles the code.
    const firstAnswer = sleep(1_000)
    await server.send(question(warmUpWords, 0))
    await firstAnswer
    const before = sum(server.pids, (pid) => memoryBytes(pid).now)
    const audience = await Readers.open(server.port, server.watchRequest, readers)
    await sleep(settleMs)
    const withReaders = sum(server.pids, (pid) => memoryBytes(pid).now)
    const warm = audience.waitFor(endMark, warmUpWords * deltaBytes)
    await server.send(question(warmUpWords, 0))
    await warm
    await sleep(settleMs)

    const cpuBefore = sum(server.pids, cpuMs)
    const loadBefore = process.cpuUsage()
    const lastAt = audience.waitFor(endMark, words * deltaBytes)
    const startedAt = performance.now()
    await server.send(question(words, rate))
    const tookMs = (await lastAt) - startedAt
    const cpu = sum(server.pids, cpuMs) - cpuBefore
    const load = process.cpuUsage(loadBefore)
    const peak = sum(server.pids, (pid) => memoryBytes(pid).peak)

    const received = audience.received()
    audience.close()
    const expected = answer(words)
    const incompleteReaders = received.filter(({ text }) => text !== expected).length
    if (incompleteReaders > 0) throw new Error(`${incompleteReaders} of ${readers} readers did not receive the exact answer`)
    const deliveries = words * readers
    const frames = received.reduce((total, reader) => total + reader.frames, 0)
    return {
      deliveriesPerSecond: deliveries / (tookMs / 1_000),
      cpuUsPerDelivery: (cpu * 1_000) / deliveries,
      cpuUsPerFrame: (cpu * 1_000) / frames,
      framesPerDelivery: frames / deliveries,
      kbPerReader: (withReaders - before) / 1_024 / readers,
      peakMb: peak / 1_048_576,
      loadShare: (load.user + load.system) / 1_000 / tookMs,
    }
  } finally {
    await server.stop()
  }
}

const title = ({ readers, words, rate }: Case): string =>
  `${readers} readers, an answer of ${words} words, ${rate === 0 ? 'all at once' : `${rate} words per second`}`

/** Runs the benchmark. Returns Markdown. */
export async function fanout(rounds: number, log: (line: string) => void): Promise<string> {
  const upstream = await startScript('upstream.ts', [])
  const all = await contenders(`http://127.0.0.1:${upstream.port}/v1`)
  const nginx = nchanVersion()
  if (!nginx) log('nginx with nchan is not installed: skipping that peer')
  const lines: string[] = []
  for (const testCase of cases) {
    const results = new Map<string, Measurement[]>(all.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round += 1) {
      for (const contender of all) {
        const result = await measure(contender, testCase)
        results.get(contender.name)?.push(result)
        log(
          `${title(testCase)} · ${round + 1}/${rounds} · ${contender.name}: ${Object.entries(result)
            .map(([key, value]) => `${key} ${value.toPrecision(3)}`)
            .join(', ')}`,
        )
      }
    }
    lines.push(`**${title(testCase)}**`, '', ...table(results), '')
  }
  await upstream.stop()
  lines.push(`workerd ${workerdVersion}, node ${process.versions.node}${nginx ? `, nginx ${nginx} with nchan` : ''}; ${rounds} rounds.`)
  return lines.join('\n')
}

function table(results: Map<string, Measurement[]>): string[] {
  const column = (name: string, key: keyof Measurement) => (results.get(name) ?? []).map((result) => result[key])
  const row = (name: string) => {
    const ratio = (key: keyof Measurement) => (name === 'soma' ? '' : spread(ratios(column('soma', key), column(name, key))))
    return [
      name,
      spread(
        column(name, 'deliveriesPerSecond').map((value) => value / 1_000),
        0,
      ),
      ratio('deliveriesPerSecond'),
      spread(column(name, 'framesPerDelivery')),
      spread(column(name, 'cpuUsPerDelivery')),
      ratio('cpuUsPerDelivery'),
      spread(column(name, 'cpuUsPerFrame'), 1),
      ratio('cpuUsPerFrame'),
      spread(column(name, 'kbPerReader'), 0),
      spread(column(name, 'peakMb'), 0),
      spread(column(name, 'loadShare')),
    ]
  }
  const head = [
    'server',
    'deliveries/s, thousand',
    'soma ÷ this',
    'frames per delivery',
    'CPU per delivery, µs',
    'soma ÷ this',
    'CPU per frame, µs',
    'soma ÷ this',
    'memory per reader, KB',
    'peak, MB',
    'load, cores',
  ]
  return [head, head.map(() => '---'), ...[...results.keys()].map(row)].map((cells) => `| ${cells.join(' | ')} |`)
}
