/** Collects the text of a document up to the limit. */
import { type DocumentText, documentLimits } from '../../shared/document/document.ts'

export class TextBuilder {
  readonly #pieces: string[] = []
  #units = 0

  /** Whether the limit is reached: the rest need not be read. */
  get isFull(): boolean {
    return this.#units > documentLimits.units
  }

  add(piece: string): void {
    if (piece === '' || this.isFull) return
    this.#pieces.push(piece)
    this.#units += piece.length
  }

  /** Begins a new line, unless the text is at the beginning of one. `lines`: line breaks. */
  break(lines = 1): void {
    const last = this.#pieces.at(-1)
    if (last === undefined) return
    const present = /\n*$/.exec(last)?.[0].length ?? 0
    this.add('\n'.repeat(Math.max(0, lines - present)))
  }

  result(): DocumentText {
    return { text: this.#pieces.join(''), isCut: this.isFull }
  }
}
