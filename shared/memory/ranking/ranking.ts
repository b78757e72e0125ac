/**
 * Ranks passages of conversations for a question. Pure. A passage counts by its own words, by those of its neighbours, and by those of
 * its whole session. The weights are the same for every set of passages.
 */
import { KeywordIndex } from './bm25.ts'
import { termsOf } from './terms.ts'

/** One turn, or one memory. */
export interface Passage {
  /** Passages of one session stand together, in order. */
  readonly session: string
  readonly text: string
  readonly speaker?: string | undefined
  /** What else describes it: the caption of a picture, the date of its session. */
  readonly notes?: string | undefined
}

/** A passage's position and score. */
export interface Ranked {
  readonly at: number
  readonly score: number
}

/** Chosen on conversations 26, 30, 41 and 42 of LoCoMo. `npm run bench -- quality` reports the other six. */
export const rankingWeights = { before: 0.5, after: 0.35, second: 0.15, session: 1 } as const

/**
 * Nothing is recalled unless the words around one of the best passages hold this share of the question, each word weighed by its rarity.
 * Chosen with the weights, on questions of other conversations.
 */
const leastCoverage = 0.34
/** The passages before and after one whose words count for the coverage, and the best passages that are tried. */
const coverageReach = 2
const coverageTries = 3
/** In a small collection every word looks common. So the coverage counts at least so many passages. */
const coveragePassages = 300

/** An index over passages. */
export class PassageIndex {
  readonly #passages: KeywordIndex
  readonly #sessions: KeywordIndex
  /** The position of each passage's session. */
  readonly #sessionOf: readonly number[]
  readonly #terms: readonly ReadonlySet<string>[]

  constructor(passages: readonly Passage[]) {
    const terms = passages.map(({ speaker = '', text, notes = '' }) => termsOf(`${speaker} ${text} ${notes}`))
    const names = [...new Set(passages.map(({ session }) => session))]
    const positions = new Map(names.map((name, position) => [name, position]))
    this.#sessionOf = passages.map(({ session }) => positions.get(session) ?? 0)
    const sessionTerms: string[][] = names.map(() => [])
    for (const [at, session] of this.#sessionOf.entries()) sessionTerms[session]?.push(...(terms[at] ?? []))
    this.#terms = terms.map((own) => new Set(own))
    this.#passages = new KeywordIndex(terms)
    this.#sessions = new KeywordIndex(sessionTerms)
  }

  /** The best passages with a score above 0, best first. Equal scores keep their order. */
  best(question: string, count: number, isEligible: (at: number) => boolean = () => true): Ranked[] {
    const scores = this.#scores(termsOf(question))
    return [...scores.keys()]
      .map((at) => ({ at, score: scores[at] ?? 0 }))
      .filter(({ at, score }) => score > 0 && isEligible(at))
      .sort((a, b) => b.score - a.score || a.at - b.at)
      .slice(0, count)
  }

  /** The best passages, best first; none, if nothing here is about the question. */
  recall(question: string, count: number, isEligible?: (at: number) => boolean): Ranked[] {
    const best = this.best(question, count, isEligible)
    const query = new Set(termsOf(question))
    return best.slice(0, coverageTries).some(({ at }) => this.#coverage(query, at) >= leastCoverage) ? best : []
  }

  /** The share of the question that the words around a passage hold. */
  #coverage(query: ReadonlySet<string>, at: number): number {
    let all = 0
    let found = 0
    for (const term of query) {
      const weight = this.#passages.rarity(term, coveragePassages)
      all += weight
      for (let near = at - coverageReach; near <= at + coverageReach; near++)
        if (this.#sessionOf[near] === this.#sessionOf[at] && this.#terms[near]?.has(term)) {
          found += weight
          break
        }
    }
    return all === 0 ? 0 : found / all
  }

  #scores(query: readonly string[]): Float64Array {
    const own = this.#passages.scores(query)
    const sessions = this.#sessions.scores(query)
    const { before, after, second, session } = rankingWeights
    return own.map((score, at) => {
      const home = this.#sessionOf[at] ?? 0
      const near = (other: number): number => (this.#sessionOf[other] === home ? (own[other] ?? 0) : 0)
      const neighbours = before * near(at - 1) + after * near(at + 1) + second * (near(at - 2) + near(at + 2))
      return score + neighbours + session * (sessions[home] ?? 0)
    })
  }
}
