/** How well a memory fits a query, from 0 to 1, and the parts of that score. Pure. */

/** A score taken apart. The parts sum to it. */
export interface Score {
  readonly score: number
  readonly parts: Readonly<Record<string, number>>
}

/** What each part of a hybrid score can reach. The three sum to 1. */
export const hybridWeights = { vector: 0.5, keyword: 0.4, importance: 0.1 } as const

/** The default: `max(0, cos) · importance`. Both are at most 1, and the importance is normalised. */
export function strictScore(cosine: number, importance: number): Score {
  const vector = inUnit(cosine) * inUnit(importance)
  return { score: vector, parts: { vector } }
}

/**
 * Vector, keywords and importance together. `keyword`: the share of the query's words that the memory holds.
 * A memory that fits neither by vector nor by keyword scores 0, however important it is.
 */
export function hybridScore(cosine: number, keyword: number, importance: number): Score {
  const fit = { vector: inUnit(cosine), keyword: inUnit(keyword) }
  const parts = {
    vector: hybridWeights.vector * fit.vector,
    keyword: hybridWeights.keyword * fit.keyword,
    importance: hybridWeights.importance * inUnit(importance) * Math.max(fit.vector, fit.keyword),
  }
  return { score: parts.vector + parts.keyword + parts.importance, parts }
}

/** From 0 to 1. What is no number counts as 0. */
const inUnit = (value: number): number => (value > 0 ? Math.min(1, value) : 0)
