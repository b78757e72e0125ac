/** Okapi BM25 over terms. Pure. */

/** BM25's k1: how soon a term's count saturates. And its b: the weight of a document's length. Chosen as the weights in ranking.ts. */
const saturation = 0.9
const lengthWeight = 0.3

/** Scores documents of terms for queries. */
export class KeywordIndex {
  readonly #postings = new Map<string, Map<number, number>>()
  readonly #lengths: number[]
  readonly #meanLength: number

  constructor(documents: readonly (readonly string[])[]) {
    this.#lengths = documents.map(({ length }) => length)
    this.#meanLength = Math.max(1, this.#lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, documents.length))
    for (const [position, terms] of documents.entries())
      for (const term of terms) {
        const counts = this.#postings.get(term) ?? new Map<number, number>()
        this.#postings.set(term, counts.set(position, (counts.get(position) ?? 0) + 1))
      }
  }

  /** The score of each document. A term of the query counts once. */
  scores(query: readonly string[]): Float64Array {
    const scores = new Float64Array(this.#lengths.length)
    for (const term of new Set(query)) {
      const counts = this.#postings.get(term)
      if (!counts) continue
      const weight = this.rarity(term)
      for (const [position, count] of counts) {
        const length = (this.#lengths[position] ?? 0) / this.#meanLength
        const saturated = (count * (saturation + 1)) / (count + saturation * (1 - lengthWeight + lengthWeight * length))
        scores[position] = (scores[position] ?? 0) + weight * saturated
      }
    }
    return scores
  }

  /** The inverse document frequency of a term: 0 or more, as among at least `documents`. A term of no document has the highest. */
  rarity(term: string, documents = 0): number {
    const found = this.#postings.get(term)?.size ?? 0
    return Math.log(1 + (Math.max(documents, this.#lengths.length) - found + 0.5) / (found + 0.5))
  }
}
