/** Exact search: the score of every allowed memory, and the best of them. Reading never changes a score. */
import type { EntryType } from '../../../shared/api/memory-engine.ts'
import { dotProducts } from '../../../shared/memory/engine/embedding.ts'
import { hybridScore, type Score, strictScore } from '../../../shared/memory/engine/score.ts'
import { queryTerms } from '../../../shared/memory/engine/terms.ts'
import { slotsWith, type TermRule } from './keywords.ts'
import { chunkVectors, type Slab } from './slab.ts'

/** How the terms of a hybrid search are found and weighed. */
export interface Hybrid extends TermRule {
  /** Default: those of the query. */
  readonly terms?: readonly string[] | undefined
  readonly boost: number
}

/** What to search for. */
export interface EntrySearch {
  readonly query: string
  readonly topK: number
  readonly type?: EntryType | undefined
  readonly filters?: Readonly<Record<string, string | number | boolean | null>> | undefined
  readonly embedding?: readonly number[] | undefined
  /** By vector, terms and importance. Without it and `keyword`: by vector and importance alone. */
  readonly hybrid?: Hybrid | undefined
  /** The query is one term, and only memories that hold it are found, the newest first. */
  readonly keyword?: TermRule | undefined
}

/** A slot that fits. */
export interface Found extends Score {
  readonly slot: number
}

/** The share of the terms that each memory holds, by slot. */
export function keywordShares(sql: SqlStorage, query: string, hybrid: Hybrid): ReadonlyMap<number, number> {
  const terms = new Set(hybrid.terms ?? queryTerms(query))
  const shares = new Map<number, number>()
  for (const term of terms) for (const slot of slotsWith(sql, term, hybrid)) shares.set(slot, (shares.get(slot) ?? 0) + 1 / terms.size)
  return shares
}

/** A memory in the order of results. Equal scores: the better fit, then the lower slot. */
interface Ranked extends Found {
  readonly fit: number
}

/** The best slots. `shares`: of keywords; null: by vector alone. `allowed`: null allows all. A memory that does not fit at all is left out. */
export function scan(
  slab: Slab,
  allowed: ReadonlySet<number> | null,
  query: { vector: Float32Array; shares: ReadonlyMap<number, number> | null; topK: number; boost: number | undefined },
): Found[] {
  const { vector, shares, topK, boost } = query
  const cosines = new Float64Array(chunkVectors)
  const best: Ranked[] = []
  for (const { first, vectors, importance } of slab.chunks()) {
    dotProducts(vectors, vector, cosines)
    for (let place = 0; place < chunkVectors; place += 1) {
      const slot = first + place
      const cosine = cosines[place] ?? 0
      const share = shares?.get(slot) ?? 0
      const fit = Math.max(cosine, share)
      if (fit <= 0 || (allowed && !allowed.has(slot))) continue
      const { score, parts } = shares
        ? hybridScore(cosine, share, importance[place] ?? 0, boost)
        : strictScore(cosine, importance[place] ?? 0)
      const worst = best[topK - 1]
      if (worst && (score < worst.score || (score === worst.score && fit <= worst.fit))) continue
      const rank = best.findIndex((other) => score > other.score || (score === other.score && fit > other.fit))
      best.splice(rank < 0 ? best.length : rank, 0, { slot, score, parts, fit })
      if (best.length > topK) best.pop()
    }
  }
  return best.map(({ fit: _, ...found }) => found)
}
