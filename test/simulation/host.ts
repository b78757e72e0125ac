/**
 * Where an object lives: it is made when somebody calls, handles what comes, and may die at any moment. Its output gate is the
 * platform's: nothing that it says is heard before what it has written is safe.
 */
import { Disk } from './disk.ts'
import type { Socket } from './socket.ts'
import { Killed, type World } from './world.ts'

/** A call that was not answered: whether it was handled is unknown. */
export class CallLost extends Error {}

interface Incarnation<T> {
  readonly object: T
  readonly ready: Promise<unknown>
  dead: boolean
  /** How to tell those who wait that there will be no answer. */
  readonly waiting: Set<() => void>
  /** What was promised to the platform with `waitUntil`, and is not over. */
  pending: number
}

export class Host<T extends { alarm?(): void | Promise<void> }> {
  readonly disk: Disk
  readonly world: World
  readonly name: string
  sockets: Socket[] = []
  incarnations = 0
  readonly #make: (ctx: DurableObjectState, says: (output: () => void) => void) => T
  #live: Incarnation<T> | null = null
  #held: (() => void)[] = []

  /** `make` is given a way to say something to others: it is held until what was written before is safe, and lost if the object dies. */
  constructor(world: World, name: string, make: (ctx: DurableObjectState, says: (output: () => void) => void) => T) {
    this.world = world
    this.name = name
    this.#make = make
    this.disk = new Disk(() => world.can(`${name}: commit`, () => this.#commit()))
  }

  /** Asks the object. Rejects with `Lost` if the request, the object or the answer is lost. */
  call<R>(what: string, method: (object: T) => R | Promise<R>): Promise<Awaited<R>> {
    return new Promise<Awaited<R>>((resolve, reject) => {
      const lose = () => reject(new CallLost(what))
      this.world.can(`${this.name}: ${what}`, () => this.#handle(what, method, resolve, lose), lose)
    })
  }

  async #handle<R>(
    what: string,
    method: (object: T) => R | Promise<R>,
    resolve: (answer: Awaited<R>) => void,
    lose: () => void,
  ): Promise<void> {
    const live = this.#wake()
    live.waiting.add(lose)
    live.pending++
    await live.ready
    const over = () => {
      live.waiting.delete(lose)
      live.pending--
    }
    try {
      const answer = await method(live.object)
      if (live.dead) return
      over()
      this.#say(live, () => this.world.can(`${this.name}: answer to ${what}`, () => resolve(answer), lose), lose)
    } catch (error) {
      if (live.dead) return
      over()
      lose()
      if (!(error instanceof CallLost)) throw error
    }
  }

  get idle(): boolean {
    return !this.#live || (this.#live.pending === 0 && !this.disk.dirty && this.#held.length === 0)
  }

  /** Rings if the time has come. */
  get alarmDue(): boolean {
    const { armed } = this.disk
    return armed !== null && armed <= this.world.wall
  }

  async ring(): Promise<void> {
    const live = this.#wake()
    live.pending++
    await live.ready
    this.disk.ring()
    await live.object.alarm?.()
    if (live.dead) return
    live.pending--
    this.disk.rang()
  }

  /** The object forgets everything that it has not written, if nothing is going on. Its sockets stay. */
  evict(): void {
    if (this.idle && this.#live) {
      this.#live.dead = true
      this.#live = null
    }
  }

  /** The object dies: what is not safe is undone, and nobody hears from it again. */
  crash(): void {
    const live = this.#live
    this.#live = null
    this.disk.crash()
    this.#held = []
    if (live) {
      live.dead = true
      for (const lose of live.waiting) lose()
    }
    for (const socket of this.sockets) socket.break()
    this.sockets = []
  }

  #commit(): void {
    this.disk.commit()
    const held = this.#held
    this.#held = []
    for (const say of held) say()
  }

  #wake(): Incarnation<T> {
    if (this.#live) return this.#live
    this.incarnations++
    let ready: Promise<unknown> = Promise.resolve()
    const live: { -readonly [K in keyof Incarnation<T>]: Incarnation<T>[K] } = {
      object: undefined as unknown as T,
      ready,
      dead: false,
      waiting: new Set(),
      pending: 0,
    }
    const block = (work: () => Promise<unknown>) => {
      ready = work()
    }
    this.#live = live
    live.object = this.#make(this.#context(live, block), (output) => this.#say(live, output))
    live.ready = ready
    return live
  }

  /** `lost`: what to do if the object dies first. */
  #say(live: Incarnation<T>, output: () => void, lost?: () => void): void {
    if (live.dead) return
    if (lost) live.waiting.add(lost)
    const say = () => {
      if (lost) live.waiting.delete(lost)
      output()
    }
    if (this.disk.dirty || this.#held.length > 0) this.#held.push(say)
    else say()
  }

  #context(live: Incarnation<T>, block: (work: () => Promise<unknown>) => void): DurableObjectState {
    const { disk } = this
    const alive = () => {
      if (live.dead) throw new Killed(`${this.name} is dead`)
    }
    const storage = {
      sql: {
        exec: (sql: string, ...params: (string | number | null)[]) => {
          alive()
          const rows = disk.exec(sql, params)
          return Object.assign(rows[Symbol.iterator](), { toArray: () => rows, one: () => only(rows) })
        },
        databaseSize: 4_096,
      },
      transactionSync: (change: () => unknown) => {
        alive()
        return disk.transaction(change)
      },
      setAlarm: async (at: number) => {
        alive()
        disk.setAlarm(at)
      },
      deleteAlarm: async () => {
        alive()
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
            if (!live.dead && !(error instanceof CallLost)) this.world.fail(`${this.name}: waitUntil rejected: ${error}`)
            live.pending--
          },
        )
      },
      blockConcurrencyWhile: block,
      abort: (reason: string) => {
        if (live.dead) return
        this.world.fail(`${this.name} gave itself up: ${reason}`)
        this.crash()
      },
      acceptWebSocket: (socket: Socket) => {
        socket.accepted(
          // Whoever is there by then: a socket outlives the sleep of its object.
          (output) => this.#live && this.#say(this.#live, output),
          () => {
            this.sockets = this.sockets.filter((open) => open !== socket)
          },
        )
        this.sockets.push(socket)
      },
      getWebSockets: () => {
        alive()
        return this.sockets
      },
      setWebSocketAutoResponse: () => {},
    }
    return context as unknown as DurableObjectState
  }
}

function only<R>(rows: R[]): R {
  const [row] = rows
  if (rows.length !== 1 || row === undefined) throw new Error(`one row expected, not ${rows.length}`)
  return row
}
