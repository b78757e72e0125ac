/** Text that arrives in chunks, as lines. Pure. Only a line feed ends a line: `readline` would also break at U+2028. */

/** Splits chunks into lines. Holds at most one unfinished line. */
export class LineSplitter {
  #parts: string[] = []
  #restUnits = 0

  /** The lines that `text` completes, without their line feeds. */
  add(text: string): string[] {
    const pieces = text.split('\n')
    const last = pieces.pop() ?? ''
    const [first, ...more] = pieces
    if (first === undefined) return this.#append(last)
    const line = this.rest + first
    this.#parts = []
    this.#restUnits = 0
    this.#append(last)
    return [line, ...more]
  }

  /** The text after the last line feed. */
  get rest(): string {
    return this.#parts.join('')
  }

  /** The length of `rest` in UTF-16 units. */
  get restUnits(): number {
    return this.#restUnits
  }

  #append(text: string): string[] {
    this.#parts.push(text)
    this.#restUnits += text.length
    return []
  }
}

/** The lines of UTF-8 bytes. Text after the last line feed is dropped. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const splitter = new LineSplitter()
  for await (const bytes of chunks) yield* splitter.add(decoder.decode(bytes, { stream: true }))
}
