/** A stack with a real Kafka behind a bridge, a Postgres and a real Redis. Tests can stop each of them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type NeonServer, serveNeon } from '../../../scripts/neon.ts'
import { openPostgres } from '../../../scripts/postgres.ts'
import { CloudEvent, outboundTopic, toPublishableJson } from '../../../shared/events/cloud-event.ts'
import type { Event } from '../../../shared/events/event.ts'
import { events, readStream, untilEnded } from '../../support/sse.ts'
import { freePort, type Stack, startStack } from '../../support/stack.ts'
import { type User, user } from '../../support/user.ts'
import { sendCommand, startBridge } from '../redis/bridge.ts'
import { killOnExit, RedisServer } from '../redis/redis.ts'
import { Kafka, type KafkaRecord } from './kafka.ts'

const connection = 'postgres://soma:test@localhost/soma'
/** Time for all copies to catch up. Milliseconds. */
const timeoutMs = 60_000

interface Dependency {
  readonly name: string
  readonly ok: boolean
  readonly detail?: string
}

interface Published extends KafkaRecord {
  readonly event: CloudEvent
}

/** The process of the bridge. */
class Bridge {
  readonly #kafka: Kafka
  readonly #port: number
  #process: ChildProcess | undefined

  constructor(kafka: Kafka, port: number) {
    this.#kafka = kafka
    this.#port = port
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    this.#process = spawn(process.execPath, [join(import.meta.dirname, 'bridge.ts'), this.#kafka.address, `${this.#port}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    killOnExit(this.#process)
    await until(() => fetch(`${this.url}/`).then(() => {}))
  }

  async kill(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const exited = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await exited
  }

  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }
}

/** Repeats `attempt` until it succeeds. Throws its last error after a minute. */
async function until(attempt: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

/** Starts the whole system, with one user. */
export async function startSystem() {
  const folder = mkdtempSync(join(tmpdir(), 'soma-kafka-'))
  const kafka = await Kafka.start(folder)
  kafka.createTopic(outboundTopic, 3)
  const bridge = new Bridge(kafka, await freePort())
  await bridge.start()
  const redisPort = await freePort()
  const redis = new RedisServer(redisPort, folder)
  await redis.start()
  const redisBridge = await startBridge(redisPort)
  const postgres = openPostgres()
  let neon: NeonServer = await serveNeon(postgres, connection)
  const neonPort = Number(new URL(neon.endpoint).port)
  const env = {
    SOMA_DATABASE_URL: connection,
    SOMA_DATABASE_HTTP: neon.endpoint,
    UPSTASH_REDIS_REST_URL: redisBridge.url,
    UPSTASH_REDIS_REST_TOKEN: redisBridge.token,
  }
  const state = join(folder, 'state')
  mkdirSync(state)
  let stack: Stack = await startStack({ env, state })
  let alice: User = user(stack.url, await stack.token('acme', 'alice'))
  /** Number of turns per session, counted from the sent messages. */
  const turns = new Map<string, number>()

  async function send(session: string, message: string): Promise<void> {
    await alice.send(message, { session_id: session })
    turns.set(session, (turns.get(session) ?? 0) + 1)
  }

  /** The session's log after the end of all its turns. */
  async function logOf(session: string): Promise<Event[]> {
    const { frames } = await readStream(alice.events(session), alice.bearer, untilEnded(turns.get(session)))
    const after = events(frames).at(-1)?.seq ?? 0
    const rest = (await (await alice.call('GET', `/v1/sessions/${session}/events?after=${after}`)).json()) as { events: Event[] }
    return [...events(frames), ...rest.events]
  }

  const parse = (records: readonly KafkaRecord[]): Published[] =>
    records.map((record) => ({ ...record, event: CloudEvent.parse(JSON.parse(record.value)) }))
  const published = (session: string): Published[] => parse(kafka.read(outboundTopic)).filter(({ event }) => event.session === session)

  return {
    kafka,
    bridge,
    redis,
    until,
    send,
    parse,
    published,

    call: (method: string, path: string, body?: unknown) => alice.call(method, path, body),

    /** Restarts the stack with Kafka configured. */
    async addKafka(): Promise<void> {
      await stack.stop()
      stack = await startStack({ env: { ...env, KAFKA_REST_URL: bridge.url }, state })
      alice = user(stack.url, await stack.token('acme', 'alice'))
    },

    /** Runs a backup, which wakes every session once. */
    backUp(): void {
      const script = join(import.meta.dirname, '../../../scripts/backup.ts')
      const { status, stderr } = spawnSync(process.execPath, [script, join(folder, 'backup'), '--url', stack.url], { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
    },

    /** Number of failed publishes. */
    failures: (): number => stack.output().split('"topics.failed"').length - 1,

    /** Sends `times` messages and waits for each answer, which must arrive during every outage. */
    async converseAndWait(session: string, times = 1): Promise<void> {
      for (let n = 1; n <= times; n += 1) {
        await send(session, `What is ${n} and ${n}?`)
        const ended = (await logOf(session)).findLast((event) => event.type === 'turn.ended')
        if (ended?.type !== 'turn.ended' || ended.outcome !== 'completed') throw new Error(`${session} has no answer`)
      }
    },

    /** Waits until the topic has every event of `sessions`, in order. Duplicates do not count. */
    async untilPublished(sessions: readonly string[]): Promise<Published[]> {
      const logs = await Promise.all(
        sessions.map(async (session) => [session, JSON.parse(toPublishableJson(await logOf(session)))] as const),
      )
      let published: Published[] = []
      await until(async () => {
        published = parse(kafka.read(outboundTopic))
        for (const [session, log] of logs) {
          const firstSeen = new Map<string, unknown>()
          for (const { event } of published) if (event.session === session && !firstSeen.has(event.id)) firstSeen.set(event.id, event.data)
          if (!isDeepStrictEqual([...firstSeen.values()], log))
            throw new Error(`${session}: ${firstSeen.size} of ${log.length} events are on the topic`)
        }
      })
      return published
    },

    /** Waits until Postgres has every event of `sessions`. */
    async untilCopied(sessions: readonly string[]): Promise<void> {
      for (const session of sessions) {
        const log = await logOf(session)
        await until(async () => {
          const query = 'SELECT seq FROM session_events WHERE session_id = $1 ORDER BY seq'
          const { rows } = await (await postgres).query<{ seq: number }>(query, [session])
          if (rows.length !== log.length) throw new Error(`${session}: ${rows.length} of ${log.length} events are in Postgres`)
        })
      }
    },

    /** The log of every existing session, in its published form. */
    async logs(): Promise<Map<string, Event[]>> {
      const list = (await (await alice.call('GET', '/v1/sessions?limit=100')).json()) as { sessions: { session_id: string }[] }
      const logs = new Map<string, Event[]>()
      for (const { session_id } of list.sessions) logs.set(session_id, JSON.parse(toPublishableJson(await logOf(session_id))))
      return logs
    },

    async ready() {
      const response = await fetch(`${stack.url}/ready`)
      const { status, dependencies } = (await response.json()) as { status: string; dependencies: Dependency[] }
      const find = (name: string) => dependencies.find((dependency) => dependency.name === name)
      return { code: response.status, status, kafka: find('kafka'), postgres: find('postgres') }
    },

    /** Whether Redis counts a request now. */
    async countsInRedis(): Promise<boolean> {
      await alice.call('GET', '/v1/sessions')
      return Number(await sendCommand(redisPort, ['DBSIZE'])) > 0
    },

    async stopPostgres(): Promise<void> {
      await neon.close()
    },

    async startPostgres(): Promise<void> {
      neon = await serveNeon(postgres, connection, neonPort)
    },

    /** Ends every process that this system started. */
    async end(): Promise<void> {
      await stack.stop()
      await Promise.all([bridge.kill(), kafka.kill(), redis.kill(), redisBridge.close(), neon.close()])
      await (await postgres).close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
