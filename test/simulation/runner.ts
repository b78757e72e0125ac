/** Runners: each attempt says words of its own, so that whatever reaches the log can be traced to the attempt that said it. */
import type { RunnerLine, TurnJob } from '../../shared/turn/runner.ts'
import { effects, type ToolName, toolNames } from './tools.ts'
import type { World } from './world.ts'

type Ending = 'completed' | 'calls' | 'failed' | 'breaks off' | 'falls silent'
const endings: readonly Ending[] = ['completed', 'calls', 'completed', 'calls', 'calls', 'failed', 'breaks off', 'falls silent']

const pick = (names: readonly ToolName[], world: World): ToolName => names[world.choose(names.length)] ?? 'look'

const encoder = new TextEncoder()

/** One attempt at a turn, and the stream in which it tells of it. */
export class SimulatedAttempt {
  readonly job: TurnJob
  /** All that it would say. */
  readonly whole: string
  /** What it has said. */
  said = ''
  /** The object wants no more of it. */
  cancelled = false
  over = false
  readonly ending: Ending
  /** The tools that it asks for, by name. */
  readonly asks: readonly ToolName[]
  readonly #world: World
  readonly #lines: RunnerLine[]
  #reading: ((result: { value: Uint8Array | undefined; done: boolean }) => void) | null = null
  #heard: (attempt: SimulatedAttempt) => void

  /** `heard`: called whenever something of it is taken. */
  constructor(world: World, job: TurnJob, name: string, heard: (attempt: SimulatedAttempt) => void) {
    this.#world = world
    this.job = job
    this.#heard = heard
    const words = Array.from({ length: world.choose(6) }, (_, index) => `${name}.${index} `)
    this.whole = words.join('')
    this.ending = endings[world.choose(endings.length)] ?? 'completed'
    this.asks = this.ending === 'calls' ? Array.from({ length: 1 + world.choose(3) }, () => pick(toolNames, world)) : []
    const last: RunnerLine[] =
      this.ending === 'completed' || this.ending === 'failed' || this.ending === 'calls'
        ? [
            ...this.asks.map((name): RunnerLine => ({ type: 'call', name, arguments: '{}', effect: effects[name], timeout_ms: 60_000 })),
            { type: 'usage', usage: { input_tokens: 1, output_tokens: words.length } },
            { type: 'end', outcome: this.ending },
          ]
        : []
    this.#lines = [{ type: 'alive' }, ...words.map((text): RunnerLine => ({ type: 'text', text })), ...last]
  }

  /** The part of a byte stream that a session uses. */
  get stream(): ReadableStream<Uint8Array> {
    const cancel = async () => this.stop()
    const read = () =>
      new Promise((resolve) => {
        if (this.cancelled) return resolve({ value: undefined, done: true })
        this.#reading = resolve
        if (this.#lines.length > 0 || this.ending !== 'falls silent')
          this.#world.can(`runner: a line of ${this.job.turn_id}`, () => this.#speak())
      })
    return { cancel, getReader: () => ({ read, cancel }) } as unknown as ReadableStream<Uint8Array>
  }

  #speak(): void {
    const taken = this.#reading
    this.#reading = null
    if (!taken || this.cancelled) return
    this.#heard(this)
    // Lines arrive as the network likes: one by one, or several at once.
    const lines = this.#lines.splice(0, 1 + this.#world.choose(3))
    if (lines.length === 0) {
      this.over = true
      taken({ value: undefined, done: true })
      return
    }
    for (const line of lines) if (line.type === 'text') this.said += line.text
    taken({ value: encoder.encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')), done: false })
  }

  stop(): void {
    this.cancelled = true
    this.#reading?.({ value: undefined, done: true })
    this.#reading = null
  }
}
