/** Finds conversations by words of their titles. Pure. */

const words = (text: string): string[] =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? []

/** The best `limit` of `sessions`: first those with the most words of `query`, then in their order. Each has at least one. */
export function titlesWith<T extends { readonly title: string }>(sessions: readonly T[], query: string, limit: number): T[] {
  const sought = [...new Set(words(query))]
  return sessions
    .map((session) => {
      const own = words(session.title)
      return { session, found: sought.filter((word) => own.some((candidate) => candidate.startsWith(word))).length }
    })
    .filter(({ found }) => found > 0)
    .sort((a, b) => b.found - a.found)
    .slice(0, limit)
    .map(({ session }) => session)
}
