/**
 * Whole turns through the stack as `npm start` runs it: gateway, session, model, relay, memory and audit. Beside it run the stack of an
 * earlier commit, and the plainest server that keeps the same facts. The builtin model answers without a pause.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hasCommit } from '../scripts/commit.ts'
import { root } from '../scripts/project.ts'
import { startStack } from '../test/support/stack.ts'
import { cpuMs, memoryBytes, scratch, startScript } from './processes.ts'
import { Readers } from './readers.ts'
import { type ByProcess, diskBytes, stackCpuMs, stackMemoryMb } from './stack-processes.ts'
import { median, ratios, spread } from './statistics.ts'
import { treeOf } from './web/web.ts'
import { Connection, streamRequest } from './wire.ts'

const clientCounts = [1, 8, 64] as const
const kinds = ['existing', 'new'] as const
/** Length of one measurement, and of the warm-up of a server. Milliseconds. */
const measureMs = 5_000
const warmUpMs = 8_000
/** The work after a turn is done when the processes of a server use less than this for `idleMs`. Milliseconds. */
const idleCpuMs = 60
const idleMs = 1_000
/** The longest wait for it. Milliseconds. */
const longestWorkMs = 60_000

/** A server under measurement. */
interface Side {
  readonly name: string
  readonly port: number
  /** A token for the client with this number. */
  readonly token: (client: number) => Promise<string>
  readonly cpu: () => ByProcess
  readonly memory: () => ByProcess
  readonly disk: () => number
  readonly stop: () => Promise<void>
}

/** The measured values of one server in one round, by name. */
type Values = Readonly<Record<string, number>>

/** One client: it sends a message, waits for the end of the turn at its stream, and sends the next one. */
class Client {
  readonly #side: Side
  readonly #connection: Connection
  readonly #token: string
  readonly #sessions: 'existing' | 'new'
  #session = crypto.randomUUID()
  #reader: Readers | undefined

  constructor(side: Side, token: string, sessions: 'existing' | 'new') {
    this.#side = side
    this.#connection = new Connection(side.port)
    this.#token = token
    this.#sessions = sessions
  }

  /** One turn. Resolves with its milliseconds, from the first byte of the message to the end of the turn at the reader. */
  async turn(number: number): Promise<number> {
    const isNew = this.#sessions === 'new'
    if (isNew) this.#session = crypto.randomUUID()
    const reader = isNew ? undefined : this.#reader
    const ended = reader?.waitFor('"type":"turn.ended"', 4_096)
    ended?.catch(() => {})
    const startedAt = performance.now()
    await this.#connection.post(
      '/v1/sessions/message',
      { session_id: this.#session, message: `question ${number} about the rivers` },
      this.#token,
    )
    if (ended) return (await ended) - startedAt
    const opened = await this.#open(isNew ? '0' : 'latest')
    const endedAt = await opened.waitForNext('"type":"turn.ended"')
    if (isNew) opened.close()
    return endedAt - startedAt
  }

  async #open(after: string): Promise<Readers> {
    const path = `/v1/sessions/${this.#session}/events?stream=true&after=${after === 'latest' ? '0' : after}`
    const reader = await Readers.open(this.#side.port, streamRequest(path, this.#token), 1)
    if (this.#sessions === 'existing') this.#reader = reader
    return reader
  }

  close(): void {
    this.#reader?.close()
    this.#connection.close()
  }
}

/** Runs the benchmark, also against `commit`, unless it is HEAD. Returns Markdown. */
export async function turns(rounds: number, log: (line: string) => void, commit: string): Promise<string> {
  if (!hasCommit(commit)) throw new Error(`this repository does not hold the commit ${commit}`)
  const sides = [
    await startSide('this tree', root),
    ...(commit === 'HEAD' ? [] : [await startSide(commit, await treeOf(commit))]),
    await startPeer(),
  ]
  log('all servers are ready')
  for (const side of sides) await run(side, 8, 'new', warmUpMs)
  const results = new Map<string, Map<string, Values[]>>()
  for (let round = 0; round < rounds; round += 1)
    // Each round begins with another server.
    for (const kind of kinds)
      for (const clients of clientCounts)
        for (const side of sides.map((_, index) => sides[(index + round) % sides.length] as Side)) {
          const values = await measure(side, clients, kind)
          const name = `${kind}, ${clients}`
          const rows = results.get(name) ?? new Map<string, Values[]>()
          results.set(name, rows.set(side.name, [...(rows.get(side.name) ?? []), values]))
          log(`${round + 1}/${rounds} · ${name} clients · ${side.name}: ${summarize(values)}`)
        }
  const memory = sides.map((side) => `${side.name} ${side.memory().workerd.toFixed(0)} + ${side.memory().node.toFixed(0)}`)
  for (const { stop } of sides) await stop()
  return [...table(results, sides), '', `Resident memory after it, MB, workerd + node: ${memory.join('; ')}. ${rounds} rounds.`].join('\n')
}

async function startSide(name: string, project: string): Promise<Side> {
  const stack = await startStack({ project, watch: true, env: { SOMA_RATE_LIMITS: 'off', SOMA_BUILTIN_WORD_MS: '0' } })
  const { developmentSecrets } = await import(join(project, 'scripts/stack/secrets.ts'))
  const { sign } = await import(join(project, 'scripts/stack/token.ts'))
  const { signingKey } = await developmentSecrets()
  return {
    name,
    port: Number(new URL(stack.url).port),
    token: (client) => sign(signingKey, { tenant: 'bench', subject: `client-${client}`, scopes: '', ttlSeconds: 7_200 }),
    cpu: () => stackCpuMs(stack.state),
    memory: () => stackMemoryMb(stack.state),
    disk: () => diskBytes(stack.state),
    stop: () => stack.stop(),
  }
}

/** The peer takes tokens of this tree's stack. */
async function startPeer(): Promise<Side> {
  const { developmentSecrets } = await import('../scripts/stack/secrets.ts')
  const { sign } = await import('../scripts/stack/token.ts')
  const { signingKey } = await developmentSecrets()
  const folder = scratch()
  const server = await startScript('peers/turn-log.ts', [], { SIGNING_KEY: JSON.stringify(signingKey), LOG: join(folder, 'log.sqlite') })
  return {
    name: 'node:http + SQLite',
    port: server.port,
    token: (client) => sign(signingKey, { tenant: 'bench', subject: `client-${client}`, scopes: '', ttlSeconds: 7_200 }),
    cpu: () => ({ workerd: 0, node: cpuMs(server.pid) }),
    memory: () => ({ workerd: 0, node: memoryBytes(server.pid).now / 1_048_576 }),
    disk: () => diskBytes(folder),
    stop: server.stop,
  }
}

async function measure(side: Side, clients: number, kind: (typeof kinds)[number]): Promise<Values> {
  const [cpu, disk] = [side.cpu(), side.disk()]
  const { durations, tookMs } = await run(side, clients, kind, measureMs)
  await becomesIdle(side)
  const used = side.cpu()
  const count = durations.length
  return {
    'turns/s': count / (tookMs / 1_000),
    'p50, ms': median(durations),
    'CPU of workerd, ms per turn': (used.workerd - cpu.workerd) / count,
    'CPU of node, ms per turn': (used.node - cpu.node) / count,
    'disk, KB per turn': (side.disk() - disk) / 1_024 / count,
  }
}

async function run(side: Side, count: number, kind: (typeof kinds)[number], ms: number) {
  const clients = await Promise.all(Array.from({ length: count }, async (_, index) => new Client(side, await side.token(index), kind)))
  // The first turn of a session creates it.
  await Promise.all(clients.map((client) => client.turn(0)))
  const startedAt = performance.now()
  const durations: number[] = []
  const runUntilEnd = async (client: Client) => {
    for (let number = 1; performance.now() < startedAt + ms; number += 1) durations.push(await client.turn(number))
  }
  await Promise.all(clients.map(runUntilEnd))
  const tookMs = performance.now() - startedAt
  for (const client of clients) client.close()
  return { durations, tookMs }
}

/** Waits until the relay, memory and the audit trail have done their work. */
async function becomesIdle({ cpu, name }: Side): Promise<void> {
  const total = ({ workerd, node }: ByProcess) => workerd + node
  for (let waitedMs = 0; waitedMs < longestWorkMs; waitedMs += idleMs) {
    const before = total(cpu())
    await sleep(idleMs)
    if (total(cpu()) - before <= idleCpuMs) return
  }
  throw new Error(`${name} is still busy a minute after the last turn`)
}

const summarize = (values: Values): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value.toFixed(1)}`)
    .join(', ')

/** Per case and measure: the values of each server, and the ratio of the first to each other one. */
function table(results: ReadonlyMap<string, ReadonlyMap<string, Values[]>>, [first, ...others]: readonly Side[]): string[] {
  const names = [first?.name ?? '', ...others.map(({ name }) => name)]
  const head = ['sessions, clients', 'measure', ...names, ...others.map(({ name }) => `${names[0]} ÷ ${name}`)]
  const rows = [...results].flatMap(([caseName, sides]) => {
    const column = (name: string, measured: string) => (sides.get(name) ?? []).map((values) => values[measured] ?? Number.NaN)
    return Object.keys(sides.get(names[0] ?? '')?.[0] ?? {}).map((measured) => [
      caseName,
      measured,
      ...names.map((name) => spread(column(name, measured), 1)),
      ...others.map(({ name }) => spread(ratios(column(names[0] ?? '', measured), column(name, measured)))),
    ])
  })
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}
