/** Removes an opened key from text that another party wrote. Pure. */

/** A shorter key is not searched for: it would match ordinary words. */
const minUnits = 6

const placeholder = '[key]'

/** `text` without `key`. */
export const redact = (text: string, key: string): string => (key.length < minUnits ? text : text.replaceAll(key, placeholder))

const secretShapes = [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, /\b(sk|pk|rk|gsk|xai|hf|key|api)[-_][\w-]{6,}/gi, /\b[\w-]{32,}\b/g]

/** `text` without `key` and without anything that looks like a secret, cut at `units`. For logs and operators. */
export function excerpt(text: string, key: string, units = 300): string {
  const withoutKey = redact(text, key)
  const clean = secretShapes.reduce((excerptText, shape) => excerptText.replace(shape, '[secret]'), withoutKey)
  return clean.replace(/\s+/g, ' ').trim().slice(0, units).toWellFormed()
}

/** Removes a key from a stream of text, also when it is split over several pieces. It withholds less than the key's length. */
export class KeyRedactor {
  readonly #key: string
  #pending = ''

  constructor(key: string) {
    this.#key = key.length < minUnits ? '' : key
  }

  /** The text that can be shown now. */
  add(text: string): string {
    if (this.#key === '') return text
    const joined = redact(this.#pending + text, this.#key)
    const from = this.#startOfKey(joined)
    this.#pending = joined.slice(from)
    return joined.slice(0, from)
  }

  /** The withheld text, at the end of the stream. */
  flush(): string {
    const pending = this.#pending
    this.#pending = ''
    return pending
  }

  /** Where `text` ends with a beginning of the key; its length if it does not. */
  #startOfKey(text: string): number {
    for (let units = Math.min(this.#key.length - 1, text.length); units > 0; units--) {
      if (text.endsWith(this.#key.slice(0, units))) return text.length - units
    }
    return text.length
  }
}
