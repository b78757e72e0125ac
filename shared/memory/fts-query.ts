/** User searches as SQLite full-text queries (FTS5, §3). Pure. */

/** Words in one query, at most. */
const maxWords = 32

/** All words must match, and the last one matches as a prefix. Each word is quoted, so none is an operator. Null: the text has no word. */
export function toFtsQuery(q: string): string | null {
  const words = q.normalize('NFC').match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  if (words.length === 0) return null
  return `${words
    .slice(0, maxWords)
    .map((word) => `"${word}"`)
    .join(' ')}*`
}
