/** One engine with its limits: its own memory, fuel, stack and clock. It has no network, no timers and no randomness of its own. */
import { CompileFlags, EvalFlags, Intrinsics, type JSValueHandle, QuickJS, type QuickJSOptions, type Snapshot } from 'quickjs-wasi'
import { programBytes, programStackBytes, programTicks } from '../../../shared/code/limits.ts'
import type { Engine } from './engine.ts'

/** The language without what reads a clock, observes garbage collection, or is of the web. */
const intrinsics =
  Intrinsics.DATE |
  Intrinsics.EVAL |
  Intrinsics.REGEXP |
  Intrinsics.JSON |
  Intrinsics.PROXY |
  Intrinsics.MAP_SET |
  Intrinsics.TYPED_ARRAYS |
  Intrinsics.PROMISE |
  Intrinsics.BIG_INT

/** The part of quickjs-wasi that it keeps private. The version is pinned, and a test reads it. */
interface Internals {
  readonly exports: { readonly fuel: WebAssembly.Global; readonly memory: WebAssembly.Memory }
}

/** Bytecode of our own prelude, made before an engine meets a program. No other bytecode is ever loaded: engines do not check it. */
const compiledPreludes = new WeakMap<Engine, Uint8Array>()

/** What a machine takes from the host. */
export interface MachineOptions {
  readonly now: number
  readonly seed: number
  /** Called at each check for interrupts. True: stop. Memory, stack and fuel have limits of their own. */
  readonly isStopped?: () => boolean
  readonly ticks?: number
}

/** Fuel that no code can use up: the engine's own start and end are not metered. */
const unlimited = 2n ** 63n - 1n

export class Machine {
  readonly vm: QuickJS
  #ticks = 0
  #unused = 0n

  private constructor(vm: QuickJS) {
    this.vm = vm
  }

  static async create(engine: Engine, options: MachineOptions): Promise<Machine> {
    const clock = new Clock(options)
    let machine: Machine | undefined
    const vm = await QuickJS.create(vmOptions(engine, clock, options, () => machine?.addTick() ?? 0))
    machine = new Machine(vm)
    machine.fuel = unlimited
    clock.start()
    return machine
  }

  /** Continues a machine. Its bytes must come from this engine: they are not checked here. */
  static async restore(engine: Engine, snapshot: Snapshot, options: MachineOptions): Promise<Machine> {
    const clock = new Clock(options)
    clock.start()
    let machine: Machine | undefined
    const vm = await QuickJS.restore(
      snapshot,
      vmOptions(engine, clock, options, () => machine?.addTick() ?? 0),
    )
    machine = new Machine(vm)
    machine.fuel = unlimited
    return machine
  }

  addTick(): number {
    this.#ticks += 1
    return this.#ticks
  }

  get ticks(): number {
    return this.#ticks
  }

  get fuel(): bigint {
    return this.#internals.fuel.value as bigint
  }

  set fuel(value: bigint) {
    this.#internals.fuel.value = value
  }

  /** Leaves at most `amount` of the fuel. The rest does not count as used. */
  reduceFuel(amount: bigint): void {
    if (this.fuel <= amount) return
    this.#unused += this.fuel - amount
    this.fuel = amount
  }

  /** Fuel that is left, and what `reduceFuel` took. Zero: it ran out. */
  get unusedFuel(): number {
    return Number((this.fuel < 0n ? 0n : this.fuel) + this.#unused)
  }

  get isOutOfFuel(): boolean {
    return this.fuel < 0n
  }

  /** Bytes of its memory, which never shrinks. */
  get bytes(): number {
    return this.#internals.memory.buffer.byteLength
  }

  /** The exports of the prelude. It is compiled once: reading it takes longer than the start of an engine. */
  loadPrelude(engine: Engine): JSValueHandle {
    const bytecode =
      compiledPreludes.get(engine) ?? this.vm.compile(engine.prelude, 'prelude.js', EvalFlags.STRICT, CompileFlags.STRIP_SOURCE)
    compiledPreludes.set(engine, bytecode)
    return this.vm.evalBytecode(bytecode)
  }

  /** The exports of a guest program. */
  load(expression: string, name: string): JSValueHandle {
    return this.vm.evalCode(expression, name, EvalFlags.STRICT)
  }

  /** Drops the engine with its memory. Runs nothing inside it. */
  dispose(): void {
    this.vm.dispose()
  }

  get #internals(): Internals['exports'] {
    return (this.vm as unknown as Internals).exports
  }
}

/** While the engine starts, its clock shows the seed, which it takes for its random numbers. Then it shows the program's time. */
class Clock {
  readonly #now: bigint
  readonly #seed: bigint
  #isStarted = false

  constructor({ now, seed }: MachineOptions) {
    this.#now = BigInt(now) * 1_000_000n
    this.#seed = (BigInt(seed) + 1n) * 1_000n
  }

  start(): void {
    this.#isStarted = true
  }

  get nanoseconds(): bigint {
    return this.#isStarted ? this.#now : this.#seed
  }
}

function vmOptions(
  engine: Engine,
  clock: Clock,
  { isStopped, ticks = programTicks }: MachineOptions,
  addTick: () => number,
): QuickJSOptions {
  return {
    wasm: engine.module,
    memoryLimit: programBytes,
    maxStackSize: programStackBytes,
    timezoneOffset: 0,
    intrinsics,
    interruptHandler: () => addTick() > ticks || (isStopped?.() ?? false),
    wasi: (memory) => ({
      clock_time_get(_clock: number, _precision: bigint, at: number) {
        new DataView(memory.buffer).setBigUint64(at, BigInt.asUintN(64, clock.nanoseconds), true)
        return 0
      },
      random_get(at: number, length: number) {
        new Uint8Array(memory.buffer, at, length).fill(Number(clock.nanoseconds & 0xffn))
        return 0
      },
      // The engine writes messages of its own there. They are about its state, and a log is no place for that.
      fd_write: () => 8,
    }),
  }
}
