/** What leaves a memory that is too old or too full, and why. Pure. */

/** Fields that leave a payload at an age. */
export interface DecayLevel {
  readonly after_seconds: number
  readonly keys: readonly string[]
}

/** Rules of one run. `max_memories` absent: no limit. */
export interface PruneRules {
  readonly levels: readonly DecayLevel[]
  readonly max_memories?: number | undefined
}

/** What the rules read of a memory. `importance`: from 0 to 1. `created_at`: Unix ms. */
export interface PruneCandidate {
  readonly coord: string
  readonly importance: number
  readonly created_at: number
}

/** A change and its reason, as a sentence. */
export type PruneStep =
  | { readonly action: 'delete'; readonly coord: string; readonly reason: string }
  | { readonly action: 'strip'; readonly coord: string; readonly keys: readonly string[]; readonly reason: string }

/** The memories over the limit: the least important first, and of equal importance the oldest. */
export function overLimit(candidates: readonly PruneCandidate[], { max_memories: limit }: PruneRules): PruneStep[] {
  if (limit === undefined || candidates.length <= limit) return []
  return candidates
    .toSorted((a, b) => a.importance - b.importance || a.created_at - b.created_at || (a.coord < b.coord ? -1 : 1))
    .slice(0, candidates.length - limit)
    .map(({ coord, importance, created_at }, at) => ({
      action: 'delete',
      coord,
      reason: `${candidates.length} memories exceed the limit of ${limit}. This one has rank ${at + 1} from below: importance ${importance.toFixed(3)}, stored at ${new Date(created_at).toISOString()}.`,
    }))
}

/** The fields that leave a payload at its age. Null: none. `now`: Unix ms. */
export function decayStep(
  { coord, created_at }: PruneCandidate,
  payload: Readonly<Record<string, unknown>>,
  { levels }: PruneRules,
  now: number,
): PruneStep | null {
  const age = Math.floor((now - created_at) / 1_000)
  const reached = levels.filter(({ after_seconds }) => age > after_seconds)
  const keys = [...new Set(reached.flatMap((level) => level.keys))].filter((key) => Object.hasOwn(payload, key))
  if (keys.length === 0) return null
  const reasons = keys.map((key) => {
    const after = Math.min(...reached.filter((level) => level.keys.includes(key)).map(({ after_seconds }) => after_seconds))
    return `\`${key}\` leaves after ${after} s.`
  })
  return { action: 'strip', coord, keys, reason: `The memory is ${age} s old. ${reasons.join(' ')}` }
}
