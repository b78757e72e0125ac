/**
 * This tree beside an earlier commit: time to the first word, appending, and fan-out.
 * All servers run at once, and short measurements alternate between them. The earlier commit runs twice: the ratio of its two servers
 * is the noise of this machine.
 */
import { join } from 'node:path'
import { extractCommit, hasCommit } from '../scripts/commit.ts'
import { measure as measureAppend } from './append.ts'
import { measure as measureFanout, somaContender } from './fanout.ts'
import { cpuMs, type Running, scratch, startScript } from './processes.ts'
import * as current from './soma.ts'
import { median, ratios, spread } from './statistics.ts'
import { Conversation } from './ttft.ts'
import { Connection } from './wire.ts'
import { question } from './words.ts'

type Bench = Pick<typeof current, 'bundle' | 'startSoma'>

/** A named server of one release. `start` starts another server of it. */
interface Side {
  readonly name: string
  readonly server: Running
  readonly start: () => Promise<Running>
}

/** The measured values of one side in one round, by name. */
type Round = Readonly<Record<string, number>>

/** Messages of one side per round. */
const messages = 40
/** Messages of one side before the first counted round. V8 compiles its fastest code after about a thousand calls. */
const warmUpMessages = 1_200
/** Length of one measurement of appends, and the measurements of one side per round. Milliseconds. */
const appendMs = 500
const appends = 8
/** Length of the appends of one side before the first counted round. Milliseconds. */
const appendWarmUpMs = 8_000
/** The model sends one word at a time, and each word is one frame in every round. With all words at once the frames vary threefold. */
const fanoutCase = { readers: 100, words: 250, rate: 50 }

/** Runs the benchmark against `commit`. Returns Markdown. */
export async function release(rounds: number, log: (line: string) => void, commit: string): Promise<string> {
  if (!hasCommit(commit)) throw new Error(`this repository does not hold the commit ${commit}`)
  const upstream = await startScript('upstream.ts', [])
  const key = await current.createKey()
  const modelUrl = `http://127.0.0.1:${upstream.port}/v1`
  const earlier: Bench = await import(join(extractCommit(commit, join(scratch(), 'tree')), 'bench/soma.ts'))

  const startSide = async (name: string, bench: Bench): Promise<Side> => {
    const bundled = await bench.bundle()
    const start = () => bench.startSoma(bundled, key, modelUrl)
    const server = await start()
    const connection = new Connection(server.port)
    await connection.post('/v1/sessions/message', { session_id: 'append', message: question(1, 0) }, key.token)
    connection.close()
    return { name, server, start }
  }
  const sides = [await startSide('this tree', current), await startSide(commit, earlier), await startSide(`${commit} again`, earlier)]
  const results = new Map<string, Round[]>(sides.map(({ name }) => [name, []]))
  // The first round compiles, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    // Each round begins with another side.
    const order = sides.map((_, index) => sides[(index + round) % sides.length] as Side)
    const values = new Map<string, Record<string, number>>(order.map(({ name }) => [name, {}]))
    const add = (name: string, measured: Round) => Object.assign(values.get(name) ?? {}, measured)
    for (const [name, measured] of await measureFirstWords(order, key.token, round)) add(name, measured)
    for (const writers of [1, 64])
      for (const [name, measured] of await measureAppends(order, key.token, writers, round)) add(name, measured)
    for (const { name, start } of order) {
      const { cpuUsPerDelivery, framesPerDelivery } = await measureFanout(somaContender(name, key.token, start), fanoutCase)
      add(name, { 'fan-out, CPU µs per delivery': cpuUsPerDelivery, 'fan-out, frames per delivery': framesPerDelivery })
    }
    if (round > 0) for (const [name, measured] of values) results.get(name)?.push(measured)
    log(`${round}/${rounds}`)
  }
  for (const { stop } of [...sides.map(({ server }) => server), upstream]) await stop()
  return `${table(results).join('\n')}\n\nworkerd ${current.workerdVersion}; ${rounds} rounds.`
}

/** Alternates after each message, so that noise affects all sides alike. */
async function measureFirstWords(sides: readonly Side[], token: string, round: number): Promise<[string, Round][]> {
  const conversations: { name: string; server: Running; conversation: Conversation; cpu: number }[] = []
  for (const { name, server } of sides)
    conversations.push({ name, server, conversation: await Conversation.open(server.port, token, `ttft-${round}`), cpu: 0 })
  const count = round === 0 ? warmUpMessages : messages
  for (let index = 0; index < count; index += 1)
    for (const entry of conversations) {
      const before = cpuMs(entry.server.pid)
      await entry.conversation.measure()
      entry.cpu += cpuMs(entry.server.pid) - before
    }
  return conversations.map(({ name, conversation, cpu }) => {
    const { firstWordMs, acknowledgedMs } = conversation.close()
    return [name, { 'first word, ms': firstWordMs, 'acknowledged, ms': acknowledgedMs, 'turn, CPU µs': (cpu * 1_000) / count }]
  })
}

/** Alternates after each short measurement. Returns the medians. */
async function measureAppends(sides: readonly Side[], token: string, writers: number, round: number): Promise<[string, Round][]> {
  const measure = (server: Running, ms: number) => measureAppend({ server, path: '/v1/sessions/append', token }, writers, ms)
  if (round === 0) for (const { server } of sides) await measure(server, appendWarmUpMs)
  const measured = new Map<string, Awaited<ReturnType<typeof measure>>[]>(sides.map(({ name }) => [name, []]))
  for (let index = 0; index < appends; index += 1)
    for (const { name, server } of sides) measured.get(name)?.push(await measure(server, appendMs))
  return [...measured].map(([name, all]) => [
    name,
    {
      [`append, ${writers} writers, ms`]: median(all.map(({ acknowledgedMs }) => acknowledgedMs)),
      [`append, ${writers} writers, CPU µs`]: median(all.map(({ cpuUsPerEvent }) => cpuUsPerEvent)),
    },
  ])
}

/** Per measure: the values of the first two sides, and the ratios of the first and third side to the second. */
function table(results: ReadonlyMap<string, Round[]>): string[] {
  const [thisTree = [], earlierTree = [], repeatedTree = []] = results.values()
  const [thisName = '', earlierName = '', repeatedName = ''] = results.keys()
  const column = (side: readonly Round[], measure: string) => side.map((round) => round[measure] ?? Number.NaN)
  const head = ['measure', thisName, earlierName, `${thisName} ÷ ${earlierName}`, `${repeatedName} ÷ ${earlierName}`]
  const rows = Object.keys(thisTree[0] ?? {}).map((measure) => {
    const [a, b, c] = [column(thisTree, measure), column(earlierTree, measure), column(repeatedTree, measure)]
    return [measure, spread(a), spread(b), spread(ratios(a, b)), spread(ratios(c, b))]
  })
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}
