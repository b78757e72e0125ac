/** Lines on their way: what was said while the reader was busy is taken together, and not too much of it waits. */
import type { RunnerLine } from './runner.ts'

export class LineQueue {
  readonly #lines: AsyncGenerator<RunnerLine, void>
  readonly #limitUnits: number
  #text = ''
  #failure: { readonly error: unknown } | null = null
  #taken = 0
  #over = false
  #wake: (() => void) | null = null
  #room: (() => void) | null = null

  /** `limitUnits`: no further line is asked for while so much waits. */
  constructor(lines: AsyncGenerator<RunnerLine, void>, limitUnits: number) {
    this.#lines = lines
    this.#limitUnits = limitUnits
  }

  /** All the lines that wait, or the next one; undefined after the last. Throws what the source threw, after what it had said. */
  async next(): Promise<string | undefined> {
    this.#taken += 1
    // The first line is taken alone: whoever comes for the second is known to read.
    if (this.#taken === 1) {
      const first = await this.#lines.next()
      return first.done ? undefined : textOf(first.value)
    }
    if (this.#taken === 2) void this.#fill()
    if (this.#text === '' && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const text = this.#text
    this.#text = ''
    this.#room?.()
    if (text !== '') return text
    if (this.#failure) throw this.#failure.error
    return undefined
  }

  async #fill(): Promise<void> {
    try {
      for await (const line of this.#lines) {
        this.#text += textOf(line)
        this.#wake?.()
        if (this.#text.length < this.#limitUnits) continue
        await new Promise<void>((resolve) => {
          this.#room = resolve
        })
      }
    } catch (error) {
      this.#failure = { error }
    }
    this.#over = true
    this.#wake?.()
  }
}

const textOf = (line: RunnerLine): string => `${JSON.stringify(line)}\n`
