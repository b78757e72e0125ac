/** What somebody looks for, as SQLite's full-text search reads it (FTS5, §3). Pure. */

/** Looked for at most. */
const mostWords = 32

/**
 * All of the words, the last of them perhaps unfinished. Each is quoted, so that none of them is an operator and no character has a
 * meaning of its own. Null: there is no word in it.
 */
export function toFtsQuery(q: string): string | null {
  const found = q.normalize('NFC').match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  if (found.length === 0) return null
  return `${found
    .slice(0, mostWords)
    .map((word) => `"${word}"`)
    .join(' ')}*`
}
