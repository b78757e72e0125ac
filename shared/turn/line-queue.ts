/** Buffers runner lines between the model and a slow reader. Portable. Waiting lines are read together, and the buffer is bounded. */
import type { RunnerLine } from './runner.ts'

/** The lines of one attempt that the reader has not taken. */
export class LineQueue {
  readonly #lines: AsyncGenerator<RunnerLine, void>
  readonly #limitUnits: number
  readonly #observe: (line: RunnerLine) => void
  #text = ''
  #failure: { readonly error: unknown } | null = null
  #requests = 0
  #hasEnded = false
  #wake: (() => void) | null = null
  #resumeFill: (() => void) | null = null

  /** `limitUnits`: above this many waiting UTF-16 units, no further line is requested. `observe` is called with each line. */
  constructor(lines: AsyncGenerator<RunnerLine, void>, limitUnits: number, observe: (line: RunnerLine) => void = () => {}) {
    this.#lines = lines
    this.#limitUnits = limitUnits
    this.#observe = observe
  }

  /** All waiting lines, or the next one; undefined after the last. Throws the source's error after its last line. */
  async next(): Promise<string | undefined> {
    this.#requests += 1
    // The first line is delivered alone. A request for the second proves that the reader reads.
    if (this.#requests === 1) {
      const first = await this.#lines.next()
      return first.done ? undefined : this.#textOf(first.value)
    }
    if (this.#requests === 2) void this.#fill()
    if (this.#text === '' && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const text = this.#text
    this.#text = ''
    this.#resumeFill?.()
    if (text !== '') return text
    if (this.#failure) throw this.#failure.error
    return undefined
  }

  async #fill(): Promise<void> {
    try {
      for await (const line of this.#lines) {
        this.#text += this.#textOf(line)
        this.#wake?.()
        if (this.#text.length < this.#limitUnits) continue
        await new Promise<void>((resolve) => {
          this.#resumeFill = resolve
        })
      }
    } catch (error) {
      this.#failure = { error }
    }
    this.#hasEnded = true
    this.#wake?.()
  }

  #textOf(line: RunnerLine): string {
    this.#observe(line)
    return `${JSON.stringify(line)}\n`
  }
}
