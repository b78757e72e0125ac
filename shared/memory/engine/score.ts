/** How well a memory fits a query, from 0 to 1, and the parts of that score. Pure. */

/** A score taken apart. The parts sum to it. */
export interface Score {
  readonly score: number
  readonly parts: Readonly<Record<string, number>>
}

/** What the importance of a memory adds to a hybrid score, at most. Vector and keywords share the rest. */
const importanceWeight = 0.1
/** How much more the keywords of a hybrid score count than its vector. */
export const defaultBoost = 2

/** The default: `max(0, cos) · importance`. Both are at most 1, and the importance is normalised. */
export function strictScore(cosine: number, importance: number): Score {
  const vector = inUnit(cosine) * inUnit(importance)
  return { score: vector, parts: { vector } }
}

/**
 * Vector, keywords and importance together. `keyword`: the share of the query's terms that the memory holds. `boost`: the weight of the
 * keywords beside that of the vector. A memory that fits neither by vector nor by keyword scores 0, however important it is.
 */
export function hybridScore(cosine: number, keyword: number, importance: number, boost = defaultBoost): Score {
  const fit = { vector: inUnit(cosine), keyword: inUnit(keyword) }
  const keywordWeight = ((1 - importanceWeight) * boost) / (1 + boost)
  const parts = {
    vector: (1 - importanceWeight - keywordWeight) * fit.vector,
    keyword: keywordWeight * fit.keyword,
    importance: importanceWeight * inUnit(importance) * Math.max(fit.vector, fit.keyword),
  }
  return { score: Math.min(1, parts.vector + parts.keyword + parts.importance), parts }
}

/** From 0 to 1. What is no number counts as 0. */
const inUnit = (value: number): number => (value > 0 ? Math.min(1, value) : 0)
