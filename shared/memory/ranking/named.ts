/**
 * Which stored facts a message is about. Pure. A fact is found by its name, or by its whole content: one common word is not enough, because
 * a wrong fact in a prompt is worse than none.
 */
import { KeywordIndex } from './bm25.ts'
import { termsOf } from './terms.ts'

/** A fact with the names that it is known by: its key, or its aliases. */
export interface NamedFact {
  readonly names: readonly string[]
  readonly text: string
}

/** The share of the message that a fact without a name in it must hold, each word weighed by its rarity among at least `passages`. */
const leastShare = 0.6
const passages = 300
/** Shorter words have no spelling mistakes: another letter makes another word. */
const spelledLetters = 5

/** An index over facts. */
export class FactIndex {
  readonly #names: readonly (readonly (readonly string[])[])[]
  readonly #terms: readonly ReadonlySet<string>[]
  readonly #keywords: KeywordIndex

  constructor(facts: readonly NamedFact[]) {
    this.#names = facts.map(({ names }) => names.map(termsOf).filter((terms) => terms.length > 0))
    const terms = facts.map(({ names, text }) => termsOf(`${names.join(' ')} ${text}`))
    this.#terms = terms.map((own) => new Set(own))
    this.#keywords = new KeywordIndex(terms)
  }

  /** The positions of the facts that `message` is about, those with a name in it first. */
  find(message: string): number[] {
    const asked = [...new Set(termsOf(message))]
    const named = [...this.#names.keys()].filter((at) => this.#names[at]?.some((name) => isIn(name, asked)))
    const held = [...this.#terms.keys()].filter((at) => !named.includes(at) && this.#share(asked, at) >= leastShare)
    return [...named, ...held]
  }

  #share(asked: readonly string[], at: number): number {
    const weights = asked.map((term) => ({ weight: this.#keywords.rarity(term, passages), isHeld: this.#terms[at]?.has(term) }))
    const all = weights.reduce((sum, { weight }) => sum + weight, 0)
    return all === 0 ? 0 : weights.reduce((sum, { weight, isHeld }) => sum + (isHeld ? weight : 0), 0) / all
  }
}

const isIn = (name: readonly string[], asked: readonly string[]): boolean =>
  name.every((term) => asked.some((word) => isSpelledLike(word, term)))

/** Whether two words are equal, but for one letter that is wrong, missing, added or swapped with the next, after the first. */
export function isSpelledLike(a: string, b: string): boolean {
  if (a === b) return true
  if (Math.min(a.length, b.length) < spelledLetters || Math.abs(a.length - b.length) > 1 || a[0] !== b[0]) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const differing = Math.max(a.length, b.length) - start - end
  const isSwapped = a.length === b.length && differing === 2 && a[start] === b[start + 1] && a[start + 1] === b[start]
  return differing <= 1 || isSwapped
}
