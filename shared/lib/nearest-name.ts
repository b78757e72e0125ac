/** Finds the name that a misspelt one most likely means. Pure. */

/** Longest name that is compared. UTF-16 units. The cost of one comparison is the product of both lengths. */
const maxUnits = 64

/** The name of `known` that `name` most likely means: another case or separator, or a few edits. Undefined: none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > maxUnits) return undefined
  const normalized = normalize(name)
  let best: string | undefined
  // One edit per three letters, so that short names do not match at random.
  let distance = Math.floor(normalized.length / 3) + 1
  for (const candidate of known) {
    const other = normalize(candidate)
    if (other.length > maxUnits || Math.abs(other.length - normalized.length) >= distance) continue
    const edits = editsBetween(normalized, other)
    if (edits < distance) {
      best = candidate
      distance = edits
    }
  }
  return best
}

/** `sessionId`, `session-id` and `SESSION_ID` are all `sessionid`. */
const normalize = (name: string): string => name.replaceAll(/[-_.\s]/g, '').toLowerCase()

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment) that turn `a` into `b`. */
function editsBetween(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1]
      let edits = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (isSame ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) edits = Math.min(edits, (before[j - 2] ?? 0) + 1)
      next.push(edits)
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
