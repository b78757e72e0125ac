/** Ends a streamed text before the first of several texts, however the stream is cut. Pure. */

/** Withholds the end of the text as long as it may be the start of a stop text. */
export class StopText {
  /** The stop text that has ended the text. */
  reached: string | undefined
  #withheld = ''
  readonly #stops: readonly string[]

  constructor(stops: readonly string[]) {
    this.#stops = stops
  }

  /** The text that can be sent now. */
  add(text: string): string {
    if (this.#stops.length === 0) return text
    const all = this.#withheld + text
    const found = this.#stops.map((stop) => ({ stop, at: all.indexOf(stop) })).filter(({ at }) => at >= 0)
    const [first] = found.sort((a, b) => a.at - b.at)
    if (first) {
      this.reached = first.stop
      this.#withheld = ''
      return all.slice(0, first.at)
    }
    const kept = Math.max(...this.#stops.map((stop) => beginningAtEnd(all, stop)))
    this.#withheld = all.slice(all.length - kept)
    return all.slice(0, all.length - kept)
  }

  /** The withheld text, at the end of the stream. */
  rest(): string {
    const text = this.#withheld
    this.#withheld = ''
    return text
  }
}

/** The length of the longest beginning of `stop` that `text` ends with. */
function beginningAtEnd(text: string, stop: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) if (text.endsWith(stop.slice(0, length))) return length
  return 0
}
