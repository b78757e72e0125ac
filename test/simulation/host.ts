/**
 * The host of an object. It creates the object on demand, delivers calls to it, and may kill it at any moment. Its output gate
 * is the platform's: no output leaves before earlier writes are committed.
 */
import { Disk } from './disk.ts'
import type { Socket } from './socket.ts'
import { Killed, type World } from './world.ts'

/** A call without an answer. The object may or may not have handled it. */
export class CallLost extends Error {}

interface Incarnation<T> {
  readonly object: T
  readonly ready: Promise<unknown>
  stopped: boolean
  /** Callbacks of callers that will get no answer. */
  readonly waiting: Set<() => void>
  /** Pending calls and `waitUntil` promises. */
  pending: number
}

export class Host<T extends { alarm?(): void | Promise<void> }> {
  readonly disk: Disk
  readonly world: World
  readonly name: string
  sockets: Socket[] = []
  incarnations = 0
  readonly #create: (ctx: DurableObjectState, emit: (output: () => void) => void) => T
  #live: Incarnation<T> | null = null
  #pending: (() => void)[] = []

  /** `create` receives an output function. An output is held until earlier writes are committed, and lost if the object stops. */
  constructor(world: World, name: string, create: (ctx: DurableObjectState, emit: (output: () => void) => void) => T) {
    this.world = world
    this.name = name
    this.#create = create
    this.disk = new Disk(() => world.schedule(`${name}: commit`, () => this.#commit()))
  }

  /** Calls the object. Rejects with `CallLost` if the request, the object or the answer is lost. */
  call<R>(label: string, method: (object: T) => R | Promise<R>): Promise<Awaited<R>> {
    return new Promise<Awaited<R>>((resolve, reject) => {
      const lose = () => reject(new CallLost(label))
      this.world.schedule(`${this.name}: ${label}`, () => this.#handle(label, method, resolve, lose), lose)
    })
  }

  async #handle<R>(
    label: string,
    method: (object: T) => R | Promise<R>,
    resolve: (answer: Awaited<R>) => void,
    lose: () => void,
  ): Promise<void> {
    const live = this.#wake()
    live.waiting.add(lose)
    live.pending++
    await live.ready
    const finish = () => {
      live.waiting.delete(lose)
      live.pending--
    }
    try {
      const result = await method(live.object)
      if (live.stopped) return
      finish()
      this.#emit(live, () => this.world.schedule(`${this.name}: answer to ${label}`, () => resolve(result), lose), lose)
    } catch (error) {
      if (live.stopped) return
      finish()
      lose()
      if (!(error instanceof CallLost)) throw error
    }
  }

  get idle(): boolean {
    return !this.#live || (this.#live.pending === 0 && !this.disk.isDirty && this.#pending.length === 0)
  }

  /** Whether the alarm is due. */
  get alarmDue(): boolean {
    const { armed } = this.disk
    return armed !== null && armed <= this.world.wall
  }

  async runAlarm(): Promise<void> {
    const live = this.#wake()
    live.pending++
    await live.ready
    this.disk.alarmStarted()
    await live.object.alarm?.()
    if (live.stopped) return
    live.pending--
    this.disk.alarmReturned()
  }

  /** Evicts an idle object from memory. Its sockets stay. */
  evict(): void {
    if (this.idle && this.#live) {
      this.#live.stopped = true
      this.#live = null
    }
  }

  /** Kills the object. Uncommitted writes are undone, and its outputs are lost. */
  crash(): void {
    const live = this.#live
    this.#live = null
    this.disk.crash()
    this.#pending = []
    if (live) {
      live.stopped = true
      for (const lose of live.waiting) lose()
    }
    for (const socket of this.sockets) socket.break()
    this.sockets = []
  }

  #commit(): void {
    this.disk.commit()
    const pending = this.#pending
    this.#pending = []
    for (const emit of pending) emit()
  }

  #wake(): Incarnation<T> {
    if (this.#live) return this.#live
    this.incarnations++
    let ready: Promise<unknown> = Promise.resolve()
    const live: { -readonly [K in keyof Incarnation<T>]: Incarnation<T>[K] } = {
      object: undefined as unknown as T,
      ready,
      stopped: false,
      waiting: new Set(),
      pending: 0,
    }
    const block = (work: () => Promise<unknown>) => {
      ready = work()
    }
    this.#live = live
    live.object = this.#create(this.#context(live, block), (output) => this.#emit(live, output))
    live.ready = ready
    return live
  }

  /** `lost`: called if the object stops first. */
  #emit(live: Incarnation<T>, output: () => void, lost?: () => void): void {
    if (live.stopped) return
    if (lost) live.waiting.add(lost)
    const emit = () => {
      if (lost) live.waiting.delete(lost)
      output()
    }
    if (this.disk.isDirty || this.#pending.length > 0) this.#pending.push(emit)
    else emit()
  }

  #context(live: Incarnation<T>, block: (work: () => Promise<unknown>) => void): DurableObjectState {
    const { disk } = this
    const assertRunning = () => {
      if (live.stopped) throw new Killed(`${this.name} was killed`)
    }
    const storage = {
      sql: {
        exec: (sql: string, ...params: (string | number | null | ArrayBuffer)[]) => {
          assertRunning()
          const rows = disk.exec(
            sql,
            params.map((param) => (param instanceof ArrayBuffer ? new Uint8Array(param) : param)),
          )
          return Object.assign(rows[Symbol.iterator](), { toArray: () => rows, one: () => onlyRow(rows) })
        },
        databaseSize: 4_096,
      },
      transactionSync: (change: () => unknown) => {
        assertRunning()
        return disk.transaction(change)
      },
      setAlarm: async (at: number) => {
        assertRunning()
        disk.setAlarm(at)
      },
      deleteAlarm: async () => {
        assertRunning()
        disk.setAlarm(null)
      },
      getAlarm: async () => disk.alarm,
    }
    const context = {
      storage,
      waitUntil: (work: Promise<unknown>) => {
        live.pending++
        work.then(
          () => live.pending--,
          (error: unknown) => {
            if (!live.stopped && !(error instanceof CallLost)) this.world.fail(`${this.name}: waitUntil rejected: ${error}`)
            live.pending--
          },
        )
      },
      blockConcurrencyWhile: block,
      abort: (reason: string) => {
        if (live.stopped) return
        this.world.fail(`${this.name} aborted itself: ${reason}`)
        this.crash()
      },
      acceptWebSocket: (socket: Socket) => {
        socket.accepted(
          // The incarnation at that time: a socket outlives the eviction of its object.
          (output) => this.#live && this.#emit(this.#live, output),
          () => {
            this.sockets = this.sockets.filter((open) => open !== socket)
          },
        )
        this.sockets.push(socket)
      },
      getWebSockets: () => {
        assertRunning()
        return this.sockets
      },
      setWebSocketAutoResponse: () => {},
    }
    return context as unknown as DurableObjectState
  }
}

function onlyRow<R>(rows: R[]): R {
  const [row] = rows
  if (rows.length !== 1 || row === undefined) throw new Error(`one row expected, not ${rows.length}`)
  return row
}
