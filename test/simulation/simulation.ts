/**
 * One session with everything around it: clients, readers, runners, doorbells, copies, a list, and faults at every step.
 * Objects and consumers run their real code; only the platform below them is simulated. `actions.ts` has what users do, and
 * `sinks.ts` the systems that get copies.
 */
import { type Consumer, consumersOf } from '../../durable-objects/session/consumers.ts'
import { EventLog } from '../../durable-objects/session/event-log.ts'
import { Session } from '../../durable-objects/session/session.ts'
import { Home } from '../../durable-objects/session-list/session-list.ts'
import type { Event } from '../../shared/events/event.ts'
import type { CallJob } from '../../shared/tool/executor.ts'
import type { TurnJob } from '../../shared/turn/runner.ts'
import { consumeDoorbells } from '../../workers/conversation/doorbells.ts'
import { Actions } from './actions.ts'
import { Client } from './client.ts'
import type { Disk } from './disk.ts'
import { CallLost, Host } from './host.ts'
import { alice, tenant } from './names.ts'
import { SimulatedQueue } from './queue.ts'
import { Reader } from './reader.ts'
import { SimulatedAttempt } from './runner.ts'
import { Sinks } from './sinks.ts'
import { Tools } from './tools.ts'
import type { World } from './world.ts'

/** Several consumers, so that one may be unavailable while another is not. */
const SOMA_CONSUMERS = 'relay topics memory'
const consumers = consumersOf({ SOMA_CONSUMERS })
/** Always registers: other tests cover the directory. */
const directory = { DIRECTORY: { getByName: () => ({ enter: async () => {} }) } } as unknown as StateEnv

export class Simulation {
  readonly world: World
  readonly host: Host<Session>
  readonly list: Host<Home>
  readonly client: Client
  readonly readers: Reader[] = []
  readonly attempts: SimulatedAttempt[] = []
  readonly tools: Tools
  readonly #actions: Actions
  readonly sinks: Sinks
  readonly #inbound: SimulatedQueue
  readonly #outbound: ReadonlyMap<Consumer, SimulatedQueue>
  /** The newest requested token, by turn. */
  readonly #newestTokens = new Map<string, number>()

  constructor(world: World) {
    this.world = world
    this.list = new Host<Home>(world, 'home', (ctx) => new Home(Object.assign(ctx, { id: { name: `${tenant}/${alice}` } }), directory))
    this.host = new Host<Session>(world, 'session', (ctx, emit) => new Session(ctx, this.#bindings(emit)))
    this.tools = new Tools(world, this.host)
    this.sinks = new Sinks(world, this.host, consumers)
    this.client = new Client(world, this.host, (turn) => this.#onCancelled(turn))
    this.#actions = new Actions(world, this.host, this.client, this.tools, () => this.log)
    this.#inbound = new SimulatedQueue(world, 'inbound', (batch) =>
      consumeDoorbells(batch, () => this.host.call('dispatch', (object) => object.dispatch())),
    )
    this.#outbound = new Map(
      consumers.map((consumer) => [consumer, new SimulatedQueue(world, consumer, (batch) => this.sinks.consume(consumer, batch))]),
    )
  }

  /** Runs one task, client action, reader action or fault, by choice. */
  async step(): Promise<void> {
    const { world } = this
    const kind = world.choose(100)
    if (kind < 72 && world.tasks.length > 0) await this.#next(world.choose(world.tasks.length))
    else if (kind < 77) await world.advance([50, 2_000, 20_000][world.choose(3)] ?? 0)
    else if (kind < 80) await this.#alarm()
    else if (kind < 87) await world.runTask({ label: 'a client acts', run: () => this.#actions.act(world.choose(16)) })
    else if (kind < 94) await world.runTask({ label: 'a reader', run: () => this.#read() })
    else await this.#fault()
    this.#checkTimers()
  }

  /** Runs without more faults until nothing is pending. Fails if that takes too long. */
  async runToRest(): Promise<void> {
    const { world } = this
    this.sinks.unavailable.clear()
    for (const reader of this.readers) await world.runTask({ label: `${reader.name} reconnects`, run: () => reader.connect() })
    await this.#settle()
    if (this.client.ledger.sent.size === 0) return
    await world.runTask({ label: 'the last reader connects', run: () => this.#newReader().connect() })
    // Resumes last, because a client may have paused the session.
    await world.runTask({ label: 'resume', run: () => this.client.request('resume', (object) => object.pause(alice, false)) })
    await this.#settle()
  }

  /** Runs until no task and no timer is left. */
  async #settle(): Promise<void> {
    const { world } = this
    const { disk } = this.host
    const until = world.now + restMs
    for (let steps = 0; steps < maxRestSteps; steps++) {
      const alarmMs = disk.armed === null ? Number.POSITIVE_INFINITY : Math.max(0, disk.armed - world.wall)
      if (world.tasks.length > 0) await this.#next(0)
      else if (alarmMs === 0) await this.#alarm()
      else {
        const next = Math.min(world.nextTimer ?? Number.POSITIVE_INFINITY, world.now + alarmMs)
        if (!Number.isFinite(next)) return
        if (next > until) return world.fail(`not at rest after ${restMs} ms`)
        await world.advance(next - world.now)
      }
      this.#checkTimers()
    }
    world.fail(`not at rest after ${maxRestSteps} steps`)
  }

  async #next(index: number): Promise<void> {
    const [task] = this.world.tasks.splice(index, 1)
    if (task) await this.world.runTask(task)
  }

  async #alarm(): Promise<void> {
    if (this.host.alarmDue) await this.world.runTask({ label: 'alarm', run: () => this.host.runAlarm() })
  }

  // Readers.

  #newReader(): Reader {
    const reader = new Reader(this.world, this.host, `reader ${this.readers.length + 1}`, alice)
    this.readers.push(reader)
    return reader
  }

  #read(): unknown {
    if (this.client.ledger.sent.size === 0) return undefined
    const reader = this.readers[this.world.choose(3)] ?? this.#newReader()
    if (!reader.isConnected) return reader.connect()
    return reader.cut(this.world.choose(100))
  }

  // Faults.

  async #fault(): Promise<void> {
    const { world } = this
    const queue = [this.#inbound, ...this.#outbound.values()][world.choose(1 + consumers.length)] ?? this.#inbound
    const faults: (readonly [string, () => unknown])[] = [
      ['CRASH', () => this.#crash()],
      ['RESET', () => this.host.crash()],
      ['eviction', () => this.host.evict()],
      ['a doorbell is lost', () => queue.loseOne()],
      ['a doorbell is duplicated', () => queue.duplicateOne()],
      ['a call is lost', () => this.#loseCall()],
      ['the clock jumps', () => this.#moveClock()],
      ['a consumer fails or recovers', () => this.#toggleConsumer(consumers[world.choose(consumers.length)] ?? 'relay')],
      ['CRASH', () => this.#crash()],
    ]
    const [what, run] = faults[world.choose(faults.length)] ?? ['nothing', () => {}]
    await world.runTask({ label: what, run })
  }

  /** A power failure: objects, runners, consumers and queues. */
  #crash(): void {
    this.host.crash()
    this.list.crash()
    this.#inbound.lose()
    for (const queue of this.#outbound.values()) queue.lose()
    // Calls in flight to the object are lost.
    for (const task of this.world.tasks) task.onLost?.()
    this.world.tasks = this.world.tasks.filter(({ onLost, label }) => !onLost && !label.includes('deliver') && !label.includes('commit'))
  }

  #loseCall(): void {
    const calls = this.world.tasks.filter(({ onLost }) => onLost)
    const lost = calls[this.world.choose(calls.length)]
    if (!lost) return
    this.world.tasks = this.world.tasks.filter((task) => task !== lost)
    lost.onLost?.()
  }

  #moveClock(): void {
    this.world.skewMs = [3_600_000, -3_600_000, 0][this.world.choose(3)] ?? 0
  }

  #toggleConsumer(consumer: Consumer): void {
    if (!this.sinks.unavailable.delete(consumer)) this.sinks.unavailable.add(consumer)
  }

  // Bindings of the objects.

  #bindings(emit: (output: () => void) => void): StateEnv {
    const remoteCall = <T>(what: string, work: () => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        const lost = () => reject(new CallLost(what))
        emit(() => this.world.schedule(what, () => work().then(resolve, reject), lost))
      })
    const queue = (target: () => SimulatedQueue | undefined) => ({ send: async (body: unknown) => emit(() => target()?.send(body)) })
    return {
      SOMA_CONSUMERS,
      CONVERSATION_INBOUND: queue(() => this.#inbound),
      OUTBOUND_RELAY: queue(() => this.#outbound.get('relay')),
      OUTBOUND_TOPICS: queue(() => this.#outbound.get('topics')),
      OUTBOUND_MEMORY: queue(() => this.#outbound.get('memory')),
      HOME: {
        getByName: () => ({
          note: (update: Parameters<Home['note']>[0]) =>
            new Promise<void>((resolve, reject) =>
              emit(() => this.list.call('note', (object) => object.note(update)).then(resolve, reject)),
            ),
        }),
      },
      ATTACHMENTS: {
        getByName: () => ({
          hold: () => remoteCall('claim files', async () => {}),
          releaseSession: () => remoteCall('release files', async () => {}),
        }),
      },
      RUNNER: { run: (job: TurnJob) => remoteCall('run', () => this.#run(job)) },
      EXECUTOR: {
        execute: (job: CallJob) => remoteCall(`execute ${job.call_id}#${job.token}`, () => this.tools.execute(job)),
        judge: (job: CallJob) => remoteCall(`judge ${job.call_id}`, () => this.tools.judge(job)),
      },
    } as unknown as StateEnv
  }

  async #run(job: TurnJob): Promise<void> {
    const newest = this.#newestTokens.get(job.turn_id) ?? -1
    if (job.token === newest) this.world.fail(`two attempts at ${job.turn_id} have the token ${job.token}`)
    this.#newestTokens.set(job.turn_id, Math.max(newest, job.token))
    const hasOpenCalls = this.host.disk.exec("SELECT 1 FROM call WHERE turn_id = ? AND state <> 'ended'", [job.turn_id]).length > 0
    // An older request may still be in flight. The session will refuse it.
    if (hasOpenCalls && job.token > newest) this.world.fail(`the model is called before the calls of ${job.turn_id} have ended`)
    const attempt = new SimulatedAttempt(this.world, job, `a${this.attempts.length}`, ({ job }) => {
      if ((this.#newestTokens.get(job.turn_id) ?? 0) > job.token)
        this.world.fail(`an older attempt at ${job.turn_id} is read: ${job.token}`)
    })
    this.attempts.push(attempt)
    try {
      await this.host.call(`attach ${job.turn_id}#${job.token}`, (object) => object.attach(job.turn_id, job.token, attempt.stream))
    } finally {
      // Like the real runner: when `attach` returns, the attempt is over.
      attempt.stop()
    }
  }

  /** A cancellation was acknowledged: no attempt may still run. */
  #onCancelled(turn: string): void {
    for (const { job, isCancelled: cancelled, hasEnded: ended, sentText } of this.attempts)
      if (job.turn_id === turn && !cancelled && !ended && sentText !== '') this.world.fail(`${turn} was cancelled, but its model continues`)
  }

  // Invariants during the run.

  /** What `#checkTimers` has checked last. */
  #checked: (Pick<Disk, 'transactions' | 'armed'> & { readonly disk: Disk }) | undefined

  /** The committed log. */
  get log(): { readonly events: Event[]; readonly log: EventLog } | null {
    const log = this.#eventLog
    return log && { events: [...log.after(0)].map(({ seq, at, body }) => ({ seq, at, ...JSON.parse(body) })), log }
  }

  get #eventLog(): EventLog | null {
    const { disk } = this.host
    const sql = { exec: (query: string, ...params: (string | number | null)[]) => cursor(disk.exec(query, params)), databaseSize: 0 }
    const log = new EventLog(sql as unknown as SqlStorage)
    return log.exists ? log : null
  }

  /** The seq of the session in the subject's list. Undefined: not listed. */
  listed(): unknown {
    const { disk } = this.list
    const hasTable = disk.exec("SELECT 1 FROM sqlite_master WHERE name = 'session'", []).length > 0
    return hasTable ? disk.exec('SELECT seq FROM session', [])[0]?.seq : undefined
  }

  due(): Set<string> {
    return new Set(this.host.disk.exec('SELECT kind FROM due WHERE 1', []).map(({ kind }) => String(kind)))
  }

  /** After each step: every unfinished piece of work has a timer, and timers have an alarm. */
  #checkTimers(): void {
    const { disk } = this.host
    if (disk.isDirty || disk.isAlarmRunning) return
    // A step that wrote nothing and set no alarm cannot change the result.
    const { transactions, armed } = disk
    if (disk === this.#checked?.disk && transactions === this.#checked.transactions && armed === this.#checked.armed) return
    this.#checked = { disk, transactions, armed }
    if (disk.exec("SELECT 1 FROM sqlite_master WHERE name = 'meta'", []).length === 0) return
    const due = this.due()
    if (due.size > 0 && disk.armed === null) this.world.fail(`${[...due]} is due, but no alarm is set`)
    const openTurns = disk.exec('SELECT turn_id FROM turn WHERE outcome IS NULL', [])
    const isPaused = disk.exec('SELECT 1 FROM meta WHERE paused = 1', []).length > 0
    const { open = null, calls = [], running = null } = this.#eventLog?.load() ?? {}
    const resting = isPaused && (!running || (!open && calls.length === 0))
    if (openTurns.length > 0 && !resting && !due.has('turn') && !due.has('call'))
      this.world.fail('a turn has not ended, but no timer is set')
    const openCalls = disk.exec(
      "SELECT call_id FROM call WHERE state <> 'ended' AND call_id NOT IN (SELECT key FROM due WHERE kind = 'call')",
      [],
    )
    if (openCalls.length > 0) this.world.fail(`${openCalls.map(({ call_id }) => call_id)} waits, but no timer is set`)
  }
}

const cursor = <R>(rows: R[]) => Object.assign(rows[Symbol.iterator](), { toArray: () => rows, one: () => rows[0] })

/** The limits of the final run without faults: simulated milliseconds, and steps. */
const restMs = 4 * 3_600_000
const maxRestSteps = 5_000
