/** Simulated runners. Each attempt has unique words, so a text in the log can be traced to its attempt. */
import type { RunnerLine, TurnJob } from '../../shared/turn/runner.ts'
import { effects, type ToolName, toolNames } from './tools.ts'
import type { World } from './world.ts'

type Ending = 'completed' | 'calls' | 'failed' | 'breaks off' | 'falls silent'
const endings: readonly Ending[] = ['completed', 'calls', 'completed', 'calls', 'calls', 'failed', 'breaks off', 'falls silent']

const pick = (names: readonly ToolName[], world: World): ToolName => names[world.choose(names.length)] ?? 'look'

const encoder = new TextEncoder()

/** One attempt at a turn, with its stream. */
export class SimulatedAttempt {
  readonly job: TurnJob
  /** The whole text of the attempt. */
  readonly fullText: string
  /** The pieces of its reasoning. */
  readonly thoughts: readonly string[]
  /** The text that was sent so far. */
  sentText = ''
  /** The object has cancelled the stream. */
  isCancelled = false
  hasEnded = false
  readonly ending: Ending
  /** The tools that it requests, by name. */
  readonly requests: readonly ToolName[]
  readonly #world: World
  readonly #lines: RunnerLine[]
  #reading: ((result: { value: Uint8Array | undefined; done: boolean }) => void) | null = null
  #onRead: (attempt: SimulatedAttempt) => void

  /** `onRead`: called whenever the object reads lines. */
  constructor(world: World, job: TurnJob, name: string, onRead: (attempt: SimulatedAttempt) => void) {
    this.#world = world
    this.job = job
    this.#onRead = onRead
    const words = Array.from({ length: world.choose(6) }, (_, index) => `${name}.${index} `)
    this.fullText = words.join('')
    this.ending = endings[world.choose(endings.length)] ?? 'completed'
    this.requests = this.ending === 'calls' ? Array.from({ length: 1 + world.choose(3) }, () => pick(toolNames, world)) : []
    const last: RunnerLine[] =
      this.ending === 'completed' || this.ending === 'failed' || this.ending === 'calls'
        ? [
            ...this.requests.map(
              (name): RunnerLine => ({
                ...{ type: 'call', name, arguments: '{}', effect: effects[name], timeout_ms: 60_000 },
                ...(name === 'probe' && { checks: true }),
              }),
            ),
            { type: 'usage', usage: { input_tokens: 1, output_tokens: words.length } },
            { type: 'end', outcome: this.ending },
          ]
        : []
    this.thoughts = Array.from({ length: Math.max(0, world.choose(6) - 2) }, (_, index) => `thought-${name}.${index} `)
    const reasoning = this.thoughts.map((thought): RunnerLine => ({ type: 'alive', reasoning: thought }))
    this.#lines = [{ type: 'alive' }, ...reasoning, ...words.map((text): RunnerLine => ({ type: 'text', text })), ...last]
  }

  /** The part of a byte stream that a session uses. */
  get stream(): ReadableStream<Uint8Array> {
    const cancel = async () => this.stop()
    const read = () =>
      new Promise((resolve) => {
        if (this.isCancelled) return resolve({ value: undefined, done: true })
        this.#reading = resolve
        if (this.#lines.length > 0 || this.ending !== 'falls silent')
          this.#world.schedule(`runner: a line of ${this.job.turn_id}`, () => this.#deliver())
      })
    return { cancel, getReader: () => ({ read, cancel }) } as unknown as ReadableStream<Uint8Array>
  }

  #deliver(): void {
    const resolve = this.#reading
    this.#reading = null
    if (!resolve || this.isCancelled) return
    this.#onRead(this)
    // The network delivers one line or several at once.
    const lines = this.#lines.splice(0, 1 + this.#world.choose(3))
    if (lines.length === 0) {
      this.hasEnded = true
      resolve({ value: undefined, done: true })
      return
    }
    for (const line of lines) if (line.type === 'text') this.sentText += line.text
    resolve({ value: encoder.encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')), done: false })
  }

  stop(): void {
    this.isCancelled = true
    this.#reading?.({ value: undefined, done: true })
    this.#reading = null
  }
}
