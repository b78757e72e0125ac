/** Builds a text from pieces, and spends the fuel of each piece before it is added. */
import { spend } from './meter.ts'
import { Big, formatNumber, type Num } from './number.ts'

const hex = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A text under construction. */
export class TextWriter {
  readonly #pieces: string[] = []

  write(text: string): void {
    spend(1 + (text.length >> 5))
    this.#pieces.push(text)
  }

  /** A text in quotes, as Go writes JSON. */
  json(text: string): void {
    spend(text.length >> 4)
    this.write(JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, hex))
  }

  /** A text in quotes, as Rego writes terms. */
  quoted(text: string): void {
    spend(text.length >> 4)
    this.write(JSON.stringify(text))
  }

  number(number: Num): void {
    if (number instanceof Big) spend(number.places >> 3)
    this.write(formatNumber(number))
  }

  get text(): string {
    return this.#pieces.join('')
  }
}
